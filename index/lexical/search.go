package lexical

import (
	"context"
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

	// The window at hand.
	order      []*cursor // by limit, ascending
	limits     []uint32  // per cursor in order, the sum of the limits before it
	sums       sums
	candidates []uint16 // ascending
	later      []uint16
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
	s.limits = append(s.limits[:0], make([]uint32, len(s.order)+1)...)
	return len(s.order) > 0
}

func (s *search) part(ctx context.Context, p part) error {
	if err := ctx.Err(); err != nil || !s.open(p) {
		return err
	}
	live, all := s.allow.live(p)
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

// tryCost is how many postings can be added up in the time that one term takes
// to be looked up for one document.
const tryCost = 24

// window pushes the answers in window w, of which the documents in live may
// be answers, or all when it is nil; living is how many that are.
func (s *search) window(p part, w int, live bitset, living int) {
	need := s.best.need()
	postings := 0
	for _, c := range s.order {
		c.enter(w)
		postings += c.postings
	}
	if postings == 0 {
		return
	}
	sortByLimit(s.order)
	for i, c := range s.order {
		s.limits[i+1] = s.limits[i] + c.limit
	}
	if s.limits[len(s.order)] < need {
		return
	}
	base := uint32(w) << windowBits
	if live != nil && living*len(s.order)*tryCost < postings {
		s.candidates = appendSet(s.candidates[:0], live)
		s.try(p, base, s.candidates, len(s.order), need)
		return
	}

	// Adding up is so quick that only terms of very little weight are left for
	// looking up in the few documents that come near.
	first := len(s.order)
	for first > 0 && s.limits[first] > need/32 {
		first--
		s.order[first].scan(&s.sums)
	}
	s.candidates = s.sums.from(s.candidates[:0], cut(need, s.limits[first]), live)
	if missing := s.best.missing(); missing > 0 && missing < len(s.candidates) {
		s.fill(p, base, first, missing)
	} else {
		s.try(p, base, s.candidates, first, need)
	}
	clear(s.sums[:])
}

// cut is what the sum of a document must be for it to reach need, when terms
// not in the sum add at most rest.
func cut(need, rest uint32) uint32 {
	if need <= rest {
		return 1
	}
	return max(1, (need-rest)>>coarseBits)
}

// fill takes so many of the candidates with the greatest sums first, after
// which there is a score to hold the others against.
func (s *search) fill(p part, base uint32, first, missing int) {
	const perCount = 6
	var counts [1 << (15 - perCount)]uint16
	of := s.sums.places()
	for _, place := range s.candidates {
		counts[of[place]>>perCount]++
	}
	enough := len(counts)
	for n := 0; n < missing; {
		enough--
		n += int(counts[enough])
	}
	s.later = s.later[:0]
	n := 0
	for _, place := range s.candidates {
		if int(of[place]>>perCount) >= enough {
			s.candidates[n] = place
			n++
		} else {
			s.later = append(s.later, place)
		}
	}
	s.try(p, base, s.candidates[:n], first, 0)

	// Their numbers are not all greater than those before: one that scores
	// the same as the least of the best can still be better.
	need := s.best.least()
	s.try(p, base, s.later, first, need)
}

// try scores the documents, if they can reach need, and pushes them. The terms
// from first on have been added up. It begins with a bound of the score and
// makes it exact term by term.
func (s *search) try(p part, base uint32, places []uint16, first int, need uint32) {
	of := s.sums.places()
	for _, place := range places {
		doc := base + uint32(place)
		score := uint32(of[place])<<coarseBits + s.limits[first]
		i := len(s.order)
		for i > 0 && score >= need {
			i--
			c := s.order[i]
			exact, bound := c.contribution(doc, s.sat)
			if i < first {
				bound = c.limit
			}
			score -= bound - exact
		}
		if score >= need && score > 0 {
			s.best.push(score, p.number(doc))
			need = max(need, s.best.least())
		}
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
