package index

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"kindred/embed"
	"kindred/index/lexical"
	"kindred/internal/text"
	"kindred/paper"
)

// load brings everything derived from the records and vectors into memory.
func (x *Index) load(ctx context.Context) error {
	gen, stale, err := x.openGeneration(ctx)
	if err != nil {
		return err
	}
	x.generation.Store(gen)
	if err := x.sweep(); err != nil {
		x.log.Warn("clearing away a former model failed; it takes room until the next start", "error", err)
	}
	g, loading := errgroup.WithContext(ctx)
	g.Go(func() error { return x.loadPapers(loading) })
	if !stale {
		g.Go(func() error { return x.loadVectors(loading, gen) })
	}
	if err := g.Wait(); err != nil || !stale {
		return err
	}
	return x.refresh(ctx, gen.embedder)
}

const loadBatch = 1024

// loadPapers reads all records, analyses them on all cores, and adds them to
// the inverted index in the order of their doc numbers, which it wants.
func (x *Index) loadPapers(ctx context.Context) error {
	type part struct {
		numbers []uint32
		papers  []*paper.Paper
		terms   []lexical.Doc
		done    chan struct{}
	}
	cores := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(ctx)
	analyse, add := make(chan *part, cores), make(chan *part, 2*cores)
	g.Go(func() error {
		defer close(analyse)
		defer close(add)
		var p *part
		send := func() error {
			if p == nil {
				return nil
			}
			for _, c := range []chan *part{analyse, add} {
				select {
				case c <- p:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
			p = nil
			return nil
		}
		err := x.store.Each(ctx, 1, func(_ int, number uint32, paper *paper.Paper) error {
			if p == nil {
				p = &part{done: make(chan struct{})}
			}
			p.numbers, p.papers = append(p.numbers, number), append(p.papers, paper)
			if len(p.numbers) == loadBatch {
				return send()
			}
			return nil
		})
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
					x.docs.add(p.numbers[i], pp)
				}
				x.filters.Add(p.numbers, p.papers)
				close(p.done)
			}
			return nil
		})
	}
	g.Go(func() error {
		for p := range add {
			select {
			case <-p.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := x.lexical.Add(p.terms); err != nil {
				return err
			}
			p.terms, p.papers = nil, nil
		}
		return nil
	})
	return g.Wait()
}

// loadVectors reads the vectors of a generation.
func (x *Index) loadVectors(ctx context.Context, gen *generation) error {
	var numbers []uint32
	var vectors [][]float32
	flush := func() error {
		err := gen.vectors.Add(ctx, numbers, vectors)
		numbers, vectors = numbers[:0], vectors[:0]
		return err
	}
	err := x.store.EachVector(ctx, gen.Number, 1, func(_ int, number uint32, v embed.Vector) error {
		if v == nil {
			return nil
		}
		numbers, vectors = append(numbers, number), append(vectors, append([]float32(nil), v...))
		if len(numbers) == loadBatch {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}
