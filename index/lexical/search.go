package lexical

import (
	"context"
	"math"
	"math/bits"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
)

// Search appends to dst the k best documents for q: the highest scores, of
// equal scores the lowest numbers. Only documents with one of the terms are
// answers and, unless allow is nil, only those in allow, which must not
// change meanwhile. The error is ctx's; dst is then returned as it came.
func (ix *Index) Search(ctx context.Context, dst []Scored, q []WeightedTerm, k int, allow *roaring.Bitmap) ([]Scored, error) {
	if k <= 0 {
		return dst, ctx.Err()
	}
	s := searches.Get().(*search)
	defer searches.Put(s)
	s.query = ix.query(q)
	if s.view.docs == 0 {
		return dst, ctx.Err()
	}
	s.table.set(s.terms)
	s.best.reset(min(k, s.view.docs))
	s.allow.set(allow, &s.view)
	for _, p := range s.view.parts {
		if err := s.part(ctx, p); err != nil {
			return dst, err
		}
	}
	return s.best.appendTo(dst, s.score), nil
}

// search is the scratch space of one search.
type search struct {
	query
	best    best
	allow   filter
	cursors []cursor
	order   []*cursor // of the part at hand
	near    near
	table   termTable

	// The window at hand.
	limits     []uint32 // per cursor in order, the sum of the limits before it
	sums       sums
	candidates []uint16 // ascending
	walked     []uint32 // documents that are scored by walking over their terms
	places     []int    // where their scores go
}

var searches = sync.Pool{New: func() any { return new(search) }}

// open sets cursors up for a part and reports whether it has a term at all.
func (s *search) open(p part) bool {
	average := s.view.average()
	for len(s.cursors) < len(s.terms) {
		s.cursors = append(s.cursors, cursor{})
	}
	s.order = s.order[:0]
	for _, t := range s.terms {
		if c := &s.cursors[len(s.order)]; c.open(p.segment, t, s.sat, average) {
			s.order = append(s.order, c)
		}
	}
	return len(s.order) > 0
}

// part pushes a part's answers. Its documents' bounds are added up window by
// window first, and those are kept that come near the k greatest sums, since
// only once all are known there is a good score to hold them against: scored as
// they come, most are soon put out by better ones.
func (s *search) part(ctx context.Context, p part) error {
	if err := ctx.Err(); err != nil || !s.open(p) {
		return err
	}
	live, all := s.allow.live(p)
	s.near.before = append(s.near.before[:0], s.best.heap...)
	s.near.reset(s.best.k, cut(s.best.need()), true)
	for {
		if err := s.gather(ctx, p, live, all); err != nil {
			return err
		}
		s.scoreGathered(p)
		enough := cut(s.best.least())
		if enough >= s.near.cut || !s.near.guess {
			return nil
		}
		// A document that was passed over could be among the best. This time
		// none is that is not known to be too low.
		s.best.heap = append(s.best.heap[:0], s.near.before...)
		s.near.reset(s.best.k, enough, false)
	}
}

// gather keeps the documents that come near.
func (s *search) gather(ctx context.Context, p part, live bitset, all bool) error {
	for w := range p.windows() {
		if err := ctx.Err(); err != nil {
			return err
		}
		lo := w << windowBits
		if all {
			s.window(p, w, nil, min(windowSize, p.len()-lo))
			continue
		}
		in := live[lo/64 : min(lo+windowSize, len(live)*64)/64]
		if n := in.count(); n > 0 {
			s.window(p, w, in, n)
		}
	}
	return nil
}

const (
	// tryCost is how many postings can be added up in the time that one term
	// takes to be looked up for one document.
	tryCost = 24
	// walkCost is how many in the time of walking over a document's terms.
	walkCost = 200
	// forwardTerms is the number of terms from which on that is faster than
	// looking the question's up.
	forwardTerms = 6
)

// costOfOne is how many postings can be added up in the time that it takes to
// score one document.
func (s *search) costOfOne(p part) int {
	cost := len(s.order) * tryCost
	if s.walks(p) {
		cost = min(cost, walkCost)
	}
	return cost
}

// walks reports whether documents are scored by walking over their terms.
func (s *search) walks(p part) bool {
	return len(s.order) >= forwardTerms && p.forward.Load() != nil
}

// window gathers from window w, of which the documents in live may be answers,
// or all when it is nil; living is how many that are. Where they are few, it
// pushes the answers among them at once.
func (s *search) window(p part, w int, live bitset, living int) {
	postings, most := 0, uint32(0)
	for _, c := range s.order {
		c.enter(w)
		postings += c.postings
		most += c.limit
	}
	if postings == 0 || most < s.best.need() {
		return
	}
	base := uint32(w) << windowBits
	if live != nil && living*s.costOfOne(p) < postings {
		s.candidates = appendSet(s.candidates[:0], live)
		s.try(p, base, s.candidates)
		return
	}
	for _, c := range s.order {
		c.scan(&s.sums)
	}
	s.candidates = s.sums.from(s.candidates[:0], s.near.cut, live)
	s.near.add(base, s.candidates, s.sums.places())
	clear(s.sums[:])
}

// cut is what the sum of a document must be for it to reach need.
func cut(need uint32) uint32 { return max(1, need>>coarseBits) }

// try scores a window's documents, if they can reach what is needed, and pushes
// them. It begins with a bound of the score and makes it exact term by term.
func (s *search) try(p part, base uint32, places []uint16) {
	need := s.best.need()
	if s.walks(p) {
		for _, place := range places {
			doc := base + uint32(place)
			if score := s.sum(p.segment, doc); score >= need && score > 0 {
				s.best.push(score, p.number(doc))
				need = max(need, s.best.least())
			}
		}
		return
	}
	sortByLimit(s.order)
	s.limits = append(s.limits[:0], 0)
	for i, c := range s.order {
		s.limits = append(s.limits, s.limits[i]+c.limit)
	}
	for _, place := range places {
		doc := base + uint32(place)
		score := s.limits[len(s.order)]
		i := len(s.order)
		for i > 0 && score >= need {
			i--
			exact, _ := s.order[i].contribution(doc, s.sat)
			score -= s.order[i].limit - exact
		}
		if score >= need && score > 0 {
			s.best.push(score, p.number(doc))
			need = max(need, s.best.least())
		}
	}
}

// scoreGathered scores the documents gathered, those with the greatest sums
// first, and pushes them.
func (s *search) scoreGathered(p part) {
	for _, c := range s.order {
		c.limit = c.most
	}
	sortByLimit(s.order)
	greatest := s.near.greatest()
	s.pushAll(p, greatest, math.MaxUint32)
	if enough := cut(s.best.least()); enough < greatest {
		s.pushAll(p, enough, greatest)
	}
}

// pushAll scores the documents gathered whose sums are in [from, to), and
// pushes them.
func (s *search) pushAll(p part, from, to uint32) {
	walks := s.walks(p)
	s.walked = s.walked[:0]
	for _, d := range s.near.docs {
		switch sum := uint32(d.sum); {
		case sum < from || sum >= to:
		case walks:
			s.walked = append(s.walked, d.doc)
		default:
			s.push(p, d)
		}
	}
	s.sumAll(p.segment, s.walked, func(i int, sum uint32) { s.best.push(sum, p.number(s.walked[i])) })
}

// push scores one document, beginning with its sum, and pushes it. Numbers do
// not ascend here: one that scores the same as the least of the best can still
// be better.
func (s *search) push(p part, d nearDoc) {
	score, need := uint32(d.sum)<<coarseBits, s.best.least()
	for i := len(s.order) - 1; i >= 0 && score >= need; i-- {
		exact, bound := s.order[i].contributionAt(d.doc, s.sat)
		score -= bound - exact
	}
	if score >= need && score > 0 {
		s.best.push(score, p.number(d.doc))
	}
}

// sortByLimit sorts what is nearly sorted.
func sortByLimit(order []*cursor) {
	for i := 1; i < len(order); i++ {
		c := order[i]
		j := i
		for ; j > 0 && order[j-1].limit > c.limit; j-- {
			order[j] = order[j-1]
		}
		order[j] = c
	}
}

func appendSet(dst []uint16, set bitset) []uint16 {
	for i, word := range set {
		for ; word != 0; word &= word - 1 {
			dst = append(dst, uint16(i<<6+bits.TrailingZeros64(word)))
		}
	}
	return dst
}
