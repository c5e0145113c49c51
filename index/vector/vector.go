// Package vector holds the papers' vectors in memory and finds the nearest
// ones to a question's.
//
// Vectors are named by document numbers and kept once. chromem-go holds them
// all and answers unfiltered searches of small corpora; a scan of our own over
// the same memory answers filtered and exact searches; above that, compact
// codes in lists choose the candidates, which are then scored from the vectors
// themselves. A score is always the cosine as chromem-go computes it, to the
// last bit, whichever way the candidates were found.
package vector

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"sync"
	"sync/atomic"
)

// ErrVector is wrapped by the refusal of a vector that cannot be compared:
// wrong length, all zero, or with a number that is not finite.
var ErrVector = errors.New("unusable vector")

// Absent is what Scores gives a document without a vector. It lies below every
// cosine.
const Absent float32 = -2

// Options of an Index; the zero value is the default.
type Options struct {
	// Exact answers every search from all the vectors that pass the filter.
	Exact bool
	// Stamp says what the vectors are, such as the embedder's fingerprint. A
	// snapshot is only read back under the stamp it was written with.
	Stamp string
}

// Scored is a document and its cosine to the query, in [-1, 1] but for
// rounding.
type Scored struct {
	Doc   uint32
	Score float32
}

// before is the order of answers: by score, then by number.
func (a Scored) before(b Scored) bool {
	return a.Score > b.Score || a.Score == b.Score && a.Doc < b.Doc
}

// Index holds vectors of one dimension. All methods are safe for concurrent
// use; none holds a lock while it scans.
type Index struct {
	dimension int
	options   Options
	small     int // up to this many vectors chromem-go answers

	engine *engine
	table  table
	count  atomic.Int64
	lists  atomic.Pointer[lists]
	builds atomic.Uint64

	listsFrom int // from this many vectors on Build makes lists

	mu       sync.Mutex // held by what changes engine, table and lists
	changed  []uint32   // documents added or deleted since Build began, nil when it does not run
	building sync.Mutex // held by Build
}

// maxDimension is over every embedder in use and bounds what a damaged
// snapshot can ask for.
const maxDimension = 1 << 14

// smallCorpus is where chromem-go takes about a millisecond.
const smallCorpus = 2000

// New returns an empty index for vectors of the given length, 1 to 16,384.
func New(dimension int, options Options) (*Index, error) {
	if dimension < 1 || dimension > maxDimension {
		return nil, fmt.Errorf("vector: dimension %d is not in 1 to %d", dimension, maxDimension)
	}
	engine, err := newEngine()
	if err != nil {
		return nil, err
	}
	x := &Index{
		dimension: dimension,
		options:   options,
		small:     smallCorpus,
		listsFrom: listsFrom,
		engine:    engine,
		table:     table{dimension: dimension},
	}
	x.lists.Store(newLists(dimension, 0, nil))
	return x, nil
}

// Dimension is the length of the vectors.
func (x *Index) Dimension() int { return x.dimension }

// Builds is how often lists have been made since the index was.
func (x *Index) Builds() uint64 { return x.builds.Load() }

// Len is the number of documents that have a vector.
func (x *Index) Len() int { return int(x.count.Load()) }

// Add copies the vectors of new documents in; vectors[i] belongs to docs[i]. A
// vector that is not of unit length is made so. A number is used once: adding
// a document that is there is an error, and a deleted one's number must not
// come back. When an error is returned, nothing was added.
func (x *Index) Add(ctx context.Context, docs []uint32, vectors [][]float32) error {
	if len(docs) != len(vectors) {
		return fmt.Errorf("vector: %d documents with %d vectors", len(docs), len(vectors))
	}
	copies := make([][]float32, len(docs))
	for i, v := range vectors {
		if err := ctx.Err(); err != nil {
			return err
		}
		var err error
		if copies[i], err = x.unit(nil, v); err != nil {
			return fmt.Errorf("vector: document %d: %w", docs[i], err)
		}
	}
	return x.insert(ctx, docs, copies)
}

// insert makes the vectors, of unit length and ours, findable.
func (x *Index) insert(ctx context.Context, docs []uint32, vectors [][]float32) error {
	for {
		// Codes are made outside of the lock, and made again when others have
		// changed what is needed meanwhile.
		x.mu.Lock()
		l := x.lists.Load()
		fresh, rows := l.unknown(docs, vectors)
		x.mu.Unlock()
		codes, err := l.encode(ctx, rows)
		if err != nil {
			return err
		}
		x.mu.Lock()
		if again, _ := l.unknown(docs, vectors); l != x.lists.Load() || !slices.Equal(again, fresh) {
			x.mu.Unlock()
			continue
		}
		defer x.mu.Unlock()
		if err := x.place(docs, vectors); err != nil {
			return err
		}
		if l.holdsAny(fresh) {
			// A snapshot had these numbers for other vectors; the rest of it
			// is not trusted either.
			l.retain(func(doc uint32) bool { v := x.table.get(doc); return v != nil && l.sum(doc) == checksum(v) })
		}
		l.insert(fresh, codes)
		if x.changed != nil {
			x.changed = append(x.changed, docs...)
		}
		return nil
	}
}

// place puts the vectors into the table and chromem-go, all or none.
func (x *Index) place(docs []uint32, vectors [][]float32) error {
	for i, doc := range docs {
		var err error
		if x.table.get(doc) != nil {
			err = fmt.Errorf("vector: document %d is already there", doc)
		} else {
			err = x.engine.add(doc, vectors[i])
		}
		if err != nil {
			x.remove(docs[:i])
			return err
		}
		x.table.set(doc, vectors[i])
		x.count.Add(1)
	}
	return nil
}

// Delete forgets the documents; those without a vector are passed over.
func (x *Index) Delete(docs ...uint32) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.remove(docs)
	if x.changed != nil {
		x.changed = append(x.changed, docs...)
	}
}

func (x *Index) remove(docs []uint32) {
	for _, doc := range docs {
		if x.table.get(doc) == nil {
			continue
		}
		x.engine.remove(doc)
		x.table.remove(doc)
		x.count.Add(-1)
	}
	x.lists.Load().remove(docs)
}

// Vector returns the document's vector, which must not be written to, or nil
// when it has none.
func (x *Index) Vector(doc uint32) []float32 { return x.table.get(doc) }

// Memory is about how many bytes the index takes.
func (x *Index) Memory() int64 {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.count.Load()*(int64(x.dimension)*4+engineBytes+8) + x.lists.Load().memory()
}

// unit copies v into dst (allocated when too short) at unit length. A vector
// that chromem-go takes for unit length keeps its bits, so that chromem-go
// keeps the copy instead of making another.
func (x *Index) unit(dst, v []float32) ([]float32, error) {
	if len(v) != x.dimension {
		return nil, fmt.Errorf("%w: length %d instead of %d", ErrVector, len(v), x.dimension)
	}
	var sum float64
	for _, f := range v {
		sum += float64(f) * float64(f)
	}
	norm := math.Sqrt(sum)
	if norm == 0 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return nil, fmt.Errorf("%w: its length is %v", ErrVector, norm)
	}
	if cap(dst) < len(v) {
		dst = make([]float32, len(v))
	}
	dst = dst[:len(v)]
	if math.Abs(norm-1) < unitTolerance {
		copy(dst, v)
		return dst, nil
	}
	for i, f := range v {
		dst[i] = float32(float64(f) / norm)
	}
	return dst, nil
}
