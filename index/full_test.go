package index_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"kindred/index"
	"kindred/index/store"
	"kindred/paper"
)

// A disk that fills during ingest: one clear error, what was written is found
// and stays, and the next run carries on.
func TestDiskFillsDuringIngest(t *testing.T) {
	papers := brief(invented(2300))
	var free atomic.Int64
	free.Store(1 << 40)
	var warnings strings.Builder
	o := index.OnDisk(index.Options{Logger: slog.New(slog.NewTextHandler(&warnings, nil))}, free.Load)
	x := open(t, t.TempDir(), o)
	counts, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{Progress: func(c index.Counts) {
		if c.Added >= 1024 {
			free.Store(1 << 20)
		}
	}})
	if !errors.Is(err, store.ErrFull) || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "make room") {
		t.Fatalf("%+v, %v", counts, err)
	}
	st := stats(t, x)
	if st.Papers != counts.Added || st.Papers == 0 || st.Papers == len(papers) || st.Vectors != st.Papers {
		t.Fatalf("%+v of %+v", st, counts)
	}
	last := papers[st.Papers-1]
	finds := func() {
		t.Helper()
		if r := search(t, x, last.Title, paper.Options{Mode: paper.Lexical}); len(r.Hits) == 0 || r.Hits[0].Paper.ID != last.ID {
			t.Errorf("%s is not found", last.ID)
		}
		if p, err := x.Paper(t.Context(), last.ID); err != nil || p.ID != last.ID {
			t.Error(p, err)
		}
	}
	finds()
	// Closing needs no room, and says that it wrote no cache.
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(warnings.String(), "disk is full") {
		t.Errorf("warnings: %s", &warnings)
	}
	x = open(t, x.Dir(), o) // still full
	finds()
	if _, err := x.Put(t.Context(), papers[2299:]); !errors.Is(err, store.ErrFull) {
		t.Errorf("a write to a full disk: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	free.Store(1 << 40)
	x = open(t, x.Dir(), o)
	again, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
	if err != nil || again.Unchanged != st.Papers || again.Added != len(papers)-st.Papers {
		t.Errorf("the next run: %+v, %v", again, err)
	}
	finds()
	reopened(t, x, last.ID)
}
