package store

import (
	"encoding/json"
	"errors"
	"fmt"

	"github.com/dgraph-io/badger/v4"
)

// Value reads the named value into v, as encoding/json does, and reports
// whether there is one.
func (s *Store) Value(name string, v any) (ok bool, err error) {
	if err := s.gate.enter(); err != nil {
		return false, err
	}
	defer s.gate.leave()
	err = s.db.View(func(txn *badger.Txn) error {
		ok, err = getJSON(txn, nameKey(name), v)
		return err
	})
	return ok, err
}

// SetValue keeps v as JSON under the name, for small things such as a
// harvest's place; nil removes it.
func (s *Store) SetValue(name string, v any) error {
	if err := s.gate.enter(); err != nil {
		return err
	}
	defer s.gate.leave()
	value, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("value %q: %w", name, err)
	}
	s.writing.Lock()
	defer s.writing.Unlock()
	txn := s.db.NewTransaction(true)
	defer txn.Discard()
	if v == nil {
		err = txn.Delete(nameKey(name))
	} else {
		err = txn.Set(nameKey(name), value)
	}
	if err != nil {
		return fmt.Errorf("value %q: %w", name, err)
	}
	return s.commit(txn, int64(len(value)))
}

func nameKey(name string) []byte { return append([]byte("n/"), name...) }

func getJSON(txn *badger.Txn, key []byte, v any) (bool, error) {
	item, err := txn.Get(key)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return false, nil
	}
	if err == nil {
		err = item.Value(func(b []byte) error { return json.Unmarshal(b, v) })
	}
	if err != nil {
		return false, fmt.Errorf("%w: reading %s: %w", ErrDamaged, key, err)
	}
	return true, nil
}
