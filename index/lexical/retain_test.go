package lexical

import (
	"bytes"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// Retaining some documents is deleting the others with their terms.
func TestRetain(t *testing.T) {
	c := newCorpus(31, 80)
	docs := c.docs(400)
	ix, want := newIndex(t, Options{}, docs[:300], docs[300:]), newIndex(t, Options{}, docs[:300], docs[300:])
	keep := roaring.New()
	var gone []Doc
	for i, d := range docs {
		if i%3 == 0 || i >= 390 {
			gone = append(gone, d)
		} else {
			keep.Add(d.Number)
		}
	}
	keep.Add(1 << 20) // of which the index knows nothing
	if n := ix.Retain(keep); n != len(gone) {
		t.Errorf("%d deleted, not %d", n, len(gone))
	}
	want.Delete(gone)
	if n := ix.Retain(keep); n != 0 {
		t.Errorf("%d deleted again", n)
	}
	compact(t, ix)
	compact(t, want)
	var a, b bytes.Buffer
	for ix, to := range map[*Index]*bytes.Buffer{ix: &a, want: &b} {
		if _, err := ix.WriteTo(to); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("the index differs from one whose documents were deleted with their terms")
	}
}
