package simd

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

var accelerated = cpu.X86.HasAVX2 && cpu.X86.HasFMA

// n is a multiple of 32 and over 0.
//
//go:noescape
func dotAVX2(a, b *float32, n int) float32

// dotAheadAVX2 is dotAVX2, and brings the n numbers at next into the cache.
//
//go:noescape
func dotAheadAVX2(a, b, next *float32, n int) float32

//go:noescape
func axpyAVX2(alpha float32, x, y *float32, n int)

//go:noescape
func addInt8AVX2(scale float32, q *int8, y *float32, n int)

// n is a multiple of 8 and over 0.
//
//go:noescape
func expAVX2(x *float32, n int, scale, shift float32) float32

//go:noescape
func scaleAVX2(x *float32, alpha float32, beta *float32, n int)

// tile6AVX2 adds to (or, unless add, writes) 6 rows of 16 columns of c the
// product of k columns of a and a packed panel of k rows of 16. Strides are in
// bytes: rows of a are aRow apart, its columns aCol.
//
//go:noescape
func tile6AVX2(k int, a *float32, aRow, aCol int, panel, c *float32, cRow int, add bool)

// prefetch brings so many lines of 64 bytes, one at least, into the cache.
//
//go:noescape
func prefetch(at unsafe.Pointer, lines int)

// tile1AVX2 is tile6AVX2 for one row.
//
//go:noescape
func tile1AVX2(k int, a *float32, aCol int, panel, c *float32, add bool)
