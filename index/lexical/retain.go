package lexical

import (
	"slices"

	"github.com/RoaringBitmap/roaring/v2"
)

// Retain deletes all documents but those in keep and returns how many they
// were. Unlike [Index.Delete] it needs no terms: it goes through all postings
// of the segments that lose a document, about half a second for half a million
// abstracts. It is for documents whose texts are gone.
func (ix *Index) Retain(keep *roaring.Bitmap) int {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	next := ix.view
	next.parts = slices.Clone(next.parts)
	lost := make([]uint32, len(ix.df)) // per term, documents deleted
	for i := range next.parts {
		p := &next.parts[i]
		gone := newBitset(p.len())
		n := 0
		for doc := range uint32(p.len()) {
			if (p.dead == nil || !p.dead.has(doc)) && !keep.Contains(p.number(doc)) {
				gone.set(doc)
				next.length -= uint64(p.lengths[doc])
				n++
			}
		}
		if n == 0 {
			continue
		}
		p.count(gone, lost)
		dead := newBitset(p.len())
		copy(dead, p.dead)
		for w := range dead {
			dead[w] |= gone[w]
		}
		p.dead = dead
		p.deleted += n
		next.docs -= n
	}
	deleted := ix.view.docs - next.docs
	if deleted == 0 {
		return 0
	}
	ix.mu.Lock()
	for term, n := range lost {
		ix.df[term] -= min(n, ix.df[term])
	}
	ix.view = next
	ix.mu.Unlock()
	ix.startMerge()
	return deleted
}

// count adds to lost how many of the documents each term is in.
func (p part) count(docs bitset, lost []uint32) {
	var in, tfs []uint32
	for term, lists := range terms([]part{p}) {
		in, tfs = lists[0].read(in[:0], tfs[:0])
		for _, doc := range in {
			if docs.has(doc) {
				lost[term]++
			}
		}
	}
}
