package lexical

import (
	"fmt"
	"slices"
)

// Add makes the documents searchable. Their numbers ascend, also over calls;
// where they do not, it adds none and says so by [ErrOrder]. It may wait for
// a merge when documents come faster than segments can be merged.
func (ix *Index) Add(batch []Doc) error { return ix.Update(nil, batch) }

// Delete takes documents out. Each comes with the terms it was added with, so
// that the terms' statistics stay exact; numbers that are not in the index
// are passed over.
func (ix *Index) Delete(docs []Doc) { ix.Update(docs, nil) }

// Update deletes and adds as [Index.Delete] and [Index.Add] do, at once: no
// search sees one without the other.
func (ix *Index) Update(remove, add []Doc) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	for len(ix.view.parts) >= maxParts {
		ix.merged.Wait()
	}
	last := ix.last
	for i := range add {
		if int64(add[i].Number) <= last {
			return fmt.Errorf("lexical: document %d after %d: %w", add[i].Number, last, ErrOrder)
		}
		last = int64(add[i].Number)
	}

	// Only the holder of writing changes what mu guards, so reading it needs
	// no lock here.
	next := view{parts: slices.Clone(ix.view.parts), docs: ix.view.docs, length: ix.view.length}
	gone := ix.remove(&next, remove)
	var seg *segment
	var added []termCount
	dict, fresh := ix.dict, []string(nil)
	df := ix.df
	if len(add) > 0 {
		seg, added, fresh = ix.invert(add, &next)
		bytes := 0
		for _, t := range fresh {
			bytes += len(t)
		}
		if len(dict.text)+bytes > maxText {
			return fmt.Errorf("lexical: the terms take more than %d bytes", maxText)
		}
		dict = dict.grown(len(fresh), bytes)
		df = room(df, len(fresh))
		next.parts = append(next.parts, part{segment: seg})
	}

	ix.mu.Lock()
	for _, t := range fresh {
		dict.add(t)
		df = append(df, 0)
	}
	for _, id := range gone {
		if df[id] > 0 {
			df[id]--
		}
	}
	for _, t := range added {
		df[t.term] += t.docs
	}
	ix.dict, ix.df, ix.view = dict, df, next
	ix.mu.Unlock()

	ix.last = last
	ix.startMerge()
	return nil
}

// remove marks documents deleted in v, whose bitsets it copies first, and
// returns the numbers of their terms, each as often as it loses a document.
func (ix *Index) remove(v *view, docs []Doc) (gone []uint32) {
	copied := make([]bool, len(v.parts))
	for i := range docs {
		d := &docs[i]
		at, doc, ok := v.find(d.Number)
		if !ok {
			continue
		}
		p := &v.parts[at]
		if !copied[at] {
			dead := newBitset(p.len())
			copy(dead, p.dead)
			p.dead, copied[at] = dead, true
		}
		p.dead.set(doc)
		p.deleted++
		v.docs--
		v.length -= uint64(p.lengths[doc])
		begin := len(gone)
		for _, terms := range [...][]string{d.Title, d.Body} {
			for _, t := range terms {
				if id, ok := ix.dict.find(t); ok {
					gone = append(gone, id)
				}
			}
		}
		slices.Sort(gone[begin:])
		gone = gone[:begin+len(slices.Compact(gone[begin:]))]
	}
	return gone
}

// termCount is how many documents a term is in.
type termCount struct{ term, docs uint32 }

// invert makes a segment of the documents, and tells their terms and those of
// them that the dictionary does not have: they are numbered in order from the
// dictionary's length on. It counts the documents in v.
func (ix *Index) invert(docs []Doc, v *view) (seg *segment, counts []termCount, fresh []string) {
	news := map[string]uint32{}
	number := func(t string) uint32 {
		if id, ok := ix.dict.find(t); ok {
			return id
		}
		id, ok := news[t]
		if !ok {
			id = uint32(ix.dict.len() + len(fresh))
			news[t] = id
			fresh = append(fresh, t)
		}
		return id
	}
	inv := inverter{ix.places, ix.postings[:0]}
	numbers, lengths := make([]uint32, len(docs)), make([]uint32, len(docs))
	for i := range docs {
		numbers[i] = docs[i].Number
		lengths[i] = inv.read(uint32(i), &docs[i], ix.tf, number)
		v.length += uint64(lengths[i])
	}
	v.docs += len(docs)
	w := newSegmentWriter(ix.opt, ix.tf, v.average(), numbers, lengths)
	inv.lists(func(term uint32, docs, tfs []uint32) {
		w.add(term, docs, tfs)
		counts = append(counts, termCount{term, uint32(len(docs))})
	})
	ix.places = inv.places
	if ix.postings = inv.postings; cap(ix.postings) > maxScratch {
		ix.postings = nil
	}
	return w.finish(), counts, fresh
}
