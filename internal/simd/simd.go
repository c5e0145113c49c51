// Package simd holds the inner loops of learning and searching: sums and
// products over float32 vectors, in assembly where the processor has AVX2 and
// FMA (found when the program runs), in plain Go elsewhere.
//
// Every function gives the same bits for the same input on one kind of
// processor, however many goroutines run. Between assembly and plain Go the
// last digits may differ, because fused multiply-add rounds once where plain
// Go rounds twice; a test bounds the difference. AddInt8 alone promises the
// same bits everywhere.
package simd

import "unsafe"

// Dot returns the sum of a[i]*b[i]. b must be at least as long as a.
func Dot(a, b []float32) float32 {
	b = b[:len(a)]
	n := 0
	var sum float32
	if accelerated {
		if n = len(a) &^ 31; n > 0 {
			sum = dotAVX2(&a[0], &b[0], n)
		}
	}
	return dotRest(sum, a[n:], b[n:])
}

func dotRest(sum float32, a, b []float32) float32 {
	for i := range a {
		sum += a[i] * b[i]
	}
	return sum
}

// DotAhead is Dot, the same bits, and brings next into the processor's cache
// meanwhile: of vectors that lie anywhere in memory, waiting for them takes
// longer than the sums. next must be as long as a.
func DotAhead(a, b, next []float32) float32 {
	b, next = b[:len(a)], next[:len(a)]
	n := 0
	var sum float32
	if accelerated {
		if n = len(a) &^ 31; n > 0 {
			sum = dotAheadAVX2(&a[0], &b[0], &next[0], n)
		}
	}
	return dotRest(sum, a[n:], b[n:])
}

// Prefetch brings x on its way into the processor's cache, where there is a way
// to, and does not wait for it.
func Prefetch(x []uint32) {
	if len(x) > 0 {
		prefetch(unsafe.Pointer(&x[0]), (len(x)+15)/16)
	}
}

// Axpy adds alpha*x to y. y must be at least as long as x.
func Axpy(alpha float32, x, y []float32) {
	y = y[:len(x)]
	n := 0
	if accelerated {
		if n = len(x) &^ 31; n > 0 {
			axpyAVX2(alpha, &x[0], &y[0], n)
		}
	}
	for i := n; i < len(x); i++ {
		y[i] += alpha * x[i]
	}
}

// AddInt8 adds scale*q to y. y must be at least as long as q. Product and sum
// are rounded one after the other, so the result is the same on every machine.
func AddInt8(scale float32, q []int8, y []float32) {
	y = y[:len(q)]
	n := 0
	if accelerated {
		if n = len(q) &^ 31; n > 0 {
			addInt8AVX2(scale, &q[0], &y[0], n)
		}
	}
	for i := n; i < len(q); i++ {
		y[i] += float32(scale * float32(q[i])) // the conversion forbids fusing
	}
}

// Exp replaces each x by exp(scale*x+shift) and returns their sum. The
// relative error is under 1e-6; arguments are held within [-87, 60], so that
// no element and no sum overflows.
func Exp(x []float32, scale, shift float32) float32 {
	n := 0
	var sum float32
	if accelerated {
		if n = len(x) &^ 7; n > 0 {
			sum = expAVX2(&x[0], n, scale, shift)
		}
	}
	return sum + expGo(x[n:], scale, shift)
}

// Scale multiplies each x[i] by alpha+beta[i]. beta must be at least as long
// as x.
func Scale(x []float32, alpha float32, beta []float32) {
	beta = beta[:len(x)]
	n := 0
	if accelerated {
		if n = len(x) &^ 7; n > 0 {
			scaleAVX2(&x[0], alpha, &beta[0], n)
		}
	}
	for i := n; i < len(x); i++ {
		x[i] *= alpha + beta[i]
	}
}
