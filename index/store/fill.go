package store

import (
	"context"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Missing returns up to limit doc numbers, ascending and not below from, of
// papers that have nothing in the generation, not even the note that their
// text has no vector. Filling a generation is asking for them and writing
// their vectors until there are none.
func (s *Store) Missing(ctx context.Context, generation, from uint32, limit int) ([]uint32, error) {
	if _, err := s.generation(generation); err != nil {
		return nil, err
	}
	var missing []uint32
	err := s.view(func(txn *badger.Txn) error {
		keys := badger.IteratorOptions{Prefix: recordPrefix}
		records := txn.NewIterator(keys)
		defer records.Close()
		keys.Prefix = generationPrefix(generation)
		vectors := txn.NewIterator(keys)
		defer vectors.Close()
		records.Seek(recordKey(from))
		vectors.Seek(vectorKey(generation, from))
		for n := 0; records.Valid() && len(missing) < limit; n++ {
			if n%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			doc := docOf(records.Item().Key())
			for vectors.Valid() && docOf(vectors.Item().Key()) < doc {
				vectors.Next()
			}
			if !vectors.Valid() || docOf(vectors.Item().Key()) != doc {
				missing = append(missing, doc)
			}
			records.Next()
		}
		return nil
	})
	return missing, err
}

// WriteVectors gives papers their vectors in a generation: vectors[i] is of
// docs[i], nil where its text has none. Papers that are gone by now are passed
// over.
func (s *Store) WriteVectors(ctx context.Context, generation uint32, docs []uint32, vectors [][]float32) error {
	if len(docs) != len(vectors) {
		return fmt.Errorf("%d vectors for %d papers", len(vectors), len(docs))
	}
	g, err := s.generation(generation)
	if err != nil {
		return err
	}
	values := make([][]byte, len(vectors))
	for i, v := range vectors {
		if values[i], err = encodeVector(v, g.Dimension); err != nil {
			return fmt.Errorf("paper %d: %w", docs[i], err)
		}
	}
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	s.writing.Lock()
	defer s.writing.Unlock()
	if _, err := s.generation(generation); err != nil {
		return err
	}
	w := s.newWriter()
	defer w.discard()
	there := s.newPresence()
	defer there.close()
	for i, doc := range docs {
		if !there.has(doc) {
			continue
		}
		if err := w.set(vectorKey(generation, doc), values[i]); err != nil {
			return fmt.Errorf("writing the vector of paper %d: %w", doc, err)
		}
		if err := w.flushIfFull(ctx); err != nil {
			return err
		}
	}
	return w.flush()
}

// presence tells which papers there are. Asked in ascending order it walks
// along the records, at a tenth of the cost of looking each up.
type presence struct {
	txn *badger.Txn
	it  *badger.Iterator
}

func (s *Store) newPresence() presence {
	txn := s.db.NewTransaction(false)
	return presence{txn, txn.NewIterator(badger.IteratorOptions{Prefix: recordPrefix})}
}

func (p presence) close() {
	p.it.Close()
	p.txn.Discard()
}

func (p presence) has(doc uint32) bool {
	const near = 32 // steps that cost less than a seek
	if !p.it.Valid() || docOf(p.it.Item().Key()) > doc || doc-docOf(p.it.Item().Key()) > near {
		p.it.Seek(recordKey(doc))
	}
	for p.it.Valid() && docOf(p.it.Item().Key()) < doc {
		p.it.Next()
	}
	return p.it.Valid() && docOf(p.it.Item().Key()) == doc
}
