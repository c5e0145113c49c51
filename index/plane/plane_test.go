package plane

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"kindred/internal/section"
)

// topics are unit vectors around so many random directions, of which a vector
// is near one.
func topics(n, around, dimension int) [][]float32 {
	random := rand.New(rand.NewPCG(1, 2))
	draw := func(scale float64) []float32 {
		v := make([]float32, dimension)
		for i := range v {
			v[i] = float32(random.NormFloat64() * scale)
		}
		return v
	}
	centres := make([][]float32, around)
	for i := range centres {
		centres[i] = draw(1)
	}
	out := make([][]float32, n)
	for i := range out {
		v, sum := draw(0.6), 0.0
		for j, c := range centres[i%around] {
			v[j] += c
			sum += float64(v[j] * v[j])
		}
		for j := range v {
			v[j] /= float32(math.Sqrt(sum))
		}
		out[i] = v
	}
	return out
}

func learnt(t testing.TB, vectors [][]float32) (*Layout, []Point) {
	t.Helper()
	l, err := Learn(context.Background(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	at, err := l.Place(context.Background(), vectors)
	if err != nil {
		t.Fatal(err)
	}
	return l, at
}

func away(a, b Point) float64 { return math.Hypot(float64(a.X-b.X), float64(a.Y-b.Y)) }

// within is the share of pairs of near vectors, and of any, that lie less than
// a radius apart.
func within(vectors [][]float32, at []Point, radius float64) (near, any float64) {
	const k = 10
	asked := 0
	for i := 0; i < len(vectors); i += 7 {
		order := make([]int, len(vectors))
		dots := make([]float64, len(vectors))
		for j, v := range vectors {
			order[j] = j
			for d, f := range v {
				dots[j] += float64(f) * float64(vectors[i][d])
			}
			if away(at[i], at[j]) < radius {
				any++
			}
		}
		slices.SortFunc(order, func(a, b int) int {
			if dots[a] > dots[b] {
				return -1
			}
			return 1
		})
		for _, j := range order[1 : k+1] {
			if away(at[i], at[j]) < radius {
				near++
			}
		}
		asked++
	}
	return near / float64(asked*k), any / float64(asked*len(vectors))
}

func TestNeighboursStayNeighbours(t *testing.T) {
	vectors := topics(900, 30, 32)
	l, at := learnt(t, vectors)
	near, any := within(vectors, at, 0.05)
	t.Logf("within 0.05: %.2f of the ten nearest, %.3f of all", near, any)
	if near < 0.7 || any > 0.1 {
		t.Errorf("%.2f of the ten nearest lie near, and %.3f of all", near, any)
	}
	for _, p := range at {
		if p.X < margin/2 || p.Y < margin/2 || p.X > 1-margin/2 || p.Y > 1-margin/2 {
			t.Fatalf("%v lies outside", p)
		}
	}
	// Those that the layout has not seen, too.
	all := topics(1200, 30, 32)
	later, err := l.Place(context.Background(), all)
	if err != nil {
		t.Fatal(err)
	}
	if near, any := within(all, later, 0.05); near < 0.6 || any > 0.1 {
		t.Errorf("with later ones %.2f of the ten nearest lie near, and %.3f of all", near, any)
	}
}

func TestSameVectorsSameLayout(t *testing.T) {
	vectors := topics(400, 12, 16)
	l, at := learnt(t, vectors)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, there := learnt(t, vectors)
	if !slices.Equal(l.at, again.at) || !slices.Equal(at, there) {
		t.Error("one core and all give other layouts")
	}
	var b bytes.Buffer
	w := section.NewWriter(&b)
	if l.Write(w); w.Err != nil {
		t.Fatal(w.Err)
	}
	data := bytes.Clone(b.Bytes())
	back, err := ReadLayout(section.NewReader(&b))
	if err != nil {
		t.Fatal(err)
	}
	if there, _ := back.Place(context.Background(), vectors); !slices.Equal(at, there) {
		t.Error("a layout read back gives other places")
	}
	for i := range data {
		data[i] ^= 8
		if _, err := ReadLayout(section.NewReader(bytes.NewReader(data))); err == nil {
			t.Fatalf("damage at byte %d is not found", i)
		}
		data[i] ^= 8
	}
}

// TestSampled has more vectors than landmarks.
func TestSampled(t *testing.T) {
	vectors := topics(1000, 20, 16)
	l, err := learn(context.Background(), vectors, 200)
	if err != nil {
		t.Fatal(err)
	}
	at, err := l.Place(context.Background(), vectors)
	if err != nil || len(l.at) != 200 || len(at) != len(vectors) {
		t.Fatal(err, len(l.at), len(at))
	}
	if near, any := within(vectors, at, 0.05); near < 0.7 {
		t.Errorf("%.2f of the ten nearest lie near, %.3f of all", near, any)
	}
}

func TestFew(t *testing.T) {
	for n := range 12 {
		vectors := topics(max(n, 1), 2, 4)[:n]
		l, err := Learn(context.Background(), vectors)
		if n == 0 {
			if err == nil {
				t.Error("a layout of nothing")
			}
			continue
		}
		if err != nil {
			t.Fatal(n, err)
		}
		at, err := l.Place(context.Background(), vectors)
		for _, p := range at {
			if err != nil || !(p.X >= 0 && p.X < 1 && p.Y >= 0 && p.Y < 1) {
				t.Fatal(n, err, at)
			}
		}
	}
	same := slices.Repeat([][]float32{{1, 0}}, 60)
	if _, at := learnt(t, same); math.IsNaN(float64(at[7].X)) {
		t.Error("equal vectors lie nowhere")
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Learn(ctx, topics(100, 3, 4)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestPapers(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	var docs []uint32
	var at []Point
	for doc := range uint32(3000) {
		if doc%3 != 1 {
			docs, at = append(docs, doc), append(at, Point{random.Float32()*.96 + .02, random.Float32()*.96 + .02})
		}
	}
	p := NewPapers(docs, at)
	if p.Len() != len(docs) || p.Crowd(0) != float64(len(docs)) {
		t.Fatal(p.Len(), p.Crowd(0))
	}
	for _, tile := range []Tile{{}, {1, 0, 1}, {3, 5, 2}, {8, 100, 31}} {
		n := float32(int(1) << tile.Level)
		var want []uint32
		for i, doc := range docs {
			if int(at[i].X*n) == tile.X && int(at[i].Y*n) == tile.Y {
				want = append(want, doc)
			}
		}
		got := slices.Clone(p.In(tile))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%v: %d papers, not %d", tile, len(got), len(want))
		}
	}
	for i, doc := range docs {
		if got, ok := p.At(doc); !ok || away(got, at[i]) > 1e-4 {
			t.Fatalf("%d lies at %v, not %v", doc, got, at[i])
		}
		if x, y := p.Cell(doc, 6); x != int(at[i].X*64) || y != int(at[i].Y*64) {
			t.Fatalf("%d is in cell %d, %d", doc, x, y)
		}
	}
	for _, doc := range []uint32{1, 4, 5000} {
		if _, ok := p.At(doc); ok {
			t.Errorf("%d has a place", doc)
		}
	}

	var b bytes.Buffer
	w := section.NewWriter(&b)
	if p.Write(w); w.Err != nil {
		t.Fatal(w.Err)
	}
	even := func(doc uint32) bool { return doc%2 == 0 }
	back, err := ReadPapers(section.NewReader(bytes.NewReader(b.Bytes())), even)
	changed := p.Change(even, []uint32{3001}, []Point{{.5, .5}})
	if err != nil || back.Len() != changed.Len()-1 || !slices.Equal(back.order, slices.DeleteFunc(slices.Clone(changed.order), func(d uint32) bool { return d == 3001 })) {
		t.Error(err, back.Len(), changed.Len())
	}
	for _, doc := range back.order {
		a, _ := back.At(doc)
		if b, ok := changed.At(doc); !ok || a != b {
			t.Fatalf("%d moved from %v to %v", doc, a, b)
		}
	}
}

func BenchmarkLearn(b *testing.B) {
	vectors := topics(20_000, 300, 256)
	for b.Loop() {
		learnt(b, vectors)
	}
}
