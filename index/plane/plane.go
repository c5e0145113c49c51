// Package plane lays vectors out in the plane so that those that are near each
// other there are near here.
//
// A [Layout] is learned from landmarks, some thousands of vectors that stand
// for all, which t-SNE (van der Maaten and Hinton 2008) moves about until each
// lies among its neighbours. Any vector, of before or after, has its place by
// the landmarks nearest to it, so that a layout costs seconds for half a
// million vectors and a paper that comes later moves no other. [Papers] keeps
// the places, eight bytes a paper, in an order in which every square of the
// plane is a run.
package plane

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"

	"kindred/internal/parallel"
	"kindred/internal/section"
	"kindred/internal/simd"
)

// Point is a place in the plane; both coordinates are in [0, 1).
type Point struct{ X, Y float32 }

// Layout gives vectors their places. It does not change; its methods are safe
// for concurrent use.
type Layout struct {
	dimension int
	landmarks []float32 // of unit length, one after the other
	at        []Point   // of each landmark
	packed    simd.Packed
}

const (
	// maxLandmarks bounds the time of learning, which grows with its square.
	maxLandmarks = 4096
	// Each landmark is moved so many times into the middle of those of the
	// vectors, so many for each, that are nearest to it: one that stands for
	// many lies among their neighbours better than one that is one of them.
	lloydRounds  = 2
	lloydVectors = 12
)

// Learn makes a layout for vectors of unit length: the same one for the same
// vectors in the same order, whatever the number of cores. The error is ctx's.
func Learn(ctx context.Context, vectors [][]float32) (*Layout, error) {
	return learn(ctx, vectors, maxLandmarks)
}

// learn is Learn with at most so many landmarks.
func learn(ctx context.Context, vectors [][]float32, most int) (*Layout, error) {
	n := min(len(vectors), most)
	if n == 0 {
		return nil, errors.New("plane: no vectors to learn from")
	}
	l := &Layout{dimension: len(vectors[0]), at: make([]Point, n)}
	l.landmarks = make([]float32, 0, n*l.dimension)
	for i := range n {
		l.landmarks = append(l.landmarks, vectors[i*len(vectors)/n]...)
	}
	l.pack()
	if n < len(vectors) {
		sample := make([][]float32, min(len(vectors), n*lloydVectors))
		for i := range sample {
			sample[i] = vectors[i*len(vectors)/len(sample)]
		}
		for range lloydRounds {
			if err := l.centre(ctx, sample); err != nil {
				return nil, err
			}
		}
	}
	var err error
	l.at, err = l.arrange(ctx)
	return l, err
}

func (l *Layout) pack() {
	l.packed.Pack(simd.Dense(l.landmarks, len(l.at), l.dimension).T())
}

// centre moves each landmark into the middle of the vectors nearest to it.
func (l *Layout) centre(ctx context.Context, sample [][]float32) error {
	nearest := make([]uint32, len(sample))
	if err := l.near(ctx, sample, 1, func(i int, best []neighbour) { nearest[i] = best[0].landmark }); err != nil {
		return err
	}
	sums := make([]float32, len(l.landmarks))
	for i, v := range sample {
		simd.Axpy(1, v, sums[int(nearest[i])*l.dimension:][:l.dimension])
	}
	for i := range l.at {
		sum := sums[i*l.dimension:][:l.dimension]
		if norm := float32(math.Sqrt(float64(simd.Dot(sum, sum)))); norm > 0 {
			for j, f := range sum {
				l.landmarks[i*l.dimension+j] = f / norm
			}
		}
	}
	l.pack()
	return nil
}

// neighbour is a landmark and the square of its distance.
type neighbour struct {
	landmark uint32
	square   float32
}

// near calls fn with the k landmarks nearest to each vector, the nearest first,
// from several goroutines. best is lent.
func (l *Layout) near(ctx context.Context, vectors [][]float32, k int, fn func(i int, best []neighbour)) error {
	k = min(k, len(l.at))
	return each(ctx, simd.Blocks(len(vectors)), func() func(int) {
		product, best := l.packed.Product(), make([]neighbour, 0, k)
		return func(block int) {
			product.Block(vectors, block, func(i int, products []float32) {
				best = nearest(best[:0], products, k)
				fn(i, best)
			})
		}
	})
}

// nearest appends the k places of the greatest products; of equal ones those
// that come first.
func nearest(best []neighbour, products []float32, k int) []neighbour {
	least := float32(math.Inf(-1))
	for i, p := range products {
		if p <= least && len(best) == k {
			continue
		}
		if len(best) < k {
			best = append(best, neighbour{})
		}
		j := len(best) - 1
		for ; j > 0 && best[j-1].square < p; j-- {
			best[j] = best[j-1]
		}
		best[j] = neighbour{uint32(i), p}
		least = best[len(best)-1].square
	}
	for i := range best {
		best[i].square = max(0, 2-2*best[i].square)
	}
	return best
}

const (
	// placeBy is how many landmarks have a say in a vector's place; the next
	// one's distance is where a say ends.
	placeBy = 12
	// Landmarks that lie apart from the others lose their say in some rounds:
	// a place between two regions would be in neither.
	placeRounds = 4
	placeScale  = 0.08 // of the plane's width
)

// Place returns the places of vectors of unit length. The error is ctx's.
func (l *Layout) Place(ctx context.Context, vectors [][]float32) ([]Point, error) {
	out := make([]Point, len(vectors))
	err := l.near(ctx, vectors, placeBy+1, func(i int, best []neighbour) { out[i] = l.place(best) })
	return out, err
}

// place is a robust mean of the landmarks' places: each has a say that falls to
// nothing at the distance of the last, and less of one the further it lies from
// where the others are.
func (l *Layout) place(best []neighbour) Point {
	if len(best) < 3 || best[0].square < sameSquare {
		return l.at[best[0].landmark]
	}
	end := math.Sqrt(float64(best[len(best)-1].square))
	best = best[:len(best)-1]
	var says [placeBy]float64
	for i, b := range best {
		says[i] = 1 - math.Sqrt(float64(b.square))/end + 1e-9
	}
	at := l.at[best[0].landmark]
	x, y := float64(at.X), float64(at.Y)
	for range placeRounds {
		var sum, sumX, sumY float64
		for i, b := range best {
			to := l.at[b.landmark]
			dx, dy := float64(to.X)-x, float64(to.Y)-y
			say := says[i] / (1 + float64(dx*dx+dy*dy)/(placeScale*placeScale))
			sum += say
			sumX += float64(say * float64(to.X))
			sumY += float64(say * float64(to.Y))
		}
		x, y = sumX/sum, sumY/sum
	}
	return Point{float32(x), float32(y)}
}

// sameSquare is the square of a distance that rounding makes of none.
const sameSquare = 1e-5

// Write writes the layout as three sections: its dimension and number of
// landmarks, their vectors, their places.
func (l *Layout) Write(w *section.Writer) {
	w.Words([]uint32{uint32(l.dimension), uint32(len(l.at))})
	words := make([]uint32, len(l.landmarks))
	for i, f := range l.landmarks {
		words[i] = math.Float32bits(f)
	}
	w.Words(words)
	words = words[:0]
	for _, p := range l.at {
		words = append(words, math.Float32bits(p.X), math.Float32bits(p.Y))
	}
	w.Words(words)
}

// ReadLayout reads what Write has written.
func ReadLayout(r *section.Reader) (*Layout, error) {
	head, vectors, places := r.Words(), r.Words(), r.Words()
	if r.Err != nil {
		return nil, r.Err
	}
	if len(head) != 2 || head[1] == 0 || head[1] > maxLandmarks || len(places) != 2*int(head[1]) ||
		uint64(len(vectors)) != uint64(head[0])*uint64(head[1]) {
		return nil, fmt.Errorf("plane: %d numbers and %d places do not make the landmarks of %v", len(vectors), len(places), head)
	}
	l := &Layout{dimension: int(head[0]), landmarks: make([]float32, len(vectors)), at: make([]Point, head[1])}
	for i, w := range vectors {
		l.landmarks[i] = math.Float32frombits(w)
	}
	for i := range l.at {
		l.at[i] = Point{math.Float32frombits(places[2*i]), math.Float32frombits(places[2*i+1])}
	}
	l.pack()
	return l, nil
}

// Dimension is the length of the vectors.
func (l *Layout) Dimension() int { return l.dimension }

// Landmarks are the places of the landmarks.
func (l *Layout) Landmarks() []Point { return l.at }

// each is [parallel.Each] on half of the cores, since nobody waits for a map and
// others search meanwhile.
func each(ctx context.Context, n int, start func() func(int)) error {
	return parallel.Each(ctx, n, max(1, runtime.GOMAXPROCS(0)/2), start)
}
