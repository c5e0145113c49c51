package lexical

import (
	"context"
	"math/bits"
	"slices"
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
	order   []*cursor // by limit, ascending
	window  window
}

var searches = sync.Pool{New: func() any { return new(search) }}

// open sets cursors up for a part and reports whether it has a term at all.
func (s *search) open(p part) bool {
	average := s.average()
	n := 0
	if cap(s.cursors) < len(s.terms) {
		s.cursors = make([]cursor, len(s.terms))
	}
	s.cursors = s.cursors[:len(s.terms)]
	s.order = s.order[:0]
	for _, t := range s.terms {
		if list := p.list(t.id); list != nil {
			s.cursors[n].open(p.segment, list, t.weight, average)
			s.order = append(s.order, &s.cursors[n])
			n++
		}
	}
	s.cursors = s.cursors[:n]
	return n > 0
}

func (s *search) part(ctx context.Context, p part) error {
	if !s.open(p) {
		return nil
	}
	live, all := s.allow.live(p)
	w := &s.window
	for lo := 0; lo < p.len(); lo += windowSize {
		if err := ctx.Err(); err != nil {
			return err
		}
		w.lo, w.hi = uint32(lo), uint32(min(lo+windowSize, p.len()))
		w.live = nil
		if !all {
			w.live = live[lo/64 : (int(w.hi)+63)/64]
		}
		s.inWindow(p)
	}
	return nil
}

// inWindow pushes the window's answers.
func (s *search) inWindow(p part) {
	w := &s.window
	living := windowSize
	if w.live != nil {
		if living = w.live.count(); living == 0 {
			return
		}
	}
	need := s.best.need()
	total, postings := uint32(0), 0
	for _, c := range s.order {
		postings += c.enter(w.lo, w.hi)
		total += c.limit
	}
	if postings == 0 || total < need {
		return
	}
	slices.SortFunc(s.order, func(a, b *cursor) int { return int(a.limit) - int(b.limit) })

	// The terms before essential cannot together lift a document into the
	// answer, so a document there must have one of the others.
	essential, rest := 0, uint32(0)
	for rest+s.order[essential].limit < need {
		rest += s.order[essential].limit
		essential++
	}
	if living*sparse < postings {
		// Few documents pass the filter: try them all.
		essential, rest = len(s.order), total
		w.take(w.live)
	} else {
		for _, c := range s.order[essential:] {
			c.scan(w, s.sat)
		}
		w.take(w.touched[:])
	}
	for i := essential - 1; i >= 0 && len(w.candidates) > 0; i-- {
		c := s.order[i]
		if c.limit == 0 {
			break
		}
		w.keep(rest, need)
		rest -= c.limit
		c.probe(w, s.sat, rest, need)
	}
	for _, place := range w.candidates {
		if sum := w.sums[place]; sum >= need && w.touched.has(uint32(place)) {
			s.best.push(sum, p.number(w.lo+uint32(place)))
			need = s.best.need()
		}
	}
	w.clear()
}

const (
	// windowSize is the number of documents gone through at a time. Bounds
	// are tighter in small windows, and the work per window is less often
	// done in large ones.
	windowSize = 4096
	// sparse is how many postings cost as much as trying a document with all
	// terms.
	sparse = 16
)

// window is a range of a segment's documents with the sums of what terms
// contributed to them so far.
type window struct {
	lo, hi     uint32
	live       bitset // the documents that may be answers; nil for all
	sums       [windowSize]uint32
	touched    windowBits // the documents with a contribution
	candidates []uint16   // ascending
}

type windowBits [windowSize / 64]uint64

func (b *windowBits) has(i uint32) bool { return b[i>>6]>>(i&63)&1 != 0 }

func (w *window) add(place, units uint32) {
	w.sums[place&(windowSize-1)] += units
	w.touched[place>>6&(windowSize/64-1)] |= 1 << (place & 63)
}

// take makes candidates of the documents in set that may be answers.
func (w *window) take(set []uint64) {
	w.candidates = w.candidates[:0]
	for i, word := range set {
		if w.live != nil {
			if i == len(w.live) {
				return
			}
			word &= w.live[i]
		}
		for ; word != 0; word &= word - 1 {
			w.candidates = append(w.candidates, uint16(i<<6+bits.TrailingZeros64(word)))
		}
	}
}

// keep leaves out the candidates that cannot reach need with rest more.
func (w *window) keep(rest, need uint32) {
	n := 0
	for _, place := range w.candidates {
		w.candidates[n] = place
		if w.sums[place]+rest >= need {
			n++
		}
	}
	w.candidates = w.candidates[:n]
}

func (w *window) clear() {
	for i, word := range w.touched {
		for ; word != 0; word &= word - 1 {
			w.sums[i<<6+bits.TrailingZeros64(word)] = 0
		}
		w.touched[i] = 0
	}
}
