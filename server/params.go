package server

import (
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"kindred/paper"
)

// request is what the search routes can be asked, before it becomes a
// paper.Query or a paper.Similar.
type request struct {
	paper.Options
	question           string // q
	verbatim           bool
	title, id, text    string
	positive, negative []string
	fields             fields
	ids                []string // of /v1/papers
	stream             bool
	dryRun             bool
	citation           paper.CitationFormat // format; empty where none is named
}

func (r *request) query() paper.Query {
	return paper.Query{Text: r.question, Verbatim: r.verbatim, Options: r.Options}
}

func (r *request) similar() (paper.Similar, error) {
	s := paper.Similar{Title: r.title, Text: r.text, Positive: r.positive, Negative: r.negative, Options: r.Options}
	if r.id != "" {
		if len(r.positive) > 0 {
			return s, paper.Invalid("id", "only one of id and positive may be given")
		}
		s.Positive = []string{r.id}
	}
	return s, nil
}

// kind is the type of a parameter.
type kind int

const (
	text      kind = iota
	integer        // a JSON number without fraction
	number         // a JSON number
	boolean        // true or false; in a query string 1 or 0 too
	years          // "2016-2020"; in JSON a number too
	list           // may be repeated; in JSON a string or an array of strings
	commaList      // a list whose values may also be joined by commas
)

// param is one parameter of a route. set gets at least one value, and exactly
// one where the kind is no list; empty values count as not given.
type param struct {
	name string
	kind kind
	set  func(r *request, v []string) error
}

// optionParams are the parameters that search and similar have in common.
var optionParams = []param{
	{"mode", text, func(r *request, v []string) (err error) { r.Mode, err = paper.ParseMode(v[0]); return }},
	{"limit", integer, func(r *request, v []string) (err error) { r.Limit, err = wholeNumber("limit", v[0]); return }},
	{"cursor", text, func(r *request, v []string) error { r.Cursor = v[0]; return nil }},
	{"fields", commaList, func(r *request, v []string) (err error) { r.fields, err = parseFields(v); return }},
	{"facets", commaList, func(r *request, v []string) error { r.Facets = v; return nil }},
	{"year", years, func(r *request, v []string) (err error) { r.Filter.Years, err = paper.ParseYears(v[0]); return }},
	{"from", text, func(r *request, v []string) error { r.Filter.From = v[0]; return nil }},
	{"to", text, func(r *request, v []string) error { r.Filter.To = v[0]; return nil }},
	{"category", commaList, func(r *request, v []string) error { r.Filter.Categories = v; return nil }},
	{"author", list, func(r *request, v []string) error { r.Filter.Authors = v; return nil }},
	{"venue", list, func(r *request, v []string) error { r.Filter.Venues = v; return nil }},
	{"collection", list, func(r *request, v []string) error { r.Filter.Collections = v; return nil }},
	{"not_collection", list, func(r *request, v []string) error { r.Filter.NotCollections = v; return nil }},
	{"sort", text, func(r *request, v []string) error { r.Sort = paper.Sort(v[0]); return nil }},
	{"min_score", number, func(r *request, v []string) (err error) { r.MinScore, err = realNumber("min_score", v[0]); return }},
	{"explain", boolean, func(r *request, v []string) (err error) { r.Explain, err = truth("explain", v[0]); return }},
}

// formatParam asks for a file instead of JSON.
var formatParam = param{"format", text, func(r *request, v []string) (err error) { r.citation, err = paper.ParseCitationFormat(v[0]); return }}

// questionParams are those of a question whose answer is JSON.
var questionParams = append([]param{
	{"q", text, func(r *request, v []string) error { r.question = v[0]; return nil }},
	{"verbatim", boolean, func(r *request, v []string) (err error) { r.verbatim, err = truth("verbatim", v[0]); return }},
}, optionParams...)

var searchParams = append([]param{formatParam}, questionParams...)

var askParams = append([]param{
	{"stream", boolean, func(r *request, v []string) (err error) { r.stream, err = truth("stream", v[0]); return }},
}, questionParams...)

var similarParams = append([]param{
	formatParam,
	{"title", text, func(r *request, v []string) error { r.title = v[0]; return nil }},
	{"id", text, func(r *request, v []string) error { r.id = v[0]; return nil }},
	{"text", text, func(r *request, v []string) error { r.text = v[0]; return nil }},
	{"positive", list, func(r *request, v []string) error { r.positive = v; return nil }},
	{"negative", list, func(r *request, v []string) error { r.negative = v; return nil }},
}, optionParams...)

var paperParams = []param{
	{"fields", commaList, func(r *request, v []string) (err error) { r.fields, err = parseFields(v); return }},
	formatParam,
}

var papersParams = append([]param{
	{"id", list, func(r *request, v []string) error { r.ids = v; return nil }},
}, paperParams...)

var dropParams = []param{
	{"dry_run", boolean, func(r *request, v []string) (err error) { r.dryRun, err = truth("dry_run", v[0]); return }},
}

// values are a request's parameters as they came, by name.
type values = map[string][]string

// parseRequest reads vals by table. A name the table lacks is refused: a
// misspelled filter that is silently ignored gives a wrong answer.
func parseRequest(table []param, vals values) (*request, error) {
	for _, name := range sortedNames(vals) {
		if !slices.ContainsFunc(table, func(p param) bool { return p.name == name }) {
			return nil, paper.Invalid(shorten(name), "unknown parameter; this route takes %s", names(table))
		}
	}
	r := &request{}
	for _, p := range table {
		v := vals[p.name]
		if len(v) > 1 && p.kind != list && p.kind != commaList {
			return nil, paper.Invalid(p.name, "given %d times", len(v))
		}
		if p.kind == commaList {
			v = strings.Split(strings.Join(v, ","), ",")
		}
		given := make([]string, 0, len(v))
		for _, s := range v {
			if strings.TrimSpace(s) != "" {
				given = append(given, s)
			}
		}
		if len(given) == 0 {
			continue
		}
		if err := p.set(r, given); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func names(table []param) string {
	if len(table) == 0 {
		return "none"
	}
	list := make([]string, len(table))
	for i, p := range table {
		list[i] = p.name
	}
	return strings.Join(list, ", ")
}

func sortedNames(vals values) []string {
	list := make([]string, 0, len(vals))
	for name := range vals {
		list = append(list, name)
	}
	slices.Sort(list)
	return list
}

// queryValues reads a URL's query string.
func queryValues(raw string) (values, error) {
	vals, err := url.ParseQuery(raw)
	if err != nil {
		return nil, paper.Invalid("", "the query string is malformed: %v", err)
	}
	for _, name := range sortedNames(vals) {
		for _, s := range append(vals[name], name) {
			if !utf8.ValidString(s) {
				return nil, paper.Invalid(shorten(name), "not valid UTF-8")
			}
		}
	}
	return vals, nil
}

func wholeNumber(field, s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, paper.Invalid(field, "%q is not a whole number", shorten(s))
	}
	return n, nil
}

func realNumber(field, s string) (float64, error) {
	x, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		return 0, paper.Invalid(field, "%q is not a number", shorten(s))
	}
	return x, nil
}

func truth(field, s string) (bool, error) {
	switch s {
	case "true", "1":
		return true, nil
	case "false", "0":
		return false, nil
	}
	return false, paper.Invalid(field, "%q is not true or false", shorten(s))
}

// shorten makes a stranger's text fit to be quoted in a message.
func shorten(s string) string {
	return strings.ToValidUTF8(shortText(s, 80), "\uFFFD")
}

// shortText is the first n code points of s, with an ellipsis where there is
// more.
func shortText(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i] + "…"
		}
	}
	return s
}
