package lexical

import "slices"

// best keeps the k best of the documents pushed, best being the higher score
// and, of equal scores, the lower number. Each is one uint64, greater for the
// better: the score, then the number's complement.
type best struct {
	heap []uint64 // once full, the least is first
	k    int
}

func (b *best) reset(k int) { b.heap, b.k = b.heap[:0], k }

// missing is how many more there must be before the first is turned away.
func (b *best) missing() int { return b.k - len(b.heap) }

// least is the least score among the best; 0 while some are missing.
func (b *best) least() uint32 {
	if b.missing() > 0 {
		return 0
	}
	return uint32(b.heap[0] >> 32)
}

// need is the least score that a document with a greater number than all
// before must have to be among the best.
func (b *best) need() uint32 {
	if b.missing() > 0 {
		return 0
	}
	return b.least() + 1
}

func (b *best) push(score, number uint32) {
	key := uint64(score)<<32 | uint64(^number)
	if len(b.heap) < b.k {
		b.heap = append(b.heap, key)
		if len(b.heap) == b.k {
			for i := b.k/2 - 1; i >= 0; i-- {
				b.sink(i)
			}
		}
		return
	}
	if key > b.heap[0] {
		b.heap[0] = key
		b.sink(0)
	}
}

func (b *best) sink(i int) {
	h := b.heap
	for {
		child := 2*i + 1
		if child >= len(h) {
			return
		}
		if child+1 < len(h) && h[child+1] < h[child] {
			child++
		}
		if h[i] <= h[child] {
			return
		}
		h[i], h[child] = h[child], h[i]
		i = child
	}
}

// appendTo appends the documents to dst, the best first, and leaves b empty.
func (b *best) appendTo(dst []Scored, score func(units uint32) float64) []Scored {
	slices.Sort(b.heap)
	dst = slices.Grow(dst, len(b.heap))
	for _, key := range slices.Backward(b.heap) {
		dst = append(dst, Scored{Number: ^uint32(key), Score: score(uint32(key >> 32))})
	}
	b.heap = b.heap[:0]
	return dst
}
