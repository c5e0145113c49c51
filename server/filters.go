package server

import (
	"fmt"
	"slices"
	"strconv"

	"kindred/paper"
)

// facetNames are the fields by which a list is narrowed; "year" is drawn as a
// histogram.
var facetNames = []string{"year", "collection", "category", "venue", "author"}

// Of a field's values, those that are seen at once and those behind "more".
const (
	facetSeen = 6
	facetMore = 24
)

// filters are what stands beside a list to narrow it.
type filters struct {
	At     place
	Years  *histogram // nil where no paper has a year
	Facets []facet
	Active []active
	Sort   []choice
	Mode   []choice
}

// facet is a field with its most frequent values.
type facet struct {
	Name, Label, Example string
	At                   place
	Values, More         []facetValue
}

type facetValue struct {
	Value string
	Count int
	On    bool
	URL   string

	// Where what has the value can be left out: the address that does so, or
	// takes it in again.
	Out   string
	IsOut bool
}

// choice is one of several ways to see a list.
type choice struct {
	Label, URL string
	On         bool
}

// active is a filter that is set, the address without it, and what that does.
type active struct{ Label, Without, Undo string }

// finder asks for one list under other options.
type finder func(paper.Options) (*paper.Result, error)

// newFilters counts a field's values as if the field itself did not narrow the
// list, so that one can go from one value to another: each field that does
// costs a further search, for one hit.
func newFilters(at place, o paper.Options, counts map[string][]paper.FacetCount, find finder) (*filters, error) {
	f := &filters{At: at, Active: activeFilters(at)}
	f.Sort = choices(at, "sort", string(paper.Relevance), [][2]string{{"Best first", "relevance"}, {"Newest first", "date"}})
	f.Mode = choices(at, "mode", string(paper.Hybrid), [][2]string{{"Meaning and words", "hybrid"}, {"Meaning", "semantic"}, {"Words", "lexical"}})
	if at.long() {
		return f, nil
	}
	for _, name := range facetNames {
		list := counts[name]
		wider := o
		switch name {
		case "year":
			wider.Filter.Years, wider.Filter.From, wider.Filter.To = paper.Years{}, "", ""
		case "category":
			wider.Filter.Categories = nil
		case "venue":
			wider.Filter.Venues = nil
		case "author":
			wider.Filter.Authors = nil
		case "collection":
			wider.Filter.Collections, wider.Filter.NotCollections = nil, nil
		}
		if narrows(at, name) {
			wider.Limit, wider.Cursor, wider.Facets, wider.Explain, wider.Sort = 1, "", []string{name}, false, ""
			r, err := find(wider)
			if err != nil {
				return nil, err
			}
			list = r.Facets[name]
		}
		switch name {
		case "year":
			f.Years = newHistogram(list, o.Filter.Years, at)
		case "category":
			f.add(at, name, "Categories", "cs.CL", list)
		case "venue":
			f.add(at, name, "Venues", "A venue", list)
		case "author":
			f.add(at, name, "Authors", "A name", list)
		case "collection":
			f.addCollections(at, list)
		}
	}
	return f, nil
}

func narrows(at place, name string) bool {
	if name == "year" {
		return len(at.vals["year"])+len(at.vals["from"])+len(at.vals["to"]) > 0
	}
	return len(at.vals[name]) > 0 || name == "collection" && len(at.vals[notCollection]) > 0
}

// add adds a field, if it has values: first those that the list is narrowed to.
func (f *filters) add(at place, name, label, example string, list []paper.FacetCount) {
	if len(list) == 0 && !narrows(at, name) {
		return
	}
	known := make(map[string]int, len(list))
	for _, c := range list {
		known[c.Value] = c.Count
	}
	var all []facetValue
	for _, v := range at.vals[name] {
		all = append(all, facetValue{Value: v, Count: known[v], On: true, URL: at.Toggle(name, v)})
	}
	on := len(all)
	for _, c := range list {
		if len(all)-on == facetSeen+facetMore {
			break
		}
		if !at.has(name, c.Value) {
			all = append(all, facetValue{Value: c.Value, Count: c.Count, URL: at.Toggle(name, c.Value)})
		}
	}
	seen := min(len(all), max(facetSeen, on))
	f.Facets = append(f.Facets, facet{name, label, example, at, all[:seen], all[seen:]})
}

// addCollections adds the collections where there is a choice. What each holds
// can be left out.
func (f *filters) addCollections(at place, list []paper.FacetCount) {
	if len(list) < 2 && !narrows(at, "collection") {
		return
	}
	for _, out := range at.vals[notCollection] { // one that nothing here is in can be taken in again
		if !slices.ContainsFunc(list, func(c paper.FacetCount) bool { return c.Value == out }) {
			list = append(list, paper.FacetCount{Value: out})
		}
	}
	f.add(at, "collection", "Collections", "A collection", list)
	added := &f.Facets[len(f.Facets)-1]
	for _, values := range [][]facetValue{added.Values, added.More} {
		for i := range values {
			v := &values[i]
			v.IsOut = at.has(notCollection, v.Value)
			v.URL, v.Out = at.Either("collection", notCollection, v.Value), at.Either(notCollection, "collection", v.Value)
		}
	}
}

func choices(at place, name, usual string, all [][2]string) []choice {
	now := first(at.vals, name)
	if now == "" {
		now = usual
	}
	var out []choice
	for _, c := range all {
		value := c[1]
		if value == usual {
			value = ""
		}
		out = append(out, choice{c[0], at.With(name, value), c[1] == now})
	}
	return out
}

func activeFilters(at place) []active {
	var out []active
	if narrows(at, "year") {
		label := first(at.vals, "year")
		if label == "" {
			label = first(at.vals, "from") + " to " + first(at.vals, "to")
		}
		out = append(out, active{label, at.Without("year", "from", "to"), "Without " + label})
	}
	for _, name := range []string{"category", "venue", "author", "collection"} {
		for _, v := range at.vals[name] {
			out = append(out, active{v, at.Toggle(name, v), "Without " + v})
		}
	}
	for _, v := range at.vals[notCollection] {
		out = append(out, active{"left out: " + v, at.Toggle(notCollection, v), "No longer left out: " + v})
	}
	return out
}

// withYears reads the two fields under the histogram, which a browser can only
// send as from and to, as a range of years. Dates stay what they are.
func withYears(vals values) {
	from, to := first(vals, "from"), first(vals, "to")
	if from+to == "" || len(vals["from"]) > 1 || len(vals["to"]) > 1 || first(vals, "year") != "" || !yearOrNone(from) || !yearOrNone(to) {
		return
	}
	delete(vals, "from")
	delete(vals, "to")
	vals["year"] = []string{from + "-" + to}
	if from == to {
		vals["year"] = []string{from}
	}
}

func yearOrNone(s string) bool {
	_, err := strconv.ParseUint(s, 10, 16)
	return s == "" || err == nil && len(s) == 4
}

// histogram is how many papers came out in each year.
type histogram struct {
	At          place
	First, Last int
	From, To    string // the range that is set, as it was written
	Step        int    // years a bar
	Bars        []bar
	Width       int // of the drawing, one unit a bar
	Words       string
}

// bar is one bar of a drawing; X and Y count from the upper left corner.
type bar struct {
	X, Y, Height int
	In           bool // in the range that is set
	Label        string
}

const (
	histogramHeight = 40
	histogramBars   = 60 // more would be thinner than a finger or a pointer can tell apart
)

func newHistogram(list []paper.FacetCount, set paper.Years, at place) *histogram {
	counts, from, to := yearCounts(list)
	if len(counts) == 0 {
		return nil
	}
	h := &histogram{At: at, First: from, Last: to}
	if set.From > 0 {
		h.From = strconv.Itoa(set.From)
	}
	if set.To > 0 {
		h.To = strconv.Itoa(set.To)
	}
	h.Bars, h.Step = bars(counts, from, to, set)
	h.Width = len(h.Bars)
	h.Words = fmt.Sprintf("Papers by year, %d to %d", from, to)
	return h
}

// yearCounts are a facet's counts by year, and the first and last of them.
func yearCounts(list []paper.FacetCount) (counts map[int]int, from, to int) {
	counts = make(map[int]int)
	for _, c := range list {
		y, err := strconv.Atoi(c.Value)
		if err != nil || y < 1 || y > 9999 || c.Count < 1 {
			continue
		}
		if len(counts) == 0 {
			from, to = y, y
		}
		from, to = min(from, y), max(to, y)
		counts[y] += c.Count
	}
	return counts, from, to
}

// bars draws counts as bars of one or more years each. A bar of few papers is
// still seen.
func bars(counts map[int]int, from, to int, set paper.Years) (out []bar, step int) {
	step = (to-from)/histogramBars + 1
	most := 0
	sums := make([]int, (to-from)/step+1)
	for y, n := range counts {
		i := (y - from) / step
		sums[i] += n
		most = max(most, sums[i])
	}
	for i, n := range sums {
		y := from + i*step
		last := min(to, y+step-1)
		b := bar{X: i, Label: fmt.Sprintf("%d: %s", y, count(n))}
		if step > 1 {
			b.Label = fmt.Sprintf("%d to %d: %s", y, last, count(n))
		}
		if n > 0 {
			b.Height = max(1, (n*histogramHeight+most/2)/most)
		}
		b.Y = histogramHeight - b.Height
		b.In = (set.From == 0 || last >= set.From) && (set.To == 0 || y <= set.To)
		out = append(out, b)
	}
	return out, step
}
