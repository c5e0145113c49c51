package store

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
	"golang.org/x/sync/errgroup"

	"kindred/paper"
)

// Entry is what is known of an id without reading its paper.
type Entry struct {
	Found   bool
	Doc     uint32
	Content Hash // see [ContentHash]
	Text    Hash // see [TextHash]
}

// entrySize is the length of an i/ value.
const entrySize = 4 + 16 + 16

func (e Entry) encode() []byte {
	v := binary.BigEndian.AppendUint32(make([]byte, 0, entrySize), e.Doc)
	return append(append(v, e.Content[:]...), e.Text[:]...)
}

// Lookup returns one Entry an id, in order.
func (s *Store) Lookup(ctx context.Context, ids []string) ([]Entry, error) {
	entries := make([]Entry, len(ids))
	err := s.view(func(txn *badger.Txn) (err error) {
		for i, id := range ids {
			if i%256 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			if entries[i], err = getEntry(txn, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return entries, nil
}

func getEntry(txn *badger.Txn, id string) (e Entry, err error) {
	if id == "" || len(id) > paper.MaxID {
		return e, nil
	}
	item, err := txn.Get(idKey(id))
	if errors.Is(err, badger.ErrKeyNotFound) {
		return e, nil
	}
	if err == nil {
		err = item.Value(func(v []byte) error {
			if len(v) != entrySize {
				return fmt.Errorf("%w: an id's entry of %d bytes", ErrDamaged, len(v))
			}
			e = Entry{true, binary.BigEndian.Uint32(v), Hash(v[4:20]), Hash(v[20:36])}
			return nil
		})
	}
	if err != nil {
		return e, fmt.Errorf("looking up %q: %w", id, err)
	}
	return e, nil
}

// Papers returns one paper a doc number, in order, as of one moment; nil where
// there is none any more.
func (s *Store) Papers(ctx context.Context, docs []uint32) ([]*paper.Paper, error) {
	papers := make([]*paper.Paper, len(docs))
	err := s.view(func(txn *badger.Txn) error {
		for i, doc := range docs {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			item, err := txn.Get(recordKey(doc))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("reading paper %d: %w", doc, err)
			}
			if papers[i], err = decodeItem(item, doc); err != nil {
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

func decodeItem(item *badger.Item, doc uint32) (p *paper.Paper, err error) {
	err = item.Value(func(v []byte) error {
		p, err = decodeRecord(v)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("reading paper %d: %w", doc, err)
	}
	return p, nil
}

// Vectors returns one vector a doc number, in order; nil where the paper has
// none in the generation.
func (s *Store) Vectors(ctx context.Context, generation uint32, docs []uint32) ([][]float32, error) {
	g, err := s.generation(generation)
	if err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(docs))
	err = s.view(func(txn *badger.Txn) error {
		for i, doc := range docs {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			item, err := txn.Get(vectorKey(generation, doc))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err == nil {
				err = item.Value(func(b []byte) error {
					v := make([]float32, g.Dimension)
					ok, err := decodeVector(v, b)
					if ok {
						vectors[i] = v
					}
					return err
				})
			}
			if err != nil {
				return fmt.Errorf("reading the vector of paper %d: %w", doc, err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return vectors, nil
}

// EachFrom calls fn with every paper whose doc number is from or more,
// ascending, as of one moment. fn may keep p.
func (s *Store) EachFrom(ctx context.Context, from uint32, fn func(doc uint32, p *paper.Paper) error) error {
	return s.view(func(txn *badger.Txn) error {
		_, err := scanRange(ctx, txn, recordPrefix, uint64(from), 1<<32, func(doc uint32, value []byte) error {
			p, err := decodeRecord(value)
			if err != nil {
				return fmt.Errorf("reading paper %d: %w", doc, err)
			}
			return fn(doc, p)
		})
		return err
	})
}

// EachVectorFrom calls fn with every vector of a generation whose doc number
// is from or more, like EachVector in one goroutine.
func (s *Store) EachVectorFrom(ctx context.Context, generation, from uint32, fn func(doc uint32, v []float32) error) error {
	g, err := s.generation(generation)
	if err != nil {
		return err
	}
	lent := make([]float32, g.Dimension)
	return s.view(func(txn *badger.Txn) error {
		_, err := scanRange(ctx, txn, generationPrefix(generation), uint64(from), 1<<32, func(doc uint32, value []byte) error {
			v := lent
			ok, err := decodeVector(v, value)
			if err != nil {
				return fmt.Errorf("reading the vector of paper %d: %w", doc, err)
			}
			if !ok {
				v = nil
			}
			return fn(doc, v)
		})
		return err
	})
}

// Docs calls fn with the doc number of every paper, ascending, as of one
// moment. It reads no papers, but the blocks that they lie in.
func (s *Store) Docs(ctx context.Context, fn func(doc uint32)) error {
	return s.scan(ctx, recordPrefix, 1, func(txn *badger.Txn, seen int) error {
		return s.checkCount(txn, seen)
	}, func(_ int, doc uint32, _ []byte) error {
		fn(doc)
		return nil
	})
}

// Each calls fn with every paper as of one moment, in workers goroutines at
// once (1 where workers is less). Each worker has one range of doc numbers,
// ascending, worker 0 the lowest; fn is told which, so that it can keep
// something for each. fn may keep p; see [paper.Paper], whose strings here are
// parts of one text. The first error ends it all and is returned.
func (s *Store) Each(ctx context.Context, workers int, fn func(worker int, doc uint32, p *paper.Paper) error) error {
	return s.scan(ctx, recordPrefix, workers, func(txn *badger.Txn, seen int) error {
		return s.checkCount(txn, seen)
	}, func(worker int, doc uint32, value []byte) error {
		p, err := decodeRecord(value)
		if err != nil {
			return fmt.Errorf("reading paper %d: %w", doc, err)
		}
		return fn(worker, doc, p)
	})
}

// checkCount compares the number of records that an iteration saw with the
// number there should be: Badger ends an iteration at a block it cannot read
// without saying so.
func (s *Store) checkCount(txn *badger.Txn, seen int) error {
	docs, err := getDocState(txn)
	if err == nil && seen != int(docs.papers) {
		err = fmt.Errorf("%w: %d of %d papers can be read; restore the folder from a copy, or ingest again into another",
			ErrDamaged, seen, docs.papers)
	}
	return err
}

// EachVector calls fn with every vector of a generation, like Each. v is only
// lent: it holds something else after fn has returned; it is nil for a paper
// that is known to have no vector.
func (s *Store) EachVector(ctx context.Context, generation uint32, workers int, fn func(worker int, doc uint32, v []float32) error) error {
	g, err := s.generation(generation)
	if err != nil {
		return err
	}
	workers = max(workers, 1)
	lent := make([][]float32, workers)
	for i := range lent {
		lent[i] = make([]float32, g.Dimension)
	}
	return s.scan(ctx, generationPrefix(generation), workers, nil, func(worker int, doc uint32, value []byte) error {
		v := lent[worker]
		ok, err := decodeVector(v, value)
		if err != nil {
			return fmt.Errorf("reading the vector of paper %d: %w", doc, err)
		}
		if !ok {
			v = nil
		}
		return fn(worker, doc, v)
	})
}

func (s *Store) view(fn func(txn *badger.Txn) error) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	return s.db.View(fn)
}

// scan reads all keys that are the prefix and a doc number. finish, if any, is
// told how many there were, in the same transaction.
func (s *Store) scan(ctx context.Context, prefix []byte, workers int,
	finish func(txn *badger.Txn, seen int) error, fn func(worker int, doc uint32, value []byte) error) error {
	workers = max(workers, 1)
	next := uint64(s.NextDoc())
	return s.view(func(txn *badger.Txn) error {
		seen := make([]int, workers)
		group, ctx := errgroup.WithContext(ctx)
		for w := range workers {
			from, to := uint64(w)*next/uint64(workers), uint64(w+1)*next/uint64(workers)
			if w == workers-1 {
				to = 1 << 32 // papers that came in between NextDoc and this view
			}
			group.Go(func() (err error) {
				seen[w], err = scanRange(ctx, txn, prefix, from, to, func(doc uint32, value []byte) error {
					return fn(w, doc, value)
				})
				return err
			})
		}
		if err := group.Wait(); err != nil || finish == nil {
			return err
		}
		all := 0
		for _, n := range seen {
			all += n
		}
		return finish(txn, all)
	})
}

// scanRange reads doc numbers from (included) to (not included).
func scanRange(ctx context.Context, txn *badger.Txn, prefix []byte, from, to uint64, fn func(doc uint32, value []byte) error) (seen int, err error) {
	if from >= to {
		return 0, nil
	}
	// Values lie beside their keys, so there is nothing to fetch ahead.
	it := txn.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	start := binary.BigEndian.AppendUint32(prefix[:len(prefix):len(prefix)], uint32(from))
	for it.Seek(start); it.Valid(); it.Next() {
		if seen%256 == 0 && ctx.Err() != nil {
			return seen, ctx.Err()
		}
		item := it.Item()
		doc := docOf(item.Key())
		if uint64(doc) >= to {
			break
		}
		if err := item.Value(func(v []byte) error { return fn(doc, v) }); err != nil {
			return seen, err
		}
		seen++
	}
	return seen, nil
}
