package filter

import (
	"cmp"
	"slices"

	"kindred/paper"
)

// Collections returns all collections that have papers, the largest first,
// equal ones in the order of their names. It takes a millisecond for half a
// million papers.
func (x *Index) Collections() []paper.Collection {
	x.mu.RLock()
	docs, v := x.live.clone(), x.fields[collections]
	x.mu.RUnlock()
	counts := make([]paper.Collection, len(v.text))
	docs.each(func(doc uint32) {
		if int(doc) >= len(v.at) {
			return
		}
		ids := v.flat[v.at[doc]:][:v.count[doc]]
		for _, id := range ids {
			counts[id].Papers++
		}
		if len(ids) == 1 {
			counts[ids[0]].Only++
		}
	})
	list := counts[:0]
	for id, c := range counts {
		if c.Papers > 0 {
			c.Name = v.text[id]
			list = append(list, c)
		}
	}
	slices.SortFunc(list, func(a, b paper.Collection) int {
		return cmp.Or(cmp.Compare(b.Papers, a.Papers), cmp.Compare(a.Name, b.Name))
	})
	return list
}

// Members returns the papers of the collection of exactly that name, ascending.
func (x *Index) Members(name string) []uint32 {
	x.mu.RLock()
	defer x.mu.RUnlock()
	v := &x.fields[collections]
	id, ok := v.ids[name]
	if !ok {
		return nil
	}
	out := make(set, len(x.live))
	v.docs[id].addTo(out)
	var docs []uint32
	out.each(func(doc uint32) { docs = append(docs, doc) })
	return docs
}
