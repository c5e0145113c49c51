package index_test

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// with puts an error into a stream after every n papers.
func with(papers iter.Seq2[paper.Paper, error], n int, err error) iter.Seq2[paper.Paper, error] {
	return func(yield func(paper.Paper, error) bool) {
		i := 0
		for p, e := range papers {
			if !yield(p, e) {
				return
			}
			if i++; i%n == 0 && !yield(paper.Paper{}, err) {
				return
			}
		}
	}
}

func TestIngestCounts(t *testing.T) {
	papers := brief(invented(1300))
	x := open(t, t.TempDir(), index.Options{Embedder: &fake{}})
	ingest := func(what string, s iter.Seq2[paper.Paper, error], want index.Counts) {
		t.Helper()
		var last index.Counts
		got, err := x.Ingest(t.Context(), s, index.IngestOptions{Progress: func(c index.Counts) {
			if c.Read < last.Read || c.Read != c.Added+c.Updated+c.Unchanged+c.Merged+c.Rejected {
				t.Errorf("%s: progress from %+v to %+v", what, last, c)
			}
			last = c
		}})
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v; want %+v", what, got, err, want)
		}
		if last != got && got.Read > 0 {
			t.Errorf("%s: progress ended with %+v", what, last)
		}
	}
	ingest("nothing", stream(nil), index.Counts{})
	ingest("first", stream(papers), index.Counts{Read: 1300, Added: 1300})
	ingest("again", stream(papers), index.Counts{Read: 1300, Unchanged: 1300})

	changed := slices.Clone(papers)
	for i := 0; i < 1300; i += 100 {
		changed[i].Title += " Revised"
	}
	changed = append(changed, paper.Paper{ID: "no text"}, paper.Paper{Title: "New"}, changed[700], papers[700])
	bad := errors.New("FILE:7: not JSON")
	ingest("changed", with(stream(changed), 130, bad), index.Counts{
		Read: 1304 + 10, Added: 1, Updated: 13 + 1, Unchanged: 1287 + 1, Rejected: 1 + 10,
	})
	ingest("errors alone", func(yield func(paper.Paper, error) bool) {
		for range 1200 {
			if !yield(paper.Paper{}, bad) {
				return
			}
		}
	}, index.Counts{Read: 1200, Rejected: 1200})
	if st := stats(t, x); st.Papers != 1301 || st.Vectors != 1301 {
		t.Errorf("%d papers, %d vectors", st.Papers, st.Vectors)
	}
	n := 0
	for p, err := range x.List(t.Context()) {
		if err != nil || p.ID == "" {
			t.Fatal(p, err)
		}
		n++
	}
	if n != 1301 {
		t.Errorf("lists %d papers", n)
	}
}

// Whatever was written before an ingest ended early stays, and the second one
// completes it, embedding nothing twice.
func TestIngestEndsEarly(t *testing.T) {
	const n = 2500
	papers := brief(invented(n))
	boom := errors.New("boom")
	tests := []struct {
		name string
		want error
		run  func(*index.Index, *fake) (index.Counts, error)
	}{
		{"cancelled at a batch", context.Canceled, func(x *index.Index, _ *fake) (index.Counts, error) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return x.Ingest(ctx, stream(papers), index.IngestOptions{Progress: func(c index.Counts) {
				if c.Read > 1000 {
					cancel()
				}
			}})
		}},
		{"cancelled in the stream", context.Canceled, func(x *index.Index, _ *fake) (index.Counts, error) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			return x.Ingest(ctx, func(yield func(paper.Paper, error) bool) {
				for i, p := range papers {
					if i == 2200 {
						cancel()
					}
					if !yield(p, nil) {
						return
					}
				}
			}, index.IngestOptions{})
		}},
		{"the embedder fails", boom, func(x *index.Index, f *fake) (index.Counts, error) {
			f.failDocs = func(n int64) error {
				if n > 1600 {
					return boom
				}
				return nil
			}
			return x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{}
			x := open(t, t.TempDir(), index.Options{Embedder: f})
			counts, err := test.run(x, f)
			if !errors.Is(err, test.want) {
				t.Fatal(err)
			}
			st := stats(t, x)
			if st.Papers == n || st.Papers < counts.Added || st.Vectors != st.Papers {
				t.Errorf("%+v were counted, %d papers and %d vectors are there", counts, st.Papers, st.Vectors)
			}
			if st.Papers > 0 && !finds(t, x, papers[0].Title, papers[0].ID) {
				t.Error("what was written is not found")
			}
			f.failDocs = nil
			f.docs.Store(0)
			again, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
			if err != nil || again.Unchanged != st.Papers || again.Added != n-st.Papers {
				t.Errorf("the second run: %+v, %v", again, err)
			}
			if f.docs.Load() != int64(n-st.Papers) {
				t.Errorf("%d documents embedded for %d that were missing", f.docs.Load(), n-st.Papers)
			}
			if st := stats(t, x); st.Papers != n || st.Vectors != n {
				t.Errorf("%d papers, %d vectors", st.Papers, st.Vectors)
			}
		})
	}
}

func TestIngestAfterClose(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{})
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if counts, err := x.Ingest(t.Context(), stream(samplePapers()), index.IngestOptions{}); err == nil {
		t.Errorf("%+v", counts)
	}
	if _, err := x.Put(t.Context(), samplePapers()); err == nil {
		t.Error("put into a closed index")
	}
	if _, err := x.Delete(t.Context(), []string{"x"}); err == nil {
		t.Error("deleted from a closed index")
	}
}
