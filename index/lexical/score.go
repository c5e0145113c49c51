package lexical

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
)

// Scores appends to dst the score of each of the documents for q, the same as
// a search gives; 0 for those without a term and those not in the index.
func (ix *Index) Scores(dst []float64, q []WeightedTerm, docs []uint32) []float64 {
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.query = ix.query(q)
	from := len(dst)
	dst = append(dst, make([]float64, len(docs))...)
	for at, p := range s.view.parts {
		opened := false
		for i, number := range docs {
			in, doc, ok := s.view.find(number)
			if !ok || in != at {
				continue
			}
			if !opened && !s.open(p) {
				break
			}
			opened = true
			sum := uint32(0)
			for _, c := range s.order {
				sum += c.contributionAt(doc, s.sat)
			}
			dst[from+i] = s.score(sum)
		}
	}
	return dst
}

// Count is the number of documents in allow, or of all when allow is nil,
// that have at least one of the terms.
func (ix *Index) Count(ctx context.Context, terms []string, allow *roaring.Bitmap) (int, error) {
	q := make([]WeightedTerm, len(terms))
	for i, t := range terms {
		q[i] = WeightedTerm{Term: t, Weight: 1}
	}
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.query = ix.query(q)
	s.allow.set(allow, &s.view)
	n := 0
	var found bitset
	var docs, tfs []uint32
	for _, p := range s.view.parts {
		found = append(found[:0], make(bitset, (p.len()+63)/64)...)
		for _, t := range s.terms {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			docs, tfs = p.read(t.id, docs[:0], tfs[:0])
			for _, doc := range docs {
				found.set(doc)
			}
		}
		if live, all := s.allow.live(p); !all {
			for i := range found {
				found[i] &= live[i]
			}
		}
		n += found.count()
	}
	return n, nil
}
