package store

import (
	"context"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Verify reads the whole database as of one moment and reports the first thing
// that is not as it was written, wrapped in ErrDamaged: a block with a wrong
// checksum, a paper without its id or with another hash, a vector without its
// paper. Badger itself answers "not there" for what lies in a block that it
// cannot read.
func (s *Store) Verify(ctx context.Context) error {
	return s.view(func(txn *badger.Txn) error {
		if err := s.verifyBlocks(); err != nil {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
		wanted := 0
		records, err := scanRange(ctx, txn, recordPrefix, 0, 1<<32, func(doc uint32, value []byte) error {
			n, err := verifyPaper(txn, doc, value)
			wanted += n
			return err
		})
		if err == nil {
			err = s.checkCount(txn, records)
		}
		if err != nil {
			return err
		}
		it := txn.NewIterator(badger.IteratorOptions{Prefix: idPrefix})
		defer it.Close()
		ids := 0
		for it.Rewind(); it.Valid(); it.Next() {
			ids++
		}
		if ids != wanted {
			return fmt.Errorf("%w: %d ids for papers with %d", ErrDamaged, ids, wanted)
		}
		for _, g := range s.Generations() {
			if err := verifyVectors(ctx, txn, g); err != nil {
				return err
			}
		}
		return nil
	})
}

// verifyBlocks turns the panic in which Badger reports a bad block into an
// error.
func (s *Store) verifyBlocks() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = errors.New("a block has a wrong checksum")
		}
	}()
	return s.db.VerifyChecksum()
}

// verifyPaper returns how many ids lead to the paper.
func verifyPaper(txn *badger.Txn, doc uint32, value []byte) (int, error) {
	p, err := decodeRecord(value)
	if err != nil {
		return 0, fmt.Errorf("reading paper %d: %w", doc, err)
	}
	ids := partIDs(p)
	for _, part := range ids {
		e, err := getEntry(txn, part.id)
		switch {
		case err != nil:
			return 0, err
		case !e.Found || e.Doc != doc:
			return 0, fmt.Errorf("%w: the id %q does not lead to its paper", ErrDamaged, part.id)
		case e.Content != part.content || e.Text != TextHash(p):
			return 0, fmt.Errorf("%w: the paper %q is not as it was written", ErrDamaged, part.id)
		}
	}
	return len(ids), nil
}

func verifyVectors(ctx context.Context, txn *badger.Txn, g Generation) error {
	v := make([]float32, g.Dimension)
	_, err := scanRange(ctx, txn, generationPrefix(g.Number), 0, 1<<32, func(doc uint32, value []byte) error {
		if _, err := decodeVector(v, value); err != nil {
			return fmt.Errorf("reading the vector of paper %d: %w", doc, err)
		}
		_, err := txn.Get(recordKey(doc))
		if errors.Is(err, badger.ErrKeyNotFound) {
			return fmt.Errorf("%w: a vector of paper %d, which is not there", ErrDamaged, doc)
		}
		return err
	})
	return err
}
