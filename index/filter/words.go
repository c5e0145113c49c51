package filter

import "strings"

// words finds names by their folded words. Names are numbered as they come.
type words struct {
	ids   map[string]uint32
	texts []string   // by word
	lead  []byte     // by word: its first byte
	short []bool     // by word: it is one byte long
	names [][]uint32 // by word: the names that have it, ascending
	ends  []uint32   // by name: where its words end in flat
	flat  []uint32   // the words of each name, in order
}

// add notes the next name.
func (x *words) add(folded string) {
	name := uint32(len(x.ends))
	for w := range strings.FieldsSeq(folded) {
		id, ok := x.ids[w]
		if !ok {
			if x.ids == nil {
				x.ids = make(map[string]uint32)
			}
			id = uint32(len(x.names))
			w = strings.Clone(w)
			x.ids[w] = id
			x.texts = append(x.texts, w)
			x.lead = append(x.lead, w[0])
			x.short = append(x.short, len(w) == 1)
			x.names = append(x.names, nil)
		}
		if list := x.names[id]; len(list) == 0 || list[len(list)-1] != name {
			x.names[id] = append(list, name)
		}
		x.flat = append(x.flat, id)
	}
	x.ends = append(x.ends, uint32(len(x.flat)))
}

// of returns the words of a name.
func (x *words) of(name uint32) []uint32 {
	from := uint32(0)
	if name > 0 {
		from = x.ends[name-1]
	}
	return x.flat[from:x.ends[name]]
}

// phrase calls fn with the names that hold want's words one after the other,
// as [paper.MatchVenue] has it.
func (x *words) phrase(want string, fn func(name uint32)) {
	var ids []uint32
	var rarest []uint32
	for w := range strings.FieldsSeq(want) {
		id, ok := x.ids[w]
		if !ok {
			return
		}
		if list := x.names[id]; ids == nil || len(list) < len(rarest) {
			rarest = list
		}
		ids = append(ids, id)
	}
	for _, name := range rarest {
		if contains(x.of(name), ids) {
			fn(name)
		}
	}
}

func contains(words, phrase []uint32) bool {
next:
	for from := 0; from+len(phrase) <= len(words); from++ {
		for i, id := range phrase {
			if words[from+i] != id {
				continue next
			}
		}
		return true
	}
	return false
}

// wanted is a word of a person's name to look for.
type wanted struct {
	id    uint32
	known bool
	lead  byte
	short bool
}

// person calls fn with the names that [paper.MatchAuthor] takes for want, some
// of them more than once.
func (x *words) person(want string, fn func(name uint32)) {
	var list []wanted
	whole := false // want has a word of more than one letter, and so must the name
	for w := range strings.FieldsSeq(want) {
		id, ok := x.ids[w]
		list = append(list, wanted{id, ok, w[0], len(w) == 1})
		whole = whole || len(w) > 1
	}
	if !whole {
		for name := range x.ends {
			if x.isPerson(uint32(name), list) {
				fn(uint32(name))
			}
		}
		return
	}
	for _, w := range list {
		if !w.known || w.short {
			continue
		}
		for _, name := range x.names[w.id] {
			if x.isPerson(name, list) {
				fn(name)
			}
		}
	}
}

// isPerson reports whether each wanted word stands in the name, or an initial
// for it on either side.
func (x *words) isPerson(name uint32, list []wanted) bool {
	words := x.of(name)
next:
	for _, w := range list {
		for _, id := range words {
			if w.known && id == w.id || x.lead[id] == w.lead && (w.short || x.short[id]) {
				continue next
			}
		}
		return false
	}
	return true
}
