package lexical

import (
	"context"
	"math/bits"

	"github.com/RoaringBitmap/roaring/v2"
)

// WithAll returns the documents that have each of the terms, of which there is
// one at least. Below next, that is all there will ever be: documents that are
// added later have greater numbers.
func (ix *Index) WithAll(ctx context.Context, terms []string) (docs *roaring.Bitmap, next uint32, err error) {
	q := make([]mergedTerm, len(terms))
	for i, t := range terms {
		q[i].term = t
	}
	v, found, _ := ix.lookUp(q)
	docs = roaring.New()
	if n := len(v.parts); n > 0 {
		next = v.parts[n-1].lastNumber() + 1
	}
	if len(found) < len(terms) {
		return docs, next, ctx.Err()
	}
	var set, other bitset
	var numbers []uint32
	for _, p := range v.parts {
		set = append(set[:0], make(bitset, (p.len()+63)/64)...)
		set.fill(p.len())
		for i, w := range p.dead {
			set[i] &^= w
		}
		for _, t := range found {
			if err := ctx.Err(); err != nil {
				return nil, 0, err
			}
			other = append(other[:0], make(bitset, len(set))...)
			p.mark(other, t.id)
			for i, w := range other {
				set[i] &= w
			}
		}
		numbers = numbers[:0]
		for i, w := range set {
			for ; w != 0; w &= w - 1 {
				numbers = append(numbers, p.number(uint32(i<<6+bits.TrailingZeros64(w))))
			}
		}
		docs.AddMany(numbers)
	}
	return docs, next, nil
}
