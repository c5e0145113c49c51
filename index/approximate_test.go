package index

import (
	"fmt"
	"slices"
	"testing"

	"kindred/index/vector"
	"kindred/paper"
)

// Where candidates come from compact codes, a search for more papers may find
// one that a search for fewer missed; paging visits each paper once all the
// same.
func TestPagingThroughLists(t *testing.T) {
	const n = 9000 // enough for lists
	x, err := Open(t.Context(), t.TempDir(), Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	words := []string{"river", "galaxy", "protein", "market", "theorem", "glacier", "neuron", "alloy", "virus", "plasma", "coral", "quark", "lattice"}
	papers := make([]paper.Paper, n)
	for i := range papers {
		w := func(k int) string { return words[(i/k)%len(words)] }
		papers[i] = paper.Paper{ID: fmt.Sprint("p", i), Title: fmt.Sprint(w(1), " ", w(3), " ", w(13), " of ", w(169), " ", w(700))}
	}
	if _, err := x.Put(t.Context(), papers); err != nil {
		t.Fatal(err)
	}
	if err := x.generation.Load().vectors.Build(t.Context(), vector.Settled); err != nil {
		t.Fatal(err)
	}
	for _, mode := range []paper.Mode{paper.Semantic, paper.Hybrid} {
		seen := map[string]bool{}
		o := paper.Options{Mode: mode, Limit: paper.MaxLimit / 2}
		for {
			r, err := x.Search(t.Context(), paper.Query{Text: "galaxies beyond the glacier", Options: o})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Hits {
				if seen[h.Paper.ID] {
					t.Fatalf("%s: %s comes twice", mode, h.Paper.ID)
				}
				seen[h.Paper.ID] = true
			}
			if o.Cursor = r.NextCursor; o.Cursor == "" {
				break
			}
		}
		if len(seen) != n {
			t.Errorf("%s: paging visits %d of %d papers", mode, len(seen), n)
		}
		// The first page does not hang on how many are asked for.
		var first [2][]string
		for i, limit := range []int{10, paper.MaxLimit} {
			r, err := x.Search(t.Context(), paper.Query{Text: "viruses of coral", Options: paper.Options{Mode: mode, Limit: limit}})
			if err != nil {
				t.Fatal(err)
			}
			for _, h := range r.Hits[:10] {
				first[i] = append(first[i], h.Paper.ID)
			}
		}
		if !slices.Equal(first[0], first[1]) {
			t.Errorf("%s: the first ten are %v, of a thousand %v", mode, first[0], first[1])
		}
	}
}
