package index

import (
	"cmp"
	"context"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/index/lexical"
	"kindred/index/rank"
	"kindred/index/vector"
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

// maxDropped is how many papers that must be no answers are dropped from the
// answers; more are kept out by a filter, under which searching goes further
// and takes twice as long.
const maxDropped = 50

// byMeaning finds the k papers whose vectors are nearest to a probe's.
func (x *Index) byMeaning(ctx context.Context, gen *generation, p probe, k int) ([]vector.Scored, error) {
	return dropping(p, k, func(s vector.Scored) uint32 { return s.Doc }, func(k int, allow *roaring.Bitmap) ([]vector.Scored, error) {
		return gen.vectors.Search(ctx, nil, p.vector, k, allow)
	})
}

// byWords finds the k best papers by a hybrid probe's words, in the order of
// their scores. Scores are exact; where there are many words a paper may be
// missed that matches many of the frequent ones and few of the telling ones.
func (x *Index) byWords(ctx context.Context, p probe, k int) ([]lexical.Scored, error) {
	return dropping(p, k, func(s lexical.Scored) uint32 { return s.Number }, func(k int, allow *roaring.Bitmap) ([]lexical.Scored, error) {
		if len(p.terms) > manyWords {
			found, err := x.lexical.Search(ctx, nil, weighted(x.telling(p.terms, manyWords)), spareCandidates*k, allow)
			if err != nil {
				return nil, err
			}
			if len(found) == spareCandidates*k {
				return x.bestByAll(p, found)[:k], nil
			}
		}
		return x.lexical.Search(ctx, nil, weighted(p.terms), k, allow)
	})
}

// dropping finds k papers without those that a probe leaves out.
func dropping[T any](p probe, k int, doc func(T) uint32, find func(k int, allow *roaring.Bitmap) ([]T, error)) ([]T, error) {
	if !p.drops {
		return find(k, p.allow)
	}
	found, err := find(k+len(p.without), nil)
	found = slices.DeleteFunc(found, func(s T) bool { return slices.Contains(p.without, doc(s)) })
	return found[:min(k, len(found))], err
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
