// Package sink writes papers to files from which package source reads the same
// papers again.
//
// [New] writes one format to a stream, paper by paper: JSON lines, BibTeX, RIS,
// CSL-JSON and CSV through [paper.NewExportWriter], Parquet through parquet-go.
// [Create] makes a file that is there whole or not at all.
package sink

import (
	"encoding/json"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"kindred/paper"
)

// Format is one in which a whole corpus can be written.
type Format string

// Parquet is the one format that is none of [paper.CitationFormat]'s.
const Parquet Format = "parquet"

// Formats are the names of all.
func Formats() []string { return []string{"jsonl", "bibtex", "ris", "csl", "csv", string(Parquet)} }

// endings are those of files, without that of a compression.
var endings = map[string]Format{
	".jsonl": "jsonl", ".ndjson": "jsonl", ".bib": "bibtex", ".bibtex": "bibtex", ".ris": "ris", ".csv": "csv", ".parquet": Parquet,
}

// ParseFormat reads a format's name.
func ParseFormat(s string) (Format, error) {
	if slices.Contains(Formats(), s) {
		return Format(s), nil
	}
	return "", paper.Invalid("format", "%q is not %s", s, strings.Join(Formats(), ", "))
}

// FormatOf is the format that a file's name tells; empty for none.
func FormatOf(name string) (Format, error) {
	ending := strings.ToLower(filepath.Ext(strings.TrimSuffix(strings.TrimSuffix(name, ".gz"), ".zst")))
	if ending == ".json" {
		return "", paper.Invalid("format", "a name ending in .json may stand for jsonl or csl: which one must be said")
	}
	if f := endings[ending]; f != "" || ending == "" {
		return f, nil
	}
	return "", paper.Invalid("format", "nothing is known of %s; the format must be said, and .gz and .zst are the endings of compressed files", ending)
}

// HoldsVectors reports whether f has a place for them.
func (f Format) HoldsVectors() bool { return f == "jsonl" || f == Parquet }

// Options are what a writer can be told beside the format.
type Options struct {
	// Model is the fingerprint of the model whose vectors are written; empty
	// writes none.
	Model string
}

// Writer writes papers one after the other.
type Writer interface {
	// Write adds a paper, and its vector where Options name a model and it has
	// one. It keeps neither.
	Write(p *paper.Paper, vector []float32) error
	// Close ends the file; what is written to stays open.
	Close() error
}

// New makes a writer to w of one of [Formats].
func New(w io.Writer, f Format, o Options) (Writer, error) {
	switch {
	case o.Model != "" && !f.HoldsVectors():
		return nil, paper.Invalid("format", "%s has no place for vectors; jsonl and parquet have", f)
	case f == Parquet:
		return newParquet(w, o), nil
	case o.Model != "":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		return &vectorLines{enc, o.Model}, nil
	}
	c, err := paper.ParseCitationFormat(string(f))
	if err != nil {
		return nil, err
	}
	return citations{paper.NewExportWriter(w, c)}, nil
}

type citations struct{ *paper.CitationWriter }

func (c citations) Write(p *paper.Paper, _ []float32) error { return c.CitationWriter.Write(p) }

// vectorLines are JSON lines with vectors.
type vectorLines struct {
	enc   *json.Encoder
	model string
}

func (l *vectorLines) Write(p *paper.Paper, vector []float32) error {
	line := paper.NewExportLine(p)
	if vector != nil {
		line.Model, line.Vector = l.model, vector
	}
	if err := l.enc.Encode(line); err != nil {
		return fmt.Errorf("paper %q: %w", p.ID, err)
	}
	return nil
}

func (l *vectorLines) Close() error { return nil }
