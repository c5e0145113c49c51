package lexical

import (
	"encoding/binary"
	"math/bits"
)

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
