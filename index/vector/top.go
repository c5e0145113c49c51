package vector

import "slices"

// compare orders answers, the best first.
func compare(a, b Scored) int {
	if a.before(b) {
		return -1
	}
	if b.before(a) {
		return 1
	}
	return 0
}

// top keeps the best of what it is given, at most its capacity: a heap with
// the worst at its root.
type top struct {
	heap []Scored
	size int
}

// reset empties t for the best size documents.
func (t *top) reset(size int) { t.heap, t.size = t.heap[:0], size }

// full reports whether only better documents come in.
func (t *top) full() bool { return len(t.heap) == t.size }

// worst is the last of those kept, of which there must be one.
func (t *top) worst() Scored { return t.heap[0] }

func (t *top) push(s Scored) {
	h := t.heap
	if len(h) < t.size {
		h = append(h, s)
		i := len(h) - 1
		for i > 0 {
			parent := (i - 1) / 2
			if !h[parent].before(s) {
				break
			}
			h[i] = h[parent]
			i = parent
		}
		h[i] = s
		t.heap = h
		return
	}
	if s.before(h[0]) {
		t.replace(s)
	}
}

// replace puts s in the place of the worst.
func (t *top) replace(s Scored) {
	h, i := t.heap, 0
	for {
		child := 2*i + 1
		if child >= len(h) {
			break
		}
		if child+1 < len(h) && h[child].before(h[child+1]) {
			child++
		}
		if !s.before(h[child]) {
			break
		}
		h[i] = h[child]
		i = child
	}
	h[i] = s
}

// pop takes the worst out.
func (t *top) pop() Scored {
	worst, last := t.heap[0], t.heap[len(t.heap)-1]
	if t.heap = t.heap[:len(t.heap)-1]; len(t.heap) > 0 {
		t.replace(last)
	}
	return worst
}

// sorted returns what was kept, the best first, and leaves t unusable until
// the next reset.
func (t *top) sorted() []Scored {
	slices.SortFunc(t.heap, compare)
	return t.heap
}
