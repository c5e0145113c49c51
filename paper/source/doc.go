// Package source reads papers from files and streams.
//
// [Open] and [NewReader] recognise the compression (gzip, zstd, xz), the
// character set (UTF-8, UTF-16; record by record Windows-1252) and, unless told,
// the format, all by content and never by name. [Reader.Papers] then yields one
// paper after the other, each with its file and line. What cannot be read as a
// paper comes as a [*LineError] in its place, and reading goes on. Of a zip
// archive, each file is read as one of its own.
//
// Memory is bounded whatever the file holds: a few records are held at a time,
// none longer than [MaxRecord], besides a decompressor's window of at most 128
// MiB.
//
// Each format is one file of this package that fills in a format value: a
// name, a function that recognises the beginning of such a file, and one that
// reads it. All fill in the same record under one table of names (fields.go). The
// table in format.go lists them.
package source
