package store

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/dgraph-io/badger/v4"

	"kindred/paper"
)

// Put is a paper to be written. A paper with the same id is replaced.
type Put struct {
	Paper *paper.Paper
	// Vectors has one entry for each of the batch's generations, nil where
	// the text has no vector; the slice itself may be nil when the batch
	// names no generation or KeepVectors is set.
	Vectors [][]float32
	// KeepVectors moves the vectors of the replaced paper, of every
	// generation, to the new doc number: for a paper whose text is unchanged.
	// Vectors, if given, win.
	KeepVectors bool
}

// Batch is a number of changes. Deletes come first, then Puts in order.
type Batch struct {
	Deletes     []string // ids; unknown ones are passed over
	Puts        []Put
	Generations []uint32 // that the Puts bring vectors for
}

// Placed says where a paper went.
type Placed struct {
	Doc      uint32
	Replaced bool   // a paper of the same id was there
	Old      uint32 // its doc number, now gone
}

// Written is what became of a Batch.
type Written struct {
	Deleted []uint32 // doc numbers of the deleted papers
	Placed  []Placed // Placed[i] is of Puts[i]
}

// txnBytes is when a transaction is large enough to be worth its sync.
const txnBytes = 4 << 20

// Write makes the changes, in as few transactions as their size allows, each
// of whole papers. When it fails, Written holds the changes that were made
// before, and those stay; the batch can be handed in again as it is.
func (s *Store) Write(ctx context.Context, b *Batch) (Written, error) {
	var none Written
	if err := s.gate.enter(); err != nil {
		return none, err
	}
	defer s.gate.leave()
	if err := ctx.Err(); err != nil {
		return none, err
	}
	puts, err := s.encode(ctx, b)
	if err != nil {
		return none, err
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	// Again, now that it cannot change any more.
	for _, g := range b.Generations {
		if _, err := s.generation(g); err != nil {
			return none, err
		}
	}
	w := s.newWriter()
	defer w.discard()
	for _, id := range b.Deletes {
		if err := w.delete(id); err != nil {
			return w.durable, err
		}
		if err := w.flushIfFull(ctx); err != nil {
			return w.durable, err
		}
	}
	for i := range puts {
		if err := w.put(&puts[i], b.Generations); err != nil {
			return w.durable, err
		}
		if err := w.flushIfFull(ctx); err != nil {
			return w.durable, err
		}
	}
	err = w.flush()
	return w.durable, err
}

// encoded is a Put as bytes.
type encoded struct {
	id       string
	record   []byte
	entry    [entrySize]byte // the doc number still to be filled in
	vectors  [][]byte
	keepRest bool
}

// entrySize is the length of an i/ value.
const entrySize = 4 + 16 + 16

// encode does all that needs no lock.
func (s *Store) encode(ctx context.Context, b *Batch) ([]encoded, error) {
	dims := make([]int, len(b.Generations))
	for i, number := range b.Generations {
		g, err := s.generation(number)
		if err != nil {
			return nil, err
		}
		dims[i] = g.Dimension
	}
	out := make([]encoded, len(b.Puts))
	for i, put := range b.Puts {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		p, e := put.Paper, &out[i]
		if p.ID == "" || len(p.ID) > paper.MaxID {
			return nil, fmt.Errorf("an id has 1 to %d bytes: %.80q", paper.MaxID, p.ID)
		}
		e.id = p.ID
		e.keepRest = put.KeepVectors
		e.record = appendRecord(make([]byte, 0, recordRoom(p)), p)
		content, text := hashRecord(e.record), TextHash(p)
		copy(e.entry[4:], content[:])
		copy(e.entry[20:], text[:])
		if put.Vectors == nil && (put.KeepVectors || len(dims) == 0) {
			continue
		}
		if len(put.Vectors) != len(dims) {
			return nil, fmt.Errorf("paper %q: %d vectors for %d generations", p.ID, len(put.Vectors), len(dims))
		}
		e.vectors = make([][]byte, len(dims))
		for j, v := range put.Vectors {
			var err error
			if e.vectors[j], err = encodeVector(v, dims[j]); err != nil {
				return nil, fmt.Errorf("paper %q: %w", p.ID, err)
			}
		}
	}
	return out, nil
}

func encodeVector(v []float32, dim int) ([]byte, error) {
	if v != nil && len(v) != dim {
		return nil, fmt.Errorf("a vector of dimension %d for a generation of %d", len(v), dim)
	}
	return appendVector(make([]byte, 0, 1+2*len(v)), v)
}

// writer fills transactions. It needs s.writing.
type writer struct {
	s       *Store
	txn     *badger.Txn
	docs    docState
	all     []Generation // every generation, for the keys of replaced papers
	bytes   int64
	entries int64
	full    struct{ bytes, entries int64 }
	done    Written // this transaction's changes included
	durable Written
}

func (s *Store) newWriter() *writer {
	w := &writer{s: s, txn: s.db.NewTransaction(true), docs: s.docs, all: s.generations.List}
	// A transaction ends at the first paper that takes it over this. A paper
	// adds less than a third of what Badger takes, see openBadger.
	w.full.bytes = min(txnBytes, s.db.MaxBatchSize()/2)
	w.full.entries = s.db.MaxBatchCount() / 2
	return w
}

func (w *writer) discard() { w.txn.Discard() }

func (w *writer) set(key, value []byte) error {
	w.bytes += int64(len(key) + len(value))
	w.entries++
	return w.txn.Set(key, value)
}

func (w *writer) setJSON(key []byte, v any) error {
	value, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return w.set(key, value)
}

func (w *writer) remove(key []byte) error {
	w.bytes += int64(len(key))
	w.entries++
	return w.txn.Delete(key)
}

// find returns the doc number of the paper with the id.
func (w *writer) find(id string) (doc uint32, ok bool, err error) {
	e, err := getEntry(w.txn, id)
	return e.Doc, e.Found, err
}

func (w *writer) delete(id string) error {
	doc, ok, err := w.find(id)
	if err != nil || !ok {
		return err
	}
	if err := w.remove(idKey(id)); err != nil {
		return fmt.Errorf("deleting %q: %w", id, err)
	}
	if err := w.removeDoc(doc, nil); err != nil {
		return fmt.Errorf("deleting %q: %w", id, err)
	}
	w.docs.papers--
	w.done.Deleted = append(w.done.Deleted, doc)
	return nil
}

// removeDoc deletes a doc's record and vectors; keep is handed each vector
// before.
func (w *writer) removeDoc(doc uint32, keep func(gen uint32, v []byte) error) error {
	if err := w.remove(recordKey(doc)); err != nil {
		return err
	}
	w.docs.stale++
	for _, g := range w.all {
		key := vectorKey(g.Number, doc)
		item, err := w.txn.Get(key)
		if errors.Is(err, badger.ErrKeyNotFound) {
			continue
		}
		if err != nil {
			return err
		}
		if keep != nil && !g.Dropping {
			v, err := item.ValueCopy(nil)
			if err != nil {
				return err
			}
			if err := keep(g.Number, v); err != nil {
				return err
			}
		}
		if err := w.remove(key); err != nil {
			return err
		}
		w.docs.stale++
	}
	return nil
}

func (w *writer) put(e *encoded, generations []uint32) error {
	old, replaced, err := w.find(e.id)
	if err == nil && w.docs.next == math.MaxUint32 {
		err = errors.New("all doc numbers are used up")
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", e.id, err)
	}
	doc := w.docs.next
	if replaced {
		var keep func(gen uint32, v []byte) error
		if e.keepRest {
			keep = func(gen uint32, v []byte) error { return w.set(vectorKey(gen, doc), v) }
		}
		err = w.removeDoc(old, keep)
	}
	for i, v := range e.vectors {
		if err == nil {
			err = w.set(vectorKey(generations[i], doc), v)
		}
	}
	if err == nil {
		err = w.set(recordKey(doc), e.record)
	}
	if err == nil {
		binary.BigEndian.PutUint32(e.entry[:], doc)
		err = w.set(idKey(e.id), e.entry[:])
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", e.id, err)
	}
	w.docs.next++
	if !replaced {
		w.docs.papers++
	}
	w.done.Placed = append(w.done.Placed, Placed{Doc: doc, Replaced: replaced, Old: old})
	return nil
}

func (w *writer) flushIfFull(ctx context.Context) error {
	if w.bytes < w.full.bytes && w.entries < w.full.entries {
		return nil
	}
	if err := w.flush(); err != nil {
		return err
	}
	return ctx.Err()
}

// flush commits what is gathered and begins a new transaction.
func (w *writer) flush() error {
	if w.entries == 0 {
		return nil
	}
	if err := w.txn.Set(docsKey, w.docs.encode()); err != nil {
		return err
	}
	if err := w.s.commit(w.txn, w.bytes); err != nil {
		return err
	}
	w.s.state.Lock()
	w.s.docs = w.docs
	w.s.state.Unlock()
	w.durable = w.done
	w.bytes, w.entries = 0, 0
	w.txn = w.s.db.NewTransaction(true)
	return nil
}

// commit ends a transaction of about n bytes. After one that fails half-way
// the store takes no more writes: what Badger holds in memory can no longer be
// trusted, what is on the disk can. It needs s.writing.
func (s *Store) commit(txn *badger.Txn, n int64) error {
	if s.failed != nil {
		return fmt.Errorf("an earlier write failed (%w); restart to use the data folder again", s.failed)
	}
	if err := s.room.check(n); err != nil {
		return err
	}
	if err := txn.Commit(); err != nil {
		s.failed = err
		return fmt.Errorf("writing to %s: %w", s.dir, err)
	}
	return nil
}
