package mcp

import (
	"bytes"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"kindred/paper"
)

type citeIn struct {
	IDs    []string `json:"ids" jsonschema:"the ids of the papers to cite, from 1 to 100"`
	Format string   `json:"format,omitempty" jsonschema:"bibtex, ris, csl (CSL-JSON), csv or jsonl (JSON lines); bibtex if left out"`
	Cursor string   `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before, for the rest of the papers"`
}

type citations struct {
	Format     string `json:"format"`
	Text       string `json:"text" jsonschema:"the citations, to be saved as one file"`
	Count      int    `json:"count" jsonschema:"how many papers are cited in this text"`
	NextCursor string `json:"next_cursor,omitempty" jsonschema:"for the rest of the papers, call again with cursor set to this"`
}

const maxCited = 100

func (t *tools) cite(ctx context.Context, in citeIn) (*citations, error) {
	if len(in.IDs) == 0 || len(in.IDs) > maxCited {
		return nil, paper.Invalid("ids", "%d ids; from 1 to %d are taken", len(in.IDs), maxCited)
	}
	if in.Format == "" {
		in.Format = string(paper.BibTeX)
	}
	format, err := paper.ParseCitationFormat(in.Format)
	if err != nil {
		return nil, err
	}
	from, err := offset(in.Cursor, len(in.IDs))
	if err != nil {
		return nil, err
	}
	papers, err := t.find(ctx, in.IDs...)
	if err != nil {
		return nil, err
	}
	entries, err := entriesOf(format, papers)
	if err != nil {
		return nil, err
	}
	out := &citations{Format: in.Format}
	for out.Count < len(entries)-from {
		text := file(format, entries[from:from+out.Count+1])
		written, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		if len(written) > MaxAnswer-overhead {
			break
		}
		out.Text = text
		out.Count++
	}
	switch end := from + out.Count; {
	case out.Count == 0:
		return nil, paper.Invalid("ids", "one citation alone is longer than an answer may be: that of %.80q", in.IDs[from])
	case end < len(entries):
		out.NextCursor = strconv.Itoa(end)
	}
	return out, nil
}

// pieces takes each write by itself.
type pieces []string

func (p *pieces) Write(b []byte) (int, error) {
	*p = append(*p, string(b))
	return len(b), nil
}

// entriesOf are the citations one by one, without abstracts, which would make
// them ten times as long. All are written as one file, since keys are unique
// within one: so the pages of an answer fit together.
func entriesOf(format paper.CitationFormat, papers []*paper.Paper) ([]string, error) {
	var entries pieces
	w := paper.NewCitationWriter(&entries, format)
	for _, p := range papers {
		short := *p
		short.Abstract = ""
		if short.Title == "" {
			short.Title = title(p)
		}
		if err := w.Write(&short); err != nil {
			return nil, err
		}
	}
	return entries, nil
}

// file joins entries as they stand in one file of their own. What a writer puts
// before the first and between them is taken off first.
func file(format paper.CitationFormat, entries []string) string {
	bare := make([]string, len(entries))
	switch format {
	case paper.CSL:
		for i, e := range entries {
			bare[i] = strings.TrimLeft(e, "[,\n")
		}
		return "[\n" + strings.Join(bare, ",\n") + "\n]\n"
	case paper.BibTeX:
		for i, e := range entries {
			bare[i] = strings.TrimLeft(e, "\n")
		}
		return strings.Join(bare, "\n")
	case paper.CSV:
		var header bytes.Buffer
		_ = paper.WriteCitations(&header, format) // of no papers, into memory
		for i, e := range entries {
			bare[i] = strings.TrimPrefix(e, header.String())
		}
		return header.String() + strings.Join(bare, "")
	}
	return strings.Join(entries, "")
}
