package lexical

import (
	"math/bits"
	"unsafe"
)

// sums are bounds of the scores of a window's documents, 16 bits each. The
// highest bit stays free, so that four can be compared at once.
type sums [windowSize / 4]uint64

// coarseBits is how many bits of a contribution sums leave out: contributions
// add up to less than 1<<scoreBits, so sums stay below 1<<14, and rounding up
// adds at most one for each of maxTerms terms.
const coarseBits = scoreBits - 14

// coarse rounds a contribution up.
func coarse(units uint32) uint16 { return uint16(units>>coarseBits) + 1 }

// places are the same sums one by one.
func (s *sums) places() *[windowSize]uint16 { return (*[windowSize]uint16)(unsafe.Pointer(s)) }

// from appends the places whose sums are at least cut, which is not 0, and
// that are live, in ascending order. live is nil for all.
func (s *sums) from(dst []uint16, cut uint32, live bitset) []uint16 {
	const (
		each = 0x0001_0001_0001_0001
		high = 0x8000_8000_8000_8000
	)
	if cut >= 1<<15 {
		return dst
	}
	of := s.places()
	if live != nil && live.count() < windowSize/8 {
		for i, word := range live {
			for ; word != 0; word &= word - 1 {
				if p := i<<6 + bits.TrailingZeros64(word); uint32(of[p]) >= cut {
					dst = append(dst, uint16(p))
				}
			}
		}
		return dst
	}
	lift := (1<<15 - uint64(cut)) * each // takes a sum to the highest bit, if it is at least cut
	for i, four := range s {
		if (four+lift)&high == 0 {
			continue
		}
		for p := 4 * i; p < 4*i+4; p++ {
			if uint32(of[p]) >= cut && (live == nil || live.has(uint32(p))) {
				dst = append(dst, uint16(p))
			}
		}
	}
	return dst
}
