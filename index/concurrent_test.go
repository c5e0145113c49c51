package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// Writers, searchers and a learning at the same time; afterwards the folder,
// opened again, answers as the index did.
func TestAllAtOnce(t *testing.T) {
	base := samplePapers()
	x := filled(t, index.Options{}, base...)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	var workers sync.WaitGroup
	fail := func(what string, err error) {
		if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, paper.ErrNotFound) {
			t.Errorf("%s: %v", what, err)
		}
	}
	extra := invented(400)
	for w := range 2 {
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 3))
			mine := extra[w*200 : (w+1)*200]
			for ctx.Err() == nil {
				some := r.IntN(180)
				batch := append([]paper.Paper(nil), mine[some:some+1+r.IntN(20)]...)
				switch r.IntN(3) {
				case 0:
					batch[0].Year = 1990 + r.IntN(30)
				case 1:
					batch[0].Abstract = fmt.Sprint(batch[0].Abstract, " More of it, ", r.IntN(1000))
				case 2:
					var gone []string
					for _, p := range batch {
						gone = append(gone, p.ID)
					}
					_, err := x.Delete(ctx, gone)
					fail("delete", err)
					continue
				}
				_, err := x.Put(ctx, batch)
				fail("put", err)
			}
		})
		workers.Go(func() {
			r := rand.New(rand.NewPCG(uint64(w), 4))
			for ctx.Err() == nil {
				o := paper.Options{Mode: modes[r.IntN(3)], Limit: 1 + r.IntN(60), Explain: true, Facets: []string{"author", "year"}}
				if r.IntN(2) == 0 {
					o.Filter.Years.From = 2000
				}
				p := base[r.IntN(len(base))]
				_, err := x.Search(ctx, paper.Query{Text: p.Title, Options: o})
				fail("search", err)
				_, err = x.Similar(ctx, paper.Similar{Positive: []string{p.ID, extra[r.IntN(400)].ID}, Options: o})
				fail("similar", err)
				_, err = x.Similar(ctx, paper.Similar{Title: extra[r.IntN(400)].Title, Options: o})
				fail("similar by title", err)
				_, err = x.Stats(ctx)
				fail("stats", err)
			}
		})
	}
	for range 2 {
		fail("learn", x.Learn(ctx, quick, nil))
	}
	stop()
	workers.Wait()
	put(t, x, extra[:50]...)
	st := stats(t, x)
	if !st.Learned || st.Generation < 2 || st.Vectors != st.Papers {
		t.Errorf("%+v", st)
	}
	if n := sound(t, reopened(t, x, base[0].ID, extra[0].ID, extra[49].ID)); n != st.Vectors {
		t.Errorf("%d papers have a vector on disk, %d had one in memory", n, st.Vectors)
	}
}

func TestCloseWhileBusy(t *testing.T) {
	x := filled(t, index.Options{Embedder: &fake{}}, samplePapers()...)
	extra := brief(invented(200))
	endless := func(yield func(paper.Paper, error) bool) {
		for n := 0; ; n++ {
			p := extra[n%len(extra)]
			p.ID = fmt.Sprint("endless-", n)
			if !yield(p, nil) {
				return
			}
		}
	}
	var workers sync.WaitGroup
	workers.Go(func() {
		if _, err := x.Ingest(context.Background(), endless, index.IngestOptions{}); err == nil {
			t.Error("all of an endless file was ingested")
		}
	})
	searching := make(chan struct{})
	workers.Go(func() {
		for n := 0; ; n++ {
			if _, err := x.Search(context.Background(), paper.Query{Text: "flows"}); err != nil {
				return
			}
			if n == 3 {
				close(searching)
			}
		}
	})
	<-searching
	for range 2 {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	}
	workers.Wait()
	y := open(t, x.Dir(), index.Options{Embedder: &fake{}})
	if st := stats(t, y); st.Papers < len(samplePapers()) || st.Vectors != st.Papers {
		t.Errorf("%+v", st)
	}
}

func TestOpenTwice(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:5]...)
	if y, err := index.Open(t.Context(), x.Dir(), index.Options{}); !errors.Is(err, index.ErrLocked) {
		t.Errorf("%v, %v", y, err)
	}
	if y, err := index.Open(t.Context(), t.TempDir()+"/none", index.Options{MustExist: true}); !errors.Is(err, index.ErrNoIndex) {
		t.Errorf("%v, %v", y, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir := t.TempDir()
	z := open(t, dir, index.Options{})
	put(t, z, samplePapers()[:5]...)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if y, err := index.Open(ctx, dir, index.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %v", y, err)
	}
	open(t, dir, index.Options{}) // and lets go of the folder
}
