package plane

import (
	"cmp"
	"context"
	"math"
	"slices"

	"kindred/internal/simd"
)

// How the landmarks are moved. The numbers are those usual for t-SNE, with
// fewer steps: what a map of regions needs is there after them.
const (
	perplexity   = 18  // how many neighbours a landmark has, about
	exaggeration = 12  // of attraction in the early steps, which sort regions apart
	separation   = 1.5 // of attraction in the others, so that there is room between regions
	earlySteps   = 120
	lateSteps    = 280
	margin       = 0.02 // of the plane, around all landmarks
)

// edge is how much a landmark is drawn to another.
type edge struct {
	to     uint32
	weight float32
}

// arrange finds the landmarks' places: exact t-SNE from their two main
// directions, where each is drawn to its neighbours and pushed off by all.
func (l *Layout) arrange(ctx context.Context) ([]Point, error) {
	n := len(l.at)
	if n < 3 {
		return spread(make([]float32, n), make([]float32, n)), ctx.Err()
	}
	edges, err := l.edges(ctx)
	if err != nil {
		return nil, err
	}
	xs, ys := l.mainDirections()
	pushes := make([]struct{ x, y, sum float32 }, n)
	moves, gains := make([]Point, n), make([]Point, n)
	for i := range gains {
		gains[i] = Point{1, 1}
	}
	rate := max(50, float32(n)/exaggeration)
	const block = 64
	for step := range earlySteps + lateSteps {
		err := each(ctx, (n+block-1)/block, func() func(int) {
			return func(b int) {
				for i := b * block; i < min(n, (b+1)*block); i++ {
					p := &pushes[i]
					p.x, p.y, p.sum = push(xs, ys, xs[i], ys[i])
				}
			}
		})
		if err != nil {
			return nil, err
		}
		total := 0.0
		for i := range pushes {
			total += float64(pushes[i].sum) - 1 // less itself
		}
		over := float32(1 / max(total, 1e-9))
		exaggerated, momentum := float32(separation), float32(0.8)
		if step < earlySteps {
			exaggerated, momentum = exaggeration, 0.5
		}
		for i := range n {
			gx, gy := -float32(over*pushes[i].x), -float32(over*pushes[i].y)
			for _, e := range edges[i] {
				dx, dy := xs[i]-xs[e.to], ys[i]-ys[e.to]
				w := float32(exaggerated*e.weight) / (1 + float32(dx*dx) + float32(dy*dy))
				gx += float32(w * dx)
				gy += float32(w * dy)
			}
			moves[i].X = move(moves[i].X, 4*gx, &gains[i].X, momentum, rate)
			moves[i].Y = move(moves[i].Y, 4*gy, &gains[i].Y, momentum, rate)
		}
		for i := range n { // at once, so that none sees another's next place
			xs[i] += moves[i].X
			ys[i] += moves[i].Y
		}
	}
	return spread(xs, ys), nil
}

// push sums what all landmarks push one at (x, y) away with.
func push(xs, ys []float32, x, y float32) (px, py, sum float32) {
	ys = ys[:len(xs)]
	for j, ox := range xs {
		dx, dy := x-ox, y-ys[j]
		q := 1 / (1 + float32(dx*dx) + float32(dy*dy))
		sum += q
		q *= q
		px += float32(q * dx)
		py += float32(q * dy)
	}
	return px, py, sum
}

// move is the next move in one direction; its gain grows while it keeps on
// that way.
func move(before, slope float32, gain *float32, momentum, rate float32) float32 {
	if slope > 0 == (before > 0) {
		*gain = max(0.01, *gain*0.8)
	} else {
		*gain += 0.2
	}
	return float32(momentum*before) - float32(rate*float32(*gain*slope))
}

// edges are the landmarks' affinities: the same both ways, all together 1.
func (l *Layout) edges(ctx context.Context) ([][]edge, error) {
	n := len(l.at)
	rows := make([][]float32, n)
	for i := range rows {
		rows[i] = l.landmarks[i*l.dimension:][:l.dimension]
	}
	neighbours := min(n-1, 3*perplexity)
	out := make([][]edge, n)
	err := l.near(ctx, rows, neighbours+1, func(i int, best []neighbour) {
		list := make([]edge, 0, len(best))
		for _, b := range best {
			if int(b.landmark) != i && len(list) < neighbours {
				list = append(list, edge{b.landmark, b.square})
			}
		}
		calibrate(list, min(perplexity, float64(len(list))*0.6+0.5))
		out[i] = list
	})
	if err != nil {
		return nil, err
	}
	for i, list := range out {
		for _, e := range list[:min(len(list), neighbours)] {
			// The other way round; what is appended is not walked over.
			out[e.to] = append(out[e.to], edge{uint32(i), e.weight})
		}
	}
	for i, list := range out {
		slices.SortStableFunc(list, func(a, b edge) int { return cmp.Compare(a.to, b.to) })
		merged := list[:0]
		for _, e := range list {
			if m := len(merged); m > 0 && merged[m-1].to == e.to {
				merged[m-1].weight += e.weight
			} else {
				merged = append(merged, e)
			}
		}
		for j := range merged {
			merged[j].weight /= float32(2 * n)
		}
		out[i] = merged
	}
	return out, nil
}

// calibrate turns squares of distances into weights that sum to 1 and are
// spread over about so many of them.
func calibrate(list []edge, wanted float64) {
	least := float32(math.Inf(1))
	for _, e := range list {
		least = min(least, e.weight)
	}
	weights := make([]float64, len(list))
	low, high, beta := 0.0, math.Inf(1), 1.0
	for range 60 {
		sum, entropy := 0.0, 0.0
		for i, e := range list {
			d := float64(e.weight - least)
			weights[i] = math.Exp(-beta * d)
			sum += weights[i]
			entropy += float64(weights[i] * beta * d)
		}
		entropy = entropy/sum + math.Log(sum)
		for i := range weights {
			weights[i] /= sum
		}
		if off := entropy - math.Log(wanted); math.Abs(off) < 1e-4 {
			break
		} else if off > 0 {
			low = beta
			beta = min(2*beta, (beta+high)/2)
		} else {
			high, beta = beta, (beta+low)/2
		}
	}
	for i := range list {
		list[i].weight = float32(weights[i])
	}
}

// mainDirections are the landmarks along the two directions in which they are
// spread most, scaled to be small.
func (l *Layout) mainDirections() (xs, ys []float32) {
	n, d := len(l.at), l.dimension
	mean := make([]float32, d)
	for i := range n {
		simd.Axpy(1/float32(n), l.landmarks[i*d:][:d], mean)
	}
	var found [][]float32
	along := func(v []float32) []float32 {
		out := make([]float32, n)
		shift := simd.Dot(mean, v)
		for i := range out {
			out[i] = simd.Dot(l.landmarks[i*d:][:d], v) - shift
		}
		return out
	}
	for k := range 2 {
		v := make([]float32, d)
		for i := range v { // any beginning will do that is not at right angles to it
			v[i] = float32(1 + (i*7+k*3)%5)
		}
		for range 50 {
			for _, f := range found {
				simd.Axpy(-simd.Dot(v, f), f, v)
			}
			norm := float32(math.Sqrt(float64(simd.Dot(v, v))))
			if norm == 0 {
				break
			}
			for i := range v {
				v[i] /= norm
			}
			next := make([]float32, d)
			sum := float32(0)
			for i, a := range along(v) {
				simd.Axpy(a, l.landmarks[i*d:][:d], next)
				sum += a
			}
			simd.Axpy(-sum, mean, next)
			v = next
		}
		for _, f := range found {
			simd.Axpy(-simd.Dot(v, f), f, v)
		}
		if norm := float32(math.Sqrt(float64(simd.Dot(v, v)))); norm > 0 {
			for i := range v {
				v[i] /= norm
			}
		}
		found = append(found, v)
	}
	xs, ys = along(found[0]), along(found[1])
	square := float32(0)
	for _, x := range xs {
		square += x * x
	}
	scale := float32(1e-3)
	if square > 0 {
		scale /= float32(math.Sqrt(float64(square) / float64(n)))
	}
	for i := range xs {
		xs[i] *= scale
		// A little apart, or equal ones would push each other nowhere.
		ys[i] = ys[i]*scale + float32(i%101)*1e-7
	}
	return xs, ys
}

// spread fits the landmarks into the plane.
func spread(xs, ys []float32) []Point {
	out := make([]Point, len(xs))
	if len(out) == 0 {
		return out
	}
	left, right, top, bottom := slices.Min(xs), slices.Max(xs), slices.Min(ys), slices.Max(ys)
	size := max(right-left, bottom-top)
	if size <= 0 {
		size = 1
	}
	for i := range out {
		out[i] = Point{
			0.5 + (xs[i]-(left+right)/2)/size*(1-2*margin),
			0.5 + (ys[i]-(top+bottom)/2)/size*(1-2*margin),
		}
	}
	return out
}
