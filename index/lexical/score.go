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
	s.table.set(s.terms)
	from := len(dst)
	dst = append(dst, make([]float64, len(docs))...)
	for _, p := range s.view.parts {
		first, last := p.first, p.lastNumber()
		opened, walks := false, p.forward.Load() != nil
		s.walked, s.places = s.walked[:0], s.places[:0]
		for i, number := range docs {
			if number < first || number > last {
				continue
			}
			doc, ok := p.find(number)
			if !ok || p.dead != nil && p.dead.has(doc) {
				continue
			}
			if walks {
				s.walked, s.places = append(s.walked, doc), append(s.places, from+i)
				continue
			}
			if !opened && !s.open(p) {
				break
			}
			opened = true
			sum := uint32(0)
			for _, c := range s.order {
				exact, _ := c.contributionAt(doc, s.sat)
				sum += exact
			}
			dst[from+i] = s.score(sum)
		}
		s.sumAll(p.segment, s.walked, func(i int, sum uint32) { dst[s.places[i]] = s.score(sum) })
	}
	return dst
}

// Count is the number of documents in allow, or of all when allow is nil,
// that have at least one of the terms.
func (ix *Index) Count(ctx context.Context, terms []string, allow *roaring.Bitmap) (int, error) {
	q := make([]mergedTerm, len(terms))
	for i, t := range terms {
		q[i].term = t
	}
	s := searches.Get().(*search)
	defer searches.Put(s)
	v, found, _ := ix.lookUp(q)
	s.allow.set(allow, &v)
	n := 0
	var set bitset
	for _, p := range v.parts {
		set = append(set[:0], make(bitset, (p.len()+63)/64)...)
		for _, t := range found {
			if err := ctx.Err(); err != nil {
				return 0, err
			}
			p.mark(set, t.id)
		}
		if live, all := s.allow.live(p); !all {
			for i := range set {
				set[i] &= live[i]
			}
		}
		n += set.count()
	}
	return n, nil
}
