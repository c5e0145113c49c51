package index

import (
	"context"
	"fmt"
	"math"

	"kindred/index/rank"
	"kindred/internal/text"
	"kindred/paper"
)

// dresser turns candidates into hits: with their papers, signals and
// highlights.
type dresser struct {
	x        *Index
	ranking  *ranking
	topic    topic
	analyzer *text.Analyzer
	embed    func([]float32, []string) bool // nil: the embedder reads no terms
	mode     paper.Mode
	shown    map[string]bool // ids of the hits so far, and of those that must be none
}

func (x *Index) dresser(gen *generation, p probe, r *ranking) *dresser {
	d := &dresser{x: x, ranking: r, analyzer: x.analyzers.get(), mode: p.mode, shown: map[string]bool{}}
	for _, id := range p.seeds {
		d.shown[id] = true
	}
	d.topic = topic{weight: map[string]float64{}, vector: p.vector}
	for _, t := range p.terms {
		if w := x.idf(x.lexical.DocFreq(t.Text)); w > 0 && !text.Stop(t.Text) {
			d.topic.weight[t.Text] = w
			d.topic.total += w
		}
	}
	if e, ok := gen.embedder.(termEmbedder); ok {
		d.embed = e.EmbedTerms
	}
	return d
}

func (d *dresser) close() { d.x.analyzers.put(d.analyzer) }

// dress returns nil for a paper that has gone, or is among the hits already in
// the form that replaces this one.
func (d *dresser) dress(ctx context.Context, c rank.Candidate) (*paper.Hit, error) {
	papers, err := d.x.ranked(ctx, []uint32{c.Doc})
	if err != nil || papers[0] == nil || d.shown[papers[0].ID] {
		return nil, err
	}
	d.shown[papers[0].ID] = true
	h := &paper.Hit{Paper: *papers[0], Score: c.Score}
	if c.Lexical > 0 {
		h.Signals.Lexical = &paper.Signal{Rank: d.ranking.lexical[c.Doc], Score: c.Lexical}
	}
	if !math.IsNaN(c.Semantic) && d.mode != paper.Lexical {
		h.Signals.Semantic = &paper.Signal{Rank: d.ranking.semantic[c.Doc], Score: c.Semantic}
	}
	h.Highlights = highlight(d.analyzer, d.embed, &h.Paper, d.topic)
	return h, nil
}

// Paper returns the paper with this id, or an error that wraps
// [paper.ErrNotFound].
func (x *Index) Paper(ctx context.Context, id string) (paper.Paper, error) {
	numbers, err := x.numbers(ctx, []string{id})
	if err != nil {
		return paper.Paper{}, err
	}
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return paper.Paper{}, err
	}
	if papers[0] == nil {
		return paper.Paper{}, fmt.Errorf("%w: %s", paper.ErrNotFound, id)
	}
	return *papers[0], nil
}

// numbers finds the doc numbers of ids, all of which must be there.
func (x *Index) numbers(ctx context.Context, ids []string) ([]uint32, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, len(ids))
	for i, e := range entries {
		if !e.Found {
			return nil, fmt.Errorf("%w: %s", paper.ErrNotFound, ids[i])
		}
		out[i] = e.Doc
	}
	return out, nil
}

// bags reads papers' words, those of the abstract once and those of the title
// titleWeight times; a paper that has gone has none.
func (x *Index) bags(ctx context.Context, numbers []uint32, titleWeight int) ([][]rank.Term, error) {
	papers, err := x.ranked(ctx, numbers)
	if err != nil {
		return nil, err
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	out := make([][]rank.Term, len(papers))
	for i, p := range papers {
		if p != nil {
			var words []string
			for range titleWeight {
				words = a.Terms(words, p.Title)
			}
			out[i] = rank.Bag(a.Terms(words, p.Abstract))
		}
	}
	return out, nil
}
