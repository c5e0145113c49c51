package vector

import "golang.org/x/sys/cpu"

var accelerated = cpu.X86.HasAVX2

func estimate(out *[blockSize]float32, b *block, l *lookup, centre, floor float32) uint32 {
	if !accelerated {
		return estimateGo(out, b, l, centre, floor)
	}
	return estimateAVX2(out, &b.bits[0], &l.table[0], len(b.bits)/blockSize, &b.base, &b.slope, l.delta, l.offset, centre, floor)
}

// pairs is the number of 32-byte rows of bits and of table, over 0.
//
//go:noescape
func estimateAVX2(out *[blockSize]float32, bits, table *byte, pairs int, base, slope *[blockSize]float32, delta, offset, centre, floor float32) uint32
