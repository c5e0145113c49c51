package lexical

import "github.com/RoaringBitmap/roaring/v2"

// filter is a bitmap of document numbers, laid open for reading words of it.
type filter struct {
	allow *roaring.Bitmap // nil allows all
	dense []uint64
	words bitset
}

// maxDense bounds the laid-open bitmap, in words: 2²⁸ documents, 32 MB.
// Beyond it, documents are looked up one by one.
const maxDense = 1 << 22

func (f *filter) set(allow *roaring.Bitmap, v *view) {
	f.allow, f.dense = allow, f.dense[:0]
	if allow == nil || len(v.parts) == 0 {
		return
	}
	last := v.parts[len(v.parts)-1].lastNumber()
	if last>>6 >= maxDense {
		return
	}
	n := int(last>>6) + 2 // one more than needed, for reading two at a time
	if beyond := int(allow.DenseSize()); beyond > 2*n {
		allow = allow.Clone()
		allow.RemoveRange(uint64(last)+1, 1<<32)
	} else {
		n = max(n, beyond)
	}
	if cap(f.dense) < n {
		f.dense = make([]uint64, n)
	}
	f.dense = f.dense[:n]
	clear(f.dense)
	allow.WriteDenseTo(f.dense)
}

// live returns the documents of a part that may be answers, or that all may.
// The bitset is valid until the next call.
func (f *filter) live(p part) (live bitset, all bool) {
	if f.allow == nil && p.deleted == 0 {
		return nil, true
	}
	n := (p.len() + 63) / 64
	if cap(f.words) < n {
		f.words = make(bitset, n)
	}
	live = f.words[:n]
	switch {
	case f.allow == nil:
		live.fill(p.len())
	case p.numbers == nil && len(f.dense) > 0:
		at, shift := p.first>>6, p.first&63
		for i := range live {
			live[i] = f.dense[int(at)+i]>>shift | f.dense[int(at)+i+1]<<(64-shift)
		}
		if rest := p.len() & 63; rest != 0 {
			live[n-1] &= 1<<rest - 1
		}
	default:
		clear(live)
		for doc := range uint32(p.len()) {
			if f.has(p.number(doc)) {
				live.set(doc)
			}
		}
	}
	for i, w := range p.dead {
		live[i] &^= w
	}
	return live, false
}

func (f *filter) has(number uint32) bool {
	if len(f.dense) > 0 {
		return f.dense[number>>6]>>(number&63)&1 != 0
	}
	return f.allow.Contains(number)
}
