package vector

import "math"

// near gathers the documents that can be among the k nearest, going by scores
// of which it is only known how far off they can be.
type near struct {
	best  top // the k best scores so far
	kept  []candidate
	limit int // kept is sifted when it is this long
}

// candidate is a document and the most that its cosine can be.
type candidate struct {
	Scored
	most float32
}

func (n *near) reset(k int) {
	n.best.reset(k)
	n.kept = n.kept[:0]
	n.limit = 4*k + 1024
}

// floor is what a document's cosine must be able to reach.
func (n *near) floor() float32 {
	if n.best.full() {
		return n.best.worst().Score
	}
	return float32(math.Inf(-1))
}

// add takes in a document whose cosine is at most score+margin.
func (n *near) add(doc uint32, score, margin float32) {
	n.take(candidate{Scored{doc, score}, score + margin})
}

func (n *near) take(c candidate) {
	if c.most < n.floor() {
		return
	}
	n.best.push(c.Scored)
	if n.kept = append(n.kept, c); len(n.kept) >= n.limit {
		n.limit = max(n.limit, 2*len(n.candidates()))
	}
}

// candidates drops what has fallen behind and returns the rest.
func (n *near) candidates() []candidate {
	floor, rest := n.floor(), n.kept[:0]
	for _, c := range n.kept {
		if c.most >= floor {
			rest = append(rest, c)
		}
	}
	n.kept = rest
	return rest
}

// merge takes in what another near of the same k gathered.
func (n *near) merge(other *near) {
	for _, c := range other.candidates() {
		n.take(c)
	}
}
