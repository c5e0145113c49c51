package lexical

import (
	"context"
	"math"

	"kindred/internal/simd"
)

// forward is the other way round: the terms of each document of a segment. A
// document's score is worked out from it in one walk over some hundred numbers,
// instead of looking each term of a question up in another place. It is derived
// from the lists, and a segment does without where it has none.
//
// A posting is 32 bits, so that walking needs no decoding: a term's number, and
// its frequency. Packed as tightly as in [sparse] it was a third as large and
// took three times as long.
type forward struct {
	ends     []uint32 // per document, where its postings end
	postings []uint32
	frequent map[uint32]uint32 // by the posting's place, frequencies that do not fit
}

const (
	// forwardFrom is the number of documents from which on a segment gets a
	// forward: it pays for itself in searches only.
	forwardFrom = windowSize

	tfBits = 10
	tfMost = 1<<tfBits - 1 // stands for frequencies of as many and more
)

// newForward makes the forward of a segment, in two walks over all postings: it
// takes a second or two for half a million abstracts. It is nil where numbers
// would not fit. The error is ctx's.
func newForward(ctx context.Context, s *segment) (*forward, error) {
	f := &forward{ends: make([]uint32, s.len()), frequent: map[uint32]uint32{}}
	walk := func(posting func(term, doc, tf uint32)) (last uint32, err error) {
		var docs, tfs []uint32
		read := 0
		for term, lists := range terms([]part{{segment: s}}) {
			if read++; read%1024 == 1 && ctx.Err() != nil {
				return 0, ctx.Err()
			}
			docs, tfs = lists[0].read(docs[:0], tfs[:0])
			for i, doc := range docs {
				posting(term, doc, tfs[i])
			}
			last = term
		}
		return last, nil
	}
	last, err := walk(func(_, doc, _ uint32) { f.ends[doc]++ })
	if err != nil {
		return nil, err
	}
	sum := uint64(0)
	for doc, n := range f.ends {
		f.ends[doc] = uint32(sum) // where they begin, until they are there
		sum += uint64(n)
	}
	if sum > math.MaxUint32 || last >= 1<<(32-tfBits) {
		return nil, nil
	}
	f.postings = make([]uint32, sum)
	_, err = walk(func(term, doc, tf uint32) {
		at := f.ends[doc]
		f.ends[doc]++
		if tf >= tfMost {
			f.frequent[at] = tf
		}
		f.postings[at] = term<<tfBits | min(tf, tfMost)
	})
	return f, err
}

func (f *forward) memory() int64 {
	if f == nil {
		return 0
	}
	return 4 * int64(cap(f.ends)+cap(f.postings))
}

// Forward gives large segments that have been read from a snapshot what those
// made here have already, and what makes scoring fast. It may be called at any
// time. The error is ctx's.
func (ix *Index) Forward(ctx context.Context) error {
	ix.mu.RLock()
	parts := ix.view.parts
	ix.mu.RUnlock()
	for _, p := range parts {
		if err := p.setForward(ctx); err != nil {
			return err
		}
	}
	return nil
}

// setForward gives the segment its forward if it is large and has none.
func (s *segment) setForward(ctx context.Context) error {
	if s.len() < forwardFrom || s.forward.Load() != nil {
		return nil
	}
	f, err := newForward(ctx, s)
	if err != nil {
		return err
	}
	s.forward.Store(f)
	return nil
}

// termTable finds a question's terms by their numbers: places in it plus one,
// by linear probing.
type termTable struct {
	of    []queryTerm
	slots [4 * maxTerms]uint16
}

func (t *termTable) set(terms []queryTerm) {
	clear(t.slots[:])
	t.of = terms
	for i, term := range terms {
		at := term.id % uint32(len(t.slots))
		for t.slots[at] != 0 {
			at = (at + 1) % uint32(len(t.slots))
		}
		t.slots[at] = uint16(i + 1)
	}
}

// find returns a term of the question, or nil.
func (t *termTable) find(id uint32) *queryTerm {
	for at := id % uint32(len(t.slots)); t.slots[at] != 0; at = (at + 1) % uint32(len(t.slots)) {
		if q := &t.of[t.slots[at]-1]; q.id == id {
			return q
		}
	}
	return nil
}

// ahead is how many documents before its turn one's postings are brought into
// the cache, and twice as many where they begin: documents lie anywhere, and
// waiting for them would take longer than the sums.
const ahead = 4

// sumAll hands the sum of each of the documents to do, of a segment that has a
// forward.
func (s *search) sumAll(in *segment, docs []uint32, do func(i int, sum uint32)) {
	f := in.forward.Load()
	for i, doc := range docs {
		if i+2*ahead < len(docs) {
			next := docs[i+2*ahead]
			simd.Prefetch(f.ends[max(next, 1)-1 : next+1])
			simd.Prefetch(in.lengths[next : next+1])
		}
		if i+ahead < len(docs) {
			from, to := f.span(docs[i+ahead])
			simd.Prefetch(f.postings[from:to])
		}
		do(i, s.sum(in, doc))
	}
}

// span is where a document's postings are.
func (f *forward) span(doc uint32) (from, to uint32) {
	if doc > 0 {
		from = f.ends[doc-1]
	}
	return from, f.ends[doc]
}

// sum is what the question's terms contribute to the score of a document, of a
// segment that has a forward.
func (s *search) sum(in *segment, doc uint32) uint32 {
	f, length := in.forward.Load(), in.lengths[doc]
	at, end := f.span(doc)
	sum := uint32(0)
	for ; at < end; at++ {
		p := f.postings[at]
		q := s.table.find(p >> tfBits)
		if q == nil {
			continue
		}
		tf := p & tfMost
		if tf == tfMost {
			tf = f.frequent[at]
		}
		sum += contribution(q.weight, s.sat.of(tf, length))
	}
	return sum
}
