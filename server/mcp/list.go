package mcp

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"unicode/utf8"

	"kindred/paper"
)

// MaxAnswer bounds the JSON text of one answer, in bytes: some five thousand
// tokens.
const MaxAnswer = 20_000

// overhead is what an answer has around its parts.
const overhead = 1_000

// list is the answer of the tools that search.
type list struct {
	Results    []result `json:"results" jsonschema:"the papers, best first"`
	Total      int      `json:"total" jsonschema:"how many papers of the library were ranked: those that pass the filters"`
	NextCursor string   `json:"next_cursor,omitempty" jsonschema:"for more papers, call again with cursor set to this"`
	StartedAt  string   `json:"started_from,omitempty" jsonschema:"the paper that a title was taken for"`
	Note       string   `json:"note,omitempty" jsonschema:"why the answer is weaker than it could be"`
}

// result is one paper of a list, cut to what helps to choose.
type result struct {
	ID      string `json:"id" jsonschema:"for fetch, paper, similar, recommend and cite"`
	Title   string `json:"title"`
	URL     string `json:"url" jsonschema:"to cite it by"`
	Authors string `json:"authors,omitempty"`
	Year    int    `json:"year,omitempty"`
	Venue   string `json:"venue,omitempty"`
	Text    string `json:"text,omitempty" jsonschema:"the sentence of the abstract that answers best"`
}

// What is shown of a paper in a list, in code points.
const (
	shownTitle, shownText, shownVenue = 300, 500, 150
	shownAuthors                      = 4 // names
)

// list makes an answer of what ask finds. Where so many papers do not fit, it
// asks for as many as do, so that the cursor continues behind the last one.
func (t *tools) list(ctx context.Context, limit int, ask func(limit int) (*paper.Result, error)) (*list, error) {
	for {
		found, err := ask(limit)
		if err != nil {
			return nil, err
		}
		out := &list{Results: []result{}, Total: found.Total, NextCursor: found.NextCursor, Note: shorten(found.Degraded, 200)}
		if r := found.Resolved; r != nil {
			out.StartedAt = fmt.Sprintf("%s (id %s)", shorten(r.Title, shownTitle), r.ID)
		}
		size := overhead + len(out.StartedAt)
		for i := range found.Hits {
			r := t.result(&found.Hits[i])
			text, err := json.Marshal(r)
			if err != nil {
				return nil, err
			}
			if size += len(text); size > MaxAnswer && i > 0 {
				break
			}
			out.Results = append(out.Results, r)
		}
		if len(out.Results) == len(found.Hits) {
			return out, nil
		}
		limit = len(out.Results)
	}
}

func (t *tools) result(h *paper.Hit) result {
	p := &h.Paper
	r := result{ID: p.ID, Title: title(p), URL: t.link(p), Authors: people(p.Authors, shownAuthors), Year: p.Year, Venue: shorten(p.Venue, shownVenue)}
	if len(h.Highlights) > 0 && h.Highlights[0].Text != p.Title {
		r.Text = shorten(h.Highlights[0].Text, shownText)
	}
	return r
}

// title is never empty: a paper without one is called by its first words.
func title(p *paper.Paper) string {
	if p.Title != "" {
		return shorten(p.Title, shownTitle)
	}
	return "Untitled: " + shorten(p.Abstract, 80)
}

// people names up to most people.
func people(names []string, most int) string {
	shown := make([]string, 0, most)
	for _, name := range names[:min(most, len(names))] {
		shown = append(shown, shorten(name, 80))
	}
	text := strings.Join(shown, "; ")
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf("; and %d more", more)
	}
	return text
}

// shorten is the first n code points of s, with an ellipsis where there is more.
func shorten(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n]) + "…"
}
