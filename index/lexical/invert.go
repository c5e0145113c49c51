package lexical

import (
	"math"
	"slices"
)

// posting is a term's frequency in a document, as it comes out of a text.
type posting struct{ term, doc, tf uint32 }

// maxScratch is how many postings an index keeps room for between batches,
// 12 bytes each.
const maxScratch = 1 << 20

// inverter turns documents into postings ordered by term.
type inverter struct {
	places   []uint32 // per term, where it is in the postings of the document at hand, if it is there
	postings []posting
}

// read appends the postings of a document, terms in order of first sight, and
// returns its length. number gives each term its number.
func (v *inverter) read(doc uint32, d *Doc, f frequencies, number func(term string) uint32) (length uint32) {
	begin := len(v.postings)
	var sum uint64
	for _, field := range [...]struct {
		terms []string
		units uint32
	}{{d.Title, f.title}, {d.Body, f.body}} {
		for _, t := range field.terms {
			id := number(t)
			if int(id) >= len(v.places) {
				v.places = append(v.places, make([]uint32, int(id)+1-len(v.places)+len(v.places)/4)...)
			}
			p := int(v.places[id])
			if p < begin || p >= len(v.postings) || v.postings[p].term != id {
				p = len(v.postings)
				v.places[id] = uint32(p)
				v.postings = append(v.postings, posting{term: id, doc: doc})
			}
			v.postings[p].tf = add(v.postings[p].tf, field.units)
		}
		sum += uint64(len(field.terms)) * uint64(field.units)
	}
	return uint32(min(sum, math.MaxUint32))
}

// add is a sum that stops at the greatest number.
func add(a, b uint32) uint32 {
	if a+b < a {
		return math.MaxUint32
	}
	return a + b
}

// lists calls yield with each term's postings, terms ascending. The slices
// are valid until it returns.
func (v *inverter) lists(yield func(term uint32, docs, tfs []uint32)) {
	// A counting sort by term keeps the documents in order. The counts take
	// the place of places.
	counts := v.places
	for _, p := range v.postings {
		counts[p.term] = 0
	}
	var terms []uint32
	for _, p := range v.postings {
		if counts[p.term] == 0 {
			terms = append(terms, p.term)
		}
		counts[p.term]++
	}
	slices.Sort(terms)
	at := uint32(0)
	for _, t := range terms {
		n := counts[t]
		counts[t] = at
		at += n
	}
	docs := make([]uint32, len(v.postings))
	tfs := make([]uint32, len(v.postings))
	for _, p := range v.postings {
		i := counts[p.term]
		counts[p.term]++
		docs[i], tfs[i] = p.doc, p.tf
	}
	begin := uint32(0)
	for _, t := range terms {
		end := counts[t]
		yield(t, docs[begin:end], tfs[begin:end])
		begin = end
	}
}
