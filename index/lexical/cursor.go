package lexical

import "slices"

// cursor is a term of a question in one segment. It adds up bounds over a
// window, quickly, and knows what the term contributes to any document.
type cursor struct {
	weight  float32
	lengths []uint32
	most    uint32 // bound of the contributions

	// Of a dense list, whose chunks are not nil.
	dense  *dense
	chunks []chunk
	bounds [levelCount]uint32 // per level, of contributions
	coarse [levelCount]uint16 // the same for adding up in a window

	// Of a sparse list.
	docs  []uint32
	units []uint32 // per document the contribution
	pos   int      // documents before it are before the window

	// In the window at hand.
	limit    uint32 // bound of the contributions; 0 when there are none
	postings int
	chunk    chunk
}

// open returns whether the segment has the term at all. average is the average
// length that scores are made with now. A saturation made with average a is at
// most max(1, average/a) times as great with the new average, so the segment's
// levels remain bounds; the millionths are for rounding.
func (c *cursor) open(s *segment, term queryTerm, sat saturation, average float64) bool {
	c.weight, c.lengths = term.weight, s.lengths
	if at, ok := s.dense.find(term.id); ok {
		c.dense, c.chunks = &s.dense, s.dense.list(at, s.windows())
		moved := max(1, average/s.average)
		for i := range c.bounds {
			bound := min(1, moved*s.dense.levels[at].bound(i)) * float64(term.weight) * (1 + 4e-6)
			c.bounds[i] = uint32(bound) + 2
			c.coarse[i] = coarse(c.bounds[i])
		}
		c.most = c.bounds[levelCount-1]
		return true
	}
	at, ok := s.sparse.find(term.id)
	if !ok {
		return false
	}
	c.chunks, c.pos, c.most = nil, 0, 0
	c.docs, c.units = s.sparse.read(at, c.docs[:0], c.units[:0])
	for i, doc := range c.docs {
		c.units[i] = contribution(c.weight, sat.of(c.units[i], s.lengths[doc]))
		c.most = max(c.most, c.units[i])
	}
	return true
}

// enter moves on to window w, which sets limit and postings.
func (c *cursor) enter(w int) {
	c.limit, c.postings = 0, 0
	if c.chunks != nil {
		c.chunk = c.chunks[w]
		if c.postings = c.chunk.len(); c.postings > 0 {
			c.limit = c.bounds[c.chunk.greatest()]
		}
		return
	}
	lo, hi := uint32(w)<<windowBits, uint32(w+1)<<windowBits
	for c.pos < len(c.docs) && c.docs[c.pos] < lo {
		c.pos++
	}
	for i := c.pos; i < len(c.docs) && c.docs[i] < hi; i++ {
		c.limit = max(c.limit, c.units[i])
		c.postings++
	}
}

// scan adds bounds of what the term contributes to the window's documents.
func (c *cursor) scan(sums *sums) {
	if c.chunks != nil {
		of := sums.places()
		for _, p := range c.dense.in(c.chunk) {
			of[p>>levelBits] += c.coarse[p&(levelCount-1)]
		}
		return
	}
	for i, doc := range c.docs[c.pos : c.pos+c.postings] {
		sums.places()[doc&(windowSize-1)] += coarse(c.units[c.pos+i])
	}
}

// contribution is what the term adds to the score of a document in the window
// at hand, and what scan adds to its sum for it.
func (c *cursor) contribution(doc uint32, sat saturation) (exact, bound uint32) {
	if c.chunks == nil {
		i, ok := slices.BinarySearch(c.docs[c.pos:c.pos+c.postings], doc)
		if !ok {
			return 0, 0
		}
		exact = c.units[c.pos+i]
		return exact, uint32(coarse(exact)) << coarseBits
	}
	postings := c.dense.in(c.chunk)
	i := place(postings, doc&(windowSize-1))
	if i < 0 {
		return 0, 0
	}
	exact = contribution(c.weight, sat.of(c.dense.tf(c.chunk, i), c.lengths[doc]))
	return exact, uint32(c.coarse[postings[i]&(levelCount-1)]) << coarseBits
}

// contributionAt is contribution for any document; after it, windows begin
// anew.
func (c *cursor) contributionAt(doc uint32, sat saturation) (exact, bound uint32) {
	if c.chunks != nil {
		c.chunk = c.chunks[doc>>windowBits]
	} else {
		c.pos, c.postings = 0, len(c.docs)
	}
	return c.contribution(doc, sat)
}

// place returns where a document is in a chunk's postings, or -1. Places are
// spread about evenly, so it begins where the document should be.
func place(postings []uint16, want uint32) int {
	n := len(postings)
	if n == 0 {
		return -1
	}
	i := int(want) * n >> windowBits
	for uint32(postings[i]>>levelBits) < want {
		if i++; i == n {
			return -1
		}
	}
	for uint32(postings[i]>>levelBits) > want {
		if i--; i < 0 {
			return -1
		}
	}
	if uint32(postings[i]>>levelBits) == want {
		return i
	}
	return -1
}
