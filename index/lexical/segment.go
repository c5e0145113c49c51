package lexical

import (
	"slices"
	"sync/atomic"
	"unsafe"
)

// segment is an immutable inverted index over some documents, which it calls
// by their rank among its own: 0, 1, 2 … ascending by document number.
type segment struct {
	first   uint32
	numbers []uint32 // per document its number; nil when they have no gaps
	lengths []uint32 // per document, in the units of frequencies
	average float64  // length that the levels were made with: the index's at the time
	dense   dense
	sparse  sparse
	forward atomic.Pointer[forward] // nil until it is made
}

func (s *segment) len() int     { return len(s.lengths) }
func (s *segment) windows() int { return (len(s.lengths) + windowSize - 1) / windowSize }

func (s *segment) number(doc uint32) uint32 {
	if s.numbers == nil {
		return s.first + doc
	}
	return s.numbers[doc]
}

// setNumbers sets first, and forgets the numbers when they have no gaps. There
// is at least one.
func (s *segment) setNumbers() {
	s.first = s.numbers[0]
	if int(s.numbers[len(s.numbers)-1]-s.first) == len(s.numbers)-1 {
		s.numbers = nil
	}
}

// find returns the rank of a document.
func (s *segment) find(number uint32) (doc uint32, ok bool) {
	if s.numbers == nil {
		doc = number - s.first
		return doc, number >= s.first && int(doc) < s.len()
	}
	i, ok := slices.BinarySearch(s.numbers, number)
	return uint32(i), ok
}

// lastNumber is the greatest document number; a segment is never empty.
func (s *segment) lastNumber() uint32 { return s.number(uint32(s.len() - 1)) }

// mark adds a term's documents to a set.
func (s *segment) mark(set bitset, term uint32) {
	if at, ok := s.dense.find(term); ok {
		for w, c := range s.dense.list(at, s.windows()) {
			in := set[w*(windowSize/64):]
			for _, p := range s.dense.in(c) {
				in.set(uint32(p >> levelBits))
			}
		}
		return
	}
	if at, ok := s.sparse.find(term); ok {
		docs, _ := s.sparse.read(at, nil, nil)
		for _, doc := range docs {
			set.set(doc)
		}
	}
}

func (s *segment) memory() int64 {
	return int64(unsafe.Sizeof(*s)) + 4*int64(cap(s.numbers)+cap(s.lengths)) + s.dense.memory() + s.sparse.memory() +
		s.forward.Load().memory()
}

// bytes is how far offsets must reach.
func (s *segment) bytes() int {
	return max(2*len(s.dense.postings)+len(s.dense.tfs), len(s.sparse.data))
}

// segmentWriter makes a segment out of its documents and, term by ascending
// term, their postings.
type segmentWriter struct {
	seg  *segment
	sat  saturation
	bins []uint8
}

// A list is dense from so many postings a window on: fewer make the chunks
// larger than what is in them.
const (
	densePerWindow = 16
	denseAtLeast   = 64
)

// isDense reports whether a list of so many postings is.
func (w *segmentWriter) isDense(postings int) bool {
	return postings >= max(denseAtLeast, densePerWindow*w.seg.windows())
}

// newSegmentWriter takes over the lengths and numbers.
func newSegmentWriter(o Options, f frequencies, average float64, numbers, lengths []uint32) *segmentWriter {
	s := &segment{numbers: numbers, lengths: lengths, average: average}
	s.setNumbers()
	return &segmentWriter{seg: s, sat: newSaturation(o, f, average)}
}

// add appends a term's postings: ascending documents and their frequencies,
// which it uses up.
func (w *segmentWriter) add(term uint32, docs, tfs []uint32) {
	s := w.seg
	if !w.isDense(len(docs)) {
		s.sparse.add(term, docs, tfs)
		return
	}
	w.bins = w.bins[:0]
	for i, doc := range docs {
		w.bins = append(w.bins, uint8(min(w.sat.of(tfs[i], s.lengths[doc])*256, 255)))
	}
	s.dense.add(term, docs, tfs, w.bins, s.windows())
}

// finish returns the segment, without spare capacity.
func (w *segmentWriter) finish() *segment {
	s := w.seg
	s.numbers, s.lengths = fit(s.numbers), fit(s.lengths)
	d, r := &s.dense, &s.sparse
	d.tfs = append(d.tfs, make([]byte, packPad)...)
	d.terms, d.levels, d.chunks, d.postings, d.tfs = fit(d.terms), fit(d.levels), fit(d.chunks), fit(d.postings), fit(d.tfs)
	r.terms, r.ends, r.data = fit(r.terms), fit(r.ends), fit(r.data)
	return s
}

func fit[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/32 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}
