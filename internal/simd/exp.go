package simd

import "math"

func expGo(x []float32, scale, shift float32) float32 {
	var sum float32
	for i, v := range x {
		t := min(max(scale*v+shift, -87), 60)
		x[i] = float32(math.Exp(float64(t)))
		sum += x[i]
	}
	return sum
}
