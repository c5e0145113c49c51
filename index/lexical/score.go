package lexical

import (
	"context"

	"github.com/RoaringBitmap/roaring/v2"
)

// Scores appends to dst the score of each of the documents for q, the same as
// a search gives; 0 for those without a term and those not in the index. It
// is quickest when the documents ascend.
func (ix *Index) Scores(dst []float64, q []WeightedTerm, docs []uint32) []float64 {
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.query = ix.query(q)
	open := -1
	for i, number := range docs {
		at, doc, ok := s.view.find(number)
		if !ok || len(s.terms) == 0 {
			dst = append(dst, 0)
			continue
		}
		if at != open || i > 0 && docs[i-1] > number {
			s.open(s.view.parts[at])
			open = at
		}
		sum := uint32(0)
		for j := range s.cursors {
			sum += s.cursors[j].contribution(doc, s.sat)
		}
		dst = append(dst, s.score(sum))
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
	var docs [blockSize]uint32
	for _, p := range s.view.parts {
		found = append(found[:0], make(bitset, (p.len()+63)/64)...)
		for _, t := range s.terms {
			list := p.list(t.id)
			for i := range list {
				if i&1023 == 0 && ctx.Err() != nil {
					return 0, ctx.Err()
				}
				for _, doc := range p.docs(docs[:], list, i) {
					found.set(doc)
				}
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
