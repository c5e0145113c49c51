package vector

import (
	"context"
	"fmt"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// scratch is what one search works in.
type scratch struct {
	query []float32
	near  near
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
	return x.Exact(ctx, dst, q, k, allow)
}

// Exact is Search through all the vectors that pass, whatever their number.
func (x *Index) Exact(ctx context.Context, dst []Scored, q []float32, k int, allow *roaring.Bitmap) ([]Scored, error) {
	if k < 1 {
		return dst, fmt.Errorf("vector: %d nearest documents asked for", k)
	}
	q, err := x.unit(nil, q)
	if err != nil {
		return dst, fmt.Errorf("vector: query: %w", err)
	}
	k = min(k, x.Len())
	if k == 0 {
		return dst, ctx.Err()
	}
	if allow == nil && x.Len() <= x.small {
		return x.engine.search(ctx, dst, q, k)
	}
	s := x.scratch(q)
	defer scratches.Put(s)
	if err := x.scan(ctx, s, k, allow); err != nil {
		return dst, err
	}
	return x.answer(dst, q, &s.near), nil
}

// Scores appends each document's cosine to q, Absent for one without a vector.
func (x *Index) Scores(dst []float32, q []float32, docs []uint32) ([]float32, error) {
	q, err := x.unit(nil, q)
	if err != nil {
		return dst, fmt.Errorf("vector: query: %w", err)
	}
	for _, doc := range docs {
		score := Absent
		if v := x.table.get(doc); v != nil {
			score = cosine(q, v)
		}
		dst = append(dst, score)
	}
	return dst, nil
}
