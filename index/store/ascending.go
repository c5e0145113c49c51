package store

import (
	"context"

	"github.com/dgraph-io/badger/v4"

	"kindred/paper"
)

// near is how far the next record may be for stepping to it to cost less than
// seeking it, which decompresses its block anew.
const near = 24

// PapersAscending is as [Store.Papers] for doc numbers in ascending order,
// and several times faster where they lie close together.
func (s *Store) PapersAscending(ctx context.Context, docs []uint32) ([]*paper.Paper, error) {
	papers := make([]*paper.Paper, len(docs))
	err := s.view(func(txn *badger.Txn) error {
		it := txn.NewIterator(badger.IteratorOptions{Prefix: recordPrefix})
		defer it.Close()
		begun := false
		for i, doc := range docs {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if !begun || it.Valid() && docOf(it.Item().Key())+near < doc {
				it.Seek(recordKey(doc))
				begun = true
			}
			for it.Valid() && docOf(it.Item().Key()) < doc {
				it.Next()
			}
			if !it.Valid() {
				return nil
			}
			if docOf(it.Item().Key()) > doc {
				continue
			}
			var err error
			if papers[i], err = decodeItem(it.Item(), doc); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return papers, nil
}
