package index

import (
	"context"
	"errors"
	"iter"
	"runtime"

	"golang.org/x/sync/errgroup"

	"kindred/paper"
	"kindred/paper/source"
)

// Counts say what became of the papers of an ingest.
type Counts struct {
	Read      int `json:"read"` // everything seen, rejected lines included
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Merged    int `json:"merged"` // new as such, and of a paper that is there from another source
	Rejected  int `json:"rejected"`
	// Deleted counts those that are gone at their source and were taken out here.
	Deleted int `json:"deleted,omitempty"`
}

// Add counts what became of some papers.
func (c *Counts) Add(results []paper.PutResult) {
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
		case paper.Gone:
			c.Deleted++
		}
	}
}

// intakePapers is how many papers of a stream are written at once. Each writing
// waits for the disk and makes a segment of the inverted index.
const intakePapers = 2048

// IngestOptions say how a stream of papers is taken in. The zero value merges
// and tells nobody.
type IngestOptions struct {
	// NoMerge keeps each paper a record of its own, although another source may
	// have the same one.
	NoMerge bool
	// Progress is called after every batch that is written.
	Progress func(Counts)
}

// Ingest takes in a stream of papers: while one batch is read, others are
// analysed and embedded, and one is written. A paper that is there from another
// source becomes one record with it. An error in the stream counts as a rejected
// paper and does not stop the rest; whoever makes the stream reports it. One
// that is a [source.LineError] with an id in Deleted takes out what that source
// said under that id; what other sources have of the paper stays. What is
// written stays when Ingest ends early, and an ingest that is run again carries
// on.
func (x *Index) Ingest(ctx context.Context, papers iter.Seq2[paper.Paper, error], o IngestOptions) (Counts, error) {
	type job struct {
		batch    batch
		rejected int
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
		begin := func() *job { return &job{batch: batch{merge: !o.NoMerge, apart: o.NoMerge}, done: make(chan struct{})} }
		j := begin()
		send := func() bool {
			for _, c := range []chan *job{prepare, write} {
				select {
				case c <- j:
				case <-ctx.Done():
					return false
				}
			}
			j = begin()
			return true
		}
		for p, err := range papers {
			b := &j.batch
			if line, ok := errors.AsType[*source.LineError](err); ok && line.Deleted != "" {
				b.arrivals = append(b.arrivals, arrival{paper: paper.Paper{ID: line.Deleted, Source: line.Source}, gone: true})
			} else if err != nil {
				j.rejected++
			} else {
				b.arrivals = append(b.arrivals, arrival{paper: p})
			}
			if len(b.arrivals)+j.rejected >= intakePapers && !send() {
				return ctx.Err()
			}
		}
		if len(j.batch.arrivals)+j.rejected > 0 && !send() {
			return ctx.Err()
		}
		return nil
	})
	for range cores {
		g.Go(func() error {
			for j := range prepare {
				if err := x.prepare(ctx, &j.batch); err != nil {
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
			if err := x.write(ctx, &j.batch); err != nil {
				return err
			}
			counts.Add(j.batch.appendResults(nil))
			counts.Read += j.rejected
			counts.Rejected += j.rejected
			if o.Progress != nil {
				o.Progress(counts)
			}
		}
		return nil
	})
	err := g.Wait()
	return counts, err
}
