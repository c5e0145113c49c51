package store

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

const testDim = 8

// small makes tables so small that a test fills several.
func small(o *badger.Options) {
	o.MemTableSize = 1 << 20
	o.ValueThreshold = 32 << 10
	o.ValueLogFileSize = 1 << 20
	o.BaseTableSize = 256 << 10
	o.BaseLevelSize = 1 << 20
	o.NumLevelZeroTables, o.NumLevelZeroTablesStall = 2, 4
}

func open(tb testing.TB, dir string) *Store {
	tb.Helper()
	s, err := Open(dir, Options{NoSync: true, tune: small})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { s.Close() })
	return s
}

// reopen closes s and opens its folder again.
func reopen(tb testing.TB, s *Store) *Store {
	tb.Helper()
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return open(tb, s.Dir())
}

func newGeneration(tb testing.TB, s *Store, dim int) uint32 {
	tb.Helper()
	g, err := s.CreateGeneration(Generation{Fingerprint: fmt.Sprintf("test:m:%d", dim), Dimension: dim})
	if err != nil {
		tb.Fatal(err)
	}
	return g.Number
}

func write(tb testing.TB, s *Store, b Batch) Written {
	tb.Helper()
	w, err := s.Write(tb.Context(), &b)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// putAll makes puts of papers with invented vectors for the generations.
func putAll(papers []*paper.Paper, generations int) []Put {
	puts := make([]Put, len(papers))
	for i, p := range papers {
		puts[i].Paper = p
		for range generations {
			puts[i].Vectors = append(puts[i].Vectors, inventedVector(i, testDim))
		}
	}
	return puts
}

func short(id, title string) *paper.Paper { return &paper.Paper{ID: id, Title: title} }

// contents reads everything: papers by doc number.
func contents(tb testing.TB, s *Store) map[uint32]*paper.Paper {
	tb.Helper()
	var mu sync.Mutex
	all := map[uint32]*paper.Paper{}
	err := s.Each(tb.Context(), 3, func(_ int, doc uint32, p *paper.Paper) error {
		mu.Lock()
		defer mu.Unlock()
		all[doc] = p
		return nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return all
}

func verify(tb testing.TB, s *Store) {
	tb.Helper()
	if err := s.Verify(tb.Context()); err != nil {
		tb.Fatal(err)
	}
}

func TestWriteAndReadBack(t *testing.T) {
	papers := inventedPapers(700)
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	w := write(t, s, Batch{Puts: putAll(papers, 1), Generations: []uint32{gen}})
	for range 2 { // as written, and as opened again
		docs := make([]uint32, len(papers))
		for i := range docs {
			docs[i] = w.Placed[i].Doc
			if docs[i] != uint32(i) || len(w.Placed[i].Old) > 0 {
				t.Fatalf("paper %d was placed as %+v", i, w.Placed[i])
			}
		}
		got, err := s.Papers(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(papers, got); d != "" {
			t.Fatal(d)
		}
		vectors, err := s.Vectors(t.Context(), gen, docs)
		if err != nil {
			t.Fatal(err)
		}
		for i := range papers {
			want, err := Round(inventedVector(i, testDim))
			if err != nil || !cmp.Equal(want, vectors[i]) {
				t.Fatalf("vector %d: %v, want %v (%v)", i, vectors[i], want, err)
			}
		}
		if s.Len() != 700 || s.NextDoc() != 700 {
			t.Fatalf("Len %d, NextDoc %d", s.Len(), s.NextDoc())
		}
		verify(t, s)
		s = reopen(t, s)
	}
}

func TestReplaceAndDelete(t *testing.T) {
	s := open(t, t.TempDir())
	one, two := newGeneration(t, s, testDim), newGeneration(t, s, 3)
	both := []uint32{one, two}
	vectors := func(seed int) [][]float32 { return [][]float32{inventedVector(seed, testDim), inventedVector(seed, 3)} }

	write(t, s, Batch{Generations: both, Puts: []Put{
		{Paper: short("a", "first"), Vectors: vectors(1)},
		{Paper: short("b", "second"), Vectors: vectors(2)},
		{Paper: short("c", "third"), Vectors: vectors(3)},
		{Paper: short("a", "again"), Vectors: vectors(4)}, // replaces within the batch
	}})
	w := write(t, s, Batch{
		Deletes:     []string{"b", "unknown", "b"},
		Generations: both[:1],
		Puts: []Put{
			{Paper: &paper.Paper{ID: "c", Title: "third", Year: 2001}, KeepVectors: true},
			{Paper: short("b", "born again"), Vectors: [][]float32{nil}},
		},
	})
	want := Written{
		Deleted: []uint32{1},
		Placed:  []Placed{{Doc: 4, Old: []uint32{2}, Moved: true, Kept: 2}, {Doc: 5}},
	}
	if d := cmp.Diff(want, w); d != "" {
		t.Fatal(d)
	}

	s = reopen(t, s)
	verify(t, s)
	if d := cmp.Diff(map[uint32]*paper.Paper{
		3: short("a", "again"),
		4: {ID: "c", Title: "third", Year: 2001},
		5: short("b", "born again"),
	}, contents(t, s)); d != "" {
		t.Fatal(d)
	}
	docs := []uint32{0, 1, 2, 3, 4, 5, 6}
	papers, err := s.Papers(t.Context(), docs)
	if err != nil {
		t.Fatal(err)
	}
	for doc, p := range papers {
		if (p != nil) != (doc >= 3 && doc <= 5) {
			t.Errorf("doc %d: %v", doc, p)
		}
	}
	for gen, dim := range map[uint32]int{one: testDim, two: 3} {
		got, err := s.Vectors(t.Context(), gen, docs)
		if err != nil {
			t.Fatal(err)
		}
		want := make([][]float32, 7)
		want[3], _ = Round(inventedVector(4, dim))
		want[4], _ = Round(inventedVector(3, dim)) // kept
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("generation %d: %s", gen, d)
		}
	}
	if s.NextDoc() != 6 || s.Len() != 3 {
		t.Errorf("NextDoc %d, Len %d", s.NextDoc(), s.Len())
	}
}

func TestLookup(t *testing.T) {
	s := open(t, t.TempDir())
	p := &paper.Paper{ID: "10.1000/x y\n", Title: "t", Abstract: "a", Year: 1999}
	write(t, s, Batch{Puts: []Put{{Paper: short("z", "other")}, {Paper: p}}})
	got, err := s.Lookup(t.Context(), []string{"nobody", p.ID, "", strings.Repeat("x", 100_000)})
	if err != nil {
		t.Fatal(err)
	}
	want := []Entry{{}, {Found: true, Doc: 1, Content: ContentHash(p), Text: TextHash(p)}, {}, {}}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
}

func TestEachKeepsItsRangesInOrder(t *testing.T) {
	s := open(t, t.TempDir())
	write(t, s, Batch{Puts: putAll(inventedPapers(1000), 0)})
	for _, workers := range []int{-1, 1, 2, 7, 1500} {
		lists := make([][]uint32, max(workers, 1))
		err := s.Each(t.Context(), workers, func(w int, doc uint32, _ *paper.Paper) error {
			lists[w] = append(lists[w], doc)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		next := uint32(0)
		for _, list := range lists {
			for _, doc := range list {
				if doc != next {
					t.Fatalf("%d workers: doc %d where %d is due", workers, doc, next)
				}
				next++
			}
		}
		if next != 1000 {
			t.Fatalf("%d workers saw %d papers", workers, next)
		}
	}
}

func TestIterationEnds(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	write(t, s, Batch{Puts: putAll(inventedPapers(2000), 1), Generations: []uint32{gen}})
	broken := errors.New("enough")
	err := s.Each(t.Context(), 2, func(_ int, doc uint32, _ *paper.Paper) error {
		if doc == 700 {
			return broken
		}
		return nil
	})
	if !errors.Is(err, broken) {
		t.Errorf("Each: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	seen := 0
	err = s.EachVector(ctx, gen, 1, func(int, uint32, []float32) error {
		if seen++; seen == 300 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) || seen > 1000 {
		t.Errorf("EachVector: %v after %d", err, seen)
	}
	if _, err := s.Write(ctx, &Batch{Deletes: []string{"x"}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Write: %v", err)
	}
	if _, err := s.Papers(ctx, []uint32{1}); !errors.Is(err, context.Canceled) {
		t.Errorf("Papers: %v", err)
	}
}

func TestBatchOfManyTransactions(t *testing.T) {
	s := open(t, t.TempDir())
	papers := inventedPapers(1500) // some 2 MB; a transaction here takes 80 KB
	for i := range 3 {
		papers[i*400].Abstract = strings.Repeat("long ", 4000+i)     // a transaction's worth
		papers[i*400+1].Abstract = strings.Repeat("longer ", 30_000) // by way of the value log
	}
	write(t, s, Batch{Puts: putAll(papers, 0)})
	s = reopen(t, s)
	verify(t, s)
	all := contents(t, s)
	for i, p := range papers {
		if d := cmp.Diff(p, all[uint32(i)]); d != "" {
			t.Fatal(d)
		}
	}
	ids := make([]string, len(papers))
	for i := range ids {
		ids[i] = papers[i].ID
	}
	if w := write(t, s, Batch{Deletes: ids}); len(w.Deleted) != 1500 || s.Len() != 0 {
		t.Fatalf("%d deleted, %d left", len(w.Deleted), s.Len())
	}
	verify(t, s)
}

func TestBadPuts(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, 2)
	nan := float32(0)
	nan /= nan
	for name, b := range map[string]Batch{
		"no id":                {Puts: []Put{{Paper: short("", "x")}}},
		"long id":              {Puts: []Put{{Paper: short(strings.Repeat("i", paper.MaxID+1), "x")}}},
		"unknown generation":   {Generations: []uint32{9}, Puts: []Put{{Paper: short("a", "x"), Vectors: [][]float32{{1, 0}}}}},
		"other dimension":      {Generations: []uint32{gen}, Puts: []Put{{Paper: short("a", "x"), Vectors: [][]float32{{1, 0, 0}}}}},
		"zero vector":          {Generations: []uint32{gen}, Puts: []Put{{Paper: short("a", "x"), Vectors: [][]float32{{0, 0}}}}},
		"NaN":                  {Generations: []uint32{gen}, Puts: []Put{{Paper: short("a", "x"), Vectors: [][]float32{{nan, 0}}}}},
		"no vectors":           {Generations: []uint32{gen}, Puts: []Put{{Paper: short("a", "x")}}},
		"vectors of no number": {Puts: []Put{{Paper: short("a", "x"), Vectors: [][]float32{{1, 0}}}}},
	} {
		b.Puts = append([]Put{{Paper: short("good", "good"), KeepVectors: true}}, b.Puts...)
		w, err := s.Write(t.Context(), &b)
		if err == nil || len(w.Placed) != 0 || s.Len() != 0 {
			t.Errorf("%s: %v, %+v, %d papers", name, err, w, s.Len())
		}
	}
}

func TestValues(t *testing.T) {
	s := open(t, t.TempDir())
	type place struct{ Token string }
	if ok, err := s.Value("harvest", new(place)); ok || err != nil {
		t.Fatal(ok, err)
	}
	if err := s.SetValue("harvest", place{"abc"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SetValue("other", make(chan int)); err == nil {
		t.Error("a channel was taken")
	}
	s = reopen(t, s)
	var got place
	if ok, err := s.Value("harvest", &got); !ok || err != nil || got.Token != "abc" {
		t.Fatal(ok, err, got)
	}
	if err := s.SetValue("harvest", nil); err != nil {
		t.Fatal(err)
	}
	if ok, err := s.Value("harvest", &got); ok || err != nil {
		t.Fatal(ok, err)
	}
}
