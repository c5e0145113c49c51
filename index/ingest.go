package index

import (
	"context"
	"iter"
	"runtime"

	"golang.org/x/sync/errgroup"

	"kindred/paper"
)

// Counts say what became of the papers of an ingest.
type Counts struct {
	Read      int `json:"read"` // everything seen, rejected lines included
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Merged    int `json:"merged"`
	Rejected  int `json:"rejected"`
}

func (c *Counts) add(results []paper.PutResult) {
	for _, r := range results {
		c.Read++
		switch r.Status {
		case paper.Added:
			c.Added++
		case paper.Updated:
			c.Updated++
		case paper.Unchanged:
			c.Unchanged++
		case paper.Merged:
			c.Merged++
		case paper.Rejected:
			c.Rejected++
		}
	}
}

// intakePapers is how many papers of a stream are written at once. Each writing
// waits for the disk and makes a segment of the inverted index.
const intakePapers = 2048

// Ingest takes in a stream of papers: while one batch is read, others are
// analysed and embedded, and one is written. An error in the stream counts as
// a rejected paper and does not stop the rest; whoever makes the stream
// reports it. progress, unless nil, is called after every batch that is
// written. What is written stays when Ingest ends early, and an ingest that is
// run again carries on.
func (x *Index) Ingest(ctx context.Context, papers iter.Seq2[paper.Paper, error], progress func(Counts)) (Counts, error) {
	type job struct {
		papers   []paper.Paper
		rejected int
		batch    *batch
		done     chan struct{}
	}
	x.keeper.intakes.Add(1)
	defer x.keeper.intakes.Add(-1)
	cores := runtime.GOMAXPROCS(0)
	g, ctx := errgroup.WithContext(ctx)
	prepare, write := make(chan *job, cores), make(chan *job, 2*cores)
	g.Go(func() error {
		defer close(prepare)
		defer close(write)
		j := &job{done: make(chan struct{})}
		send := func() bool {
			for _, c := range []chan *job{prepare, write} {
				select {
				case c <- j:
				case <-ctx.Done():
					return false
				}
			}
			j = &job{done: make(chan struct{})}
			return true
		}
		for p, err := range papers {
			if err != nil {
				j.rejected++
			} else {
				j.papers = append(j.papers, p)
			}
			if len(j.papers)+j.rejected >= intakePapers && !send() {
				return ctx.Err()
			}
		}
		if len(j.papers)+j.rejected > 0 && !send() {
			return ctx.Err()
		}
		return nil
	})
	for range cores {
		g.Go(func() error {
			for j := range prepare {
				var err error
				if j.batch, err = x.prepare(ctx, j.papers); err != nil {
					return err
				}
				close(j.done)
			}
			return nil
		})
	}
	var counts Counts
	g.Go(func() error {
		for j := range write {
			select {
			case <-j.done:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := x.write(ctx, j.batch); err != nil {
				return err
			}
			counts.add(j.batch.results)
			counts.Read += j.rejected
			counts.Rejected += j.rejected
			if progress != nil {
				progress(counts)
			}
		}
		return nil
	})
	err := g.Wait()
	return counts, err
}
