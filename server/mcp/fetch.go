package mcp

import (
	"context"
	"encoding/json"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"unicode/utf8"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"kindred/paper"
)

type fetchIn struct {
	ID     string `json:"id" jsonschema:"the id of a paper from a result, or its DOI or arXiv id"`
	Cursor string `json:"cursor,omitempty" jsonschema:"next_cursor of the answer before, for the rest of a very long abstract"`
}

// document is a paper in the shape that assistants expect of fetch.
type document struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	Text       string            `json:"text" jsonschema:"the title and the abstract"`
	URL        string            `json:"url" jsonschema:"to cite it by"`
	Metadata   map[string]string `json:"metadata,omitempty" jsonschema:"authors, date, venue, categories and other ids"`
	NextCursor string            `json:"next_cursor,omitempty" jsonschema:"for the rest of the text, call again with cursor set to this"`
}

// maxPiece is how much of an answer a text may fill, as JSON writes it; the
// longest id, title and link fit beside it.
const maxPiece = MaxAnswer - 8*overhead

func (t *tools) fetch(ctx context.Context, in fetchIn) (*document, error) {
	found, err := t.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	p := found[0]
	text := strings.TrimSpace(p.Title + "\n\n" + p.Abstract)
	from, err := offset(in.Cursor, len(text))
	if err != nil {
		return nil, err
	}
	d := &document{ID: p.ID, Title: title(p), URL: t.link(p), Metadata: metadata(p)}
	d.Text, d.NextCursor = piece(text, from)
	whole, err := json.Marshal(d)
	if len(whole) > MaxAnswer {
		d.Metadata = nil // of a paper made to be long; the text comes first
	}
	return d, err
}

// offset reads a cursor that says where the answer before ended.
func offset(cursor string, end int) (int, error) {
	if cursor == "" {
		return 0, nil
	}
	n, err := strconv.Atoi(cursor)
	if err != nil || n < 0 || n >= end {
		return 0, paper.Invalid("cursor", "%.40q is not a next_cursor of this tool with these arguments", cursor)
	}
	return n, nil
}

// piece is what fits into an answer of a text from an offset on. It begins and
// ends between code points, and where it can between words.
func piece(text string, from int) (s, next string) {
	for from > 0 && !utf8.RuneStart(text[from]) {
		from--
	}
	end, size := from, 0
	for end < len(text) {
		r, n := utf8.DecodeRuneInString(text[end:])
		if size += written(r); size > maxPiece {
			break
		}
		end += n
	}
	if end >= len(text) {
		return text[from:], ""
	}
	if space := strings.LastIndexByte(text[from:end], ' '); space > 0 {
		end = from + space + 1
	}
	return text[from:end], strconv.Itoa(end)
}

// written is how many bytes JSON takes for a code point, or some more.
func written(r rune) int {
	switch {
	case r < ' ', r == '"', r == '\\', r == '<', r == '>', r == '&', r == 0x2028, r == 0x2029, r == utf8.RuneError:
		return len(`\u0000`)
	}
	return utf8.RuneLen(r)
}

// metadata is what else is known of a paper, in few words.
func metadata(p *paper.Paper) map[string]string {
	m := map[string]string{}
	set := func(name, value string) {
		if value != "" {
			m[name] = shorten(value, shownText)
		}
	}
	set("authors", people(p.Authors, 10))
	if p.Year > 0 {
		set("year", strconv.Itoa(p.Year))
	}
	set("date", p.Date)
	set("venue", p.Venue)
	set("categories", strings.Join(p.Categories, ", "))
	for _, kind := range []string{"doi", "arxiv", "acl", "pmid"} {
		set(kind, p.IDs[kind])
	}
	return m
}

type paperIn struct {
	ID string `json:"id" jsonschema:"the id of a paper from a result, or its DOI or arXiv id"`
}

// record is all that is known of a paper, as far as it fits.
type record struct {
	ID         string            `json:"id"`
	Title      string            `json:"title"`
	URL        string            `json:"url"`
	Abstract   string            `json:"abstract,omitempty"`
	Authors    []string          `json:"authors,omitempty"`
	Year       int               `json:"year,omitempty"`
	Date       string            `json:"date,omitempty"`
	Updated    string            `json:"updated,omitempty"`
	Venue      string            `json:"venue,omitempty"`
	Categories []string          `json:"categories,omitempty"`
	IDs        map[string]string `json:"ids,omitempty" jsonschema:"what others call it: doi, arxiv, acl, pmid"`
	Links      []string          `json:"links,omitempty" jsonschema:"where it can be read"`
	Source     string            `json:"source,omitempty"`
	In         []string          `json:"collections,omitempty" jsonschema:"the collections of the library that it is in"`
	LeftOut    string            `json:"left_out,omitempty" jsonschema:"what did not fit into the answer"`
}

func (t *tools) paper(ctx context.Context, in paperIn) (*record, error) {
	found, err := t.find(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return t.record(found[0])
}

// record leaves out what does not fit: first of the abstract, which fetch
// gives, then of the lists.
func (t *tools) record(p *paper.Paper) (*record, error) {
	r := &record{
		ID: p.ID, Title: title(p), URL: t.link(p), Abstract: p.Abstract, Authors: p.Authors, Year: p.Year, Date: p.Date, Updated: p.Updated,
		Venue: shorten(p.Venue, shownVenue), Categories: p.Categories, IDs: p.IDs, Source: shorten(p.Source, shownVenue), In: p.Collections,
	}
	for _, l := range p.Links() {
		r.Links = append(r.Links, l.URL)
	}
	for _, smaller := range []func(){
		func() {
			r.Abstract, _ = piece(p.Abstract, 0)
			r.LeftOut = "the end of the abstract, which fetch gives"
		},
		func() {
			r.Authors = []string{people(p.Authors, 20)}
			r.LeftOut = "the end of the abstract, which fetch gives, and most authors"
		},
		func() {
			r.Abstract, r.Categories, r.IDs, r.Links, r.In = "", nil, nil, nil, nil
			r.LeftOut = "the abstract, which fetch gives, most authors, categories, collections and other ids"
		},
	} {
		text, err := json.Marshal(r)
		if err != nil || len(text) <= MaxAnswer {
			return r, err
		}
		smaller()
	}
	return r, nil
}

// resource reads one paper by its URI.
func (t *tools) resource(ctx context.Context, uri string) (*sdk.ReadResourceResult, error) {
	raw, ok := strings.CutPrefix(uri, resourcePrefix)
	if !ok {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	id, err := url.PathUnescape(raw)
	if err != nil {
		id = raw // with a percent sign of its own
	}
	found, err := t.find(ctx, id)
	if _, unknown := errors.AsType[*paper.InvalidError](err); unknown {
		return nil, sdk.ResourceNotFoundError(uri)
	}
	if err != nil {
		return nil, errors.New(t.explain(ctx, err))
	}
	r, err := t.record(found[0])
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return nil, err
	}
	return &sdk.ReadResourceResult{Contents: []*sdk.ResourceContents{{URI: uri, MIMEType: "application/json", Text: string(text)}}}, nil
}
