package lexical

import (
	"encoding/binary"
	"slices"
)

// sparse holds the lists of rare terms. They are read as a whole.
//
// A posting is a varint: twice the gap to the document before (the first
// one's, to document -1) less one, plus 1 when the frequency is not 1; it is
// then followed by the frequency less two.
type sparse struct {
	terms []uint32 // ascending
	ends  []uint32 // per term, where its list ends in data
	data  []byte
}

func (s *sparse) add(term uint32, docs, tfs []uint32) {
	before := ^uint32(0)
	for i, d := range docs {
		gap := uint64(d-before-1) << 1
		before = d
		if tfs[i] == 1 {
			s.data = binary.AppendUvarint(s.data, gap)
		} else {
			s.data = binary.AppendUvarint(s.data, gap|1)
			s.data = binary.AppendUvarint(s.data, uint64(tfs[i]-2))
		}
	}
	s.terms = append(s.terms, term)
	s.ends = append(s.ends, uint32(len(s.data)))
}

// find returns the place of a term's list. Frequent terms have small numbers,
// so it gallops down from where the term would be if none before were missing.
func (s *sparse) find(term uint32) (at int, ok bool) {
	lo := min(int(term), len(s.terms)-1)
	hi := lo + 1
	for step := 1; lo > 0 && s.terms[lo] > term; step *= 2 {
		hi, lo = lo, max(0, lo-step)
	}
	if lo < 0 {
		return 0, false
	}
	at, ok = slices.BinarySearch(s.terms[lo:hi], term)
	return lo + at, ok
}

// list returns the bytes of a list, at least one a posting.
func (s *sparse) list(at int) []byte {
	start := uint32(0)
	if at > 0 {
		start = s.ends[at-1]
	}
	return s.data[start:s.ends[at]]
}

// read appends the documents and frequencies of a list to docs and tfs.
func (s *sparse) read(at int, docs, tfs []uint32) ([]uint32, []uint32) {
	list := s.list(at)
	doc := ^uint32(0)
	for i := 0; i < len(list); {
		var v uint64
		v, i = uvarint(list, i)
		doc += uint32(v>>1) + 1
		tf := uint64(1)
		if v&1 != 0 {
			tf, i = uvarint(list, i)
			tf += 2
		}
		docs = append(docs, doc)
		tfs = append(tfs, uint32(tf))
	}
	return docs, tfs
}

// uvarint reads a number at i and returns where the next one begins. Most take
// one byte or two. It is only for lists that were written here or verified.
func uvarint(b []byte, i int) (uint64, int) {
	if c := b[i]; c < 0x80 {
		return uint64(c), i + 1
	}
	v, n := binary.Uvarint(b[i:])
	return v, i + n
}

func (s *sparse) memory() int64 {
	return 4*int64(cap(s.terms)+cap(s.ends)) + int64(cap(s.data))
}
