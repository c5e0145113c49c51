package lexical

import (
	"encoding/binary"
	"fmt"
	"math"
)

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
		for doc, l := range p.lengths {
			if p.dead == nil || !p.dead.has(uint32(doc)) {
				ix.view.length += uint64(l)
			}
		}
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
	if err := p.verifyDense(df); err != nil {
		return err
	}
	return p.verifySparse(df)
}

func (s *segment) verifyDense(df []uint32) error {
	d, windows := &s.dense, s.windows()
	if len(d.levels) != len(d.terms) || len(d.chunks) != len(d.terms)*windows {
		return fmt.Errorf("%d terms, %d levels, %d chunks", len(d.terms), len(d.levels), len(d.chunks))
	}
	postings, tfs := 0, 0
	for i, term := range d.terms {
		if int(term) >= len(df) || i > 0 && term <= d.terms[i-1] || d.levels[i].least > d.levels[i].greatest {
			return fmt.Errorf("frequent term %d", term)
		}
		for w, c := range d.list(i, windows) {
			if int(c.postings) != postings || int(c.tfs) != tfs || c.width() > 31 {
				return fmt.Errorf("term %d: chunk %+v at posting %d, byte %d", term, c, postings, tfs)
			}
			postings += c.len()
			tfs += packedLen(c.len(), c.width())
			if postings > len(d.postings) || tfs+packPad > len(d.tfs) {
				return fmt.Errorf("term %d: chunk %+v in %d postings, %d bytes", term, c, len(d.postings), len(d.tfs))
			}
			before := -1
			for _, p := range d.in(c) {
				if place := int(p >> levelBits); place <= before || uint(p&(levelCount-1)) > c.greatest() {
					return fmt.Errorf("term %d: posting %#x", term, p)
				} else {
					before = place
				}
			}
			if before+w<<windowBits >= s.len() {
				return fmt.Errorf("term %d: document %d of %d", term, before+w<<windowBits, s.len())
			}
			df[term] += uint32(c.len())
		}
	}
	if postings != len(d.postings) || tfs+packPad != len(d.tfs) {
		return fmt.Errorf("%d postings and %d bytes too many", len(d.postings)-postings, len(d.tfs)-tfs-packPad)
	}
	return nil
}

func (s *segment) verifySparse(df []uint32) error {
	r := &s.sparse
	if len(r.ends) != len(r.terms) || len(r.ends) == 0 && len(r.data) > 0 || len(r.ends) > 0 && int(r.ends[len(r.ends)-1]) != len(r.data) {
		return fmt.Errorf("%d rare terms, %d ends, %d bytes", len(r.terms), len(r.ends), len(r.data))
	}
	start := uint32(0)
	for i, term := range r.terms {
		if int(term) >= len(df) || i > 0 && term <= r.terms[i-1] || r.ends[i] <= start || int(r.ends[i]) > len(r.data) {
			return fmt.Errorf("rare term %d", term)
		}
		list := r.data[start:r.ends[i]]
		start = r.ends[i]
		doc := int64(-1)
		for len(list) > 0 {
			gap, n := binary.Uvarint(list)
			if n <= 0 || gap>>1 >= uint64(int64(s.len())-doc-1) {
				return fmt.Errorf("term %d: after document %d of %d", term, doc, s.len())
			}
			list = list[n:]
			doc += int64(gap>>1) + 1
			if gap&1 != 0 {
				tf, n := binary.Uvarint(list)
				if n <= 0 || tf > math.MaxUint32-2 {
					return fmt.Errorf("term %d: frequency in document %d", term, doc)
				}
				list = list[n:]
			}
			df[term]++
		}
	}
	return nil
}
