package lexical

import (
	"slices"
	"unsafe"
)

// segment is an immutable inverted index over some documents, which it calls
// by their rank among its own: 0, 1, 2 … ascending by document number.
type segment struct {
	first   uint32
	numbers []uint32 // per document its number; nil when they have no gaps
	lengths []uint32 // per document, in the units of frequencies
	average float64  // of lengths; the blocks' bounds were made with it

	terms  []uint32 // ascending
	starts []uint32 // per term its first block, and one more: the number of blocks
	blocks []block
	data   []byte // the blocks' postings: gaps, then frequencies less one; packPad bytes at the end
}

// block describes up to blockSize postings of one term.
type block struct {
	last uint32 // the last document
	off  uint32 // where the postings begin in data
	meta uint32 // number of postings less one, 7 bits; bits a gap, 6; bits a frequency, 6; bound, 13
}

const boundMax = 1<<13 - 1

// newBlockMeta rounds the greatest saturation of a block's postings up, so
// that it stays a bound.
func newBlockMeta(n int, docBits, tfBits uint, greatest float32) uint32 {
	bound := uint32(greatest * boundMax)
	if bound < boundMax {
		bound++
	}
	return uint32(n-1) | uint32(docBits)<<7 | uint32(tfBits)<<13 | bound<<19
}

func (b block) len() int      { return int(b.meta&127) + 1 }
func (b block) docBits() uint { return uint(b.meta >> 7 & 63) }
func (b block) tfBits() uint  { return uint(b.meta >> 13 & 63) }
func (b block) bound() uint32 { return b.meta >> 19 }

func (s *segment) len() int { return len(s.lengths) }

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

// list returns the blocks of a term, nil when it is in no document. Frequent
// terms have small numbers, so the search gallops down from where the term
// would be if none before it were missing.
func (s *segment) list(term uint32) []block {
	hi := min(int(term), len(s.terms)-1) + 1
	lo := hi - 1
	for step := 1; lo > 0 && s.terms[lo] > term; step *= 2 {
		hi, lo = lo, max(0, lo-step)
	}
	if lo < 0 {
		return nil
	}
	i, ok := slices.BinarySearch(s.terms[lo:hi], term)
	if !ok {
		return nil
	}
	i += lo
	return s.blocks[s.starts[i]:s.starts[i+1]]
}

// docs reads the documents of the i-th block of a list into dst.
func (s *segment) docs(dst []uint32, list []block, i int) []uint32 {
	b := list[i]
	dst = dst[:b.len()]
	before := ^uint32(0)
	if i > 0 {
		before = list[i-1].last
	}
	unpackDocs(dst, s.data[b.off:], b.docBits(), before)
	return dst
}

// frequencies reads the frequencies of a block, less one each, into dst.
func (s *segment) frequencies(dst []uint32, b block) []uint32 {
	dst = dst[:b.len()]
	unpack(dst, s.frequencyData(b), b.tfBits())
	return dst
}

func (s *segment) frequencyData(b block) []byte {
	return s.data[int(b.off)+packedLen(b.len(), b.docBits()):]
}

func (s *segment) memory() int64 {
	return int64(unsafe.Sizeof(*s)) + 4*int64(cap(s.numbers)+cap(s.lengths)+cap(s.terms)+cap(s.starts)) +
		int64(unsafe.Sizeof(block{}))*int64(cap(s.blocks)) + int64(cap(s.data))
}

// segmentWriter makes a segment out of its documents and, term by ascending
// term, their postings.
type segmentWriter struct {
	seg  *segment
	sat  saturation
	gaps []uint32
}

// newSegmentWriter takes over the lengths and numbers.
func newSegmentWriter(o Options, f frequencies, numbers, lengths []uint32) *segmentWriter {
	s := &segment{numbers: numbers, lengths: lengths}
	s.setNumbers()
	var sum uint64
	for _, l := range lengths {
		sum += uint64(l)
	}
	s.average = float64(sum) / float64(len(lengths))
	return &segmentWriter{seg: s, sat: newSaturation(o, f, s.average), gaps: make([]uint32, blockSize)}
}

// add appends a term's postings: ascending documents and their frequencies,
// which it lessens by one each.
func (w *segmentWriter) add(term uint32, docs, tfs []uint32) {
	s := w.seg
	s.terms = append(s.terms, term)
	s.starts = append(s.starts, uint32(len(s.blocks)))
	before := ^uint32(0)
	for len(docs) > 0 {
		n := min(len(docs), blockSize)
		gaps := w.gaps[:n]
		var greatest float32
		for i, d := range docs[:n] {
			gaps[i] = d - before - 1
			before = d
			greatest = max(greatest, w.sat.of(tfs[i], s.lengths[d]))
			tfs[i]--
		}
		docBits, tfBits := widthOf(gaps), widthOf(tfs[:n])
		s.blocks = append(s.blocks, block{last: before, off: uint32(len(s.data)), meta: newBlockMeta(n, docBits, tfBits, greatest)})
		s.data = pack(s.data, gaps, docBits)
		s.data = pack(s.data, tfs[:n], tfBits)
		docs, tfs = docs[n:], tfs[n:]
	}
}

// finish returns the segment, without spare capacity.
func (w *segmentWriter) finish() *segment {
	s := w.seg
	s.starts = append(s.starts, uint32(len(s.blocks)))
	s.data = append(s.data, make([]byte, packPad)...)
	s.terms, s.starts, s.blocks, s.data = fit(s.terms), fit(s.starts), fit(s.blocks), fit(s.data)
	return s
}

func fit[T any](s []T) []T {
	if cap(s)-len(s) <= len(s)/32 {
		return s
	}
	return append(make([]T, 0, len(s)), s...)
}
