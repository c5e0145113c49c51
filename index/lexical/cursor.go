package lexical

// cursor goes through a term's postings in one segment.
type cursor struct {
	seg    *segment
	list   []block
	weight float32
	// perBound times a block's bound is a bound of what the term adds there.
	perBound float64
	limit    uint32 // bound over the window at hand

	at   int // the block at hand: the first that may reach into the window
	read int // the block whose documents are in docs, -1 when none
	pos  int // in docs: postings before it are before the window
	n    int // number of docs
	docs [blockSize]uint32
}

// open begins at the term's first posting. average is the average length that
// scores are made with now. A saturation made with average a is at most
// max(1, average/a) times as great with the new average, so bounds hold; the
// millionths are for rounding.
func (c *cursor) open(s *segment, list []block, weight float32, average float64) {
	c.seg, c.list, c.weight = s, list, weight
	moved := 1.0
	if s.average > 0 {
		moved = max(1, average/s.average)
	}
	c.perBound = float64(weight) * moved * (1 + 4e-6) / boundMax
	c.at, c.read, c.pos, c.n = 0, -1, 0, 0
}

// bound is at least what any posting of a block adds to a score.
func (c *cursor) bound(b block) uint32 {
	return uint32(min(c.perBound*float64(b.bound()), float64(c.weight)*(1+4e-6))) + 1
}

// enter moves to the window [lo, hi) and sets limit; 0 when the term has no
// posting there. It returns at most how many it has.
func (c *cursor) enter(lo, hi uint32) (postings int) {
	c.limit = 0
	for c.at < len(c.list) && c.list[c.at].last < lo {
		c.at++
	}
	if c.at == len(c.list) {
		return 0
	}
	if c.read == c.at {
		for c.docs[c.pos] < lo {
			c.pos++
		}
		if c.docs[c.pos] >= hi {
			return 0
		}
		postings -= c.pos
	}
	for i := c.at; i < len(c.list); i++ {
		if i > 0 && c.list[i-1].last >= hi-1 {
			break
		}
		c.limit = max(c.limit, c.bound(c.list[i]))
		postings += c.list[i].len()
	}
	return postings
}

// load reads the documents of the block at hand.
func (c *cursor) load() {
	if c.read == c.at {
		return
	}
	c.n = len(c.seg.docs(c.docs[:], c.list, c.at))
	c.read, c.pos = c.at, 0
}

// scan adds what the term contributes to the documents of the window.
func (c *cursor) scan(w *window, sat saturation) {
	var tfs [blockSize]uint32
	lengths := c.seg.lengths
	for c.at < len(c.list) && (c.at == 0 || c.list[c.at-1].last < w.hi-1) {
		c.load()
		freqs := c.seg.frequencies(tfs[:], c.list[c.at])
		docs := c.docs[:c.n]
		i := c.pos
		for i < len(docs) && docs[i] < w.lo {
			i++
		}
		for ; i < len(docs) && docs[i] < w.hi; i++ {
			doc := docs[i]
			w.add(doc-w.lo, contribution(c.weight, sat.of(freqs[i]+1, lengths[doc])))
		}
		if i < len(docs) {
			c.pos = i
			return
		}
		c.at++
	}
}

// probe adds what the term contributes to the candidates, places in the
// window in ascending order. rest bounds what terms probed later add; where a
// candidate cannot reach need, its block is not read.
func (c *cursor) probe(w *window, sat saturation, rest, need uint32) {
	for _, place := range w.candidates {
		doc := w.lo + uint32(place)
		for c.at < len(c.list) && c.list[c.at].last < doc {
			c.at++
		}
		if c.at == len(c.list) {
			return
		}
		b := c.list[c.at]
		if c.read != c.at {
			if w.sums[place]+c.bound(b)+rest < need {
				continue
			}
			c.load()
		}
		for c.docs[c.pos] < doc {
			c.pos++
		}
		if c.docs[c.pos] == doc {
			tf := packed(c.seg.frequencyData(b), c.pos, b.tfBits()) + 1
			w.add(uint32(place), contribution(c.weight, sat.of(tf, c.seg.lengths[doc])))
		}
	}
}

// contribution is what the term adds to a document's score. Documents ascend
// from call to call.
func (c *cursor) contribution(doc uint32, sat saturation) uint32 {
	for c.at < len(c.list) && c.list[c.at].last < doc {
		c.at++
	}
	if c.at == len(c.list) {
		return 0
	}
	c.load()
	for c.docs[c.pos] < doc {
		c.pos++
	}
	if c.docs[c.pos] != doc {
		return 0
	}
	b := c.list[c.at]
	tf := packed(c.seg.frequencyData(b), c.pos, b.tfBits()) + 1
	return contribution(c.weight, sat.of(tf, c.seg.lengths[doc]))
}
