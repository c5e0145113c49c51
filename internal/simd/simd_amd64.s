#include "textflag.h"

// The eight lanes of Y0 summed into X0, always in the same order.
#define SUM8 \
	VEXTRACTF128 $1, Y0, X1 \
	VADDPS X1, X0, X0       \
	VHADDPS X0, X0, X0      \
	VHADDPS X0, X0, X0

// What dotAVX2 and dotAheadAVX2 share: nothing yet in Y0 to Y3, 32 products more
// in them, all of them in X0.
#define DOTBEGIN \
	VXORPS Y0, Y0, Y0 \
	VXORPS Y1, Y1, Y1 \
	VXORPS Y2, Y2, Y2 \
	VXORPS Y3, Y3, Y3

#define DOT32 \
	VMOVUPS 0(SI), Y4            \
	VMOVUPS 32(SI), Y5           \
	VMOVUPS 64(SI), Y6           \
	VMOVUPS 96(SI), Y7           \
	VFMADD231PS 0(DI), Y4, Y0    \
	VFMADD231PS 32(DI), Y5, Y1   \
	VFMADD231PS 64(DI), Y6, Y2   \
	VFMADD231PS 96(DI), Y7, Y3   \
	ADDQ $128, SI                \
	ADDQ $128, DI

#define DOTEND \
	VADDPS Y1, Y0, Y0 \
	VADDPS Y3, Y2, Y2 \
	VADDPS Y2, Y0, Y0 \
	SUM8

// func dotAVX2(a, b *float32, n int) float32
TEXT ·dotAVX2(SB), NOSPLIT, $0-28
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ n+16(FP), CX
	DOTBEGIN
dot:
	DOT32
	SUBQ $32, CX
	JNZ dot
	DOTEND
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func dotAheadAVX2(a, b, next *float32, n int) float32
TEXT ·dotAheadAVX2(SB), NOSPLIT, $0-36
	MOVQ a+0(FP), SI
	MOVQ b+8(FP), DI
	MOVQ next+16(FP), DX
	MOVQ n+24(FP), CX
	DOTBEGIN
dotAhead:
	PREFETCHT0 0(DX)
	PREFETCHT0 64(DX)
	DOT32
	ADDQ $128, DX
	SUBQ $32, CX
	JNZ dotAhead
	DOTEND
	VMOVSS X0, ret+32(FP)
	VZEROUPPER
	RET

// func axpyAVX2(alpha float32, x, y *float32, n int)
TEXT ·axpyAVX2(SB), NOSPLIT, $0-32
	VBROADCASTSS alpha+0(FP), Y0
	MOVQ x+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX
axpy:
	VMOVUPS 0(DI), Y4
	VMOVUPS 32(DI), Y5
	VMOVUPS 64(DI), Y6
	VMOVUPS 96(DI), Y7
	VFMADD231PS 0(SI), Y0, Y4
	VFMADD231PS 32(SI), Y0, Y5
	VFMADD231PS 64(SI), Y0, Y6
	VFMADD231PS 96(SI), Y0, Y7
	VMOVUPS Y4, 0(DI)
	VMOVUPS Y5, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y7, 96(DI)
	ADDQ $128, SI
	ADDQ $128, DI
	SUBQ $32, CX
	JNZ axpy
	VZEROUPPER
	RET

// func addInt8AVX2(scale float32, q *int8, y *float32, n int)
// Multiplies, then adds: fused, the bits would differ from plain Go's.
TEXT ·addInt8AVX2(SB), NOSPLIT, $0-32
	VBROADCASTSS scale+0(FP), Y0
	MOVQ q+8(FP), SI
	MOVQ y+16(FP), DI
	MOVQ n+24(FP), CX
add:
	VPMOVSXBD 0(SI), Y4
	VPMOVSXBD 8(SI), Y5
	VPMOVSXBD 16(SI), Y6
	VPMOVSXBD 24(SI), Y7
	VCVTDQ2PS Y4, Y4
	VCVTDQ2PS Y5, Y5
	VCVTDQ2PS Y6, Y6
	VCVTDQ2PS Y7, Y7
	VMULPS Y0, Y4, Y4
	VMULPS Y0, Y5, Y5
	VMULPS Y0, Y6, Y6
	VMULPS Y0, Y7, Y7
	VADDPS 0(DI), Y4, Y4
	VADDPS 32(DI), Y5, Y5
	VADDPS 64(DI), Y6, Y6
	VADDPS 96(DI), Y7, Y7
	VMOVUPS Y4, 0(DI)
	VMOVUPS Y5, 32(DI)
	VMOVUPS Y6, 64(DI)
	VMOVUPS Y7, 96(DI)
	ADDQ $32, SI
	ADDQ $128, DI
	SUBQ $32, CX
	JNZ add
	VZEROUPPER
	RET

// exp(t) = 2^n * e^r with n = round(t/ln 2); e^r by the polynomial of Cephes'
// expf (Moshier), ln 2 taken off in two parts.
DATA expc<>+0(SB)/4, $60.0
DATA expc<>+4(SB)/4, $-87.0
DATA expc<>+8(SB)/4, $1.44269504088896341
DATA expc<>+12(SB)/4, $0.693359375
DATA expc<>+16(SB)/4, $-2.12194440e-4
DATA expc<>+20(SB)/4, $1.9875691500e-4
DATA expc<>+24(SB)/4, $1.3981999507e-3
DATA expc<>+28(SB)/4, $8.3334519073e-3
DATA expc<>+32(SB)/4, $4.1665795894e-2
DATA expc<>+36(SB)/4, $1.6666665459e-1
DATA expc<>+40(SB)/4, $5.0000001201e-1
DATA expc<>+44(SB)/4, $1.0
GLOBL expc<>(SB), RODATA|NOPTR, $48

// func expAVX2(x *float32, n int, scale, shift float32) float32
TEXT ·expAVX2(SB), NOSPLIT, $0-28
	MOVQ x+0(FP), DI
	MOVQ n+8(FP), CX
	VBROADCASTSS scale+16(FP), Y14
	VBROADCASTSS shift+20(FP), Y15
	VBROADCASTSS expc<>+0(SB), Y13
	VBROADCASTSS expc<>+4(SB), Y12
	VBROADCASTSS expc<>+8(SB), Y11
	VBROADCASTSS expc<>+12(SB), Y10
	VBROADCASTSS expc<>+16(SB), Y9
	VBROADCASTSS expc<>+44(SB), Y8
	VXORPS Y0, Y0, Y0
exp:
	VMOVUPS (DI), Y2
	VMULPS Y14, Y2, Y2
	VADDPS Y15, Y2, Y2
	VMINPS Y13, Y2, Y2
	VMAXPS Y12, Y2, Y2
	VMULPS Y11, Y2, Y3
	VROUNDPS $0, Y3, Y3       // n
	VFNMADD231PS Y10, Y3, Y2
	VFNMADD231PS Y9, Y3, Y2   // r
	VBROADCASTSS expc<>+20(SB), Y4
	VBROADCASTSS expc<>+24(SB), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS expc<>+28(SB), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS expc<>+32(SB), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS expc<>+36(SB), Y5
	VFMADD213PS Y5, Y2, Y4
	VBROADCASTSS expc<>+40(SB), Y5
	VFMADD213PS Y5, Y2, Y4
	VMULPS Y2, Y2, Y6
	VFMADD213PS Y2, Y6, Y4
	VADDPS Y8, Y4, Y4
	VCVTPS2DQ Y3, Y3
	VPSLLD $23, Y3, Y3
	VPADDD Y8, Y3, Y3         // the bits of 1.0 hold the exponent's bias
	VMULPS Y3, Y4, Y4
	VMOVUPS Y4, (DI)
	VADDPS Y4, Y0, Y0
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ exp
	SUM8
	VMOVSS X0, ret+24(FP)
	VZEROUPPER
	RET

// func scaleAVX2(x *float32, alpha float32, beta *float32, n int)
TEXT ·scaleAVX2(SB), NOSPLIT, $0-32
	MOVQ x+0(FP), DI
	VBROADCASTSS alpha+8(FP), Y0
	MOVQ beta+16(FP), SI
	MOVQ n+24(FP), CX
scale:
	VADDPS (SI), Y0, Y1
	VMULPS (DI), Y1, Y1
	VMOVUPS Y1, (DI)
	ADDQ $32, SI
	ADDQ $32, DI
	SUBQ $8, CX
	JNZ scale
	VZEROUPPER
	RET

#define ROW(addr, lo, hi) \
	VBROADCASTSS addr, Y14       \
	VFMADD231PS Y12, Y14, lo     \
	VFMADD231PS Y13, Y14, hi

#define ADDROW(lo, hi) \
	VADDPS 0(DI), lo, lo  \
	VADDPS 32(DI), hi, hi \
	ADDQ R10, DI

#define STOREROW(lo, hi) \
	VMOVUPS lo, 0(DI)  \
	VMOVUPS hi, 32(DI) \
	ADDQ R10, DI

// func tile6AVX2(k int, a *float32, aRow, aCol int, panel, c *float32, cRow int, add bool)
TEXT ·tile6AVX2(SB), NOSPLIT, $0-57
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ aRow+16(FP), R8
	MOVQ aCol+24(FP), R9
	MOVQ panel+32(FP), BX
	MOVQ c+40(FP), DI
	MOVQ cRow+48(FP), R10
	LEAQ (R8)(R8*2), R11
	LEAQ (SI)(R11*1), DX      // the fourth row
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
	VXORPS Y2, Y2, Y2
	VXORPS Y3, Y3, Y3
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11
six:
	VMOVUPS 0(BX), Y12
	VMOVUPS 32(BX), Y13
	ROW((SI), Y0, Y1)
	ROW((SI)(R8*1), Y2, Y3)
	ROW((SI)(R8*2), Y4, Y5)
	ROW((DX), Y6, Y7)
	ROW((DX)(R8*1), Y8, Y9)
	ROW((DX)(R8*2), Y10, Y11)
	ADDQ R9, SI
	ADDQ R9, DX
	ADDQ $64, BX
	DECQ CX
	JNZ six
	CMPB add+56(FP), $0
	JEQ store
	ADDROW(Y0, Y1)
	ADDROW(Y2, Y3)
	ADDROW(Y4, Y5)
	ADDROW(Y6, Y7)
	ADDROW(Y8, Y9)
	ADDROW(Y10, Y11)
	MOVQ c+40(FP), DI
store:
	STOREROW(Y0, Y1)
	STOREROW(Y2, Y3)
	STOREROW(Y4, Y5)
	STOREROW(Y6, Y7)
	STOREROW(Y8, Y9)
	STOREROW(Y10, Y11)
	VZEROUPPER
	RET

// func tile1AVX2(k int, a *float32, aCol int, panel, c *float32, add bool)
TEXT ·tile1AVX2(SB), NOSPLIT, $0-41
	MOVQ k+0(FP), CX
	MOVQ a+8(FP), SI
	MOVQ aCol+16(FP), R9
	MOVQ panel+24(FP), BX
	MOVQ c+32(FP), DI
	XORQ R10, R10
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1
one:
	VMOVUPS 0(BX), Y12
	VMOVUPS 32(BX), Y13
	ROW((SI), Y0, Y1)
	ADDQ R9, SI
	ADDQ $64, BX
	DECQ CX
	JNZ one
	CMPB add+40(FP), $0
	JEQ store1
	ADDROW(Y0, Y1)
store1:
	STOREROW(Y0, Y1)
	VZEROUPPER
	RET

// func prefetch(at unsafe.Pointer, lines int)
TEXT ·prefetch(SB), NOSPLIT, $0-16
	MOVQ at+0(FP), SI
	MOVQ lines+8(FP), CX
line:
	PREFETCHT0 (SI)
	ADDQ $64, SI
	DECQ CX
	JGT line
	RET
