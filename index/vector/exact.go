package vector

import (
	"context"
	"runtime"
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

// slack is how far the two products of two vectors of unit length can be
// apart: each is within dimension*2^-24 of the true one (Higham 2002, section
// 3.1), and what one document gains another can lose.
func (x *Index) slack() float32 { return 5 * float32(x.dimension) / (1 << 24) }

// answer appends the best of n by their cosines to q, in order. It reports
// false when one of them was deleted meanwhile: another has its place then.
func (x *Index) answer(dst []Scored, q []float32, n *near) ([]Scored, bool) {
	rest := n.candidates()
	n.best.reset(n.best.size)
	for _, c := range rest {
		v := x.table.get(c.Doc)
		if v == nil {
			return dst, false
		}
		n.best.push(Scored{c.Doc, cosine(q, v)})
	}
	return append(dst, n.best.sorted()...), true
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
	parts := max(1, min(runtime.GOMAXPROCS(0), size/8192))
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
	s.near.reset(k)
	if allow != nil {
		return x.scanAllowed(ctx, s, allow, uint64(from)*pageSize, uint64(to)*pageSize)
	}
	slack := x.slack()
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
				s.near.add(first+i, simd.Dot(s.query, v), slack)
			}
		}
	}
	return ctx.Err()
}

// scanAllowed is scan for the documents of allow in [from, to).
func (x *Index) scanAllowed(ctx context.Context, s *scratch, allow *roaring.Bitmap, from, to uint64) error {
	slack, it := x.slack(), allow.Iterator()
	it.AdvanceIfNeeded(uint32(from))
	for n := 1; it.HasNext(); n++ {
		doc := it.Next()
		if uint64(doc) >= to {
			break
		}
		if v := x.table.get(doc); v != nil {
			s.near.add(doc, simd.Dot(s.query, v), slack)
		}
		if n%scanStep == 0 && ctx.Err() != nil {
			break
		}
	}
	return ctx.Err()
}
