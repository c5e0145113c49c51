package filter

import (
	"strings"

	"github.com/RoaringBitmap/roaring/v2"
)

// values is a dictionary of one field's values, with the papers of each value
// and the values of each paper. Values stay when their last paper goes.
//
// A facet reads text, at, count and flat without a lock, in the state that
// they had under one: entries are only ever added behind the ends, or set for
// a doc number that was not live before.
type values struct {
	ids   map[string]uint32
	text  []string  // by value
	docs  []posting // by value
	at    []uint32  // by doc number: where its values begin in flat
	count []uint16  // by doc number
	flat  []uint32
}

// add notes a paper's values, each once, and returns how many of them are new
// to the dictionary; those are the last ones of text.
func (v *values) add(doc uint32, list []string) (fresh int) {
	v.at = extend(v.at, doc)
	v.count = extend(v.count, doc)
	v.at[doc] = uint32(len(v.flat))
	for _, s := range list {
		if s == "" {
			continue
		}
		id, ok := v.ids[s]
		if !ok {
			if v.ids == nil {
				v.ids = make(map[string]uint32)
			}
			id = uint32(len(v.text))
			s = strings.Clone(s) // the paper's strings share one large text
			v.ids[s] = id
			v.text = append(v.text, s)
			v.docs = append(v.docs, posting{})
			fresh++
		}
		if v.docs[id].add(doc) {
			v.flat = append(v.flat, id)
		}
	}
	v.count[doc] = uint16(len(v.flat) - int(v.at[doc]))
	return fresh
}

func (v *values) remove(doc uint32) {
	if int(doc) >= len(v.at) {
		return
	}
	for _, id := range v.flat[v.at[doc]:][:v.count[doc]] {
		v.docs[id].remove(doc)
	}
}

// posting is the papers of one value: most authors have a few, most
// categories many.
type posting struct {
	few  []uint32
	many *roaring.Bitmap
}

const maxFew = 256

// add reports whether doc is new. A doc that is not can only be the last one
// added.
func (p *posting) add(doc uint32) bool {
	if p.many != nil {
		return p.many.CheckedAdd(doc)
	}
	if n := len(p.few); n > 0 && p.few[n-1] == doc {
		return false
	}
	p.few = append(p.few, doc)
	if len(p.few) > maxFew {
		p.many = roaring.BitmapOf(p.few...)
		p.few = nil
	}
	return true
}

func (p *posting) remove(doc uint32) {
	if p.many != nil {
		p.many.Remove(doc)
		return
	}
	for i, d := range p.few {
		if d == doc {
			p.few = append(p.few[:i], p.few[i+1:]...)
			return
		}
	}
}

func (p *posting) addTo(s set) {
	for _, doc := range p.few {
		s.add(doc)
	}
	if p.many == nil {
		return
	}
	var buf [512]uint32
	for it := p.many.ManyIterator(); ; {
		n := it.NextMany(buf[:])
		if n == 0 {
			return
		}
		for _, doc := range buf[:n] {
			s.add(doc)
		}
	}
}
