//go:build !amd64

package simd

import "unsafe"

const accelerated = false

func prefetch(unsafe.Pointer, int) {}

func dotAVX2(a, b *float32, n int) float32                               { panic("simd: no AVX2") }
func dotAheadAVX2(a, b, next *float32, n int) float32                    { panic("simd: no AVX2") }
func axpyAVX2(alpha float32, x, y *float32, n int)                       { panic("simd: no AVX2") }
func addInt8AVX2(scale float32, q *int8, y *float32, n int)              { panic("simd: no AVX2") }
func expAVX2(x *float32, n int, scale, shift float32) float32            { panic("simd: no AVX2") }
func scaleAVX2(x *float32, alpha float32, beta *float32, n int)          { panic("simd: no AVX2") }
func tile1AVX2(k int, a *float32, aCol int, panel, c *float32, add bool) { panic("simd: no AVX2") }
func tile6AVX2(k int, a *float32, aRow, aCol int, panel, c *float32, cRow int, add bool) {
	panic("simd: no AVX2")
}
