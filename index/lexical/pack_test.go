package lexical

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"
)

// FuzzPack packs numbers taken from the input and reads them back.
func FuzzPack(f *testing.F) {
	f.Add([]byte{}, uint8(3))
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20}, uint8(32))
	f.Fuzz(func(t *testing.T, data []byte, bits uint8) {
		var values []uint32
		for len(data) >= 4 && len(values) < windowSize {
			values = append(values, binary.LittleEndian.Uint32(data)>>(bits&31))
			data = data[4:]
		}
		checkPacking(t, values)
	})
}

func TestPackEveryWidth(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for width := range 33 {
		for _, n := range []int{1, 7, 8, 9, 100, 1000, windowSize} {
			values := make([]uint32, n)
			for i := range values {
				values[i] = uint32(r.Uint64() & (1<<width - 1))
			}
			values[n/2] = uint32(uint64(1)<<width - 1)
			checkPacking(t, values)
		}
	}
}

func checkPacking(t *testing.T, values []uint32) {
	t.Helper()
	width := widthOf(values)
	b := pack([]byte{0xff}, values, width)[1:]
	if len(b) != packedLen(len(values), width) {
		t.Fatalf("%d values of %d bits in %d bytes", len(values), width, len(b))
	}
	b = append(b, slices.Repeat([]byte{0xff}, packPad)...)
	for i, v := range values {
		if one := packed(b, i, width); one != v {
			t.Fatalf("width %d, value %d: %d, not %d", width, i, one, v)
		}
	}
}
