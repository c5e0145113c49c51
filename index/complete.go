package index

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/index/lexical"
	"kindred/paper"
)

const (
	// maxCompleted bounds the papers that are read for one completion.
	maxCompleted = 300
	// maxEndings bounds the words that the last one may become: the most
	// frequent ones.
	maxEndings = 64
	// maxTyped is as much of a title as anybody types before choosing, in words.
	maxTyped = 20
)

// Complete returns up to limit papers whose titles hold all words of typed, of
// which the last may be a beginning: first those whose titles begin with it,
// then by BM25. Where more than some hundred match, the best of those are
// looked at.
func (x *Index) Complete(ctx context.Context, typed string, limit int) ([]paper.Paper, error) {
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	tokens := a.Tokens(nil, typed)
	tokens = tokens[:min(len(tokens), maxTyped)]
	if len(tokens) == 0 {
		return nil, ctx.Err()
	}
	typed = typed[:tokens[len(tokens)-1].End]
	last := &matcher{op: paper.Prefix}
	if err := x.leaf(ctx, a, &paper.Boolean{Op: paper.Prefix, Text: typed[tokens[len(tokens)-1].Start:]}, last); err != nil {
		return nil, err
	}
	all := &matcher{op: paper.And, of: []*matcher{last}}
	may := last.maybe
	var terms []lexical.WeightedTerm
	for _, t := range tokens[:len(tokens)-1] {
		has := roaring.New()
		if err := x.lexical.Having(ctx, has, []string{t.Term}); err != nil {
			return nil, err
		}
		may.And(has)
		terms = append(terms, lexical.WeightedTerm{Term: t.Term, Weight: 1})
		all.of = append(all.of, &matcher{op: paper.Word, words: []wordMatch{{terms: map[string]bool{t.Term: true}}}})
	}
	terms = append(terms, x.completions(last)...)
	found, err := x.lexical.Search(ctx, nil, terms, maxCompleted, may)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint32, len(found))
	for i, s := range found {
		numbers[i] = s.Number
	}
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	beginning := paper.TitleKey(typed)
	type completion struct {
		*paper.Paper
		begins bool
		score  float64
	}
	var list []completion
	for i, p := range papers {
		if p != nil && all.takes(read(a, &paper.Paper{Title: p.Title})) {
			list = append(list, completion{p, strings.HasPrefix(paper.TitleKey(p.Title), beginning), found[i].Score})
		}
	}
	slices.SortFunc(list, func(a, b completion) int {
		if a.begins != b.begins {
			if a.begins {
				return -1
			}
			return 1
		}
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.ID, b.ID))
	})
	var out []paper.Paper
	for _, c := range list[:min(limit, len(list))] {
		out = append(out, *c.Paper)
	}
	return out, nil
}

// completions are the words that a beginning may become, the most frequent ones.
func (x *Index) completions(m *matcher) []lexical.WeightedTerm {
	var out []lexical.WeightedTerm
	for _, w := range m.words {
		for _, t := range slices.AppendSeq(slices.Clone(w.short), maps.Keys(w.terms)) {
			out = append(out, lexical.WeightedTerm{Term: t, Weight: 1})
		}
	}
	frequency := make(map[string]int, len(out))
	for _, t := range out {
		frequency[t.Term] = x.lexical.DocFreq(t.Term)
	}
	slices.SortFunc(out, func(a, b lexical.WeightedTerm) int {
		return cmp.Or(cmp.Compare(frequency[b.Term], frequency[a.Term]), cmp.Compare(a.Term, b.Term))
	})
	return out[:min(maxEndings, len(out))]
}
