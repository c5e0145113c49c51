package rank

import (
	"cmp"
	"math"
	"slices"
)

// Weights shares one unit of weight among the best candidates of a first
// round by their scores, negative ones counting 0.
func Weights(best []Candidate) []float64 {
	w := make([]float64, len(best))
	var sum float64
	for i, c := range best {
		w[i] = max(c.Score, 0)
		sum += w[i]
	}
	for i := range w {
		if sum > 0 {
			w[i] /= sum
		} else {
			w[i] = 1 / float64(len(w))
		}
	}
	return w
}

// MoveVector returns the question's vector moved towards the weighted mean of
// the feedback papers' vectors (Rocchio), unit length; papers without a vector
// are nil. A question without a vector gets the mean alone.
func MoveVector(question []float32, papers [][]float32, weights []float64, amount float64) []float32 {
	var out []float32
	if question != nil {
		out = slices.Clone(question)
	}
	for i, v := range papers {
		if v == nil {
			continue
		}
		if out == nil {
			out = make([]float32, len(v))
		}
		a := float32(weights[i] * amount)
		for j, x := range v {
			out[j] += a * x
		}
	}
	if out == nil {
		return nil
	}
	return unit(out)
}

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

// Expand adds to a question the most telling terms of the feedback papers
// (RM3, Abdul-Jaleel and others 2004): those with the greatest weighted share
// of the papers' words times their inverse document frequency. The new terms
// have the given share of the whole weight. idf returns 0 for a term that must
// not join. The question's terms come first in the answer, in their order.
func Expand(question []Term, papers [][]Term, weights []float64, idf func(term string) float64, n int, share float64) []Term {
	gain := map[string]float64{}
	for i, p := range papers {
		var length float64
		for _, t := range p {
			length += t.Weight
		}
		for _, t := range p {
			gain[t.Text] += weights[i] * t.Weight / length
		}
	}
	best := make([]Term, 0, len(gain))
	for t, g := range gain {
		if g *= idf(t); g > 0 {
			best = append(best, Term{t, g})
		}
	}
	best = Top(best, n)
	var total, sum float64
	for _, t := range question {
		total += t.Weight
	}
	if total == 0 {
		total = 1
	}
	for _, t := range best {
		sum += t.Weight
	}
	out := slices.Clone(question)
	for _, t := range best {
		w := total * share / (1 - share) * t.Weight / sum
		if i := slices.IndexFunc(question, func(q Term) bool { return q.Text == t.Text }); i >= 0 {
			out[i].Weight += w
		} else {
			out = append(out, Term{t.Text, w})
		}
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

func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return nil
	}
	s := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= s
	}
	return v
}
