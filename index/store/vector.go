package store

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// A stored vector is one byte that says how the rest is written, and the rest.
// Only directions matter, so 16-bit whole numbers do: the largest of them is
// ±32767, and reading makes the vector unit length again. Against float16
// (which also takes two bytes a number) the error at 256 dimensions is a
// quarter, and a vector that was read and is written again does not change.
//
//	0    no vector: the paper's text has no known word
//	1    one little-endian int16 a dimension
const (
	vectorNone  = 0
	vectorInt16 = 1
)

// Round returns the vector that is read back where v is written, bit for bit,
// on every machine: nil for nil, else of unit length, about 5e-5 away from the
// exact unit vector at the dimensions in use.
func Round(v []float32) ([]float32, error) {
	b, err := appendVector(nil, v)
	if err != nil || v == nil {
		return nil, err
	}
	out := make([]float32, len(v))
	decodeInt16(out, b[1:])
	return out, nil
}

// AppendVector appends v as it is stored: 1 byte for nil, else 1 and 2 a
// dimension. What Round or a reading method gave is read back as it was.
func AppendVector(dst []byte, v []float32) ([]byte, error) { return appendVector(dst, v) }

// DecodeVector reads what AppendVector has written into dst, which has the
// vector's dimension, and reports whether there is a vector.
func DecodeVector(dst []float32, b []byte) (bool, error) { return decodeVector(dst, b) }

func appendVector(dst []byte, v []float32) ([]byte, error) {
	if v == nil {
		return append(dst, vectorNone), nil
	}
	var largest float64
	for _, x := range v {
		a := math.Abs(float64(x))
		if math.IsNaN(a) || math.IsInf(a, 0) {
			return nil, fmt.Errorf("a vector holds %v", x)
		}
		largest = max(largest, a)
	}
	if largest == 0 {
		return nil, fmt.Errorf("a vector of %d zeros; nil stands for none", len(v))
	}
	dst = append(slices.Grow(dst, 1+2*len(v)), vectorInt16)
	for _, x := range v {
		q := int16(math.RoundToEven(float64(x) / largest * math.MaxInt16))
		dst = binary.LittleEndian.AppendUint16(dst, uint16(q))
	}
	return dst, nil
}

// decodeVector reads a stored vector into dst, which has the generation's
// dimension, and reports whether there is one.
func decodeVector(dst []float32, b []byte) (bool, error) {
	switch {
	case len(b) == 1 && b[0] == vectorNone:
		return false, nil
	case len(b) == 1+2*len(dst) && b[0] == vectorInt16:
		return decodeInt16(dst, b[1:]), nil
	case len(b) > 0 && b[0] > vectorInt16:
		return false, fmt.Errorf("%w: a vector of kind %d", ErrNewer, b[0])
	}
	return false, fmt.Errorf("%w: a vector of %d bytes, dimension %d", ErrDamaged, len(b), len(dst))
}

// decodeInt16 sums the squares as whole numbers, so that the length, and with
// it every bit of the result, is the same whatever the order and the machine.
func decodeInt16(dst []float32, b []byte) bool {
	var sum int64
	for i := range dst {
		q := int64(int16(binary.LittleEndian.Uint16(b[2*i:])))
		dst[i] = float32(q)
		sum += q * q
	}
	if sum == 0 {
		return false
	}
	scale := float32(1 / math.Sqrt(float64(sum)))
	for i := range dst {
		dst[i] *= scale
	}
	return true
}
