package simd

import (
	"math"
	"math/rand/v2"
	"testing"
)

func random(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	for i := range v {
		v[i] = float32(r.NormFloat64())
	}
	return v
}

func near(a, b, tolerance float64) bool { return math.Abs(a-b) <= tolerance*(1+math.Abs(b)) }

// lengths cover the empty slice, the plain tail alone, the assembly alone and
// both together.
var lengths = []int{0, 1, 7, 8, 31, 32, 33, 64, 100, 255, 256, 257, 1000}

func TestVectorLoops(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, n := range lengths {
		a, b := random(r, n), random(r, n+3)
		var dot float64
		for i := range a {
			dot += float64(a[i]) * float64(b[i])
		}
		if got, ahead := Dot(a, b), DotAhead(a, b, b[3:]); got != ahead {
			t.Errorf("Dot of %d: %v, looking ahead %v", n, got, ahead)
		}
		if got := Dot(a, b); !near(float64(got), dot, 1e-4) {
			t.Errorf("Dot of %d: %v, want %v", n, got, dot)
		}

		y := append([]float32(nil), b...)
		Axpy(.5, a, y)
		for i := range y {
			want := float64(b[i])
			if i < n {
				want += .5 * float64(a[i])
			}
			if !near(float64(y[i]), want, 1e-6) {
				t.Fatalf("Axpy of %d at %d: %v, want %v", n, i, y[i], want)
			}
		}

		y = append(y[:0], b...)
		Scale(y[:n], 2, a)
		for i := range n {
			if want := float64(b[i]) * (2 + float64(a[i])); !near(float64(y[i]), want, 1e-5) {
				t.Fatalf("Scale of %d at %d: %v, want %v", n, i, y[i], want)
			}
		}
	}
}

func TestAddInt8SameBits(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range lengths {
		q := make([]int8, n)
		for i := range q {
			q[i] = int8(r.IntN(256) - 128)
		}
		got := random(r, n+1)
		want := append([]float32(nil), got...)
		scale := float32(r.NormFloat64())
		AddInt8(scale, q, got)
		for i, x := range q {
			want[i] += float32(scale * float32(x))
		}
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("length %d at %d: %v, want %v", n, i, got[i], want[i])
			}
		}
	}
}

func TestExp(t *testing.T) {
	x := []float32{-1e9, -200, -87, -50, -12.5, -1, -1e-3, 0, 1e-3, .5, 1, 12.5, 50, 87.5, 200, 1e9, 3}
	got := append([]float32(nil), x...)
	sum := Exp(got, .5, 1)
	var total float64
	for i, v := range x {
		want := math.Exp(min(max(.5*float64(v)+1, -87), 60))
		if math.Abs(float64(got[i])-want) > 1e-6*want {
			t.Errorf("exp(%v/2+1) = %v, want %v", v, got[i], want)
		}
		total += want
	}
	if !near(float64(sum), total, 1e-6) {
		t.Errorf("sum %v, want %v", sum, total)
	}
}

func TestMul(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for _, s := range [][3]int{{1, 1, 1}, {5, 3, 2}, {6, 16, 16}, {7, 300, 17}, {97, 256, 32}, {200, 513, 48}, {96, 1, 16}} {
		rows, inner, cols := s[0], s[1], s[2]
		a, b := random(r, rows*inner), random(r, inner*cols)
		want := make([]float64, rows*cols)
		for i := range rows {
			for k := range inner {
				for j := range cols {
					want[i*cols+j] += float64(a[i*inner+k]) * float64(b[k*cols+j])
				}
			}
		}
		// The same product from each side stored as it is or turned over.
		for _, turned := range [][2]bool{{false, false}, {true, false}, {false, true}, {true, true}} {
			left, right := Dense(a, rows, inner), Dense(b, inner, cols)
			if turned[0] {
				left = turn(left).T()
			}
			if turned[1] {
				right = turn(right).T()
			}
			var p Packed
			p.Pack(right)
			c := random(r, rows*cols) // what stood there must not matter
			for block := Blocks(rows) - 1; block >= 0; block-- {
				MulBlock(c, left, &p, block)
			}
			for i := range c {
				if !near(float64(c[i]), want[i], 1e-4) {
					t.Fatalf("%v turned %v: element %d is %v, want %v", s, turned, i, c[i], want[i])
				}
			}
		}
	}
}

// turn stores m's columns as rows.
func turn(m Matrix) Matrix {
	data := make([]float32, m.Rows*m.Cols)
	for i := range m.Rows {
		for j := range m.Cols {
			data[j*m.Rows+i] = m.Data[i*m.RowStep+j*m.ColStep]
		}
	}
	return Dense(data, m.Cols, m.Rows)
}

// FuzzPlain holds the assembly against plain Go.
func FuzzPlain(f *testing.F) {
	f.Add(uint64(1), uint16(256))
	f.Add(uint64(2), uint16(33))
	f.Fuzz(func(t *testing.T, seed uint64, size uint16) {
		r := rand.New(rand.NewPCG(seed, 0))
		n := int(size) % 2000
		a, b := random(r, n), random(r, n)
		var dot float64
		for i := range a {
			dot += float64(a[i]) * float64(b[i])
		}
		if got := Dot(a, b); math.Abs(float64(got)-dot) > 1e-5*float64(n+1) {
			t.Fatalf("Dot of %d: %v, want %v", n, got, dot)
		}
		scale, shift := float32(r.NormFloat64()*5), float32(r.NormFloat64()*20)
		plain := append([]float32(nil), a...)
		want := expGo(plain, scale, shift)
		if got := Exp(a, scale, shift); !near(float64(got), float64(want), 1e-4) {
			t.Fatalf("Exp of %d: sum %v, want %v", n, got, want)
		}
		for i := range a {
			if math.Abs(float64(a[i]-plain[i])) > 1e-5*float64(plain[i]) {
				t.Fatalf("Exp of %d at %d: %v, want %v", n, i, a[i], plain[i])
			}
		}
	})
}

func BenchmarkDot(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	x, y := random(r, 256), random(r, 256)
	var sum float32
	for b.Loop() {
		sum += Dot(x, y)
	}
	_ = sum
}

func BenchmarkAddInt8(b *testing.B) {
	q, y := make([]int8, 256), make([]float32, 256)
	for b.Loop() {
		AddInt8(.5, q, y)
	}
}

// BenchmarkMul is the similarity matrix of one batch of 1,024 pairs.
func BenchmarkMul(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	const rows, dim = 1024, 256
	q, x, s := random(r, rows*dim), random(r, rows*dim), make([]float32, rows*rows)
	var p Packed
	for b.Loop() {
		p.Pack(Dense(x, rows, dim).T())
		for block := range Blocks(rows) {
			MulBlock(s, Dense(q, rows, dim), &p, block)
		}
	}
	b.ReportMetric(2*rows*rows*dim*float64(b.N)/b.Elapsed().Seconds()/1e9, "GFLOP/s")
}
