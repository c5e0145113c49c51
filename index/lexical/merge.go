package lexical

import (
	"context"
	"iter"
	"math/bits"
	"slices"
)

const (
	// mergeFactor is how many segments of about one size there may be. Smaller
	// makes searching faster while documents come in, and adding slower: at 32,
	// half a million papers are merged once before Compact merges them all.
	mergeBits   = 5
	mergeFactor = 1 << mergeBits
	// maxParts is where adding waits for merging; a search's cost grows with
	// the number of segments.
	maxParts = 160
	// fewParts is how many Compact does not mind beside a large one.
	fewParts = 8
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
		_, _ = ix.mergeParts(context.Background(), from, to) // fails by its context alone
	}
}

// Scattered reports whether Compact would make searching notably faster.
func (ix *Index) Scattered() bool {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	_, all := ix.view.largest()
	return all || len(ix.view.parts) > fewParts
}

// largest returns the place of the largest part, and whether an eighth of the
// documents, or more, lie outside of it or are deleted in it.
func (v *view) largest() (at int, scattered bool) {
	docs := 0
	for i, p := range v.parts {
		docs += p.len()
		if p.len() > v.parts[at].len() {
			at = i
		}
	}
	return at, docs > 0 && 8*(docs-v.parts[at].len()+v.parts[at].deleted) > docs
}

// Compact makes searching fast: it waits until the index is one segment
// without deleted documents (or as few as there can be). Where a large segment
// holds nearly all, it is left alone, and those before and behind it become
// one each. It ends early, with nothing lost, when ctx does.
func (ix *Index) Compact(ctx context.Context) error {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	for ix.merging {
		ix.merged.Wait()
	}
	ix.merging = true
	defer func() {
		ix.merging = false
		ix.merged.Broadcast()
		ix.startMerge()
	}()
	large, all := ix.view.largest()
	if all {
		return ix.join(ctx, 0, len(ix.view.parts))
	}
	if err := ix.join(ctx, large+1, len(ix.view.parts)); err != nil {
		return err
	}
	return ix.join(ctx, 0, large)
}

// join merges parts into as few as there can be. It is called with writing
// held and merging set.
func (ix *Index) join(ctx context.Context, from, end int) error {
	for from < end {
		to, size := from, 0
		for to < end && (to == from || size+ix.view.parts[to].bytes() <= maxSegment) {
			size += ix.view.parts[to].bytes()
			to++
		}
		if to-from == 1 && ix.view.parts[from].deleted == 0 {
			from++
			continue
		}
		left, err := ix.mergeParts(ctx, from, to)
		if err != nil {
			return err
		}
		end -= to - from - left
		from += left
	}
	return nil
}

// mergeParts replaces parts by their merger, and returns 0 where nothing is
// left of them and else 1. It is called with writing held and merging set, and
// gives writing up while it works: meanwhile batches may be added behind these
// parts and documents deleted from them.
func (ix *Index) mergeParts(ctx context.Context, from, to int) (left int, err error) {
	old := slices.Clone(ix.view.parts[from:to])
	average := ix.view.average()
	ix.writing.Unlock()
	seg, err := merge(ctx, ix.opt, ix.tf, average, old)
	ix.writing.Lock()
	if err != nil {
		return 0, err
	}

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
	return len(merged), nil
}

// mergeable returns the range of parts to merge next, empty when they are
// well as they are: the newest that are about one size or smaller, when they
// are many, or one with many deleted documents.
func mergeable(parts []part) (from, to int) {
	for tier := range 32/mergeBits + 1 {
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
func tierOf(p part) int { return (bits.Len(uint(p.len()-p.deleted)) - 1) / mergeBits }

// merge makes one segment of several, in their order, without the documents
// deleted from them; nil when none is left. The error is ctx's.
func merge(ctx context.Context, o Options, f frequencies, average float64, parts []part) (*segment, error) {
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
		return nil, nil
	}
	w := newSegmentWriter(o, f, average, numbers, lengths)
	// Growing a slice of hundreds of megabytes would copy it many times.
	dense := 0
	for _, lists := range terms(parts) {
		n := 0
		for _, l := range lists {
			n += l.atMost()
		}
		if w.isDense(n) {
			dense += n
		}
	}
	w.seg.dense.postings = make([]uint16, 0, dense)

	var docs, tfs []uint32
	read := 0
	for term, lists := range terms(parts) {
		if read++; read%1024 == 1 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		docs, tfs = docs[:0], tfs[:0]
		for _, l := range lists {
			from := len(docs)
			docs, tfs = l.read(docs, tfs)
			n := from
			for j := from; j < len(docs); j++ {
				if r := ranks[l.part][docs[j]]; r != gone {
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
	seg := w.finish()
	return seg, seg.setForward(ctx)
}

// terms yields the terms of some parts, ascending, each with the parts' lists
// of it, to be read before the next.
func terms(parts []part) iter.Seq2[uint32, []*listReader] {
	return func(yield func(uint32, []*listReader) bool) {
		if len(parts) == 0 {
			return
		}
		all, next := make([]listReader, len(parts)), make([]uint64, len(parts))
		for i, p := range parts {
			all[i] = listReader{segment: p.segment, part: i}
			next[i] = all[i].next()
		}
		of := make([]*listReader, 0, len(parts))
		for {
			term := slices.Min(next)
			if term == noTerm {
				return
			}
			of = of[:0]
			for i, t := range next {
				if t == term {
					of = append(of, &all[i])
				}
			}
			if !yield(uint32(term), of) {
				return
			}
			for _, l := range of {
				l.skip()
				next[l.part] = l.next()
			}
		}
	}
}

// listReader goes through a segment's lists, terms ascending.
type listReader struct {
	*segment
	part              int
	inDense, inSparse int // the first lists not read yet
}

// noTerm is greater than every term.
const noTerm = 1 << 32

// next is the term of the next list, or noTerm.
func (l *listReader) next() uint64 {
	switch {
	case l.nextIsDense():
		return uint64(l.dense.terms[l.inDense])
	case l.inSparse < len(l.sparse.terms):
		return uint64(l.sparse.terms[l.inSparse])
	}
	return noTerm
}

// read appends the next list to docs and tfs.
func (l *listReader) read(docs, tfs []uint32) ([]uint32, []uint32) {
	if l.nextIsDense() {
		return l.dense.read(l.inDense, l.windows(), docs, tfs)
	}
	return l.sparse.read(l.inSparse, docs, tfs)
}

// atMost is a number of postings that the next list does not exceed.
func (l *listReader) atMost() int {
	if !l.nextIsDense() {
		return len(l.sparse.list(l.inSparse))
	}
	n := 0
	for _, c := range l.dense.list(l.inDense, l.windows()) {
		n += c.len()
	}
	return n
}

func (l *listReader) skip() {
	if l.nextIsDense() {
		l.inDense++
	} else {
		l.inSparse++
	}
}

// nextIsDense reports where the next list is; no term has one in both.
func (l *listReader) nextIsDense() bool {
	return l.inDense < len(l.dense.terms) &&
		(l.inSparse >= len(l.sparse.terms) || l.dense.terms[l.inDense] < l.sparse.terms[l.inSparse])
}

// gone stands for the rank of a deleted document.
const gone = ^uint32(0)
