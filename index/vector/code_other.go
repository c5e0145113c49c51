//go:build !amd64

package vector

func estimate(out *[blockSize]float32, b *block, l *lookup, centre, floor float32) uint32 {
	return estimateGo(out, b, l, centre, floor)
}
