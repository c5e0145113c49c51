package paper

import (
	"bytes"
	"io"
	"slices"
)

// CitationFormat is a format in which other programs take a list of papers:
// reference managers the first three, spreadsheets and scripts the others.
type CitationFormat string

// The formats. All are UTF-8.
const (
	BibTeX CitationFormat = "bibtex"
	RIS    CitationFormat = "ris"
	CSL    CitationFormat = "csl"   // CSL-JSON, as citeproc, pandoc and Zotero read it
	CSV    CitationFormat = "csv"   // a header and one paper a row, in plain text (RFC 4180)
	JSONL  CitationFormat = "jsonl" // JSON lines: papers as they are, to be taken in again
)

// citationFormats are all of them.
var citationFormats = []CitationFormat{BibTeX, RIS, CSL, CSV, JSONL}

// ParseCitationFormat reads a format's name.
func ParseCitationFormat(s string) (CitationFormat, error) {
	if f := CitationFormat(s); slices.Contains(citationFormats, f) {
		return f, nil
	}
	return "", Invalid("format", "%q is not bibtex, ris, csl, csv or jsonl", s)
}

// CitationFormatOf is the format of a media type without parameters, in small
// letters.
func CitationFormatOf(mediaType string) (f CitationFormat, ok bool) {
	for _, f := range citationFormats {
		if f.MediaType() == mediaType {
			return f, true
		}
	}
	return "", false
}

// MediaType is the format's media type, without parameters.
func (f CitationFormat) MediaType() string { return f.layout().media }

// Extension is the ending of a file's name, with its dot.
func (f CitationFormat) Extension() string { return f.layout().extension }

// layout is how a format's entries make a file.
type layout struct {
	media, extension     string
	open, between, close string
	entry                func(*bytes.Buffer, *citation)
	plain                func(*bytes.Buffer, *Paper) // instead of entry, of papers as they are
}

func (f CitationFormat) layout() layout {
	switch f {
	case BibTeX:
		return layout{media: "application/x-bibtex", extension: ".bib", between: "\n", entry: writeBibTeX}
	case RIS:
		return layout{media: "application/x-research-info-systems", extension: ".ris", entry: writeRIS}
	case CSL:
		return layout{media: "application/vnd.citationstyles.csl+json", extension: ".json",
			open: "[\n", between: ",\n", close: "\n]\n", entry: writeCSL}
	case CSV:
		return layout{media: "text/csv", extension: ".csv", open: csvHeader(), entry: writeCSV}
	case JSONL:
		return layout{media: "application/x-ndjson", extension: ".jsonl", plain: writeJSONL}
	}
	return layout{}
}

// CitationWriter writes papers one after the other as one file. What a paper
// lacks is left out. Keys are unique within the file: the second paper of a
// [CitationKey] has an "a" behind it, the third a "b".
type CitationWriter struct {
	w      io.Writer
	layout layout
	keys   map[string]int // the suffixes used up for a key
	begun  bool
	export bool
	buf    bytes.Buffer
}

// NewCitationWriter makes a writer to w, which stays the caller's to close.
// The format is one of the package's constants or [ParseCitationFormat]'s.
func NewCitationWriter(w io.Writer, f CitationFormat) *CitationWriter {
	return &CitationWriter{w: w, layout: f.layout(), keys: make(map[string]int)}
}

// NewExportWriter is NewCitationWriter for a file from which the same papers
// are to be made again: nothing is left out that the format has a place for,
// the papers' own ids above all, and readers in package source know such files.
// JSON lines and CSV give the same papers; what the others lose is in
// docs/sources.md.
func NewExportWriter(w io.Writer, f CitationFormat) *CitationWriter {
	c := NewCitationWriter(w, f)
	c.export = true
	switch f {
	case CSV:
		c.layout.open, c.layout.plain = exportHeader(), writeExportRow
	case JSONL:
		c.layout.plain = writeExportLine
	}
	return c
}

// Write adds a paper by one call of the underlying writer, whose error is the
// only one there can be.
func (c *CitationWriter) Write(p *Paper) error {
	c.buf.Reset()
	if c.begun {
		c.buf.WriteString(c.layout.between)
	} else {
		c.buf.WriteString(c.layout.open)
	}
	c.begun = true
	if c.layout.plain != nil {
		c.layout.plain(&c.buf, p)
	} else {
		entry := newCitation(p)
		entry.export = c.export
		entry.key = c.uniqueKey(entry.key)
		c.layout.entry(&c.buf, entry)
	}
	_, err := c.w.Write(c.buf.Bytes())
	return err
}

// Close ends the file.
func (c *CitationWriter) Close() error {
	end := c.layout.close
	if !c.begun {
		end = c.layout.open + end
	}
	if end == "" {
		return nil
	}
	_, err := io.WriteString(c.w, end)
	return err
}

// WriteCitations writes papers to w as one file.
func WriteCitations(w io.Writer, f CitationFormat, papers ...Paper) error {
	c := NewCitationWriter(w, f)
	for i := range papers {
		if err := c.Write(&papers[i]); err != nil {
			return err
		}
	}
	return c.Close()
}
