package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Embeddings are vectors by the text they were made of, kept beside the papers
// so that what was paid for once is not asked for again: the answers of a
// server are here before the papers they belong to are, and stay when these go,
// move, or get a new model. They are no truth: all of them may be forgotten.

// Kept says what is kept of one embedder.
type Kept struct {
	Fingerprint string    `json:"fingerprint"`
	Dimension   int       `json:"dimension"`
	Entries     int       `json:"entries"`
	Used        time.Time `json:"used"` // the day they were last added to
}

// Bytes is about what they take.
func (k Kept) Bytes() int64 { return int64(k.Entries) * entryBytes(k.Dimension) }

// keptState is what m/embeddings holds.
type keptState struct {
	List []Kept `json:"list"`
}

var (
	embeddingPrefix = []byte("e/")
	embeddingsKey   = []byte("m/embeddings")
)

// usualEmbeddingBytes is room for two million vectors of 1,024 numbers.
const usualEmbeddingBytes = 4 << 30

// entryBytes is what one vector takes with its key.
func entryBytes(dimension int) int64 { return int64(2 + 8 + 16 + 1 + 2*dimension) }

// modelPrefix begins the keys of one embedder's vectors. Its fingerprint can be
// long, so a part of its hash stands for it.
func modelPrefix(fingerprint string) []byte {
	sum := sha256.Sum256([]byte(fingerprint))
	return append(embeddingPrefix[:2:2], sum[:8]...)
}

func embeddingKey(prefix []byte, text Hash) []byte {
	return append(prefix[:len(prefix):len(prefix)], text[:]...)
}

// Embeddings returns the vectors that are kept of texts, in order, as [Round]
// gives them; nil where there is none.
func (s *Store) Embeddings(ctx context.Context, fingerprint string, dimension int, texts []Hash) ([][]float32, error) {
	out := make([][]float32, len(texts))
	prefix := modelPrefix(fingerprint)
	err := s.view(func(txn *badger.Txn) error {
		for i, text := range texts {
			if i%64 == 0 && ctx.Err() != nil {
				return ctx.Err()
			}
			item, err := txn.Get(embeddingKey(prefix, text))
			if errors.Is(err, badger.ErrKeyNotFound) {
				continue
			}
			if err != nil {
				return fmt.Errorf("reading a kept vector: %w", err)
			}
			v := make([]float32, dimension)
			err = item.Value(func(b []byte) error {
				// One that cannot be read is made again.
				if ok, err := decodeVector(v, b); ok && err == nil {
					out[i] = v
				}
				return nil
			})
			if err != nil {
				return fmt.Errorf("reading a kept vector: %w", err)
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return out, nil
}

// KeepEmbeddings keeps the vectors of texts; nil ones are passed over. It
// returns when they are on the disk. Where more is kept than
// [Options.EmbeddingBytes] allows, the vectors of the embedder that was not
// used for longest go, and with one embedder only, some of its own.
func (s *Store) KeepEmbeddings(ctx context.Context, fingerprint string, dimension int, texts []Hash, vectors [][]float32) error {
	if len(texts) != len(vectors) {
		return fmt.Errorf("%d vectors for %d texts", len(vectors), len(texts))
	}
	values := make([][]byte, len(vectors))
	for i, v := range vectors {
		if v == nil {
			continue
		}
		var err error
		if values[i], err = encodeVector(v, dimension); err != nil {
			return err
		}
	}
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	s.writing.Lock()
	defer s.writing.Unlock()
	w := s.newWriter()
	defer w.discard()
	kept, err := keptOf(w.txn)
	if err != nil {
		return err
	}
	mine := kept.of(fingerprint, dimension)
	prefix := modelPrefix(fingerprint)
	for i, value := range values {
		if value == nil {
			continue
		}
		key := embeddingKey(prefix, texts[i])
		switch _, err := w.txn.Get(key); {
		case errors.Is(err, badger.ErrKeyNotFound):
			mine.Entries++
		case err != nil:
			return err
		}
		if err := w.set(key, value); err != nil {
			return err
		}
		if w.bytes >= w.full.bytes || w.entries >= w.full.entries {
			if err := w.setJSON(embeddingsKey, kept); err != nil {
				return err
			}
			if err := w.flush(); err != nil {
				return err
			}
		}
	}
	mine.Used = time.Now().UTC().Truncate(24 * time.Hour)
	if err := w.setJSON(embeddingsKey, kept); err != nil {
		return err
	}
	if err := w.flush(); err != nil {
		return err
	}
	if len(texts) == 0 {
		return nil
	}
	return s.boundEmbeddings(ctx, fingerprint, texts[0])
}

// EmbeddingsKept lists what is kept, the one that was used last first.
func (s *Store) EmbeddingsKept() ([]Kept, error) {
	var kept keptState
	err := s.view(func(txn *badger.Txn) (err error) {
		kept, err = keptOf(txn)
		return err
	})
	slices.SortFunc(kept.List, func(a, b Kept) int {
		return cmp.Or(b.Used.Compare(a.Used), cmp.Compare(a.Fingerprint, b.Fingerprint))
	})
	return kept.List, err
}

// ForgetEmbeddings removes what is kept of an embedder. What is in use stays in
// use: a generation has vectors of its own.
func (s *Store) ForgetEmbeddings(ctx context.Context, fingerprint string) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		s.writing.Lock()
		more, err := s.forgetSome(fingerprint, Hash{}, removedAtOnce)
		s.writing.Unlock()
		if err != nil || !more {
			return err
		}
	}
}

func keptOf(txn *badger.Txn) (k keptState, err error) {
	_, err = getJSON(txn, embeddingsKey, &k)
	return k, err
}

// of finds an embedder's entry, or makes one.
func (k *keptState) of(fingerprint string, dimension int) *Kept {
	i := slices.IndexFunc(k.List, func(k Kept) bool { return k.Fingerprint == fingerprint })
	if i < 0 {
		i = len(k.List)
		k.List = append(k.List, Kept{Fingerprint: fingerprint, Dimension: dimension})
	}
	return &k.List[i]
}

func (k keptState) bytes() (sum int64) {
	for _, one := range k.List {
		sum += one.Bytes()
	}
	return sum
}

// boundEmbeddings removes vectors until few enough are kept. It needs
// s.writing.
func (s *Store) boundEmbeddings(ctx context.Context, inUse string, near Hash) error {
	for {
		var kept keptState
		err := s.db.View(func(txn *badger.Txn) (err error) {
			kept, err = keptOf(txn)
			return err
		})
		over := kept.bytes() - s.opt.EmbeddingBytes
		if err != nil || over <= 0 {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		oldest := slices.MinFunc(kept.List, func(a, b Kept) int {
			if a.Fingerprint == inUse || b.Fingerprint == inUse { // is the last to go
				return cmp.Compare(boolInt(a.Fingerprint == inUse), boolInt(b.Fingerprint == inUse))
			}
			return cmp.Or(a.Used.Compare(b.Used), cmp.Compare(a.Fingerprint, b.Fingerprint))
		})
		n := removedAtOnce
		if oldest.Fingerprint == inUse {
			n = min(n, int((over+entryBytes(oldest.Dimension)-1)/entryBytes(oldest.Dimension)))
		}
		// Hashes have no order of age or use, so those behind the one that just
		// came are any: no text is for ever the first to go.
		if _, err := s.forgetSome(oldest.Fingerprint, near, n); err != nil {
			return err
		}
	}
}

func boolInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// forgetSome removes up to n vectors of an embedder, those behind a hash first,
// and reports whether there are more. It needs s.writing.
func (s *Store) forgetSome(fingerprint string, behind Hash, n int) (more bool, err error) {
	w := s.newWriter()
	defer w.discard()
	kept, err := keptOf(w.txn)
	if err != nil {
		return false, err
	}
	keys := s.db.NewTransaction(false)
	defer keys.Discard()
	prefix := modelPrefix(fingerprint)
	it := keys.NewIterator(badger.IteratorOptions{Prefix: prefix})
	defer it.Close()
	n = min(n, int(w.full.entries))
	last := embeddingKey(prefix, behind) // of the whole round
	removed := 0
	remove := func(until []byte) error {
		for ; it.Valid() && removed < n; it.Next() {
			key := it.Item().KeyCopy(nil)
			if until != nil && string(key) > string(until) {
				return nil
			}
			if err := w.remove(key); err != nil {
				return err
			}
			w.docs.stale++
			removed++
		}
		return nil
	}
	it.Seek(append(last[:len(last):len(last)], 0))
	err = remove(nil)
	if err == nil && removed < n {
		it.Rewind()
		err = remove(last)
	}
	if err != nil {
		return false, err
	}
	i := slices.IndexFunc(kept.List, func(k Kept) bool { return k.Fingerprint == fingerprint })
	if i >= 0 {
		kept.List[i].Entries = max(0, kept.List[i].Entries-removed)
		if removed < n {
			kept.List = slices.Delete(kept.List, i, i+1)
		}
		if err := w.setJSON(embeddingsKey, kept); err != nil {
			return false, err
		}
	}
	return removed == n, w.flush()
}
