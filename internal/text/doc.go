package text

import "slices"

// Doc is an analysed paper. Slices are the terms in order; a term's string is
// shared between all the documents of one Analyzer.
type Doc struct {
	Title []string
	Body  []string // the abstract's terms
	Ends  []int    // per sentence of the abstract, where its terms end in Body; ascending
}

// Doc analyses a title and an abstract into d, whose slices are used again.
// Sentences without a word are left out.
func (a *Analyzer) Doc(d *Doc, title, abstract string) {
	const wordBytes = 6 // or some more, with the space behind it
	d.Title = a.Terms(slices.Grow(d.Title[:0], len(title)/wordBytes), title)
	d.Body, d.Ends = slices.Grow(d.Body[:0], len(abstract)/wordBytes), d.Ends[:0]
	for s := range Sentences(abstract) {
		before := len(d.Body)
		d.Body = a.Terms(d.Body, abstract[s.Start:s.End])
		if len(d.Body) > before {
			d.Ends = append(d.Ends, len(d.Body))
		}
	}
}

// Sentence returns the terms of the i-th sentence of the abstract.
func (d *Doc) Sentence(i int) []string {
	start := 0
	if i > 0 {
		start = d.Ends[i-1]
	}
	return d.Body[start:d.Ends[i]]
}
