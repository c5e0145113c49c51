package vector

import (
	"context"
	"math/bits"
	"runtime"
	"slices"

	"kindred/internal/parallel"
	"kindred/internal/simd"
)

const (
	// listsFrom is the number of vectors below which going through all of them
	// is as fast.
	listsFrom = 8192
	// A centre is learned from that many vectors in that many rounds. With
	// twice as many of both, no fewer codes had to be looked at for the same
	// recall.
	perCentre     = 32
	clusterRounds = 4
)

// centresFor is the number of lists for n vectors: a power of two from 1.4 to
// 2.8 times the square root, so that comparing a query with the centres costs
// about as much as going through the lists that it leads to.
func centresFor(n int) int { return 2 << (bits.Len(uint(n)) / 2) }

// cluster learns n centres from the vectors by k-means (Lloyd 1982), the same
// ones for the same vectors in the same order.
func cluster(ctx context.Context, dimension int, vectors [][]float32, n int) ([][]float32, error) {
	sample := vectors
	if most := n * perCentre; len(sample) > most {
		sample = make([][]float32, most)
		for i := range sample {
			sample[i] = vectors[i*len(vectors)/most]
		}
	}
	centres := make([][]float32, n)
	for i := range centres {
		centres[i] = append([]float32(nil), sample[i*len(sample)/n]...)
	}
	cells := make([]uint32, len(sample))
	for range clusterRounds {
		if err := newPartition(centres).assign(ctx, cells, sample); err != nil {
			return nil, err
		}
		centres = means(dimension, sample, cells, n)
	}
	return centres, nil
}

// means returns the mean of each cell's vectors. An empty cell's centre moves
// next to the centre of the largest, so that the two share it.
func means(dimension int, vectors [][]float32, cells []uint32, n int) [][]float32 {
	counts := make([]int, n)
	centres := make([][]float32, n)
	for i := range centres {
		centres[i] = make([]float32, dimension)
	}
	for i, v := range vectors {
		simd.Axpy(1, v, centres[cells[i]])
		counts[cells[i]]++
	}
	for i, c := range centres {
		for j := range c {
			c[j] /= float32(max(1, counts[i]))
		}
	}
	for i := range centres {
		if counts[i] > 0 {
			continue
		}
		largest := 0
		for j := range counts {
			if counts[j] > counts[largest] {
				largest = j
			}
		}
		for j := range centres[i] {
			nudge := float32(1 + 1.0/512*float32(1-2*(j&1)))
			centres[i][j] = centres[largest][j] * nudge
		}
		counts[i] = counts[largest] / 2
		counts[largest] -= counts[i]
	}
	return centres
}

// partition divides the space by the nearest of some centres.
type partition struct {
	dimension int
	centres   simd.Packed
	halves    []float32 // of the squares of the centres' lengths
}

func newPartition(centres [][]float32) *partition {
	p := &partition{dimension: len(centres[0])}
	flat := slices.Concat(centres...)
	for _, c := range centres {
		p.halves = append(p.halves, cosine(c, c)/2)
	}
	p.centres.Pack(simd.Dense(flat, len(centres), p.dimension).T())
	return p
}

// assign writes the number of each vector's nearest centre, on all cores.
func (p *partition) assign(ctx context.Context, cells []uint32, vectors [][]float32) error {
	return each(ctx, simd.Blocks(len(vectors)), func() func(int) {
		product := p.centres.Product()
		return func(block int) {
			product.Block(vectors, block, func(i int, products []float32) { cells[i] = p.nearest(products) })
		}
	})
}

// nearest returns the nearest centre, going by a vector's products with all.
func (p *partition) nearest(products []float32) uint32 {
	best, at := products[0]-p.halves[0], 0
	for i, half := range p.halves {
		if d := products[i] - half; d > best {
			best, at = d, i
		}
	}
	return uint32(at)
}

// each is [parallel.Each] on all cores.
func each(ctx context.Context, n int, start func() func(int)) error {
	return parallel.Each(ctx, n, runtime.GOMAXPROCS(0), start)
}
