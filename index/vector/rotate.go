package vector

import (
	"math"
	"math/bits"
	"math/rand/v2"
)

// rotation turns vectors of one dimension in a space of the same or more
// dimensions, so that what a vector says is spread evenly over the signs of
// its numbers. It is random but always the same: signs are flipped at random
// and mixed by Hadamard transforms, over the head and the tail in turn where
// the space is no power of two.
type rotation struct {
	padded int // the dimension of the rotated space, a multiple of 64
	span   int // what one transform covers: a power of two, over half of padded
	signs  [][]float32
}

func newRotation(dimension int) rotation {
	padded := (dimension + 63) / 64 * 64
	r := rotation{padded: padded, span: 1 << (bits.Len(uint(padded)) - 1)}
	rounds := 2
	if r.span < padded {
		rounds = 4
	}
	random := rand.New(rand.NewPCG(0x6b696e64, 0x726564))
	for range rounds {
		signs := make([]float32, padded)
		for i := range signs {
			signs[i] = float32(1 - 2*int(random.Uint64()>>63))
		}
		r.signs = append(r.signs, signs)
	}
	return r
}

// apply writes v turned into dst, which is padded long.
func (r *rotation) apply(dst, v []float32) {
	clear(dst[copy(dst, v):])
	scale := float32(1 / math.Sqrt(float64(r.span)))
	for round, signs := range r.signs {
		for i, s := range signs {
			dst[i] *= s
		}
		part := dst[:r.span]
		if round%2 == 1 {
			part = dst[r.padded-r.span:]
		}
		hadamard(part)
		for i := range part {
			part[i] *= scale
		}
	}
}

// hadamard transforms x, whose length is a power of two and at least 4.
func hadamard(x []float32) {
	for i := 0; i+4 <= len(x); i += 4 {
		q := x[i : i+4 : i+4]
		a, b, c, d := q[0]+q[1], q[0]-q[1], q[2]+q[3], q[2]-q[3]
		q[0], q[1], q[2], q[3] = a+c, b+d, a-c, b-d
	}
	for h := 4; h < len(x); h *= 2 {
		for i := 0; i < len(x); i += 2 * h {
			low, high := x[i:i+h], x[i+h:i+2*h]
			high = high[:len(low)]
			for j, a := range low {
				b := high[j]
				low[j], high[j] = a+b, a-b
			}
		}
	}
}
