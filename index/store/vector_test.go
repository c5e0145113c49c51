package store

import (
	"errors"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRoundedVectors(t *testing.T) {
	var worst float64
	for _, dim := range []int{1, 2, 3, 8, 100, 256, 1536} {
		for i := range 30 {
			v := inventedVector(i, dim)
			got, err := Round(v)
			if err != nil {
				t.Fatal(err)
			}
			var length, dot float64
			for j := range v {
				length += float64(got[j]) * float64(got[j])
				dot += float64(got[j]) * float64(v[j])
			}
			if math.Abs(length-1) > 1e-6 {
				t.Fatalf("dimension %d: length %v", dim, math.Sqrt(length))
			}
			var gap float64
			for j := range v {
				gap += (float64(got[j]) - float64(v[j])) * (float64(got[j]) - float64(v[j]))
			}
			worst = max(worst, math.Sqrt(gap))
			again, err := Round(got)
			if err != nil || !cmp.Equal(got, again) {
				t.Fatalf("dimension %d: rounding twice changes the vector", dim)
			}
		}
	}
	if worst > 1e-4 {
		t.Errorf("a rounded vector lies %v from its own", worst)
	}
	t.Logf("largest distance between a unit vector and its stored form: %.1e", worst)
}

// Whatever the numbers' size, only the direction counts.
func TestVectorsOfAnyLength(t *testing.T) {
	for _, v := range [][]float32{
		{3, -4}, {1e-40, 1e-45}, {math.MaxFloat32, -math.MaxFloat32}, {math.SmallestNonzeroFloat32}, {1, 1e-9}, {-1},
	} {
		got, err := Round(v)
		if err != nil {
			t.Fatal(v, err)
		}
		var length float64
		for i, x := range got {
			length += float64(x) * float64(x)
			if x != 0 && (x < 0) != (v[i] < 0) {
				t.Errorf("%v became %v", v, got)
			}
		}
		if math.Abs(length-1) > 1e-6 {
			t.Errorf("%v became %v", v, got)
		}
	}
	if got, err := Round(nil); got != nil || err != nil {
		t.Errorf("nil became %v, %v", got, err)
	}
	inf := float32(math.Inf(1))
	for _, v := range [][]float32{{}, {0, 0}, {float32(math.NaN()), 1}, {1, inf}, {-inf}} {
		if got, err := Round(v); err == nil {
			t.Errorf("%v became %v", v, got)
		}
	}
}

func FuzzDecodeVector(f *testing.F) {
	b, _ := appendVector(nil, inventedVector(1, 4))
	f.Add(b)
	f.Add([]byte{vectorNone})
	f.Add([]byte{2, 0})
	f.Add([]byte{vectorInt16, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		v := make([]float32, 4)
		ok, err := decodeVector(v, b)
		if err != nil && !errors.Is(err, ErrDamaged) && !errors.Is(err, ErrNewer) {
			t.Fatal(err)
		}
		if !ok || err != nil {
			return
		}
		var length float64
		for _, x := range v {
			length += float64(x) * float64(x)
		}
		if math.Abs(length-1) > 1e-6 {
			t.Fatalf("length %v", length)
		}
	})
}
