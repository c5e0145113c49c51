package store

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"testing"

	"kindred/paper"
)

func TestClose(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, 2)
	write(t, s, Batch{Puts: putAll(inventedPapers(300), 0)})

	inside, done := make(chan struct{}), make(chan error)
	seen := 0
	go func() {
		done <- s.Each(context.Background(), 1, func(int, uint32, *paper.Paper) error {
			if seen++; seen == 1 {
				close(inside)
			}
			return nil
		})
	}()
	<-inside
	var group sync.WaitGroup
	for range 3 {
		group.Go(func() {
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	if err := <-done; err != nil || seen != 300 {
		t.Errorf("Each under way at Close: %v after %d papers", err, seen)
	}
	group.Wait()

	ctx := t.Context()
	_, lookup := s.Lookup(ctx, []string{"a"})
	_, papers := s.Papers(ctx, []uint32{1})
	_, vectors := s.Vectors(ctx, gen, []uint32{1})
	_, write := s.Write(ctx, &Batch{})
	_, create := s.CreateGeneration(Generation{Fingerprint: "x", Dimension: 1})
	_, missing := s.Missing(ctx, gen, 0, 1)
	_, value := s.Value("x", new(int))
	for name, err := range map[string]error{
		"Lookup": lookup, "Papers": papers, "Vectors": vectors, "Write": write, "CreateGeneration": create,
		"Missing": missing, "Value": value, "SetValue": s.SetValue("x", 1), "Verify": s.Verify(ctx),
		"Each": s.Each(ctx, 1, nil), "EachVector": s.EachVector(ctx, gen, 1, nil), "SwitchTo": s.SwitchTo(gen),
		"WriteVectors": s.WriteVectors(ctx, gen, nil, nil), "DropGeneration": s.DropGeneration(gen),
	} {
		if !errors.Is(err, ErrClosed) {
			t.Errorf("%s on a closed store: %v", name, err)
		}
	}
}

// Writers, readers and a filling of vectors at once; run with -race.
func TestManyAtOnce(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	papers := inventedPapers(600)
	var group, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 3 {
		group.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 1))
			for range 12 {
				b := Batch{Generations: []uint32{gen}}
				for range 40 {
					i := rng.IntN(len(papers))
					b.Puts = append(b.Puts, Put{Paper: papers[i], Vectors: [][]float32{inventedVector(i, testDim)}})
					b.Deletes = append(b.Deletes, papers[rng.IntN(len(papers))].ID)
				}
				if _, err := s.Write(t.Context(), &b); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				if err := s.Each(t.Context(), 2, func(_ int, doc uint32, p *paper.Paper) error { return nil }); err != nil {
					t.Error(err)
				}
				if err := s.Verify(t.Context()); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	close(stop)
	readers.Wait()
	missing, err := s.Missing(t.Context(), gen, 0, 10)
	if err != nil || len(missing) > 0 {
		t.Errorf("missing vectors: %v, %v", missing, err)
	}
	verify(t, reopen(t, s))
}
