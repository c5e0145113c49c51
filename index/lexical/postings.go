package lexical

import (
	"context"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// Having adds to dst the documents that have at least one of the terms. The
// error is ctx's.
func (ix *Index) Having(ctx context.Context, dst *roaring.Bitmap, terms []string) error {
	q := make([]mergedTerm, len(terms))
	for i, t := range terms {
		q[i].term = t
	}
	v, found, _ := ix.lookUp(q)
	if len(found) == 0 {
		return ctx.Err()
	}
	var numbers []uint32
	for _, p := range v.parts {
		set := newBitset(p.len())
		for i, t := range found {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			p.mark(set, t.id)
		}
		for i, w := range p.dead {
			set[i] &^= w
		}
		numbers = numbers[:0]
		for i, w := range set {
			for ; w != 0; w &= w - 1 {
				numbers = append(numbers, p.number(uint32(i<<6+bits.TrailingZeros64(w))))
			}
		}
		dst.AddMany(numbers)
	}
	return ctx.Err()
}

// TermsWhere returns the terms that fn accepts, in the order of their first
// sight; some may have no document any more. fn must not keep the term. The
// error is ctx's.
func (ix *Index) TermsWhere(ctx context.Context, fn func(term []byte) bool) ([]string, error) {
	ix.mu.RLock()
	d := ix.dict // its text and ends are only ever added to
	ix.mu.RUnlock()
	var out []string
	for id := range uint32(d.len()) {
		if id%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if t := d.term(id); fn(t) {
			out = append(out, string(t))
		}
	}
	return out, nil
}
