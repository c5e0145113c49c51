package lexical

import "fmt"

// rebuild fills the slots of a dictionary whose text and ends were read.
func (d *dictionary) rebuild() error {
	end := uint32(0)
	for id, e := range d.ends {
		if e < end || int(e) > len(d.text) {
			return fmt.Errorf("lexical: %w: term %d ends at byte %d", ErrSnapshot, id, e)
		}
		end = e
	}
	if int(end) != len(d.text) {
		return fmt.Errorf("lexical: %w: %d bytes of terms, not %d", ErrSnapshot, len(d.text), end)
	}
	slots := len(d.slots)
	for full(len(d.ends), slots) {
		slots *= 2
	}
	d.index(slots)
	return nil
}

// verify checks what a snapshot holds as far as searching relies on it: that
// no place lies outside of what it is a place in, and that what is said to
// ascend does. It sets what a snapshot leaves to be counted.
func (ix *Index) verify() error {
	df := make([]uint32, len(ix.df))
	before := int64(-1)
	deleted := 0
	for i, p := range ix.view.parts {
		if int64(p.first) <= before || int64(p.lastNumber()) > ix.last {
			return fmt.Errorf("lexical: %w: part %d begins with document %d after %d", ErrSnapshot, i, p.first, before)
		}
		before = int64(p.lastNumber())
		if err := p.verify(df); err != nil {
			return fmt.Errorf("lexical: %w: part %d: %w", ErrSnapshot, i, err)
		}
		var sum uint64
		for doc, l := range p.lengths {
			sum += uint64(l)
			if p.dead == nil || !p.dead.has(uint32(doc)) {
				ix.view.length += uint64(l)
			}
		}
		p.average = float64(sum) / float64(p.len())
		ix.view.docs += p.len() - p.deleted
		deleted += p.deleted
	}
	for id, n := range ix.df {
		if n > df[id] || deleted == 0 && n != df[id] {
			return fmt.Errorf("lexical: %w: term %d in %d documents, not %d", ErrSnapshot, id, n, df[id])
		}
	}
	return nil
}

// verify checks a part and adds to df how many of its documents have each
// term.
func (p *part) verify(df []uint32) error {
	for i := 1; i < len(p.numbers); i++ {
		if p.numbers[i] <= p.numbers[i-1] {
			return fmt.Errorf("document %d after %d", p.numbers[i], p.numbers[i-1])
		}
	}
	if p.dead != nil {
		if len(p.dead) != (p.len()+63)/64 || p.len()&63 != 0 && p.dead[len(p.dead)-1]>>(p.len()&63) != 0 {
			return fmt.Errorf("%d words for %d deleted documents", len(p.dead), p.len())
		}
	}
	if len(p.starts) != len(p.terms)+1 || p.starts[0] != 0 || int(p.starts[len(p.terms)]) != len(p.blocks) {
		return fmt.Errorf("%d terms, %d starts, %d blocks", len(p.terms), len(p.starts), len(p.blocks))
	}
	for i, term := range p.terms {
		from, to := p.starts[i], p.starts[i+1]
		if int(term) >= len(df) || i > 0 && term <= p.terms[i-1] || from >= to || int(to) > len(p.blocks) {
			return fmt.Errorf("term %d with blocks %d to %d", term, from, to)
		}
		list := p.blocks[from:to]
		for j := range list {
			if err := p.verifyBlock(list, j); err != nil {
				return fmt.Errorf("term %d: %w", term, err)
			}
		}
		df[term] += uint32(documents(list))
	}
	return nil
}

func (s *segment) verifyBlock(list []block, i int) error {
	b := list[i]
	n := b.len()
	if i < len(list)-1 && n != blockSize || b.docBits() > 32 || b.tfBits() > 32 ||
		int(b.off)+packedLen(n, b.docBits())+packedLen(n, b.tfBits())+packPad > len(s.data) {
		return fmt.Errorf("block %+v in %d bytes", b, len(s.data))
	}
	var docs [blockSize]uint32
	before := int64(-1)
	if i > 0 {
		before = int64(list[i-1].last)
	}
	for _, d := range s.docs(docs[:], list, i) {
		if int64(d) <= before {
			return fmt.Errorf("document %d after %d", d, before)
		}
		before = int64(d)
	}
	if before != int64(b.last) || before >= int64(s.len()) {
		return fmt.Errorf("block ends with document %d, not %d", before, b.last)
	}
	return nil
}
