package index

import (
	"context"
	"iter"
	"sync"

	"kindred/index/vector"
	"kindred/paper"
)

// progress is what a long work of the index is at, for those who ask.
type progress struct {
	mu    sync.Mutex
	state string
	share float64
}

func (p *progress) set(state string, done, total int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state = state
	if total > 0 {
		p.share = float64(done) / float64(total)
	}
}

func (p *progress) clear() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.state, p.share = "", 0
}

func (p *progress) get() (state string, share float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.state, p.share
}

// Stats describes what the index holds and is doing.
func (x *Index) Stats(ctx context.Context) (paper.Stats, error) {
	gen := x.generation.Load()
	size, err := x.store.Bytes()
	if err != nil {
		return paper.Stats{}, err
	}
	s := paper.Stats{
		Papers: x.store.Len(), Vectors: gen.vectors.Len(), Terms: x.lexical.Terms(),
		Model: string(gen.embedder.Fingerprint()), Dimension: gen.embedder.Dimension(),
		Generation: gen.Number, Learned: gen.Learned, Bytes: size, Ready: true, State: "ready",
		Embedded: x.Work(),
	}
	if s.Learning, err = x.learningStats(ctx, gen); err != nil {
		return paper.Stats{}, err
	}
	s.FirstYear, s.LastYear = x.filters.YearRange()
	s.Collections = x.filters.Collections()
	if more := len(s.Collections) - paper.MaxStatsCollections; more > 0 {
		s.Collections, s.MoreCollections = s.Collections[:paper.MaxStatsCollections:paper.MaxStatsCollections], more
	}
	if !x.opt.Exact && gen.vectors.Behind(vector.Settled) {
		s.State = "indexing" // answers come from all codes meanwhile
	}
	if state, share := x.progress.get(); state != "" {
		s.State, s.Progress = state, share
	}
	return s, nil
}

// List yields all papers in the order they came in. An error ends it.
func (x *Index) List(ctx context.Context) iter.Seq2[paper.Paper, error] {
	return func(yield func(paper.Paper, error) bool) {
		for from := uint32(0); from < x.store.NextDoc(); from += batchPapers {
			numbers := make([]uint32, 0, batchPapers)
			for n := from; n < min(from+batchPapers, x.store.NextDoc()); n++ {
				numbers = append(numbers, n)
			}
			papers, err := x.store.Papers(ctx, numbers)
			if err != nil {
				yield(paper.Paper{}, err)
				return
			}
			for _, p := range papers {
				if p != nil && !yield(*p, nil) {
					return
				}
			}
		}
	}
}
