// Package key keeps the API keys of a server in one file of the data folder:
// names and scopes as they are, the keys themselves hashed only.
package key

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"kindred/internal/filelock"
	"kindred/internal/whole"
)

// Scope says what a key opens.
type Scope string

// The scopes. Who may write may read.
const (
	Read  Scope = "read"
	Write Scope = "write"
)

// Covers reports whether a key of this scope opens what needs the other.
func (s Scope) Covers(needed Scope) bool { return s == needed || s == Write }

// Key is one key, without what opens the door.
type Key struct {
	Name    string    `json:"name"`
	Scope   Scope     `json:"scope"`
	Created time.Time `json:"created"`
	// Hash is the SHA-256 of the key in hexadecimal. A key is 130 random bits,
	// so that there is nothing to be guessed that a slow hash would keep.
	Hash string `json:"sha256"`
}

var (
	// ErrExists is wrapped by [File.Add] where the name is taken.
	ErrExists = errors.New("there is a key of this name already")
	// ErrUnknown is wrapped by [File.Revoke] where no key has the name.
	ErrUnknown = errors.New("there is no key of this name")
)

// FileName is what a key file is called in a data folder.
const FileName = "keys.json"

// prefix lets people and programs that look for leaked secrets see what it is.
const prefix = "kindred_"

const (
	maxName = 64 // code points
	maxKeys = 10_000
)

// File is a file of keys. It is read again whenever it has changed. Methods are
// safe for concurrent use, and programs that change it at once wait for each
// other.
type File struct {
	path string

	mu   sync.Mutex
	seen fs.FileInfo // of the file that list and by are of; nil: none
	list []Key
	by   map[string]Key // by hash
}

// New is the key file at path, which need not be there.
func New(path string) *File { return &File{path: path} }

// Find looks up who a key belongs to. The error is that of reading the file.
func (f *File) Find(secret string) (k Key, ok bool, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.read(); err != nil {
		return Key{}, false, err
	}
	// Looking a hash up tells by its time about the hash at most.
	k, ok = f.by[hash(secret)]
	return k, ok, nil
}

// Exists reports whether there is a file, be it one without a key.
func (f *File) Exists() (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.read()
	return f.seen != nil, err
}

// List returns the keys in the order in which they were made.
func (f *File) List() ([]Key, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	err := f.read()
	return slices.Clone(f.list), err
}

// Add makes a key and returns what opens the door, which is kept nowhere.
func (f *File) Add(name string, s Scope) (secret string, err error) {
	if err := checkName(name); err != nil {
		return "", err
	}
	if s != Read && s != Write {
		return "", fmt.Errorf("the scope %q is not read or write", s)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	unlock, err := f.lock()
	if err != nil {
		return "", err
	}
	defer unlock()
	if err := f.read(); err != nil {
		return "", err
	}
	if slices.ContainsFunc(f.list, func(k Key) bool { return k.Name == name }) {
		return "", fmt.Errorf("%w: %s", ErrExists, name)
	}
	if len(f.list) >= maxKeys {
		return "", fmt.Errorf("there are %d keys, and no more are kept", len(f.list))
	}
	secret = prefix + rand.Text()
	made := Key{Name: name, Scope: s, Created: time.Now().UTC().Truncate(time.Second), Hash: hash(secret)}
	return secret, f.write(append(slices.Clone(f.list), made))
}

// Revoke removes a key. The file stays when it was the last one: a door that
// had a lock is not left open.
func (f *File) Revoke(name string) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	unlock, err := f.lock()
	if err != nil {
		return err
	}
	defer unlock()
	if err := f.read(); err != nil {
		return err
	}
	at := slices.IndexFunc(f.list, func(k Key) bool { return k.Name == name })
	if at < 0 {
		return fmt.Errorf("%w: %s", ErrUnknown, name)
	}
	return f.write(slices.Delete(slices.Clone(f.list), at, at+1))
}

func checkName(name string) error {
	bad := func(r rune) bool { return !unicode.IsPrint(r) }
	if name == "" || utf8.RuneCountInString(name) > maxName || !utf8.ValidString(name) || slices.ContainsFunc([]rune(name), bad) {
		return fmt.Errorf("the name %q of a key must have 1 to %d printable characters", name, maxName)
	}
	return nil
}

func hash(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// patience is how long a change waits for those of other programs, which take
// some milliseconds.
const patience = 10 * time.Second

// lock keeps other programs from changing the file until unlock. The lock is a
// file beside it, since the key file itself is replaced with each change.
func (f *File) lock() (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	held, err := filelock.Wait(ctx, f.path+".lock")
	if err != nil {
		return nil, fmt.Errorf("key file: %w", err)
	}
	return func() { _ = held.Close() }, nil // nothing was written to it
}

// content is the file's JSON.
type content struct {
	Keys []Key `json:"keys"`
}

// read brings list and by up to the file. Called with the lock held.
func (f *File) read() error {
	now, err := os.Stat(f.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.seen, f.list, f.by = nil, nil, nil
		return nil
	case err != nil:
		return fmt.Errorf("key file: %w", err)
	case f.seen != nil && os.SameFile(now, f.seen) && now.ModTime().Equal(f.seen.ModTime()) && now.Size() == f.seen.Size():
		return nil
	}
	text, err := os.ReadFile(f.path)
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	var c content
	if err := json.Unmarshal(text, &c); err != nil {
		return fmt.Errorf("the key file %s is damaged; delete it and make new keys: %w", f.path, err)
	}
	f.seen, f.list, f.by = now, c.Keys, make(map[string]Key, len(c.Keys))
	for _, k := range c.Keys {
		f.by[k.Hash] = k
	}
	return nil
}

// write puts the file in its place whole, readable to its owner alone. Called
// with the lock held.
func (f *File) write(list []Key) error {
	text, err := json.MarshalIndent(content{list}, "", "  ")
	if err != nil {
		return err
	}
	err = whole.WriteFile(f.path, func(w io.Writer) error {
		_, err := w.Write(append(text, '\n'))
		return err
	})
	if err != nil {
		return fmt.Errorf("key file: %w", err)
	}
	return f.read()
}
