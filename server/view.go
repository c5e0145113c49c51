package server

import (
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"

	"kindred/paper"
)

// view is what the templates see.
type view struct {
	Title   string
	Form    form
	At      place // its own address, but for a strange parameter's
	Stats   paper.Stats
	From    *paper.Paper  // the paper that is shown, or that others are similar to
	Result  *paper.Result // nil where there is no list
	Cards   []card        // the result's hits
	Filters *filters      // nil where there is no list
	Marks   marks
	Box     *answerBox // nil where no question is asked
	Paged   bool       // the list is not the first page
	Next    string     // URL of the next page
	Problem *problem

	Live      string     // what the index is at, besides answering
	Mapped    bool       // there is a map
	Start     *startView // on the start page, where there are papers
	Harvests  []harvestView
	Cite      []citeForm // on a paper's page
	Timeline  *timeline  // on a paper's page
	Reference *reference // on /docs
	Map       *mapView   // on /map
}

// form is the search form as it was filled in, and what it passes on.
type form struct {
	Question string
	Fields   []field
	Filtered bool
}

// filterParams narrow a list; a new question is asked within them.
var filterParams = []string{"mode", "year", "from", "to", "category", "author", "venue", "collection", "not_collection", "sort"}

func formOf(vals values) form {
	f := form{Question: strings.TrimSpace(first(vals, "q"))}
	at := placeOf(searchPage, vals)
	for _, name := range filterParams {
		for _, v := range at.vals[name] {
			f.Fields = append(f.Fields, field{name, v})
			f.Filtered = f.Filtered || name != "mode" && name != "sort"
		}
	}
	return f
}

func first(vals values, name string) string {
	if v := vals[name]; len(v) > 0 {
		return v[0]
	}
	return ""
}

var viewFuncs = template.FuncMap{
	"title":    displayTitle,
	"readable": readable,
	"prose":    prose,
	"authors":  authors,
	"links":    func(p paper.Paper) []paper.Link { return p.Links() },
	"count":    count,
	"percent":  func(x float64) string { return fmt.Sprintf("%.0f %%", 100*x) },
	"retry": func(p *problem) bool {
		return p.status >= http.StatusInternalServerError || p.status == http.StatusTooManyRequests
	},
	"missing": func(p *problem) bool { return p.status == http.StatusNotFound },
}

func displayTitle(p paper.Paper) string {
	if t := paper.PlainText(p.Title); t != "" {
		return t
	}
	return "Untitled: " + shortText(readable(p.Abstract), 80)
}

// readable is a text without the LaTeX that only says how it looks, on the
// lines that it has.
func readable(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	lines := strings.Split(s, "\n")
	for i, line := range lines {
		lines[i] = readablePiece(line)
	}
	return strings.Join(lines, "\n")
}

// readablePiece is readable of a piece cut out of a text, which keeps the
// space around it. Half a formula stays as it is.
func readablePiece(s string) string {
	plain := ""
	if strings.Contains(s, `\`) && strings.Count(s, "$")%2 == 0 {
		plain = paper.PlainText(s)
	}
	if plain == "" {
		return s
	}
	text := strings.TrimSpace(s)
	at := strings.Index(s, text)
	return s[:at] + plain + s[at+len(text):]
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

// wholeFormulas widens the marks that reach into a formula to all of it: half
// a formula cannot be rendered.
func wholeFormulas(h paper.Highlight) paper.Highlight {
	text := []rune(h.Text)
	var dollars []int
	for i, r := range text {
		if r == '$' && (i == 0 || text[i-1] != '\\') {
			dollars = append(dollars, i)
		}
	}
	if len(dollars)%2 != 0 {
		return h // one is no formula's
	}
	h.Matches = slices.Clone(h.Matches)
	for i := range h.Matches {
		m := &h.Matches[i]
		for formula := range slices.Chunk(dollars, 2) {
			if from, to := formula[0], formula[1]+1; m[0] < to && m[1] > from {
				m[0], m[1] = min(m[0], from), max(m[1], to)
			}
		}
	}
	return h
}

// Two characters for private use stand at the ends of a mark while the text
// around it is made readable.
const markOpen, markClose = "\ue000", "\ue001"

// readableSegments is readable of a text that is cut, though a command begins
// in one piece and ends in another.
func readableSegments(cut []segment) []segment {
	var whole strings.Builder
	for _, s := range cut {
		if strings.ContainsAny(s.Text, markOpen+markClose) {
			return cut
		}
		if s.Mark {
			s.Text = markOpen + s.Text + markClose
		}
		whole.WriteString(s.Text)
	}
	text := whole.String()
	if !strings.Contains(text, `\`) || strings.Contains(text, `\`+markOpen) {
		return cut
	}
	var out []segment
	for i, piece := range strings.Split(paper.PlainText(text), markOpen) {
		marked, rest, closed := strings.Cut(piece, markClose)
		if closed != (i > 0) || strings.Contains(rest, markClose) {
			return cut // a mark was lost in a command
		}
		if !closed {
			marked, rest = "", piece
		}
		if marked != "" {
			out = append(out, segment{marked, true})
		}
		if rest != "" {
			out = append(out, segment{rest, false})
		}
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
