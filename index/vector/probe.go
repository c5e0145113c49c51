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
	// Deviations are how many standard deviations of its estimate a document
	// may lack and still be scored exactly.
	deviationsOfFew, deviationsOfMany float32 = 3, 2.5
	// The share of all codes after which probing ends even where lists promise
	// more. It is reached by questions far from all papers, for which half of
	// the lists promise something: of 480,000 abstracts, asked by sentences of
	// others, it takes the median of 200 answers from 3.4 to 1.8 ms, at
	// recall@10 .990 instead of .999; see docs/performance.md.
	shareOfFew, shareOfMany float32 = 0.6, 0.25
	// So many codes are always looked at, where lists promise something: a
	// third of a millisecond.
	leastCodes = 32_768
)

// between interpolates from few to many for k answers.
func between(ofFew, ofMany float32, k int) float32 {
	t := float32(math.Log(float64(k)/few) / math.Log(many/few))
	t = min(1, max(0, t))
	return ofFew + float32(t*(ofMany-ofFew))
}

// limits say how far a search goes.
type limits struct {
	reach      float32
	deviations float32
	codes      int // none is begun once so many codes were looked at
}

// limits are those for k answers. A filter can leave documents in the least
// promising lists alone, so there no share of the codes is enough.
func (l *lists) limits(k int, filtered bool) limits {
	lim := limits{between(l.reach.few, l.reach.many, k), between(deviationsOfFew, deviationsOfMany, k), math.MaxInt}
	if !filtered {
		later := 0
		for _, b := range l.cells[0].Load().blocks {
			later += b.count
		}
		lim.codes = later + max(leastCodes, int(between(shareOfFew, shareOfMany, k)*float32(l.trained)))
	}
	return lim
}

// probe gathers the nearest documents from the codes. Lists are looked into in
// the order of what they promise, until none promises more than what is there,
// or a share of all codes was looked at. One goroutine does it all: the order, and with it the answer, is always the
// same.
func (x *Index) probe(ctx context.Context, s *scratch, l *lists, k int, allow *roaring.Bitmap) error {
	if allow != nil {
		s.allow(allow, len(x.table.load())*pageSize)
	}
	if err := s.gather(ctx, l, k, l.limits(k, allow != nil), allow != nil); err != nil {
		return err
	}
	s.near.reset(k)
	candidates := s.estimated.candidates()
	x.score(s, candidates)
	if len(s.rows) < len(candidates) && len(s.near.kept) < k {
		// Codes whose vectors are being deleted, or not yet added again after
		// ReadFrom, took the places of others.
		return x.scan(ctx, s, k, allow)
	}
	return ctx.Err()
}

// ahead is how many vectors before its turn a vector is brought into the cache:
// what was measured best, of 1 to 8.
const ahead = 3

// score puts the candidates' cosines into s.near, and the vectors of those that
// still have one into s.rows.
func (x *Index) score(s *scratch, candidates []candidate) {
	s.rows = s.rows[:0]
	for _, c := range candidates {
		if v := x.table.get(c.Doc); v != nil {
			candidates[len(s.rows)] = c
			s.rows = append(s.rows, v)
		}
	}
	slack := x.slack()
	for i, v := range s.rows {
		next := s.rows[min(i+ahead, len(s.rows)-1)]
		s.near.add(candidates[i].Doc, simd.DotAhead(s.query, v, next), slack)
	}
	clear(s.rows)
}

// gather is probe up to the estimates: it leaves the candidates for k answers
// in s.estimated.
func (s *scratch) gather(ctx context.Context, l *lists, k int, lim limits, filtered bool) error {
	s.lookup.prepare(&l.rotation, s.query)
	s.promise(l, lim.reach)
	s.estimated.reset(max(k, leastK))
	for looked := 0; len(s.probes.heap) > 0 && looked < lim.codes; {
		p := s.probes.pop()
		if -p.Score < s.estimated.floor() {
			break
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		margin := l.margin(p.Doc, s.cosines[p.Doc], lim.deviations)
		looked += s.probeList(l.cells[p.Doc].Load(), s.cosines[p.Doc], margin, filtered)
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
// to the query and whose estimates are off by at most margin, and returns how
// many codes it has.
func (s *scratch) probeList(l *list, centre, margin float32, filtered bool) (codes int) {
	for _, b := range l.blocks {
		codes += b.count
		reached := s.lookup.estimates(&s.estimates, b, centre, s.estimated.floor()-margin)
		for ; reached != 0; reached &= reached - 1 {
			i := bits.TrailingZeros32(reached)
			if doc := b.docs[i]; !filtered || s.allows(doc) {
				s.estimated.add(doc, s.estimates[i], margin)
			}
		}
	}
	return codes
}

// margin is how far the estimates of a list's codes may be off, where its
// centre has the given cosine to the query: some standard deviations.
func (l *lists) margin(cell uint32, cosine, deviations float32) float32 {
	away := float32(math.Sqrt(float64(max(0, 1-2*cosine+l.squares[cell]))))
	return float32(deviations * away * l.spread[cell] * l.deviation)
}

func (s *scratch) allows(doc uint32) bool {
	return int(doc/64) < len(s.allowed) && s.allowed[doc/64]>>(doc%64)&1 == 1
}
