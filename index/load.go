package index

import (
	"context"
	"fmt"
	"runtime"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"

	"kindred/index/filter"
	"kindred/index/lexical"
	"kindred/internal/text"
	"kindred/paper"
)

// load brings everything derived from the records and vectors into memory:
// from the cache and what came after it, else from the records.
func (x *Index) load(ctx context.Context) error {
	gen, stale, err := x.openGeneration(ctx)
	if err != nil {
		return err
	}
	x.generation.Store(gen)
	if err := x.sweep(); err != nil {
		x.log.Warn("clearing away a former model failed; it takes room until the next start", "error", err)
	}
	ok, err := x.loadCache(ctx, gen, stale)
	if err == nil && !ok {
		err = x.loadAll(ctx, gen, stale)
	}
	if err != nil || !stale {
		return err
	}
	return x.refresh(ctx, gen.embedder)
}

// loadAll reads all records, and the vectors unless they are stale.
func (x *Index) loadAll(ctx context.Context, gen *generation, stale bool) (err error) {
	if x.lexical, err = lexical.New(x.ranking.Lexical); err != nil {
		return err
	}
	x.docs, x.filters = newDocs(), filter.New()
	g, loading := errgroup.WithContext(ctx)
	g.Go(func() error { return x.loadPapers(loading, 0) })
	if !stale {
		g.Go(func() error { return x.loadVectors(loading, gen) })
	}
	return g.Wait()
}

// loadCache takes what the cache holds and adds what the store has beyond it.
// It reports false when that is not everything.
func (x *Index) loadCache(ctx context.Context, gen *generation, stale bool) (bool, error) {
	s, ok := x.readCache(ctx)
	if !ok {
		return false, ctx.Err()
	}
	next, papers := x.store.State()
	var live *roaring.Bitmap // nil: the papers of the cache
	if s.Next != next || s.Papers != papers {
		live = roaring.New()
		if err := x.store.Docs(ctx, live.Add); err != nil {
			return false, err
		}
		gone := roaring.AndNot(x.filters.Live(), live)
		x.lexical.Retain(live)
		x.filters.Remove(gone.ToArray()...)
		for it := gone.Iterator(); it.HasNext(); {
			x.docs.remove(it.Next())
		}
	}
	vectorsToo := false
	g, loading := errgroup.WithContext(ctx)
	if s.Next < next {
		g.Go(func() error { return x.loadPapers(loading, s.Next) })
	}
	if !stale {
		g.Go(func() (err error) {
			vectorsToo, err = x.loadCachedVectors(loading, s, gen, live)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return false, err
	}
	if x.lexical.Len() != papers || x.filters.Count(nil) != papers {
		x.unusable(fmt.Errorf("with what came later it holds %d papers' words and %d papers' fields of %d", x.lexical.Len(), x.filters.Count(nil), papers))
		fresh, err := x.newGeneration(gen.Generation, gen.embedder)
		if err != nil {
			return false, err
		}
		gen.vectors = fresh.vectors
		return false, nil
	}
	x.token = s.Token
	if vectorsToo {
		x.cached = state{s.Next, s.Papers, s.Generation, 0}
		x.readMap(s, gen.Number, gen.vectors.Dimension())
	}
	return true, nil
}

// loadCachedVectors reads the vectors of the cache, if they are of the
// generation, and the later ones from the store; else all from the store, and
// reports false.
func (x *Index) loadCachedVectors(ctx context.Context, s stamp, gen *generation, live *roaring.Bitmap) (bool, error) {
	if s.Generation != gen.Number {
		return false, x.loadVectors(ctx, gen)
	}
	err := x.readVectors(ctx, s, gen, live)
	if err == nil {
		err = x.loadVectorsFrom(ctx, gen, s.Next)
		gen.vectors.Trim()
		return true, err
	}
	if ctx.Err() != nil {
		return false, ctx.Err()
	}
	x.unusable(err)
	fresh, err := x.newGeneration(gen.Generation, gen.embedder)
	if err != nil {
		return false, err
	}
	gen.vectors = fresh.vectors
	return false, x.loadVectors(ctx, gen)
}

const loadBatch = 1024

// loadPapers reads the records from a doc number on, analyses them on all
// cores, and adds them in the order of their doc numbers to the inverted index,
// which wants it, and to the tables, where the first of one name are remembered.
func (x *Index) loadPapers(ctx context.Context, from uint32) error {
	type part struct {
		numbers []uint32
		papers  []*paper.Paper
		ids     []string
		keys    []*keys
		terms   []lexical.Doc
		done    chan struct{}
	}
	cores := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(ctx)
	analyse, add, note := make(chan *part, cores), make(chan *part, 2*cores), make(chan *part, 2*cores)
	g.Go(func() error {
		defer close(analyse)
		defer close(add)
		defer close(note)
		var p *part
		send := func() error {
			if p == nil {
				return nil
			}
			for _, c := range []chan *part{analyse, add, note} {
				select {
				case c <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			p = nil
			return nil
		}
		take := func(number uint32, paper *paper.Paper) error {
			if p == nil {
				p = &part{done: make(chan struct{})}
			}
			p.numbers, p.papers = append(p.numbers, number), append(p.papers, paper)
			if len(p.numbers) == loadBatch {
				return send()
			}
			return nil
		}
		var err error
		if from == 0 { // which counts them, too
			err = x.store.Each(ctx, 1, func(_ int, number uint32, p *paper.Paper) error { return take(number, p) })
		} else {
			err = x.store.EachFrom(ctx, from, take)
		}
		if err != nil {
			return err
		}
		return send()
	})
	for range cores {
		g.Go(func() error {
			a := x.analyzers.get()
			defer x.analyzers.put(a)
			for p := range analyse {
				for i, pp := range p.papers {
					var d text.Doc
					a.Doc(&d, pp.Title, pp.Abstract)
					p.terms = append(p.terms, lexical.Doc{Number: p.numbers[i], Title: d.Title, Body: d.Body})
					p.ids, p.keys = append(p.ids, pp.ID), append(p.keys, keysOf(pp))
				}
				x.filters.Add(p.numbers, p.papers)
				close(p.done)
			}
			return nil
		})
	}
	inOrder := func(parts chan *part, do func(*part) error) {
		g.Go(func() error {
			for p := range parts {
				select {
				case <-p.done:
				case <-ctx.Done():
					return ctx.Err()
				}
				if err := do(p); err != nil {
					return err
				}
			}
			return nil
		})
	}
	inOrder(add, func(p *part) error {
		if err := x.lexical.Add(p.terms); err != nil {
			return err
		}
		p.terms, p.papers = nil, nil
		if x.opt.Loading != nil {
			x.opt.Loading(x.lexical.Len(), x.store.Len())
		}
		return nil
	})
	inOrder(note, func(p *part) error {
		for i, doc := range p.numbers {
			x.docs.add(doc, p.ids[i], p.keys[i], nil)
		}
		p.ids, p.keys = nil, nil
		return nil
	})
	return g.Wait()
}

// loadVectors reads the vectors of a generation from the store.
func (x *Index) loadVectors(ctx context.Context, gen *generation) error {
	cores := runtime.GOMAXPROCS(0)
	all := make([]vectorBatch, cores)
	err := x.store.EachVector(ctx, gen.Number, cores, func(worker int, number uint32, v []float32) error {
		return all[worker].add(ctx, gen, number, v)
	})
	for i := range all {
		if err == nil {
			err = all[i].flush(ctx, gen)
		}
	}
	return err
}

// loadVectorsFrom is loadVectors for doc numbers from a given one on.
func (x *Index) loadVectorsFrom(ctx context.Context, gen *generation, from uint32) error {
	var b vectorBatch
	err := x.store.EachVectorFrom(ctx, gen.Number, from, func(number uint32, v []float32) error {
		return b.add(ctx, gen, number, v)
	})
	if err != nil {
		return err
	}
	return b.flush(ctx, gen)
}

// vectorBatch gathers vectors that are only lent, to add many at once.
type vectorBatch struct {
	docs    []uint32
	vectors [][]float32
}

func (b *vectorBatch) add(ctx context.Context, gen *generation, doc uint32, v []float32) error {
	if v == nil {
		return nil
	}
	n := len(b.docs)
	b.docs = append(b.docs, doc)
	if n < cap(b.vectors) {
		b.vectors = b.vectors[:n+1] // with the memory of a former one
	} else {
		b.vectors = append(b.vectors, nil)
	}
	b.vectors[n] = append(b.vectors[n][:0], v...)
	if len(b.docs) == loadBatch {
		return b.flush(ctx, gen)
	}
	return nil
}

func (b *vectorBatch) flush(ctx context.Context, gen *generation) error {
	err := gen.vectors.Add(ctx, b.docs, b.vectors)
	b.docs, b.vectors = b.docs[:0], b.vectors[:0]
	return err
}
