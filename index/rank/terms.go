package rank

import (
	"cmp"
	"slices"
)

// Term is a term of a question with its weight.
type Term struct {
	Text   string
	Weight float64
}

// Bag counts terms: each once, in order of first appearance, its weight how
// often it occurs.
func Bag(terms []string) []Term {
	var out []Term
	at := make(map[string]int, len(terms))
	for _, t := range terms {
		i, ok := at[t]
		if !ok {
			i = len(out)
			at[t] = i
			out = append(out, Term{Text: t})
		}
		out[i].Weight++
	}
	return out
}

// Top returns the n heaviest terms, ties by text; it orders terms in place.
func Top(terms []Term, n int) []Term {
	slices.SortFunc(terms, func(a, b Term) int {
		if d := cmp.Compare(b.Weight, a.Weight); d != 0 {
			return d
		}
		return cmp.Compare(a.Text, b.Text)
	})
	return terms[:min(n, len(terms))]
}
