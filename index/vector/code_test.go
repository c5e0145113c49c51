package vector

import (
	"math"
	"math/rand/v2"
	"testing"
)

func TestRotationKeepsProducts(t *testing.T) {
	for _, dimension := range []int{1, 3, 64, 100, 256, 300, 384, 768, 1000} {
		r := rand.New(rand.NewPCG(1, uint64(dimension)))
		rot := newRotation(dimension)
		a, b := randomUnit(r, dimension), randomUnit(r, dimension)
		ra, rb := make([]float32, rot.padded), make([]float32, rot.padded)
		rot.apply(ra, a)
		rot.apply(rb, b)
		if got, want := cosine(ra, rb), cosine(a, b); math.Abs(float64(got-want)) > 1e-5 {
			t.Errorf("dimension %d: product %v, want %v", dimension, got, want)
		}
		spike := make([]float32, dimension)
		spike[dimension/2] = 1
		rot.apply(ra, spike)
		for i, x := range ra {
			if math.Abs(float64(x)) > 8/math.Sqrt(float64(dimension)) {
				t.Errorf("dimension %d: number %d of a rotated axis is %v", dimension, i, x)
			}
		}
	}
}

// randomBlock has count random codes around a random centre, whose vectors it
// returns with them.
func randomBlock(r *rand.Rand, rot *rotation, dimension, count int) (b *block, centre []float32, vectors [][]float32) {
	centre = randomUnit(r, dimension)
	for i := range centre {
		centre[i] *= 0.6
	}
	b = newBlock(rot.padded)
	v, c := make([]float32, rot.padded), make([]float32, rot.padded)
	rot.apply(c, centre)
	co := code{nibbles: make([]byte, rot.padded/4)}
	for i := range count {
		u := randomUnit(r, dimension)
		for j := range u {
			u[j] = 0.8*u[j] + centre[j]
		}
		rot.apply(v, u)
		co.encode(v, c)
		b.add(uint32(i), &co)
		vectors = append(vectors, u)
	}
	return b, centre, vectors
}

func TestEstimatesAreClose(t *testing.T) {
	const dimension = 256
	r := rand.New(rand.NewPCG(5, 6))
	rot := newRotation(dimension)
	var l lookup
	var sum, square, n float64
	for range 50 {
		b, centre, vectors := randomBlock(r, &rot, dimension, blockSize)
		q := randomUnit(r, dimension)
		l.prepare(&rot, q)
		var out [blockSize]float32
		l.estimates(&out, b, cosine(q, centre), 0)
		for i, v := range vectors {
			e := float64(out[i] - cosine(q, v))
			sum += e
			square += e * e
			n++
		}
	}
	// |q-c| is about 1.17, |v-c| 0.8; RaBitQ's deviation is then
	// 1.17*0.8*0.75/sqrt(256).
	if mean, deviation := sum/n, math.Sqrt(square/n); math.Abs(mean) > 0.005 || deviation > 0.05 {
		t.Errorf("errors have mean %.4f and deviation %.4f", mean, deviation)
	}
}

func FuzzEstimateSameBits(f *testing.F) {
	f.Add(uint64(1), uint16(256), uint8(32))
	f.Add(uint64(2), uint16(1), uint8(1))
	f.Add(uint64(3), uint16(1536), uint8(17))
	f.Fuzz(func(t *testing.T, seed uint64, dimension uint16, count uint8) {
		r := rand.New(rand.NewPCG(seed, 1))
		d := int(dimension)%2000 + 1
		rot := newRotation(d)
		b, centre, _ := randomBlock(r, &rot, d, int(count)%blockSize+1)
		var l lookup
		q := randomUnit(r, d)
		l.prepare(&rot, q)
		var fast, plain [blockSize]float32
		base := cosine(q, centre)
		floor := float32(r.NormFloat64()) * 0.1
		got := estimate(&fast, b, &l, base, floor)
		want := estimateGo(&plain, b, &l, base, floor)
		if got != want || fast != plain {
			t.Fatalf("dimension %d: reached %032b and %032b\n%v\n%v", d, got, want, fast, plain)
		}
		moved := newBlock(rot.padded)
		for i := range b.count {
			moved.put(i, b, b.count-1-i)
		}
		estimate(&plain, moved, &l, base, floor)
		for i := range b.count {
			if fast[i] != plain[b.count-1-i] {
				t.Fatalf("dimension %d: code %d changed when moved", d, i)
			}
		}
	})
}

func BenchmarkEstimates(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	rot := newRotation(256)
	blocks := make([]*block, 512)
	for i := range blocks {
		blocks[i], _, _ = randomBlock(r, &rot, 256, blockSize)
	}
	var l lookup
	l.prepare(&rot, randomUnit(r, 256))
	var out [blockSize]float32
	for _, kernel := range []struct {
		name string
		run  func(*[blockSize]float32, *block, *lookup, float32, float32) uint32
	}{{"machine", estimate}, {"plain", estimateGo}} {
		b.Run(kernel.name, func(b *testing.B) {
			for b.Loop() {
				for _, block := range blocks {
					kernel.run(&out, block, &l, 0.5, 0.9)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(blocks)*blockSize), "ns/code")
		})
	}
}

// As many codes as half a million papers have, which no near cache holds: in one
// piece, as lists have them, and in blocks that lie anywhere. What the codes are
// makes no difference.
func BenchmarkEstimatesInMemory(b *testing.B) {
	r := rand.New(rand.NewPCG(5, 6))
	rot := newRotation(256)
	var l lookup
	l.prepare(&rot, randomUnit(r, 256))
	together := newBlocks(256, 15_000)
	apart := make([]*block, len(together))
	for i, at := range r.Perm(len(apart)) {
		apart[at] = newBlock(256)
		together[i].count, apart[at].count = blockSize, blockSize
	}
	var out [blockSize]float32
	for _, memory := range []struct {
		name   string
		blocks []*block
	}{{"together", together}, {"apart", apart}} {
		b.Run(memory.name, func(b *testing.B) {
			for b.Loop() {
				for _, block := range memory.blocks {
					estimate(&out, block, &l, 0.5, 0.9)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(memory.blocks)*blockSize), "ns/code")
		})
	}
}

func BenchmarkPrepare(b *testing.B) {
	rot := newRotation(256)
	q := randomUnit(rand.New(rand.NewPCG(5, 6)), 256)
	var l lookup
	for b.Loop() {
		l.prepare(&rot, q)
	}
}

func BenchmarkEncode(b *testing.B) {
	rot := newRotation(256)
	v := randomUnit(rand.New(rand.NewPCG(5, 6)), 256)
	turned, centre := make([]float32, 256), make([]float32, 256)
	c := code{nibbles: make([]byte, 64)}
	for b.Loop() {
		rot.apply(turned, v)
		c.encode(turned, centre)
	}
}
