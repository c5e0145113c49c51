#include "textflag.h"

// GROUP turns eight sums in X10 (words) into estimates, stores them and leaves
// in AX which reach the floor.
#define GROUP(at) \
	VPMOVZXWD X10, Y10            \
	VCVTDQ2PS Y10, Y10            \
	VMULPS Y10, Y11, Y10          \
	VSUBPS Y12, Y10, Y10          \
	VMULPS at(R9), Y10, Y10       \
	VADDPS at(R8), Y10, Y10       \
	VADDPS Y13, Y10, Y10          \
	VMOVUPS Y10, at(DI)           \
	VCMPPS $13, Y14, Y10, Y10     \ // greater or equal
	VMOVMSKPS Y10, AX

// func estimateAVX2(out *[32]float32, bits, table *byte, pairs int, base, slope *[32]float32, delta, offset, centre, floor float32) uint32
TEXT ·estimateAVX2(SB), NOSPLIT, $0-68
	MOVQ out+0(FP), DI
	MOVQ bits+8(FP), SI
	MOVQ table+16(FP), DX
	MOVQ pairs+24(FP), CX
	MOVQ base+32(FP), R8
	MOVQ slope+40(FP), R9
	VBROADCASTSS delta+48(FP), Y11
	VBROADCASTSS offset+52(FP), Y12
	VBROADCASTSS centre+56(FP), Y13
	VBROADCASTSS floor+60(FP), Y14
	MOVL $0x0f0f0f0f, AX
	VMOVD AX, X15
	VPBROADCASTD X15, Y15
	// Sums of 16 bits: of bytes 0-1, 2-3, ... and of their odd bytes alone,
	// for the low and for the high halves.
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
pair:
	// The block after the next, of 256 dimensions: those of a list mostly lie
	// one after the other.
	PREFETCHT0 2048(SI)
	VMOVDQU (SI), Y4
	VMOVDQU (DX), Y5
	VPSRLW $4, Y4, Y6
	VPAND Y15, Y4, Y4
	VPAND Y15, Y6, Y6
	VPSHUFB Y4, Y5, Y4
	VPSHUFB Y6, Y5, Y6
	VPADDW Y4, Y0, Y0
	VPSRLW $8, Y4, Y4
	VPADDW Y4, Y1, Y1
	VPADDW Y6, Y2, Y2
	VPSRLW $8, Y6, Y6
	VPADDW Y6, Y3, Y3
	ADDQ $32, SI
	ADDQ $32, DX
	DECQ CX
	JNZ pair

	// The even bytes are what the odd ones leave of the pairs.
	VPSLLW $8, Y1, Y4
	VPSUBW Y4, Y0, Y0
	VPSLLW $8, Y3, Y4
	VPSUBW Y4, Y2, Y2
	// Both four dimensions of a row together.
	VEXTRACTI128 $1, Y0, X4
	VPADDW X4, X0, X0
	VEXTRACTI128 $1, Y1, X4
	VPADDW X4, X1, X1
	VEXTRACTI128 $1, Y2, X4
	VPADDW X4, X2, X2
	VEXTRACTI128 $1, Y3, X4
	VPADDW X4, X3, X3

	VPUNPCKLWD X1, X0, X10
	GROUP(0)
	MOVL AX, BX
	VPUNPCKHWD X1, X0, X10
	GROUP(32)
	SHLL $8, AX
	ORL AX, BX
	VPUNPCKLWD X3, X2, X10
	GROUP(64)
	SHLL $16, AX
	ORL AX, BX
	VPUNPCKHWD X3, X2, X10
	GROUP(96)
	SHLL $24, AX
	ORL AX, BX
	MOVL BX, ret+64(FP)
	VZEROUPPER
	RET
