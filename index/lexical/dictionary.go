package lexical

import (
	"hash/maphash"
	"math"
)

// dictionary numbers the terms in order of first sight and keeps each term's
// bytes once. Numbers are never taken back.
type dictionary struct {
	seed  maphash.Seed
	slots []uint32 // open addressing, a power of two; a term's number + 1, 0 when free
	text  []byte   // all terms, one after the other
	ends  []uint32 // per term, where it ends in text
}

// maxText bounds the bytes of all terms together, as ends are 32 bits wide.
const maxText = math.MaxUint32

func newDictionary() dictionary {
	return dictionary{seed: maphash.MakeSeed(), slots: make([]uint32, 1<<10)}
}

func (d *dictionary) len() int { return len(d.ends) }

func (d *dictionary) memory() int64 {
	return 4*int64(cap(d.slots)) + int64(cap(d.text)) + 4*int64(cap(d.ends))
}

// term returns the bytes of a term, not to be changed.
func (d *dictionary) term(id uint32) []byte {
	start := uint32(0)
	if id > 0 {
		start = d.ends[id-1]
	}
	return d.text[start:d.ends[id]]
}

func (d *dictionary) find(term string) (id uint32, ok bool) {
	mask := uint64(len(d.slots) - 1)
	for i := maphash.String(d.seed, term) & mask; ; i = (i + 1) & mask {
		s := d.slots[i]
		if s == 0 {
			return 0, false
		}
		if string(d.term(s-1)) == term {
			return s - 1, true
		}
	}
}

// add appends a term that is not there yet.
func (d *dictionary) add(term string) uint32 {
	id := uint32(len(d.ends))
	d.text = append(d.text, term...)
	d.ends = append(d.ends, uint32(len(d.text)))
	d.place(id)
	return id
}

func (d *dictionary) place(id uint32) {
	mask := uint64(len(d.slots) - 1)
	i := maphash.Bytes(d.seed, d.term(id)) & mask
	for d.slots[i] != 0 {
		i = (i + 1) & mask
	}
	d.slots[i] = id + 1
}

// grown returns d with room for so many more terms of so many bytes. d itself
// stays usable: the copying is done before the lock that guards d is taken.
func (d *dictionary) grown(terms, bytes int) dictionary {
	g := *d
	if n := len(d.slots); full(len(d.ends)+terms, n) {
		for full(len(d.ends)+terms, n) {
			n *= 2
		}
		g.index(n)
	}
	g.text = room(d.text, bytes)
	g.ends = room(d.ends, terms)
	return g
}

// full is where looking up begins to take long.
func full(terms, slots int) bool { return terms*4 > slots*3 }

// index makes so many slots of the terms.
func (d *dictionary) index(slots int) {
	d.slots = make([]uint32, slots)
	for id := range d.ends {
		d.place(uint32(id))
	}
}

// room returns s with capacity for n more, a quarter to spare when it has to
// be copied.
func room[T any](s []T, n int) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	c := make([]T, len(s), len(s)+n+len(s)/4)
	copy(c, s)
	return c
}
