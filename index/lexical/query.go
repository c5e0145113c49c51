package lexical

import (
	"cmp"
	"math"
	"slices"
	"strings"
)

// query is a question with the statistics of one state of the index.
type query struct {
	view  view
	terms []queryTerm
	sat   saturation
	// exponent gives the meaning of whole-number scores: they count units of
	// 2 to this power. It is chosen per question such that the greatest sum
	// of scores that could be stays below 1<<scoreBits.
	exponent int
}

// queryTerm is a term that some document has.
type queryTerm struct {
	id     uint32
	factor float64 // weight · idf · (k1+1)
	weight float32 // factor in units
}

const (
	scoreBits = 30
	maxTerms  = 1024
)

// query looks the terms up and weighs them. The rest of a search does without
// locks.
func (ix *Index) query(q []WeightedTerm) query {
	var out query
	var df []uint32
	out.view, out.terms, df = ix.lookUp(mergeTerms(q))
	n := float64(out.view.docs)
	for i := range out.terms {
		d := min(float64(df[i]), n)
		out.terms[i].factor *= math.Log(1+(n-d+0.5)/(d+0.5)) * (ix.opt.K1 + 1)
	}
	if len(out.terms) > maxTerms {
		slices.SortStableFunc(out.terms, func(a, b queryTerm) int { return cmp.Compare(b.factor, a.factor) })
		out.terms = out.terms[:maxTerms]
	}
	sum := 0.0
	for _, t := range out.terms {
		sum += t.factor
	}
	_, exp := math.Frexp(sum)
	out.exponent = exp - scoreBits
	for i := range out.terms {
		out.terms[i].weight = float32(math.Ldexp(out.terms[i].factor, -out.exponent))
	}
	out.sat = newSaturation(ix.opt, ix.tf, out.view.average())
	return out
}

// lookUp returns the terms that some document has, with their weights as
// factors, and how many documents have each.
func (ix *Index) lookUp(q []mergedTerm) (v view, terms []queryTerm, df []uint32) {
	terms, df = make([]queryTerm, 0, len(q)), make([]uint32, 0, len(q))
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	for _, t := range q {
		if id, ok := ix.dict.find(t.term); ok && ix.df[id] > 0 {
			terms = append(terms, queryTerm{id: id, factor: t.weight})
			df = append(df, ix.df[id])
		}
	}
	return ix.view, terms, df
}

// score is what a sum of contributions means.
func (q *query) score(units uint32) float64 { return math.Ldexp(float64(units), q.exponent) }

// contribution is what a term adds to a document's score, at least 1. All that
// is ever added up are these.
func contribution(weight, saturation float32) uint32 {
	return uint32(int64(weight*saturation)) + 1
}

// mergedTerm is a WeightedTerm whose repetitions have been added up.
type mergedTerm struct {
	term   string
	weight float64
}

// mergeTerms orders the terms by their bytes, so that nothing that is
// computed from them depends on the order of asking.
func mergeTerms(q []WeightedTerm) []mergedTerm {
	out := make([]mergedTerm, 0, len(q))
	for _, t := range q {
		if w := float64(t.Weight); w > 0 && !math.IsInf(w, 0) {
			out = append(out, mergedTerm{t.Term, w})
		}
	}
	slices.SortStableFunc(out, func(a, b mergedTerm) int { return strings.Compare(a.term, b.term) })
	n := 0
	for i, t := range out {
		if i > 0 && out[n-1].term == t.term {
			out[n-1].weight += t.weight
			continue
		}
		out[n] = t
		n++
	}
	return out[:n]
}
