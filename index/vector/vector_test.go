package vector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"unsafe"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
)

// naive is the definition of the answer.
func naive(vectors map[uint32][]float32, q []float32, k int, allow *roaring.Bitmap) []Scored {
	var all []Scored
	for doc, v := range vectors {
		if allow == nil || allow.Contains(doc) {
			var sum float32
			for i := range q {
				sum += q[i] * v[i]
			}
			all = append(all, Scored{doc, sum})
		}
	}
	slices.SortFunc(all, func(a, b Scored) int {
		switch {
		case a.Score > b.Score, a.Score == b.Score && a.Doc < b.Doc:
			return -1
		default:
			return 1
		}
	})
	return all[:min(k, len(all))]
}

func randomUnit(r *rand.Rand, dimension int) []float32 {
	v := make([]float32, dimension)
	var sum float64
	for i := range v {
		x := r.NormFloat64()
		v[i] = float32(x)
		sum += x * x
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / math.Sqrt(sum))
	}
	return v
}

// filled returns an index of n random vectors under every second number, with
// a few vectors that are the same.
func filled(t testing.TB, r *rand.Rand, n, dimension int) (*Index, map[uint32][]float32) {
	t.Helper()
	x, err := New(dimension, Options{})
	if err != nil {
		t.Fatal(err)
	}
	vectors := map[uint32][]float32{}
	var docs []uint32
	var rows [][]float32
	for i := range n {
		v := randomUnit(r, dimension)
		if i%7 == 3 {
			v = rows[r.IntN(i)]
		}
		docs, rows = append(docs, uint32(2*i+5)), append(rows, v)
		vectors[docs[i]] = v
	}
	if err := x.Add(t.Context(), docs, rows); err != nil {
		t.Fatal(err)
	}
	return x, vectors
}

func TestExactIsTheDefinition(t *testing.T) {
	for _, n := range []int{1, 2, 30, 1999, 2001, 9000} {
		for _, dimension := range []int{3, 100} {
			t.Run(fmt.Sprintf("%dx%d", n, dimension), func(t *testing.T) {
				r := rand.New(rand.NewPCG(uint64(n), uint64(dimension)))
				x, vectors := filled(t, r, n, dimension)
				if x.Len() != n {
					t.Fatalf("Len is %d, want %d", x.Len(), n)
				}
				q := randomUnit(r, dimension)
				for _, k := range []int{1, 10, n + 5} {
					allow := roaring.New()
					for range n/2 + 1 {
						allow.Add(uint32(r.IntN(2*n + 10)))
					}
					for _, allow := range []*roaring.Bitmap{nil, allow, roaring.New(), roaring.BitmapOf(5)} {
						got, err := x.Exact(t.Context(), nil, q, k, allow)
						if err != nil {
							t.Fatal(err)
						}
						if diff := cmp.Diff(naive(vectors, q, k, allow), got); diff != "" {
							t.Fatalf("k %d, filter %v: (-want +got)\n%s", k, allow, diff)
						}
					}
				}
			})
		}
	}
}

func TestTiesComeByNumber(t *testing.T) {
	for _, n := range []int{500, 3000} {
		x, _ := New(4, Options{})
		v := []float32{0.5, 0.5, 0.5, 0.5}
		for i := range n {
			if err := x.Add(t.Context(), []uint32{uint32(n - i)}, [][]float32{v}); err != nil {
				t.Fatal(err)
			}
		}
		got, err := x.Search(t.Context(), nil, v, 5, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]Scored{{1, 1}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}, got); diff != "" {
			t.Errorf("of %d: %s", n, diff)
		}
	}
}

func TestVectorsAreInMemoryOnce(t *testing.T) {
	x, vectors := filled(t, rand.New(rand.NewPCG(1, 2)), 300, 256)
	if err := x.Add(t.Context(), []uint32{1}, [][]float32{make([]float32, 255, 256)}); !errors.Is(err, ErrVector) {
		t.Fatalf("a short vector: %v", err)
	}
	long := slices.Repeat([]float32{3, -4}, 128)
	if err := x.Add(t.Context(), []uint32{1}, [][]float32{long}); err != nil {
		t.Fatal(err)
	}
	results, err := x.engine.collection.QueryEmbedding(t.Context(), long, x.Len(), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		var doc uint32
		fmt.Sscan(r.ID, &doc)
		if own := x.Vector(doc); unsafe.SliceData(own) != unsafe.SliceData(r.Embedding) {
			t.Fatalf("chromem-go made a copy of document %d", doc)
		}
		if want := vectors[doc]; want != nil && !slices.Equal(want, x.Vector(doc)) {
			t.Fatalf("document %d changed", doc)
		}
	}
}

func TestBadInput(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	x, _ := New(2, Options{})
	for _, v := range [][]float32{nil, {1}, {1, 2, 3}, {0, 0}, {nan, 1}, {inf, 1}, {1, -inf}} {
		if err := x.Add(t.Context(), []uint32{1, 2}, [][]float32{{1, 0}, v}); !errors.Is(err, ErrVector) {
			t.Errorf("Add(%v): %v", v, err)
		}
		if _, err := x.Search(t.Context(), nil, v, 1, nil); !errors.Is(err, ErrVector) {
			t.Errorf("Search(%v): %v", v, err)
		}
		if _, err := x.Scores(nil, v, []uint32{1}); !errors.Is(err, ErrVector) {
			t.Errorf("Scores(%v): %v", v, err)
		}
	}
	if err := x.Add(t.Context(), []uint32{7, 8, 7}, [][]float32{{1, 0}, {0, 1}, {1, 0}}); err == nil {
		t.Error("a number was added twice")
	}
	if err := x.Add(t.Context(), []uint32{7}, nil); err == nil {
		t.Error("a document without its vector was added")
	}
	if x.Len() != 0 || x.Vector(7) != nil {
		t.Errorf("a failed Add left %d vectors", x.Len())
	}
	if _, err := x.Search(t.Context(), nil, []float32{1, 0}, 0, nil); err == nil {
		t.Error("k 0 was taken")
	}
	for _, dimension := range []int{-1, 0, maxDimension + 1} {
		if _, err := New(dimension, Options{}); err == nil {
			t.Errorf("dimension %d was taken", dimension)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := x.Add(ctx, []uint32{1}, [][]float32{{1, 0}}); !errors.Is(err, context.Canceled) {
		t.Errorf("Add after cancelling: %v", err)
	}
}

func TestEmpty(t *testing.T) {
	x, _ := New(2, Options{})
	got, err := x.Search(t.Context(), nil, []float32{1, 0}, 10, nil)
	if len(got) != 0 || err != nil {
		t.Errorf("got %v, %v", got, err)
	}
	x.Delete(1, 2, 3)
	scores, err := x.Scores(nil, []float32{1, 0}, []uint32{1, math.MaxUint32})
	if diff := cmp.Diff([]float32{Absent, Absent}, scores); diff != "" || err != nil {
		t.Error(diff, err)
	}
}

func TestDelete(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	x, vectors := filled(t, r, 3000, 16)
	for doc := range vectors {
		if doc%3 == 0 {
			x.Delete(doc, doc)
			delete(vectors, doc)
		}
	}
	if x.Len() != len(vectors) {
		t.Fatalf("Len is %d, want %d", x.Len(), len(vectors))
	}
	q := randomUnit(r, 16)
	got, err := x.Exact(t.Context(), nil, q, 50, nil)
	if diff := cmp.Diff(naive(vectors, q, 50, nil), got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	for doc := range vectors {
		x.Delete(doc)
	}
	if got, err := x.Exact(t.Context(), nil, q, 50, nil); len(got) != 0 || err != nil || x.Len() != 0 {
		t.Error(got, err, x.Len())
	}
	for i, p := range x.table.load() {
		if p != nil {
			t.Errorf("page %d is still there", i)
		}
	}
}
