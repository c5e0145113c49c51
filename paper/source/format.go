package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// headSize is how much of an input is looked at to recognise its format.
const headSize = 64 << 10

// format is one way to write papers down.
type format struct {
	name string

	// sniff reports whether an input that begins with head is of this
	// format. head has at most headSize bytes and may end anywhere; it is the
	// whole input if that is shorter.
	sniff func(head []byte) bool

	// read gives the papers of text to out, until text ends (nil) or either
	// of them fails (that error).
	read func(text *bufio.Reader, out *sink) error

	// readFile does the same where a format must be read from more places than
	// one, in place of read; the size is in bytes.
	readFile func(file io.ReaderAt, size int64, out *sink) error
}

// formats is in the order of recognising: the first that recognises an input
// reads it, so the less particular ones stand last.
func formats() []*format {
	return []*format{
		parquetFormat(), arxivFormat(), openalexFormat(), s2Format(), cslFormat(), jsonlFormat(),
		oaiFormat(), rssFormat(), atomFormat(), pubmedFormat(), aclFormat(),
		bibtexFormat(), risFormat(), nbibFormat(), wosFormat(), csvFormat(), tsvFormat(), linesFormat(),
	}
}

// Formats are the names that [Options] take.
func Formats() []string {
	names := []string{"auto"}
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// lookup finds a format by name; nil stands for "auto".
func lookup(name string) (*format, error) {
	if name == "" || name == "auto" {
		return nil, nil
	}
	for _, f := range formats() {
		if f.name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown format %q; the formats are %s", name, strings.Join(Formats(), ", "))
}

// ErrFormat is the error of an input that no format recognises.
var ErrFormat = errors.New("format not recognised")

// foreign are files that have papers in them, perhaps, but must be made into
// others to be read.
var foreign = []struct {
	at           int // bytes before mark
	mark, advice string
}{
	{257, "ustar", "a tar archive: unpack it and name the folder"},
	{0, "7z\xbc\xaf\x27\x1c", "a 7z archive: unpack it and name the folder"},
	{0, "Rar!\x1a\x07", "a RAR archive: unpack it and name the folder"},
	{4, "1AY&SY", "packed by bzip2: unpack it first, as with bunzip2"},
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old Office: if it is a spreadsheet, save it as CSV and name that file"},
}

// recognise finds the format by the first bytes of text.
func recognise(text *bufio.Reader) (*format, error) {
	head, err := text.Peek(headSize)
	if len(head) == 0 && err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for _, f := range foreign {
		if len(head) > f.at && bytes.HasPrefix(head[f.at:], []byte(f.mark)) {
			return nil, fmt.Errorf("%w: %s", ErrFormat, f.advice)
		}
	}
	for _, f := range formats() {
		if f.sniff(head) {
			return f, nil
		}
	}
	if sep := headless(head); sep != 0 {
		return nil, fmt.Errorf("%w: a table without known column names; %s", ErrFormat, nameColumns(sep))
	}
	if isBinary(head) {
		return nil, fmt.Errorf("%w: neither text nor compressed text; the formats are %s", ErrFormat, strings.Join(Formats(), ", "))
	}
	return nil, fmt.Errorf("%w; the formats are %s", ErrFormat, strings.Join(Formats(), ", "))
}

// isBinary reports whether a tenth of head's first bytes is nothing that
// stands in text. Single such bytes are for the formats to report with their
// place.
func isBinary(head []byte) bool {
	head = head[:min(len(head), 512)] // of a tar file all of this is its header
	odd := 0
	for i := 0; i < len(head); {
		r, size := utf8.DecodeRune(head[i:])
		if r < ' ' && r != '\n' && r != '\r' && r != '\t' || r == utf8.RuneError && size == 1 {
			odd++
		}
		i += size
	}
	return odd > len(head)/10
}

// beginning cuts the first n lines off head.
func beginning(head []byte, n int) (lines [][]byte) {
	for ; n > 0 && len(head) > 0; n-- {
		var line []byte
		line, head, _ = bytes.Cut(head, []byte("\n"))
		lines = append(lines, line)
	}
	return lines
}
