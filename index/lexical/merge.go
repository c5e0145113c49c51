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
	// maxSegment bounds a segment's postings, as offsets into them are 32
	// bits wide.
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
		for to < len(ix.view.parts) && (to == from || size+len(ix.view.parts[to].data) <= maxSegment) {
			size += len(ix.view.parts[to].data)
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
	ix.writing.Unlock()
	seg := merge(ix.opt, ix.tf, old)
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
		for from > 0 && tierOf(parts[from-1]) <= tier && size+len(parts[from-1].data) <= maxSegment {
			from--
			size += len(parts[from].data)
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
func merge(o Options, f frequencies, parts []part) *segment {
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
	w := newSegmentWriter(o, f, numbers, lengths)
	var docs, tfs []uint32
	var d, t [blockSize]uint32
	at := make([]int, len(parts)) // per part, the first term not merged yet
	for {
		term, more := uint32(0), false
		for i, p := range parts {
			if at[i] < len(p.terms) && (!more || p.terms[at[i]] < term) {
				term, more = p.terms[at[i]], true
			}
		}
		if !more {
			return w.finish()
		}
		docs, tfs = docs[:0], tfs[:0]
		for i, p := range parts {
			if at[i] == len(p.terms) || p.terms[at[i]] != term {
				continue
			}
			list := p.blocks[p.starts[at[i]]:p.starts[at[i]+1]]
			at[i]++
			for b := range list {
				freqs := p.frequencies(t[:], list[b])
				for j, doc := range p.docs(d[:], list, b) {
					if r := ranks[i][doc]; r != gone {
						docs = append(docs, r)
						tfs = append(tfs, freqs[j]+1)
					}
				}
			}
		}
		if len(docs) > 0 {
			w.add(term, docs, tfs)
		}
	}
}

// gone stands for the rank of a deleted document.
const gone = ^uint32(0)
