package lexical

import (
	"math/bits"
	"slices"
)

const (
	// mergeFactor is how many segments of about one size there may be.
	// Smaller makes searching faster and adding slower.
	mergeFactor = 8
	// maxParts is where adding waits for merging; a search's cost grows with
	// the number of segments.
	maxParts = 64
	// maxSegment bounds a segment's bytes, as offsets into them are 32 bits
	// wide.
	maxSegment = 1 << 31
)

// startMerge starts merging in the background unless it runs already or there
// is nothing to merge. Its caller holds writing.
func (ix *Index) startMerge() {
	if ix.merging {
		return
	}
	if from, to := mergeable(ix.view.parts); from < to {
		ix.merging = true
		go ix.mergeAll()
	}
}

func (ix *Index) mergeAll() {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	for {
		from, to := mergeable(ix.view.parts)
		if from == to {
			ix.merging = false
			ix.merged.Broadcast()
			return
		}
		ix.mergeParts(from, to)
	}
}

// Scattered reports whether Compact would make searching notably faster: an
// eighth of the documents, or more, lie outside of the largest segment or are
// deleted in it.
func (ix *Index) Scattered() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	largest := part{}
	docs := 0
	for _, p := range ix.view.parts {
		docs += p.len()
		if p.segment != nil && (largest.segment == nil || p.len() > largest.len()) {
			largest = p
		}
	}
	return len(ix.view.parts) > 0 && 8*(docs-largest.len()+largest.deleted) > docs
}

// Compact waits until the index is one segment without deleted documents (or
// as few as there can be), which makes it smallest and fastest.
func (ix *Index) Compact() {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	for ix.merging {
		ix.merged.Wait()
	}
	ix.merging = true
	for from := 0; from < len(ix.view.parts); {
		to, size := from, 0
		for to < len(ix.view.parts) && (to == from || size+ix.view.parts[to].bytes() <= maxSegment) {
			size += ix.view.parts[to].bytes()
			to++
		}
		if to-from == 1 && ix.view.parts[from].deleted == 0 {
			from++
			continue
		}
		before := len(ix.view.parts)
		ix.mergeParts(from, to)
		if len(ix.view.parts) > before-(to-from) {
			from++
		}
	}
	ix.merging = false
	ix.merged.Broadcast()
	ix.startMerge()
}

// mergeParts replaces parts by their merger. It is called with writing held
// and merging set, and gives writing up while it works: meanwhile batches may
// be added behind these parts and documents deleted from them.
func (ix *Index) mergeParts(from, to int) {
	old := slices.Clone(ix.view.parts[from:to])
	average := ix.view.average()
	ix.writing.Unlock()
	seg := merge(ix.opt, ix.tf, average, old)
	ix.writing.Lock()

	var merged []part
	if seg != nil {
		p := part{segment: seg}
		for i, now := range ix.view.parts[from:to] {
			if now.deleted == old[i].deleted {
				continue
			}
			for doc := range uint32(now.len()) {
				if now.dead.has(doc) && (old[i].dead == nil || !old[i].dead.has(doc)) {
					if p.dead == nil {
						p.dead = newBitset(seg.len())
					}
					d, _ := seg.find(now.number(doc))
					p.dead.set(d)
					p.deleted++
				}
			}
		}
		merged = append(merged, p)
	}
	next := ix.view
	next.parts = slices.Concat(ix.view.parts[:from], merged, ix.view.parts[to:])
	ix.mu.Lock()
	ix.view = next
	ix.mu.Unlock()
	ix.merged.Broadcast()
}

// mergeable returns the range of parts to merge next, empty when they are
// well as they are: the newest that are about one size or smaller, when they
// are many, or one with many deleted documents.
func mergeable(parts []part) (from, to int) {
	for tier := range 11 {
		from, size := len(parts), 0
		for from > 0 && tierOf(parts[from-1]) <= tier && size+parts[from-1].bytes() <= maxSegment {
			from--
			size += parts[from].bytes()
		}
		if len(parts)-from >= mergeFactor {
			return from, len(parts)
		}
	}
	for i, p := range parts {
		if p.deleted > 0 && p.deleted*4 >= p.len() {
			return i, i + 1
		}
	}
	return 0, 0
}

// tierOf is the logarithm of a part's size to the base of mergeFactor.
func tierOf(p part) int { return (bits.Len(uint(p.len()-p.deleted)) - 1) / 3 }

// merge makes one segment of several, in their order, without the documents
// deleted from them; nil when none is left.
func merge(o Options, f frequencies, average float64, parts []part) *segment {
	var numbers, lengths []uint32
	ranks := make([][]uint32, len(parts)) // per part and document, its rank in the merger
	for i, p := range parts {
		ranks[i] = make([]uint32, p.len())
		for doc := range uint32(p.len()) {
			if p.dead != nil && p.dead.has(doc) {
				ranks[i][doc] = gone
				continue
			}
			ranks[i][doc] = uint32(len(numbers))
			numbers = append(numbers, p.number(doc))
			lengths = append(lengths, p.lengths[doc])
		}
	}
	if len(numbers) == 0 {
		return nil
	}
	w := newSegmentWriter(o, f, average, numbers, lengths)
	lists := make([]listReader, len(parts))
	for i, p := range parts {
		lists[i].segment = p.segment
	}
	w.expect(parts)
	var docs, tfs []uint32
	for {
		term, more := uint32(0), false
		for i := range lists {
			if t, ok := lists[i].next(); ok && (!more || t < term) {
				term, more = t, true
			}
		}
		if !more {
			return w.finish()
		}
		docs, tfs = docs[:0], tfs[:0]
		for i := range lists {
			if t, ok := lists[i].next(); !ok || t != term {
				continue
			}
			from := len(docs)
			docs, tfs = lists[i].read(docs, tfs)
			n := from
			for j := from; j < len(docs); j++ {
				if r := ranks[i][docs[j]]; r != gone {
					docs[n], tfs[n] = r, tfs[j]
					n++
				}
			}
			docs, tfs = docs[:n], tfs[:n]
		}
		if len(docs) > 0 {
			w.add(term, docs, tfs)
		}
	}
}

// listReader goes through a segment's lists, terms ascending.
type listReader struct {
	*segment
	inDense, inSparse int // the first lists not read yet
}

// next is the term that read reads.
func (l *listReader) next() (term uint32, ok bool) {
	if l.inDense < len(l.dense.terms) {
		term, ok = l.dense.terms[l.inDense], true
	}
	if l.inSparse < len(l.sparse.terms) && (!ok || l.sparse.terms[l.inSparse] < term) {
		term, ok = l.sparse.terms[l.inSparse], true
	}
	return term, ok
}

// read appends the next list to docs and tfs.
func (l *listReader) read(docs, tfs []uint32) ([]uint32, []uint32) {
	if term, _ := l.next(); l.inDense < len(l.dense.terms) && l.dense.terms[l.inDense] == term {
		l.inDense++
		return l.dense.read(l.inDense-1, l.windows(), docs, tfs)
	}
	l.inSparse++
	return l.sparse.read(l.inSparse-1, docs, tfs)
}

// gone stands for the rank of a deleted document.
const gone = ^uint32(0)
