package vector

import (
	"context"
	"sync"

	"kindred/internal/simd"

	"github.com/RoaringBitmap/roaring/v2"
)

// cosine is chromem-go's own arithmetic on two vectors of unit length: one sum
// in order, so that scores have the same bits. It is several times slower than
// simd.Dot, which is good enough to see who can be among the best.
func cosine(a, b []float32) float32 {
	b = b[:len(a)]
	var sum float32
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// scanStep is how many documents are scored between two looks at the context.
const scanStep = 1024

// near gathers the documents that can be among the k nearest by cosine, seen
// through a faster product of the same vectors.
type near struct {
	margin float32 // two products this far apart can have cosines in the other order
	best   top     // by the faster product
	kept   []Scored
	limit  int // kept is sifted when it is this long
}

func (n *near) reset(dimension, k int) {
	// Each of the two sums is within dimension*2^-24 of the true product of
	// two vectors of unit length (Higham 2002, section 3.1).
	n.margin = 5 * float32(dimension) / (1 << 24)
	n.best.reset(k)
	n.kept = n.kept[:0]
	n.limit = 4*k + 1024
}

func (n *near) add(doc uint32, product float32) {
	if n.best.full() && product < n.best.worst().Score-n.margin {
		return
	}
	s := Scored{doc, product}
	n.best.push(s)
	if n.kept = append(n.kept, s); len(n.kept) >= n.limit {
		n.sift()
		n.limit = max(n.limit, 2*len(n.kept))
	}
}

// merge takes in what another near of the same k gathered.
func (n *near) merge(other *near) {
	for _, s := range other.kept {
		n.add(s.Doc, s.Score)
	}
}

// sift drops what has fallen behind.
func (n *near) sift() {
	if !n.best.full() {
		return
	}
	floor, rest := n.best.worst().Score-n.margin, n.kept[:0]
	for _, s := range n.kept {
		if s.Score >= floor {
			rest = append(rest, s)
		}
	}
	n.kept = rest
}

// answer appends the best of n by their cosines to q, in order. A document
// deleted meanwhile is left out.
func (x *Index) answer(dst []Scored, q []float32, n *near) []Scored {
	n.sift()
	n.best.reset(n.best.size)
	for _, s := range n.kept {
		if v := x.table.get(s.Doc); v != nil {
			n.best.push(Scored{s.Doc, cosine(q, v)})
		}
	}
	return append(dst, n.best.sorted()...)
}

// scan gathers the nearest documents by going through all vectors, or through
// those of allow. Goroutines share the document numbers; who gets which makes
// no difference to the answer.
func (x *Index) scan(ctx context.Context, s *scratch, k int, allow *roaring.Bitmap) error {
	pages := x.table.load()
	size := x.Len()
	if allow != nil {
		size = min(size, int(allow.GetCardinality()))
	}
	parts := workers(size)
	if parts == 1 {
		return x.scanPages(ctx, s, k, allow, pages, 0, len(pages))
	}
	errs := make([]error, parts)
	others := make([]*scratch, parts)
	others[0] = s
	var group sync.WaitGroup
	for i := range parts {
		if i > 0 {
			others[i] = x.scratch(s.query)
		}
		group.Go(func() {
			errs[i] = x.scanPages(ctx, others[i], k, allow, pages, i*len(pages)/parts, (i+1)*len(pages)/parts)
		})
	}
	group.Wait()
	var err error
	for i := range parts {
		if errs[i] != nil {
			err = errs[i]
		}
		if i > 0 {
			s.near.merge(&others[i].near)
			scratches.Put(others[i])
		}
	}
	return err
}

// scanPages is scan for the documents of pages[from:to].
func (x *Index) scanPages(ctx context.Context, s *scratch, k int, allow *roaring.Bitmap, pages []*page, from, to int) error {
	s.near.reset(x.dimension, k)
	if allow != nil {
		return x.scanAllowed(ctx, s, allow, uint64(from)*pageSize, uint64(to)*pageSize)
	}
	for number, p := range pages[from:to] {
		if p == nil {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		first := uint32(from+number) * pageSize
		for i := range uint32(pageSize) {
			if v := x.table.vector(p, i); v != nil {
				s.near.add(first+i, simd.Dot(s.query, v))
			}
		}
	}
	return ctx.Err()
}

// scanAllowed is scan for the documents of allow in [from, to).
func (x *Index) scanAllowed(ctx context.Context, s *scratch, allow *roaring.Bitmap, from, to uint64) error {
	it := allow.Iterator()
	it.AdvanceIfNeeded(uint32(from))
	for n := 1; it.HasNext(); n++ {
		doc := it.Next()
		if uint64(doc) >= to {
			break
		}
		if v := x.table.get(doc); v != nil {
			s.near.add(doc, simd.Dot(s.query, v))
		}
		if n%scanStep == 0 && ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}
