package index

import (
	"cmp"
	"context"
	"slices"

	"kindred/index/lexical"
	"kindred/index/rank"
)

const (
	// manyWords is from how many words on a hybrid search finds its candidates
	// by the most telling ones alone, so many of them. A whole abstract's other
	// words are frequent ones: they take most of the time, and hardly ever
	// bring in a paper that the telling ones do not.
	manyWords = 24
	// spareCandidates is how many times more candidates are found then, of
	// which those that are best by all words stay.
	spareCandidates = 3
)

// byWords finds the k best papers by a hybrid probe's words, in the order of
// their scores. Scores are exact; where there are many words a paper may be
// missed that matches many of the frequent ones and few of the telling ones.
func (x *Index) byWords(ctx context.Context, p probe, k int) ([]lexical.Scored, error) {
	if len(p.terms) > manyWords {
		found, err := x.lexical.Search(ctx, nil, weighted(x.telling(p.terms, manyWords)), spareCandidates*k, p.allow)
		if err != nil {
			return nil, err
		}
		if len(found) == spareCandidates*k {
			return x.bestByAll(p, found)[:k], nil
		}
	}
	return x.lexical.Search(ctx, nil, weighted(p.terms), k, p.allow)
}

// bestByAll orders papers by their scores for all words of a probe.
func (x *Index) bestByAll(p probe, found []lexical.Scored) []lexical.Scored {
	slices.SortFunc(found, func(a, b lexical.Scored) int { return cmp.Compare(a.Number, b.Number) })
	docs := make([]uint32, len(found))
	for i, s := range found {
		docs[i] = s.Number
	}
	for i, score := range x.lexical.Scores(nil, weighted(p.terms), docs) {
		found[i].Score = score
	}
	slices.SortStableFunc(found, func(a, b lexical.Scored) int { return cmp.Compare(b.Score, a.Score) })
	return found
}

// telling returns the n terms that can add most to a score, as they are.
func (x *Index) telling(terms []rank.Term, n int) []rank.Term {
	weight := make(map[string]float64, len(terms))
	scored := make([]rank.Term, len(terms))
	for i, t := range terms {
		weight[t.Text] += t.Weight
		scored[i] = rank.Term{Text: t.Text, Weight: t.Weight * x.idf(x.lexical.DocFreq(t.Text))}
	}
	scored = rank.Top(scored, n)
	for i := range scored {
		scored[i].Weight = weight[scored[i].Text]
	}
	return scored
}
