package lexical

import (
	"encoding/binary"
	"math/bits"
)

// blockSize is the number of postings that are packed together.
const blockSize = 128

// packPad is the number of bytes that must follow packed values, since they
// are read eight bytes at a time.
const packPad = 8

// packedLen is the number of bytes that n values of so many bits take.
func packedLen(n int, width uint) int { return (n*int(width) + 7) / 8 }

// widthOf is the number of bits that hold all the values.
func widthOf(values []uint32) uint {
	var or uint32
	for _, v := range values {
		or |= v
	}
	return uint(bits.Len32(or))
}

// pack appends the values at so many bits each, at most 32, the first in the
// lowest bits.
func pack(dst []byte, values []uint32, width uint) []byte {
	if width == 0 {
		return dst
	}
	var word uint64
	var filled uint
	for _, v := range values {
		word |= uint64(v) << filled
		filled += width
		for filled >= 8 {
			dst = append(dst, byte(word))
			word >>= 8
			filled -= 8
		}
	}
	if filled > 0 {
		dst = append(dst, byte(word))
	}
	return dst
}

// packed returns the i-th of the values packed in src.
func packed(src []byte, i int, width uint) uint32 {
	bit := uint(i) * width
	return uint32(binary.LittleEndian.Uint64(src[bit>>3:]) >> (bit & 7) & (1<<width - 1))
}

// unpack reads len(dst) values.
func unpack(dst []uint32, src []byte, width uint) {
	if width == 0 {
		clear(dst)
		return
	}
	mask := uint64(1)<<width - 1
	if width <= 8 { // eight values in one read
		for len(dst) >= 8 {
			w := binary.LittleEndian.Uint64(src)
			src = src[width:]
			d := dst[:8]
			for j := range d {
				d[j] = uint32(w & mask)
				w >>= width & 63
			}
			dst = dst[8:]
		}
	}
	for i := range dst {
		dst[i] = packed(src, i, width)
	}
}

// unpackDocs reads len(dst) ascending document numbers packed as gaps: each
// is its predecessor, before+1 at first, plus one and the packed value.
func unpackDocs(dst []uint32, src []byte, width uint, before uint32) {
	unpack(dst, src, width)
	d := before
	for i, v := range dst {
		d += v + 1
		dst[i] = d
	}
}
