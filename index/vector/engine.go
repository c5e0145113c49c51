package vector

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/philippgille/chromem-go"
)

// unitTolerance is how far from 1 a length may be for chromem-go to keep the
// vector it is given.
const unitTolerance = 1e-6

// engineBytes is what chromem-go adds to a vector: its document, id, empty
// metadata and place in a map; measured.
const engineBytes = 120

// engine is chromem-go, used in memory only: its own files hold one document
// each, under names that collide, and a truncated one keeps the whole database
// from opening. Its writers must exclude each other, since it reads its map
// without the lock when it deletes.
type engine struct{ collection *chromem.Collection }

func newEngine() (*engine, error) {
	collection, err := chromem.NewDB().CreateCollection("papers", nil, func(context.Context, string) ([]float32, error) {
		return nil, errors.New("vectors are made elsewhere")
	})
	if err != nil {
		return nil, fmt.Errorf("vector: %w", err)
	}
	return &engine{collection}, nil
}

// add hands v, of unit length, over without copying it.
func (e *engine) add(doc uint32, v []float32) error {
	err := e.collection.AddDocument(context.Background(), chromem.Document{ID: strconv.FormatUint(uint64(doc), 10), Embedding: v})
	if err != nil {
		return fmt.Errorf("vector: document %d: %w", doc, err)
	}
	return nil
}

func (e *engine) remove(doc uint32) {
	// Deleting by id from memory has no error to return.
	_ = e.collection.Delete(context.Background(), nil, nil, strconv.FormatUint(uint64(doc), 10))
}

// search appends the k nearest documents to q, of unit length, in the order of
// answers. chromem-go leaves open which of equal documents come last, so it is
// asked for more until those in question are all there.
func (e *engine) search(ctx context.Context, dst []Scored, q []float32, k int) ([]Scored, error) {
	for want := k + 16; ; want *= 2 {
		// Asking for more documents than there are is an error.
		n := min(want, e.collection.Count())
		if n == 0 {
			return dst, ctx.Err()
		}
		results, err := e.collection.QueryEmbedding(ctx, q, n, nil, nil)
		if ctx.Err() != nil {
			return dst, ctx.Err() // chromem-go returns what it had by then
		}
		if err != nil {
			if e.collection.Count() < n {
				continue // some were deleted meanwhile
			}
			return dst, fmt.Errorf("vector: %w", err)
		}
		if n == want && results[n-1].Similarity == results[k-1].Similarity {
			continue
		}
		from := len(dst)
		for _, r := range results {
			doc, err := strconv.ParseUint(r.ID, 10, 32)
			if err != nil {
				return dst[:from], fmt.Errorf("vector: %w", err)
			}
			dst = append(dst, Scored{uint32(doc), r.Similarity})
		}
		slices.SortFunc(dst[from:], compare)
		return dst[:min(len(dst), from+k)], nil
	}
}
