package vector

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// scanFiltered is up to how many documents that pass a filter are scored
// themselves; beyond it, going through codes is cheaper.
const scanFiltered = 3000

// scratch is what one search works in.
type scratch struct {
	unit      []float32
	query     []float32
	near      near // by cosine
	lookup    lookup
	cosines   []float32   // to the centres
	probes    top         // the lists, the most promising at the root
	estimated near        // by the estimates of codes
	rows      [][]float32 // the vectors of candidates
	allowed   []uint64    // a bit a document
	estimates [blockSize]float32
}

var scratches = sync.Pool{New: func() any { return new(scratch) }}

func (x *Index) scratch(query []float32) *scratch {
	s := scratches.Get().(*scratch)
	s.query = query
	return s
}

// Search appends to dst the k documents nearest to q, the best first, documents
// of equal score by number; only those in allow, unless it is nil. It gives
// fewer than k only when fewer have a vector and pass. q need not be of unit
// length; allow must not change meanwhile.
//
// Of a small corpus, under a narrow filter and with Options.Exact the answer
// is exact. Else a document of the true answer can be missing; the scores of
// those given are exact all the same.
func (x *Index) Search(ctx context.Context, dst []Scored, q []float32, k int, allow *roaring.Bitmap) ([]Scored, error) {
	return x.search(ctx, dst, q, k, allow, x.options.Exact)
}

// Exact is Search through all the vectors that pass, whatever their number.
func (x *Index) Exact(ctx context.Context, dst []Scored, q []float32, k int, allow *roaring.Bitmap) ([]Scored, error) {
	return x.search(ctx, dst, q, k, allow, true)
}

// Chromem is Search without a filter by chromem-go alone, for comparing it.
func (x *Index) Chromem(ctx context.Context, dst []Scored, q []float32, k int) ([]Scored, error) {
	q, err := x.unit(nil, q)
	if err != nil {
		return dst, fmt.Errorf("vector: query: %w", err)
	}
	return x.engine.search(ctx, dst, q, min(k, x.Len()))
}

func (x *Index) search(ctx context.Context, dst []Scored, q []float32, k int, allow *roaring.Bitmap, exact bool) ([]Scored, error) {
	if k < 1 {
		return dst, fmt.Errorf("vector: %d nearest documents asked for", k)
	}
	s := scratches.Get().(*scratch)
	defer scratches.Put(s)
	var err error
	if s.unit, err = x.unit(s.unit, q); err != nil {
		return dst, fmt.Errorf("vector: query: %w", err)
	}
	s.query = s.unit
	n := x.Len()
	if allow != nil {
		n = min(n, int(allow.GetCardinality()))
	}
	if k = min(k, n); k == 0 {
		return dst, ctx.Err()
	}
	if allow == nil && n <= x.small {
		return x.engine.search(ctx, dst, s.query, k)
	}
	for {
		if exact || n <= scanFiltered || allow == nil && n < x.listsFrom {
			err = x.scan(ctx, s, k, allow)
		} else {
			err = x.probe(ctx, s, x.lists.Load(), k, allow)
		}
		if err != nil {
			return dst, err
		}
		if all, ok := x.answer(dst, s.query, &s.near); ok {
			return all, nil
		}
	}
}

// Scores appends each document's cosine to q, Absent for one without a vector.
func (x *Index) Scores(dst []float32, q []float32, docs []uint32) ([]float32, error) {
	q, err := x.unit(nil, q)
	if err != nil {
		return dst, fmt.Errorf("vector: query: %w", err)
	}
	dst = slices.Grow(dst, len(docs))
	for _, doc := range docs {
		score := Absent
		if v := x.table.get(doc); v != nil {
			score = cosine(q, v)
		}
		dst = append(dst, score)
	}
	return dst, nil
}
