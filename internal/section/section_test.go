package section

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"testing/iotest"
)

func written(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	w := NewWriter(&b)
	w.Bytes([]byte("some bytes"))
	w.Words([]uint32{1, 2, 1 << 31})
	w.Halves(nil)
	w.Halves([]uint16{7, 1 << 15})
	w.Strings([]string{"a", "", "längeres"})
	if w.Err != nil || w.N != int64(b.Len()) {
		t.Fatal(w.Err, w.N, b.Len())
	}
	return b.Bytes()
}

func read(r *Reader) (a []byte, b []uint32, c, d []uint16, e []string) {
	return r.Bytes(), r.Words(), r.Halves(), r.Halves(), r.Strings()
}

func TestRoundTrip(t *testing.T) {
	r := NewReader(iotest.HalfReader(bytes.NewReader(written(t))))
	a, b, c, d, e := read(r)
	if r.Err != nil || string(a) != "some bytes" || !slices.Equal(b, []uint32{1, 2, 1 << 31}) || len(c) != 0 ||
		!slices.Equal(d, []uint16{7, 1 << 15}) || !slices.Equal(e, []string{"a", "", "längeres"}) {
		t.Fatal(r.Err, a, b, c, d, e)
	}
	if r.Bytes(); !r.Damaged() {
		t.Error("read beyond the end:", r.Err)
	}
}

func TestDamage(t *testing.T) {
	data := written(t)
	for i := range data {
		bad := bytes.Clone(data)
		bad[i] ^= 4
		for _, b := range [][]byte{bad, data[:i]} {
			r := NewReader(bytes.NewReader(b))
			if read(r); !r.Damaged() {
				t.Fatalf("byte %d of %d: %v", i, len(b), r.Err)
			}
		}
	}
	r := NewReader(iotest.ErrReader(errors.ErrUnsupported))
	if read(r); r.Damaged() || !errors.Is(r.Err, errors.ErrUnsupported) {
		t.Error(r.Err)
	}
	// Large steps, and a length that lies.
	var b bytes.Buffer
	w := NewWriter(&b)
	words := make([]uint32, 3*step/4+5)
	for i := range words {
		words[i] = uint32(i * i)
	}
	w.Words(words)
	if got := NewReader(bytes.NewReader(b.Bytes())).Words(); !slices.Equal(got, words) {
		t.Error("a long section came back otherwise")
	}
	b.Bytes()[7] = 0x7f
	if r := NewReader(bytes.NewReader(b.Bytes())); r.Words() != nil && !r.Damaged() {
		t.Error(r.Err)
	}
}
