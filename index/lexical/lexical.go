// Package lexical is the inverted index: the k best papers for some weighted
// terms by BM25, in memory, under a filter.
//
// An [Index] is a log-structured merge tree. Every batch of documents becomes
// one immutable [segment] of compressed postings; a goroutine merges small
// segments into larger ones and drops deleted documents on the way. A search
// takes the current list of segments and the statistics that belong to it
// under a short lock and then runs on its own.
//
// A search goes through the documents in windows of 4,096. Postings of frequent
// terms hold a bound of what they add to a score, in one of 16 levels, next to
// their document's place in the window, so that bounds are added up without
// decoding anything. Documents whose bounds come near the k greatest are kept
// till the bounds of all are known; then those with the greatest are scored,
// and of the others only those whose bounds reach the least of the k best.
// A large segment knows the terms of each document too ([forward]), so that a
// score is one walk over them, whatever is asked.
// Should the k best reach further down than what was kept, the search begins
// again with what it knows by then, so that answers are exact. Scores are sums
// of whole numbers, so they do not depend on the order of adding, and with it
// neither on the road taken nor on how the documents lie in segments.
package lexical

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
)

// Options say how terms count. The zero value is the usual BM25.
type Options struct {
	K1 float64 // saturation of the term frequency; 0 is 1.2
	B  float64 // weight of the document's length, at most 1; 0 is 0.75, below 0 is none
	// TitleWeight is how often a term of the title counts, in eighths, from
	// 1/8 to 100; 0 is 1. It counts before saturation and in the document's
	// length as well (BM25F with one length).
	TitleWeight float64
}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	if o.K1 == 0 {
		o.K1 = 1.2
	}
	switch {
	case o.B == 0:
		o.B = 0.75
	case o.B < 0:
		o.B = -1
	}
	if o.TitleWeight == 0 {
		o.TitleWeight = 1
	}
	switch {
	case !(o.K1 > 0 && o.K1 <= 1000):
		return fmt.Errorf("lexical: K1 %v is not in (0, 1000]", o.K1)
	case !(o.B <= 1):
		return fmt.Errorf("lexical: B %v is over 1", o.B)
	case !(o.TitleWeight > 0 && o.TitleWeight <= 100):
		return fmt.Errorf("lexical: TitleWeight %v is not in (0, 100]", o.TitleWeight)
	case o.TitleWeight*8 != math.Trunc(o.TitleWeight*8):
		return fmt.Errorf("lexical: TitleWeight %v is not a multiple of 1/8", o.TitleWeight)
	}
	return nil
}

// Doc is a paper's analysed text. Terms may repeat and may be none.
type Doc struct {
	Number uint32 // chosen by the caller, dense, never used twice
	Title  []string
	Body   []string // the abstract's terms
}

// WeightedTerm is a term of a question. A weight that is not a positive
// number leaves the term out; the weights of a repeated term add up. Of more
// than 1,024 different terms those that can add most to a score count.
type WeightedTerm struct {
	Term   string
	Weight float32
}

// Scored is a document of an answer.
type Scored struct {
	Number uint32
	Score  float64 // BM25, above 0
}

// ErrOrder is wrapped by [Index.Add] when document numbers do not ascend.
var ErrOrder = errors.New("document numbers must ascend")

// Index is an inverted index over titles and abstracts. All methods are safe
// for concurrent use; a search sees every batch that was added before it
// began.
type Index struct {
	opt Options
	tf  frequencies

	// writing is held by whoever changes the index, for as long as it takes;
	// no search waits for it.
	writing sync.Mutex
	merged  *sync.Cond // on writing; a merge has ended
	merging bool
	last    int64 // the greatest number ever added, -1 when none
	// The inverter's, kept for the next batch: places are as many as terms.
	places   []uint32
	postings []posting

	// mu guards what a search reads at its beginning. It is held only for
	// looking up a question's terms, or for publishing a finished change.
	mu   sync.RWMutex
	dict dictionary
	df   []uint32 // per term, documents that are not deleted
	view view
}

// New makes an empty index.
func New(o Options) (*Index, error) {
	if err := o.Validate(); err != nil {
		return nil, err
	}
	ix := &Index{opt: o, tf: newFrequencies(o.TitleWeight), last: -1, dict: newDictionary()}
	ix.merged = sync.NewCond(&ix.writing)
	return ix, nil
}

// view is one state of the index; it and all it holds are immutable.
type view struct {
	parts  []part // ascending by document number
	docs   int    // not deleted
	length uint64 // sum of their lengths
}

// average is the documents' average length, 1 when they have none.
func (v *view) average() float64 {
	if v.length == 0 {
		return 1
	}
	return float64(v.length) / float64(v.docs)
}

// part is a segment with the documents deleted from it.
type part struct {
	*segment
	dead    bitset // nil when none is deleted
	deleted int
}

// find returns where a document is, unless it is deleted or was never there.
func (v *view) find(number uint32) (at int, doc uint32, ok bool) {
	at, ok = slices.BinarySearchFunc(v.parts, number, func(p part, n uint32) int {
		switch {
		case p.lastNumber() < n:
			return -1
		case p.first > n:
			return 1
		}
		return 0
	})
	if !ok {
		return 0, 0, false
	}
	p := &v.parts[at]
	doc, ok = p.segment.find(number)
	return at, doc, ok && (p.dead == nil || !p.dead.has(doc))
}

// Len is the number of documents.
func (ix *Index) Len() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.view.docs
}

// Terms is the number of distinct terms ever added; those whose documents are
// all deleted still count until the index is read from a snapshot.
func (ix *Index) Terms() int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	return ix.dict.len()
}

// DocFreq is the number of documents with the term.
func (ix *Index) DocFreq(term string) int {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	if id, ok := ix.dict.find(term); ok {
		return int(ix.df[id])
	}
	return 0
}

// Memory is the size of the index in bytes, scratch space apart.
func (ix *Index) Memory() int64 {
	ix.mu.RLock()
	defer ix.mu.RUnlock()
	n := ix.dict.memory() + 4*int64(cap(ix.df))
	for _, p := range ix.view.parts {
		n += p.memory() + 8*int64(len(p.dead))
	}
	return n
}
