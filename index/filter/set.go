package filter

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// set is a set of doc numbers, one bit each. At 60 KB for half a million
// papers it is cheaper to fill in any order than a compressed bitmap, which
// callers get.
type set []uint64

func (s set) has(doc uint32) bool { return int(doc>>6) < len(s) && s[doc>>6]&(1<<(doc&63)) != 0 }
func (s set) add(doc uint32)      { s[doc>>6] |= 1 << (doc & 63) }
func (s set) remove(doc uint32)   { s[doc>>6] &^= 1 << (doc & 63) }
func (s set) clone() set          { return slices.Clone(s) }

func (s *set) grow(doc uint32) { *s = extend(*s, doc>>6) }

func (s set) and(t set) {
	for i := range s {
		s[i] &= t[i]
	}
}

func (s set) andNot(t set) {
	for i := range s {
		s[i] &^= t[i]
	}
}

// bitmap may use s's memory.
func (s set) bitmap() *roaring.Bitmap { return roaring.FromDense(s, false) }
