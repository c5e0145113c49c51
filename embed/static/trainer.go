package static

import (
	"math"
	"runtime"
	"sync"
	"sync/atomic"

	"kindred/internal/simd"
)

// trainer holds the words' vectors in float32 while they are learned.
//
// A step sets a batch of pairs (q_i, x_i) against each other: the loss is
// that of telling, by the cosines s_ij = q_i.x_j over the temperature, which x
// belongs to q_i and which q to x_j (InfoNCE both ways: van den Oord et al.
// 2018, Radford et al. 2021). Words are moved by Adagrad (Duchi et al. 2011)
// with one accumulator a word.
//
// Work is shared out so that every number is summed by one goroutine in one
// order; so the result is the same however many there are.
type trainer struct {
	*lesson
	recipe
	dim, batch, steps int
	randomSeed        uint64

	table   []float32 // a row a word
	squares []float32 // a word's accumulated squared gradient

	papers  []int32  // of this step's pairs
	bags    [2][]bag // the two texts of each pair
	vectors [2][]float32
	grads   [2][]float32
	cosines []float32 // batch x batch, made into the loss's derivatives in place
	rowSum  []float32
	colSum  []float32 // half of its inverse
	colPart []float32 // per block of rows
	packed  [2]simd.Packed
}

// bag is one text of a pair.
type bag struct {
	words  []int32
	length float32 // of the sum of its words' vectors; 0: the text is empty
	square float32 // mean square of its gradient
}

// shards is how many parts the words are dealt into when they are moved; a
// power of two.
const shards = 16

// startSquare is small against a first gradient's mean square.
const startSquare = 1e-6

func newTrainer(l *lesson, dim int, o LearnOptions) *trainer {
	b := o.Batch
	t := &trainer{
		lesson: l, recipe: o.recipe, dim: dim, batch: b, steps: o.Steps, randomSeed: o.Seed,
		table:   make([]float32, len(l.words)*dim),
		squares: make([]float32, len(l.words)),
		papers:  make([]int32, b),
		cosines: make([]float32, b*b),
		rowSum:  make([]float32, b),
		colSum:  make([]float32, b),
		colPart: make([]float32, simd.Blocks(b)*b),
	}
	for side := range 2 {
		t.bags[side] = make([]bag, b)
		t.vectors[side] = make([]float32, b*dim)
		t.grads[side] = make([]float32, b*dim)
	}
	return t
}

// start fills the table: with what the base says of the words, known or not;
// without a base at random, rarer words longer.
func (t *trainer) start(base *Model) {
	var d dice
	for w, term := range t.words {
		t.squares[w] = startSquare
		row := t.row(int32(w))
		if base != nil {
			base.add(row, []string{term}, 1)
			continue
		}
		d.seed(t.randomSeed, -1, w)
		length := .3 * math.Log(float64(len(t.lesson.papers)+1)/(float64(t.papersW[w])+.5))
		d.direction(row, float32(max(length, .1)))
	}
}

// direction fills v with a random vector of the given length.
func (d *dice) direction(v []float32, length float32) {
	var sum float64
	for i := range v {
		// Twelve uniform numbers make a normal one, near enough.
		var x float64
		for range 3 {
			bits := d.Uint64()
			x += float64(bits&0xffff) + float64(bits>>16&0xffff) + float64(bits>>32&0xffff) + float64(bits>>48)
		}
		x = x/65536 - 6
		v[i] = float32(x)
		sum += x * x
	}
	scale := length / float32(math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
}

func (t *trainer) row(w int32) []float32 { return t.table[int(w)*t.dim:][:t.dim] }

// step draws a batch, moves the words' vectors and returns the mean loss.
func (t *trainer) step(n int) float64 {
	var d dice
	d.seed(t.randomSeed, n, 1<<23)
	t.draw(&d, n, t.hard, t.papers)
	inParallel(t.batch, func(i int) { t.forward(n, i) })

	q, x := simd.Dense(t.vectors[0], t.batch, t.dim), simd.Dense(t.vectors[1], t.batch, t.dim)
	s := simd.Dense(t.cosines, t.batch, t.batch)
	blocks := simd.Blocks(t.batch)
	t.packed[0].Pack(x.T())
	inParallel(blocks, func(block int) {
		simd.MulBlock(t.cosines, q, &t.packed[0], block)
		t.exponentials(block)
	})
	loss := t.sumColumns()
	t.packed[0].Pack(x)
	t.packed[1].Pack(q)
	inParallel(blocks, func(block int) {
		t.derivatives(block)
		simd.MulBlock(t.grads[0], s, &t.packed[0], block)
	})
	inParallel(blocks, func(block int) { simd.MulBlock(t.grads[1], s.T(), &t.packed[1], block) })
	inParallel(t.batch, t.backward)

	rate := t.rateAt(n)
	inParallel(shards, func(shard int) { t.apply(shard, rate) })
	return loss
}

// rateAt rises over the first steps and then falls to 2%.
func (t *trainer) rateAt(n int) float32 {
	warm := min(200, t.steps/4+1)
	r := t.rate * (1 - .98*float64(n)/float64(t.steps))
	if n < warm {
		r *= float64(n+1) / float64(warm)
	}
	return float32(r)
}

func (t *trainer) forward(step, i int) {
	var d dice
	d.seed(t.randomSeed, step, i)
	a, b := &t.bags[0][i], &t.bags[1][i]
	a.words, b.words = t.pair(&d, int(t.papers[i]), t.drop, a.words[:0], b.words[:0])
	for side := range 2 {
		g, v := &t.bags[side][i], t.vectors[side][i*t.dim:][:t.dim]
		clear(v)
		for _, w := range g.words {
			simd.Axpy(1, t.row(w), v)
		}
		g.length = float32(math.Sqrt(float64(simd.Dot(v, v))))
		if g.length > 1e-12 {
			scale(v, 1/g.length)
		} else {
			g.length = 0
			clear(v)
		}
	}
}

// exponentials replaces a block's cosines s by exp((s-1)/temperature), which
// cannot overflow, and sums its rows and columns.
func (t *trainer) exponentials(block int) {
	part := t.colPart[block*t.batch:][:t.batch]
	clear(part)
	inverse := float32(1 / t.temperature)
	for i := block * simd.BlockRows; i < min((block+1)*simd.BlockRows, t.batch); i++ {
		row := t.cosines[i*t.batch:][:t.batch]
		t.rowSum[i] = simd.Exp(row, inverse, -inverse)
		simd.Axpy(1, row, part)
	}
}

// sumColumns makes colSum half of each column's inverse sum, and returns the
// mean loss.
func (t *trainer) sumColumns() float64 {
	clear(t.colSum)
	for block := range simd.Blocks(t.batch) {
		simd.Axpy(1, t.colPart[block*t.batch:][:t.batch], t.colSum)
	}
	var loss float64
	for i := range t.colSum {
		own := math.Log(float64(t.cosines[i*t.batch+i]))
		loss += .5 * (math.Log(float64(t.rowSum[i])) + math.Log(float64(t.colSum[i])) - 2*own)
		t.colSum[i] = .5 / t.colSum[i]
	}
	return loss / float64(t.batch)
}

// derivatives makes a block's exponentials the loss's derivatives by the
// cosines, but for the factor of 1/temperature, which Adagrad takes out again.
func (t *trainer) derivatives(block int) {
	for i := block * simd.BlockRows; i < min((block+1)*simd.BlockRows, t.batch); i++ {
		row := t.cosines[i*t.batch:][:t.batch]
		simd.Scale(row, .5/t.rowSum[i], t.colSum)
		row[i]--
	}
}

// backward takes the gradients of a pair's unit vectors back through the
// division by the length, to the sums of the words' vectors.
func (t *trainer) backward(i int) {
	for side := range 2 {
		b := &t.bags[side][i]
		if b.length == 0 {
			b.words = b.words[:0]
			continue
		}
		v, g := t.vectors[side][i*t.dim:][:t.dim], t.grads[side][i*t.dim:][:t.dim]
		simd.Axpy(-simd.Dot(v, g), v, g)
		scale(g, 1/(b.length*float32(t.temperature)))
		b.square = simd.Dot(g, g) / float32(t.dim)
	}
}

// apply moves the words of one shard, in the order of the pairs.
func (t *trainer) apply(shard int, rate float32) {
	for i := range t.batch {
		for side := range 2 {
			b := &t.bags[side][i]
			g := t.grads[side][i*t.dim:][:t.dim]
			for _, w := range b.words {
				if int(w)&(shards-1) != shard {
					continue
				}
				t.squares[w] += b.square
				simd.Axpy(-rate/float32(math.Sqrt(float64(t.squares[w]))), g, t.row(w))
			}
		}
	}
}

func scale(v []float32, by float32) {
	for i := range v {
		v[i] *= by
	}
}

// inParallel calls do for 0 to n-1 on all cores, in no particular order.
func inParallel(n int, do func(i int)) {
	chunk := max(1, n/64)
	var next atomic.Int64
	work := func() {
		for {
			from := int(next.Add(int64(chunk))) - chunk
			if from >= n {
				return
			}
			for i := from; i < min(from+chunk, n); i++ {
				do(i)
			}
		}
	}
	var wg sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), (n+chunk-1)/chunk) - 1 {
		wg.Go(work)
	}
	work()
	wg.Wait()
}
