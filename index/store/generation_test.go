package store

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/dgraph-io/badger/v4"
	"github.com/google/go-cmp/cmp"
)

// fill does what the index does for a new model: a batch of missing vectors at
// a time. It stops after so many batches, all where 0.
func fill(t *testing.T, s *Store, gen uint32, dim, batches int) {
	t.Helper()
	for n := 0; batches == 0 || n < batches; n++ {
		docs, err := s.Missing(t.Context(), gen, 0, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(docs) == 0 {
			return
		}
		vectors := make([][]float32, len(docs))
		for i, doc := range docs {
			if doc%10 != 7 { // those have no known word
				vectors[i] = inventedVector(int(doc), dim)
			}
		}
		if err := s.WriteVectors(t.Context(), gen, docs, vectors); err != nil {
			t.Fatal(err)
		}
	}
}

func TestNewGenerationBesideTheOld(t *testing.T) {
	s := open(t, t.TempDir())
	if _, ok := s.Current(); ok {
		t.Fatal("a current generation in an empty store")
	}
	old := newGeneration(t, s, testDim)
	write(t, s, Batch{Puts: putAll(inventedPapers(500), 1), Generations: []uint32{old}})
	complete := func(n uint32) {
		t.Helper()
		if err := s.UpdateGeneration(Generation{Number: n, Complete: true, Learned: true, Model: "m.bin"}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.SwitchTo(old); err == nil {
		t.Error("switched to a generation that is not complete")
	}
	complete(old)
	if err := s.SwitchTo(old); err != nil {
		t.Fatal(err)
	}

	young := newGeneration(t, s, 5)
	fill(t, s, young, 5, 2)
	s = reopen(t, s)
	write(t, s, Batch{Deletes: []string{inventedPapers(500)[450].ID}})
	fill(t, s, young, 5, 0)
	if missing, err := s.Missing(t.Context(), young, 0, 1000); err != nil || len(missing) > 0 {
		t.Fatal(missing, err)
	}
	with, without := 0, 0
	err := s.EachVector(t.Context(), young, 1, func(_ int, doc uint32, v []float32) error {
		want, _ := Round(inventedVector(int(doc), 5))
		switch {
		case v == nil:
			without++
			want = nil
		default:
			with++
		}
		if !cmp.Equal(want, v) {
			t.Fatalf("doc %d: %v, want %v", doc, v, want)
		}
		return nil
	})
	if err != nil || with != 449 || without != 50 {
		t.Fatalf("%d with and %d without a vector, %v", with, without, err)
	}

	complete(young)
	if err := s.SwitchTo(young); err != nil {
		t.Fatal(err)
	}
	if err := s.DropGeneration(young); err == nil {
		t.Error("dropped the current generation")
	}
	if err := s.DropGeneration(old); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Vectors(t.Context(), old, []uint32{1}); !errors.Is(err, ErrNoGeneration) {
		t.Errorf("a dropped generation can be read: %v", err)
	}
	s = reopen(t, s)
	verify(t, s)
	g, ok := s.Current()
	if !ok || g.Number != young || !g.Learned || g.Model != "m.bin" || g.Dimension != 5 || g.Fingerprint != "test:m:5" {
		t.Errorf("current: %+v %v", g, ok)
	}
	if list := s.Generations(); len(list) != 1 {
		t.Errorf("generations: %+v", list)
	}
	if n := keysUnder(t, s, generationPrefix(old)); n != 0 {
		t.Errorf("%d vectors of the dropped generation are left", n)
	}
	if next := newGeneration(t, s, 2); next != young+1 {
		t.Errorf("the next generation is %d", next)
	}
}

func keysUnder(t *testing.T, s *Store, prefix []byte) (n int) {
	t.Helper()
	err := s.db.View(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
		defer it.Close()
		for it.Rewind(); it.Valid(); it.Next() {
			n++
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestDropGoesOnAfterARestart(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	write(t, s, Batch{Puts: putAll(inventedPapers(300), 1), Generations: []uint32{gen}})
	// What a stop just after DropGeneration leaves.
	err := s.changeGenerations(func(st *generationState) error {
		st.List[0].Dropping = true
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	s = reopen(t, s)
	s.background.Wait()
	if n := keysUnder(t, s, generationPrefix(gen)); n != 0 || len(s.generations.List) != 0 {
		t.Errorf("%d vectors are left, generations %+v", n, s.generations.List)
	}
}

func TestRoomComesBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir)
	one, two := newGeneration(t, s, 256), newGeneration(t, s, 256)
	papers := inventedPapers(1000)
	puts := make([]Put, len(papers))
	for i, p := range papers {
		if i%50 == 0 { // by way of the value log
			p.Abstract = strings.Repeat(p.Abstract, 40)
		}
		v := inventedVector(i, 256)
		puts[i] = Put{Paper: p, Vectors: [][]float32{v, v}}
	}
	put := func() { write(t, s, Batch{Puts: puts, Generations: []uint32{one, two}}) }
	size := func() int64 {
		s = reopen(t, s)
		n, err := s.Bytes()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	put()
	both := size()
	for range 3 {
		put() // every paper replaced
	}
	again := size()
	if again > both+both/4 {
		t.Errorf("replacing every paper took the folder from %d to %d bytes", both, again)
	}
	if err := s.DropGeneration(one); err != nil {
		t.Fatal(err)
	}
	if dropped := size(); dropped > again-1000*400 {
		t.Errorf("dropping one of two generations took the folder from %d to %d bytes", again, dropped)
	}
	verify(t, s)
}

func TestBadGenerations(t *testing.T) {
	s := open(t, t.TempDir())
	for _, g := range []Generation{{}, {Fingerprint: "x"}, {Dimension: 3}, {Fingerprint: "x", Dimension: maxDimension + 1}} {
		if _, err := s.CreateGeneration(g); err == nil {
			t.Errorf("created %+v", g)
		}
	}
	missing := func() error { _, err := s.Missing(t.Context(), 5, 0, 1); return err }
	for name, err := range map[string]error{
		"SwitchTo": s.SwitchTo(5), "DropGeneration": s.DropGeneration(5),
		"UpdateGeneration": s.UpdateGeneration(Generation{Number: 5}), "Missing": missing(),
		"WriteVectors": s.WriteVectors(t.Context(), 5, nil, nil), "EachVector": s.EachVector(t.Context(), 5, 1, nil),
	} {
		if !errors.Is(err, ErrNoGeneration) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if g, err := s.CreateGeneration(Generation{Fingerprint: "x", Dimension: 1, Complete: true}); err != nil || g.Complete {
		t.Errorf("a new generation is complete: %+v, %v", g, err)
	}
	gen := newGeneration(t, s, 2)
	write(t, s, Batch{Puts: []Put{{Paper: short("a", "a")}}})
	if err := s.WriteVectors(t.Context(), gen, []uint32{0, 1}, [][]float32{{1, 0}}); err == nil {
		t.Error("one vector for two papers was taken")
	}
	if err := s.WriteVectors(t.Context(), gen, []uint32{0, 77}, [][]float32{{1, 0}, {0, 1}}); err != nil {
		t.Error(err)
	}
	verify(t, s) // nothing was written for 77, which is no paper
}

// Dropping a generation must not keep readers out.
func TestReadersWhileDropping(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	papers := inventedPapers(1500)
	write(t, s, Batch{Puts: putAll(papers, 1), Generations: []uint32{gen}})
	var log strings.Builder
	s.opt.Logger = slog.New(slog.NewTextHandler(&log, nil))
	if err := s.DropGeneration(gen); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { s.background.Wait(); close(done) }()
	for reading := true; reading; {
		select {
		case <-done:
			reading = false
		default:
		}
		ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
		got, err := s.Papers(ctx, []uint32{5, 1400})
		cancel()
		if err != nil || got[0] == nil || got[1] == nil {
			t.Fatal(got, err)
		}
	}
	if !strings.Contains(log.String(), "removed a generation's vectors") {
		t.Errorf("log: %q", log.String())
	}
}
