package store

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/dgraph-io/badger/v4"

	"kindred/embed"
)

// Generation is a set of vectors made by one model. Numbers begin with 1 and
// are never used again.
type Generation struct {
	Number      uint32    `json:"number"`
	Fingerprint string    `json:"fingerprint"`
	Dimension   int       `json:"dimension"`
	Model       string    `json:"model,omitempty"` // file name below models/, where there is one
	Learned     bool      `json:"learned,omitempty"`
	Complete    bool      `json:"complete,omitempty"` // every paper has its vector
	Dropping    bool      `json:"dropping,omitempty"` // its vectors are being removed
	Created     time.Time `json:"created"`

	// What the model learned from, 0 where it did not: so many papers, all of
	// them below a doc number. Papers that came later have it or a higher one.
	Papers  int    `json:"papers,omitempty"`
	NextDoc uint32 `json:"next_doc,omitempty"`

	// Embedder makes the model's embedder again, where that is not the built-in
	// one. There are no keys in it.
	Embedder *embed.Settings `json:"embedder,omitempty"`
}

// generationState is what m/generations holds, as one JSON value: so creating,
// completing, switching and dropping are one small write each.
type generationState struct {
	Current uint32       `json:"current"` // 0 while there is none
	Next    uint32       `json:"next"`
	List    []Generation `json:"list"`
}

var (
	generationsKey = []byte("m/generations")

	// ErrNoGeneration is wrapped by errors about a generation that does not
	// exist or is being dropped.
	ErrNoGeneration = errors.New("no such generation of vectors")
)

func (s *Store) loadGenerations(txn *badger.Txn) error {
	s.generations.Next = 1
	_, err := getJSON(txn, generationsKey, &s.generations)
	return err
}

// Generations lists the generations by number, those being dropped left out.
func (s *Store) Generations() []Generation {
	s.state.RLock()
	defer s.state.RUnlock()
	return slices.DeleteFunc(slices.Clone(s.generations.List), func(g Generation) bool { return g.Dropping })
}

// Current is the generation that searches use; ok is false while there is
// none.
func (s *Store) Current() (g Generation, ok bool) {
	s.state.RLock()
	defer s.state.RUnlock()
	return s.generations.find(s.generations.Current)
}

func (g *generationState) find(number uint32) (Generation, bool) {
	for _, g := range g.List {
		if g.Number == number && !g.Dropping {
			return g, true
		}
	}
	return Generation{}, false
}

// generation finds a generation that can be read and written.
func (s *Store) generation(number uint32) (Generation, error) {
	s.state.RLock()
	defer s.state.RUnlock()
	if g, ok := s.generations.find(number); ok {
		return g, nil
	}
	return Generation{}, fmt.Errorf("%w: %d", ErrNoGeneration, number)
}

// CreateGeneration adds a generation and gives it its number and date. It does
// not become the current one.
func (s *Store) CreateGeneration(g Generation) (Generation, error) {
	if g.Fingerprint == "" || g.Dimension < 1 || g.Dimension > maxDimension {
		return Generation{}, fmt.Errorf("a generation needs a fingerprint and a dimension up to %d: %q, %d",
			maxDimension, g.Fingerprint, g.Dimension)
	}
	err := s.changeGenerations(func(st *generationState) error {
		g.Number, g.Created = st.Next, time.Now().UTC().Truncate(time.Second)
		g.Complete, g.Dropping = false, false
		st.Next++
		st.List = append(st.List, g)
		return nil
	})
	return g, err
}

// maxDimension keeps a paper's vectors well inside one transaction.
const maxDimension = 1 << 14

// UpdateGeneration replaces what is known of the generation of g's number: its
// model file or embedder, whether and from what it has learned, whether it is
// complete. Fingerprint and dimension stay.
func (s *Store) UpdateGeneration(g Generation) error {
	return s.changeGenerations(func(st *generationState) error {
		for i := range st.List {
			if old := &st.List[i]; old.Number == g.Number && !old.Dropping {
				old.Model, old.Learned, old.Complete = g.Model, g.Learned, g.Complete
				old.Papers, old.NextDoc, old.Embedder = g.Papers, g.NextDoc, g.Embedder
				return nil
			}
		}
		return fmt.Errorf("%w: %d", ErrNoGeneration, g.Number)
	})
}

// SwitchTo makes a complete generation the current one.
func (s *Store) SwitchTo(number uint32) error {
	return s.changeGenerations(func(st *generationState) error {
		g, ok := st.find(number)
		switch {
		case !ok:
			return fmt.Errorf("%w: %d", ErrNoGeneration, number)
		case !g.Complete:
			return fmt.Errorf("generation %d is not complete", number)
		}
		st.Current = number
		return nil
	})
}

// DropGeneration removes a generation that is not the current one. It is gone
// at once; its vectors are removed in the background, after a restart if need
// be.
func (s *Store) DropGeneration(number uint32) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	err := s.changeGenerations(func(st *generationState) error {
		if number == st.Current {
			return fmt.Errorf("generation %d is the current one", number)
		}
		for i := range st.List {
			if g := &st.List[i]; g.Number == number && !g.Dropping {
				g.Dropping = true
				return nil
			}
		}
		return fmt.Errorf("%w: %d", ErrNoGeneration, number)
	})
	if err == nil {
		s.background.Go(func() { s.removeVectors(number) })
	}
	return err
}

// resumeDrops carries on with what a stop has interrupted.
func (s *Store) resumeDrops() {
	for _, g := range s.generations.List {
		if g.Dropping {
			s.background.Go(func() { s.removeVectors(g.Number) })
		}
	}
}

// changeGenerations applies change to a copy of the state and writes it.
func (s *Store) changeGenerations(change func(*generationState) error) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	s.writing.Lock()
	defer s.writing.Unlock()
	return s.storeGenerations(change)
}

// storeGenerations needs s.writing.
func (s *Store) storeGenerations(change func(*generationState) error) error {
	next := s.generations
	next.List = slices.Clone(next.List)
	if err := change(&next); err != nil {
		return err
	}
	value, err := json.Marshal(next)
	if err != nil {
		return err
	}
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if err := txn.Set(generationsKey, value); err != nil {
		return err
	}
	if err := s.commit(txn, int64(len(value))); err != nil {
		return err
	}
	s.state.Lock()
	s.generations = next
	s.state.Unlock()
	return nil
}

// removeVectors deletes the vectors of a generation that is marked as being
// dropped, some at a time so that writers get in between, then its entry.
// (Badger's DropPrefix would be faster, but keeps readers out meanwhile.)
func (s *Store) removeVectors(number uint32) {
	start := time.Now()
	from, more, err := uint32(0), true, error(nil)
	for more && err == nil {
		from, more, err = s.removeSome(number, from)
	}
	if err == nil {
		s.writing.Lock()
		err = s.storeGenerations(func(st *generationState) error {
			st.List = slices.DeleteFunc(st.List, func(g Generation) bool { return g.Number == number })
			return nil
		})
		s.writing.Unlock()
	}
	if err != nil {
		s.opt.Logger.Warn("store: a dropped generation's vectors could not be removed; the next start tries again",
			"generation", number, "error", err)
		return
	}
	s.opt.Logger.Info("store: removed a generation's vectors", "generation", number, elapsed(start))
}

// removeSome deletes one transaction's worth of vectors, beginning with the
// doc number from, and returns where to go on.
func (s *Store) removeSome(number, from uint32) (next uint32, more bool, err error) {
	s.writing.Lock()
	defer s.writing.Unlock()
	w := s.newWriter()
	defer w.discard()
	keys := s.db.NewTransaction(false)
	defer keys.Discard()
	it := keys.NewIterator(badger.IteratorOptions{Prefix: generationPrefix(number)})
	defer it.Close()
	for it.Seek(vectorKey(number, from)); it.Valid(); it.Next() {
		key := it.Item().KeyCopy(nil)
		if w.entries >= min(removedAtOnce, w.full.entries) {
			next, more = docOf(key), true
			break
		}
		if err := w.remove(key); err != nil {
			return 0, false, err
		}
		w.docs.stale++
	}
	return next, more, w.flush()
}

// removedAtOnce keeps writers waiting for some 10 ms.
const removedAtOnce = 4000
