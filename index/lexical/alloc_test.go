//go:build !race

package lexical

import "testing"

// The race detector empties pools at random, so this runs without it.
func TestSearchAllocates(t *testing.T) {
	c := newCorpus(2, 2000)
	ix := newIndex(t, Options{}, c.docs(8000))
	compact(t, ix)
	q, allow := c.question(12), c.filter(0.5)
	dst := make([]Scored, 0, 100)
	for name, f := range map[string]func() error{
		"search":   func() error { _, err := ix.Search(t.Context(), dst, q, 100, nil); return err },
		"filtered": func() error { _, err := ix.Search(t.Context(), dst, q, 100, allow); return err },
	} {
		// The terms merged and looked up; nothing by document or block.
		if n := testing.AllocsPerRun(50, func() {
			if err := f(); err != nil {
				t.Fatal(err)
			}
		}); n > 24 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
