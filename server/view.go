package server

import (
	"fmt"
	"html/template"
	"strings"

	"kindred/paper"
)

// view is what the templates see.
type view struct {
	Title   string
	Form    form
	Stats   paper.Stats
	From    *paper.Paper  // the paper that is shown, or that others are similar to
	Result  *paper.Result // nil where there is no list
	Paged   bool          // the list is not the first page
	Next    string        // URL of the next page
	Problem *problem

	Reference *reference // on /docs
}

// form is the search form as it was filled in.
type form struct {
	Question, Mode, Year, Category, Author, Venue, Sort string
}

// Filtered reports whether a filter is set, so that the filters stay open.
func (f form) Filtered() bool {
	return f.Mode != "" && f.Mode != string(paper.Hybrid) || f.Year+f.Category+f.Author+f.Venue != "" || f.Sort != "" && f.Sort != string(paper.Relevance)
}

func formOf(vals values) form {
	return form{
		Question: strings.TrimSpace(first(vals, "q")), Mode: first(vals, "mode"), Year: first(vals, "year"),
		Category: strings.Join(vals["category"], ","), Author: first(vals, "author"), Venue: first(vals, "venue"),
		Sort: first(vals, "sort"),
	}
}

func first(vals values, name string) string {
	if v := vals[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

var viewFuncs = template.FuncMap{
	"title":    displayTitle,
	"segments": segments,
	"prose":    prose,
	"authors":  authors,
	"links":    func(p paper.Paper) []paper.Link { return p.Links() },
	"count":    count,
	"score":    func(x float64) string { return fmt.Sprintf("%.3f", x) },
	"percent":  func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
}

func displayTitle(p paper.Paper) string {
	if p.Title != "" {
		return p.Title
	}
	return "Untitled: " + shortText(p.Abstract, 80)
}

// segment is a piece of a highlight; Mark says that its words match.
type segment struct {
	Text string
	Mark bool
}

// segments cuts a highlight at its matches, which count code points. Ranges
// that do not fit the text are cut to it or left out.
func segments(h paper.Highlight) []segment {
	text := []rune(h.Text)
	var out []segment
	at := 0
	for _, m := range h.Matches {
		from, to := max(m[0], at), min(m[1], len(text))
		if from >= to {
			continue
		}
		if from > at {
			out = append(out, segment{string(text[at:from]), false})
		}
		out = append(out, segment{string(text[from:to]), true})
		at = to
	}
	if at < len(text) {
		out = append(out, segment{string(text[at:]), false})
	}
	return out
}

// prose cuts a text at its backticks; Mark says that the piece is code.
func prose(s string) []segment {
	var out []segment
	for i, piece := range strings.Split(s, "`") {
		if piece != "" {
			out = append(out, segment{piece, i%2 == 1})
		}
	}
	return out
}

// authorsShown keeps a collaboration of a thousand from filling the page.
const authorsShown = 8

func authors(list []string) string {
	if len(list) > authorsShown {
		return strings.Join(list[:authorsShown], ", ") + fmt.Sprintf(" and %s more", count(len(list)-authorsShown))
	}
	return strings.Join(list, ", ")
}

// count writes 1234567 as 1,234,567.
func count(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
