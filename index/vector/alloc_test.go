//go:build !race

package vector

import (
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// The race detector empties pools at random, so this runs without it.
func TestSearchAllocatesNothing(t *testing.T) {
	source := newTopics(1, 64)
	c := newCorpus(t, 64, Options{})
	c.add(t, source.draw(4000))
	c.build(t)
	q, dst := source.draw(1)[0], make([]Scored, 0, 10)
	allow := roaring.New()
	allow.AddRange(0, 3800)
	for _, allow := range []*roaring.Bitmap{nil, allow} {
		allocated := testing.AllocsPerRun(50, func() {
			if _, err := c.Search(t.Context(), dst, q, 10, allow); err != nil {
				t.Fatal(err)
			}
		})
		if allocated > 1 {
			t.Errorf("%v allocations a search", allocated)
		}
	}
}
