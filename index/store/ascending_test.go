package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

// TestPapersAscending compares with reading one by one, with gaps of all sizes
// and numbers that are gone or were never there.
func TestPapersAscending(t *testing.T) {
	s := open(t, t.TempDir())
	var papers []*paper.Paper
	for i := range 400 {
		papers = append(papers, short(fmt.Sprint("p", i), fmt.Sprint("Paper ", i)))
	}
	write(t, s, Batch{Puts: putAll(papers, 0)})
	write(t, s, Batch{Deletes: []string{"p7", "p8", "p9", "p200", "p399"}})
	r := rand.New(rand.NewPCG(1, 1))
	for _, step := range []int{1, 3, near, 3 * near, 1000} {
		var docs []uint32
		for doc := uint32(r.IntN(step)); doc < 450; doc += 1 + uint32(r.IntN(step)) {
			docs = append(docs, doc)
		}
		want, err := s.Papers(t.Context(), docs)
		if err != nil {
			t.Fatal(err)
		}
		got, err := s.PapersAscending(t.Context(), docs)
		if err != nil || cmp.Diff(want, got) != "" {
			t.Errorf("steps up to %d: %v %s", step, err, cmp.Diff(want, got))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.PapersAscending(ctx, []uint32{1}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
