package store

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/dgraph-io/badger/v4"

	"kindred/paper"
)

// Put is a paper to be written. Papers that have its id, or that of one of its
// parts, are replaced.
type Put struct {
	Paper *paper.Paper
	// Vectors has one entry for each of the batch's generations, nil where
	// the text has no vector; the slice itself may be nil when the batch
	// names no generation or KeepVectors is set.
	Vectors [][]float32
	// KeepVectors moves the vectors of a paper of the same text that this Put
	// replaces, or one before it, of every generation, to the new doc number.
	// Vectors, if given, win.
	KeepVectors bool
	// WithNext has the next Put written in the same transaction: one takes from
	// the other's old paper.
	WithNext bool
}

// Batch is a number of changes. Deletes come first, then Puts in order.
type Batch struct {
	Deletes     []string // ids, also of parts: the paper goes whole; unknown ones are passed over
	Puts        []Put
	Generations []uint32 // that the Puts bring vectors for
	// Together has all of it written or nothing, however large; for a few papers.
	Together bool
}

// Placed says where a paper went.
type Placed struct {
	Doc   uint32
	Old   []uint32 // of the papers that had its ids, now gone; ascending
	Moved bool     // the vectors of Kept have become this one's
	Kept  uint32
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
	if b.Together {
		w.full.bytes, w.full.entries = math.MaxInt64, math.MaxInt64
	}
	for _, id := range b.Deletes {
		if err := w.delete(id); err != nil {
			return w.durable, err
		}
		if err := w.flushIfFull(ctx); err != nil {
			return w.durable, err
		}
	}
	w.wanted = wantedTexts(puts)
	for i := range puts {
		if err := w.put(&puts[i], b.Generations); err != nil {
			return w.durable, err
		}
		if puts[i].withNext && w.bytes < w.most {
			continue
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
	ids      []partID // its own, or its parts'
	text     Hash
	record   []byte
	vectors  [][]byte
	keepRest bool
	withNext bool
}

// wantedTexts are the texts whose vectors some of the puts keep.
func wantedTexts(puts []encoded) map[Hash]bool {
	wanted := map[Hash]bool{}
	for i := range puts {
		if puts[i].keepRest {
			wanted[puts[i].text] = true
		}
	}
	return wanted
}

// partID is an id that leads to a paper, and the content hash of what came
// under it.
type partID struct {
	id      string
	content Hash
}

// partIDs are those of p.
func partIDs(p *paper.Paper) []partID {
	if len(p.Parts) == 0 {
		return []partID{{p.ID, ContentHash(p)}}
	}
	ids := make([]partID, len(p.Parts))
	for i := range p.Parts {
		ids[i] = partID{p.Parts[i].ID, ContentHash(&p.Parts[i])}
	}
	return ids
}

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
		e.id, e.ids, e.text = p.ID, partIDs(p), TextHash(p)
		e.keepRest, e.withNext = put.KeepVectors, put.WithNext
		if err := e.checkIDs(); err != nil {
			return nil, err
		}
		e.record = appendRecord(make([]byte, 0, recordRoom(p)), p)
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

// checkIDs reports what would make a paper that its ids do not lead to.
func (e *encoded) checkIDs() error {
	own := false
	for i, part := range e.ids {
		if part.id == "" || len(part.id) > paper.MaxID {
			return fmt.Errorf("an id has 1 to %d bytes: %.80q", paper.MaxID, part.id)
		}
		for _, before := range e.ids[:i] {
			if before.id == part.id {
				return fmt.Errorf("paper %q: two parts with the id %q", e.id, part.id)
			}
		}
		own = own || part.id == e.id
	}
	if !own {
		return fmt.Errorf("paper %q: none of its parts has this id", e.id)
	}
	return nil
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
	most    int64 // bytes that a transaction may take where puts belong together
	wanted  map[Hash]bool
	stash   map[Hash]taken
	done    Written // this transaction's changes included
	durable Written
}

// taken are the vectors of a paper that an earlier put has replaced.
type taken struct {
	doc     uint32
	vectors map[uint32][]byte // by generation
}

func (s *Store) newWriter() *writer {
	w := &writer{s: s, txn: s.db.NewTransaction(true), docs: s.docs, all: s.generations.List, stash: map[Hash]taken{}}
	w.most = s.db.MaxBatchSize() * 2 / 3
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

func (w *writer) delete(id string) error {
	e, err := getEntry(w.txn, id)
	if err != nil || !e.Found {
		return err
	}
	if err := w.removeDoc(id, e.Doc, nil); err != nil {
		return fmt.Errorf("deleting %q: %w", id, err)
	}
	w.docs.papers--
	w.done.Deleted = append(w.done.Deleted, e.Doc)
	return nil
}

// removeIDs deletes the ids that lead to a doc, of which id is one.
func (w *writer) removeIDs(id string, doc uint32) error {
	ids := []partID{{id: id}}
	item, err := w.txn.Get(recordKey(doc))
	if err == nil {
		err = item.Value(func(v []byte) error {
			if len(v) == 0 || v[0] != joinedRecord {
				return nil
			}
			p, err := decodeRecord(v)
			if err == nil {
				ids = partIDs(p)
			}
			return err
		})
	}
	for i := 0; err == nil && i < len(ids); i++ {
		err = w.remove(idKey(ids[i].id))
	}
	return err
}

// removeDoc deletes a doc with its ids, of which id is one, and its vectors;
// keep is handed each vector before.
func (w *writer) removeDoc(id string, doc uint32, keep func(gen uint32, v []byte) error) error {
	if err := w.removeIDs(id, doc); err != nil {
		return err
	}
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
	if w.docs.next == math.MaxUint32 {
		return fmt.Errorf("writing %q: all doc numbers are used up", e.id)
	}
	placed := Placed{Doc: w.docs.next}
	doc := placed.Doc
	err := w.replace(e, &placed)
	for i, v := range e.vectors {
		if err == nil {
			err = w.set(vectorKey(generations[i], doc), v)
		}
	}
	if err == nil {
		err = w.set(recordKey(doc), e.record)
	}
	for i := 0; err == nil && i < len(e.ids); i++ {
		err = w.set(idKey(e.ids[i].id), Entry{Doc: doc, Content: e.ids[i].content, Text: e.text}.encode())
	}
	if err != nil {
		return fmt.Errorf("writing %q: %w", e.id, err)
	}
	w.docs.next++
	w.docs.papers += 1 - uint32(len(placed.Old))
	w.done.Placed = append(w.done.Placed, placed)
	return nil
}

// replace removes the papers that have e's ids, and notes them in placed. The
// vectors of one with e's text become e's; those that another put wants are
// kept until its turn.
func (w *writer) replace(e *encoded, placed *Placed) error {
	for _, part := range e.ids {
		old, err := getEntry(w.txn, part.id)
		if err != nil {
			return err
		}
		if !old.Found {
			continue
		}
		var keep func(gen uint32, v []byte) error
		switch {
		case e.keepRest && !placed.Moved && old.Text == e.text:
			placed.Moved, placed.Kept = true, old.Doc
			keep = func(gen uint32, v []byte) error { return w.set(vectorKey(gen, placed.Doc), v) }
		case w.wanted[old.Text]:
			t := taken{old.Doc, map[uint32][]byte{}}
			w.stash[old.Text] = t
			keep = func(gen uint32, v []byte) error {
				t.vectors[gen] = v
				return nil
			}
		}
		if err := w.removeDoc(part.id, old.Doc, keep); err != nil {
			return err
		}
		placed.Old = append(placed.Old, old.Doc)
	}
	slices.Sort(placed.Old)
	t, ok := w.stash[e.text]
	if !e.keepRest || placed.Moved || !ok {
		return nil
	}
	placed.Moved, placed.Kept = true, t.doc
	for gen, v := range t.vectors {
		if err := w.set(vectorKey(gen, placed.Doc), v); err != nil {
			return err
		}
	}
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
