package vector

import (
	"context"
	"math"
	"math/bits"

	"kindred/internal/simd"

	"github.com/RoaringBitmap/roaring/v2"
)

// reach says how far from its centre a list's best document is looked for, in
// units of the list's spread: a list is passed over when centre + reach*spread
// is less than the k-th best estimate so far. Learned with the centres, for two
// k between which it is interpolated.
type reach struct{ few, many float32 }

const (
	few, many = 10, 100

	// leastK is what the end of probing is judged by when fewer documents are
	// asked for, since fewer say too little.
	leastK = 10
	// deviations is how many standard deviations of its estimate a document
	// may lack and still be scored exactly.
	deviations float32 = 3
)

func (r reach) at(k int) float32 {
	t := float32(math.Log(float64(k)/few) / math.Log(many/few))
	t = min(1, max(0, t))
	return r.few + float32(t*(r.many-r.few))
}

// probe gathers the nearest documents from the codes. Lists are looked into in
// the order of what they promise, until none promises more than what is there;
// so a question far from all centres takes longer but finds as much. One
// goroutine does it all: the order, and with it the answer, is always the
// same.
func (x *Index) probe(ctx context.Context, s *scratch, l *lists, k int, allow *roaring.Bitmap) error {
	if allow != nil {
		s.allow(allow, len(x.table.load())*pageSize)
	}
	if err := s.gather(ctx, l, k, l.reach.at(k), allow != nil); err != nil {
		return err
	}
	s.near.reset(k)
	slack, gone := x.slack(), false
	for _, c := range s.estimated.candidates() {
		if v := x.table.get(c.Doc); v != nil {
			s.near.add(c.Doc, simd.Dot(s.query, v), slack)
		} else {
			gone = true
		}
	}
	if gone && len(s.near.kept) < k {
		// Codes whose vectors are being deleted, or not yet added again after
		// ReadFrom, took the places of others.
		return x.scan(ctx, s, k, allow)
	}
	return ctx.Err()
}

// gather is probe up to the estimates: it leaves the candidates for k answers
// in s.estimated.
func (s *scratch) gather(ctx context.Context, l *lists, k int, reach float32, filtered bool) error {
	s.lookup.prepare(&l.rotation, s.query)
	s.promise(l, reach)
	s.estimated.reset(max(k, leastK))
	for len(s.probes.heap) > 0 {
		p := s.probes.pop()
		if -p.Score < s.estimated.floor() {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		s.probeList(l.cells[p.Doc].Load(), s.cosines[p.Doc], l.margin(p.Doc, s.cosines[p.Doc]), filtered)
	}
	return ctx.Err()
}

// promise puts the lists into s.probes, with the negative of what they promise
// for a score; that of later documents comes first.
func (s *scratch) promise(l *lists, reach float32) {
	s.cosines = append(s.cosines[:0], 0)
	s.probes.reset(len(l.centres))
	s.probes.push(Scored{0, -math.MaxFloat32})
	for i, c := range l.centres[1:] {
		cosine := simd.Dot(s.query, c)
		s.cosines = append(s.cosines, cosine)
		s.probes.push(Scored{uint32(i + 1), -(cosine + float32(reach*l.spread[i+1]))})
	}
}

// allow writes the bitmap out, a bit a document, for documents under limit.
func (s *scratch) allow(allow *roaring.Bitmap, limit int) {
	if uint64(allow.Maximum()) >= uint64(limit) {
		allow = allow.Clone()
		allow.RemoveRange(uint64(limit), 1<<32)
	}
	if n := (limit + 63) / 64; cap(s.allowed) < n {
		s.allowed = make([]uint64, n)
	} else {
		s.allowed = s.allowed[:n]
		clear(s.allowed)
	}
	allow.WriteDenseTo(s.allowed)
}

// probeList adds the candidates of one list, whose centre has the given cosine
// to the query and whose estimates are off by at most margin.
func (s *scratch) probeList(l *list, centre, margin float32, filtered bool) {
	for _, b := range l.blocks {
		reached := s.lookup.estimates(&s.estimates, b, centre, s.estimated.floor()-margin)
		for ; reached != 0; reached &= reached - 1 {
			i := bits.TrailingZeros32(reached)
			if doc := b.docs[i]; !filtered || s.allows(doc) {
				s.estimated.add(doc, s.estimates[i], margin)
			}
		}
	}
}

// margin is how far the estimates of a list's codes may be off, where its
// centre has the given cosine to the query: some standard deviations.
func (l *lists) margin(cell uint32, cosine float32) float32 {
	away := float32(math.Sqrt(float64(max(0, 1-2*cosine+l.squares[cell]))))
	return float32(deviations * away * l.spread[cell] * l.deviation)
}

func (s *scratch) allows(doc uint32) bool {
	return int(doc/64) < len(s.allowed) && s.allowed[doc/64]>>(doc%64)&1 == 1
}
