// Package store keeps papers, their vectors and small settings on disk. It is
// the only package that sees Badger, and what it holds is the truth: whatever
// else the index has in memory can be made again from here.
//
// A data folder looks like this:
//
//	kindred-data   the mark that makes the folder ours: its format, and the lock
//	badger/        the database
//	models/        weights of learned models, written by others
//
// Other names in it (caches, a running server's address) belong to others and
// are left alone.
//
// # Keys
//
// Numbers in keys are big-endian, so that keys sort by them.
//
//	i/<paper id>                        doc number (4 bytes) + content hash (16) + text hash (16)
//	r/<doc number, 4 bytes>             the paper, see record.go
//	v/<generation, 4><doc number, 4>    the paper's vector, see vector.go
//	m/docs                              next doc number, papers held, stale keys (4 bytes each)
//	m/generations                       JSON, see generation.go
//	n/<name>                            JSON of the caller's, see value.go
//	e/<embedder, 8><text hash, 16>      a vector by its text, see embedding.go
//	m/embeddings                        JSON, see embedding.go
//
// A paper's i/, r/ and v/ keys change in one transaction, together with
// m/docs; a transaction holds whole papers only. A doc number is given once
// and never again, not even when its paper is replaced or deleted. The same is
// told at more length in docs/data-format.md.
package store

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/dgraph-io/badger/v4"
)

// Format is the version of the data folder that this program writes, and the
// newest that it reads.
const Format = 1

// What Open and the methods of a Store can refuse.
var (
	// ErrNotExist says that there is no data folder here yet.
	ErrNotExist = errors.New("no data folder")
	// ErrLocked says that another process, or another Store of this one, has
	// the data folder open.
	ErrLocked = errors.New("data folder is in use")
	// ErrNotOurs says that the folder holds something else; nothing was
	// written to it.
	ErrNotOurs = errors.New("not a data folder")
	// ErrNewer says that a newer Kindred made the data folder.
	ErrNewer = errors.New("data folder of a newer format")
	// ErrDamaged says that the database does not hold what was written, or
	// that Badger cannot read it for another reason.
	ErrDamaged = errors.New("database cannot be read")
	// ErrFull says that the disk has too little room left to write safely.
	ErrFull = errors.New("disk is full")
	// ErrClosed is returned by every method after Close.
	ErrClosed = errors.New("store is closed")
)

// Options of a Store. The zero value creates the folder where it does not
// exist, and has every batch on the disk before Write returns.
type Options struct {
	// MustExist has Open return ErrNotExist where there is no data folder,
	// instead of making one.
	MustExist bool
	// NoSync leaves it to the operating system when written batches reach the
	// disk. A killed process still loses nothing; a power cut may lose more
	// than the last batch, and leave a folder that [Store.Verify] refuses. For
	// benchmarks, and for folders that are easily made again.
	NoSync bool
	// Logger gets the database's warnings and errors; nil drops them.
	Logger *slog.Logger
	// Free measures how many bytes may still be written at a folder, and reports
	// whether it could; nil asks the operating system.
	Free func(dir string) (int64, bool)
	// CacheBytes bounds the memory for recently read blocks; 0 is 64 MB.
	CacheBytes int64
	// EmbeddingBytes bounds what is kept of vectors by text, see
	// [Store.KeepEmbeddings]; 0 is 4 GB.
	EmbeddingBytes int64

	tune func(*badger.Options) // for tests: small tables fill sooner

	mergeOnClose bool // bring everything out of level 0
}

// Store is an open data folder. Its methods are safe for concurrent use:
// writers wait for each other, readers wait for nobody and see papers whole.
type Store struct {
	dir  string
	db   *badger.DB
	mark *mark
	opt  Options

	gate gate // of operations under way

	writing sync.Mutex // held while keys change
	failed  error      // set by a write that the database could not finish
	room    room

	state       sync.RWMutex // guards what follows; changed only under writing
	docs        docState
	generations generationState

	background sync.WaitGroup // generations being dropped
}

// docState is what m/docs holds.
type docState struct {
	next   uint32 // the number that the next paper gets
	papers uint32 // papers held
	stale  uint32 // records and vectors deleted since the database was last tidied
}

var (
	idPrefix     = []byte("i/")
	recordPrefix = []byte("r/")
	vectorPrefix = []byte("v/")
	docsKey      = []byte("m/docs")
)

func idKey(id string) []byte { return append(idPrefix[:2:2], id...) }

func recordKey(doc uint32) []byte {
	return binary.BigEndian.AppendUint32(recordPrefix[:2:2], doc)
}

func generationPrefix(gen uint32) []byte {
	return binary.BigEndian.AppendUint32(vectorPrefix[:2:2], gen)
}

func vectorKey(gen, doc uint32) []byte {
	key := make([]byte, 0, 10)
	key = append(key, vectorPrefix...)
	key = binary.BigEndian.AppendUint32(key, gen)
	return binary.BigEndian.AppendUint32(key, doc)
}

// docOf reads the doc number that a record's or a vector's key ends in.
func docOf(key []byte) uint32 { return binary.BigEndian.Uint32(key[len(key)-4:]) }

// Open opens the data folder at dir, and makes it where it does not exist or
// is empty. It fails with an error that wraps ErrLocked, ErrNotOurs, ErrNewer,
// ErrDamaged, ErrNotExist or the operating system's own, and says in one line
// what is wrong and what to do.
func Open(dir string, opt Options) (*Store, error) {
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.CacheBytes <= 0 {
		opt.CacheBytes = 64 << 20
	}
	if opt.EmbeddingBytes <= 0 {
		opt.EmbeddingBytes = usualEmbeddingBytes
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	m, err := openFolder(dir, opt.MustExist)
	if err != nil {
		return nil, err
	}
	s := &Store{dir: dir, mark: m, opt: opt}
	if err := s.openDatabase(); err != nil {
		m.close()
		return nil, err
	}
	s.room.dir, s.room.measure = dir, opt.Free
	s.resumeDrops()
	return s, nil
}

func (s *Store) openDatabase() error {
	db, err := openBadger(s.dir, s.opt)
	switch {
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("data folder %s: %w; make it readable and writable, or name another with --data", s.dir, err)
	case err != nil:
		why := strings.Join(strings.Fields(err.Error()), " ") // Badger's can be of several lines
		return fmt.Errorf("%w: %s: %s; restore the folder from a copy, or move it away and ingest again", ErrDamaged, s.dir, why)
	}
	s.db = db
	err = db.View(func(txn *badger.Txn) error {
		var err error
		if s.docs, err = getDocState(txn); err != nil {
			return err
		}
		return s.loadGenerations(txn)
	})
	if err != nil {
		db.Close()
		return fmt.Errorf("data folder %s: %w", s.dir, err)
	}
	return nil
}

func getDocState(txn *badger.Txn) (d docState, err error) {
	item, err := txn.Get(docsKey)
	if errors.Is(err, badger.ErrKeyNotFound) {
		return d, nil
	}
	if err != nil {
		return d, fmt.Errorf("reading m/docs: %w", err)
	}
	err = item.Value(func(v []byte) error {
		if len(v) != 12 {
			return fmt.Errorf("%w: m/docs has %d bytes", ErrDamaged, len(v))
		}
		u := binary.BigEndian.Uint32
		d = docState{u(v), u(v[4:]), u(v[8:])}
		return nil
	})
	return d, err
}

func (d docState) encode() []byte {
	v := binary.BigEndian.AppendUint32(make([]byte, 0, 12), d.next)
	v = binary.BigEndian.AppendUint32(v, d.papers)
	return binary.BigEndian.AppendUint32(v, d.stale)
}

// Close waits for the operations under way and for vectors that are being
// dropped, writes what is still in memory, tidies the database where much of it
// is stale, and releases the folder. Later calls do nothing; an operation must
// not call it from within.
func (s *Store) Close() error {
	if !s.gate.close() {
		return nil
	}
	s.background.Wait()
	if s.failed != nil {
		// The database may hold half a transaction in memory. Closing it would
		// write that down; left alone, the next Open reads the log, which ends
		// before it. The lock goes with the process.
		return fmt.Errorf("the last write failed (%w): restart to use the data folder again", s.failed)
	}
	err := s.db.Close()
	if err == nil && s.docs.untidy() {
		err = s.tidy()
	}
	return errors.Join(err, s.mark.close())
}

// untidy reports whether what is deleted takes a good part of the room.
func (d docState) untidy() bool { return d.stale >= 1000 && d.stale > d.papers/4 }

// tidy gives back the room of what was deleted: Badger does so only when it
// merges the note of a deletion with the level that holds the thing itself,
// which may be never. The notes must have left the memory for that, so it is
// done to the closed database: about a second for 100,000 papers.
func (s *Store) tidy() error {
	start := time.Now()
	opt := s.opt
	opt.mergeOnClose = true // Flatten leaves a database alone that has level 0 only
	db, err := openBadger(s.dir, opt)
	if err != nil {
		return fmt.Errorf("tidying %s: %w", s.dir, err)
	}
	err = db.Flatten(1) // a second worker finds nothing left to do, and warns of it
	for err == nil {    // records over 1 MB lie in the value log
		err = db.RunValueLogGC(0.5)
	}
	if errors.Is(err, badger.ErrNoRewrite) {
		err = nil
	}
	if err == nil {
		done := s.docs
		done.stale = 0
		err = db.Update(func(txn *badger.Txn) error { return txn.Set(docsKey, done.encode()) })
	}
	if err = errors.Join(err, db.Close()); err != nil {
		return fmt.Errorf("tidying %s: %w", s.dir, err)
	}
	s.opt.Logger.Info("store: tidied the database", elapsed(start))
	return nil
}

// Dir is the data folder's absolute path.
func (s *Store) Dir() string { return s.dir }

// ModelsDir is the folder for the weights of learned models.
func (s *Store) ModelsDir() string { return filepath.Join(s.dir, modelsName) }

// Len is the number of papers held.
func (s *Store) Len() int {
	s.state.RLock()
	defer s.state.RUnlock()
	return int(s.docs.papers)
}

// State says how far the papers have come: the doc number that the next one
// gets, and how many are held. Nothing that changes papers leaves both as they
// were.
func (s *Store) State() (next uint32, papers int) {
	s.state.RLock()
	defer s.state.RUnlock()
	return s.docs.next, int(s.docs.papers)
}

// NextDoc is the doc number that the next paper gets; all of those in use are
// below it.
func (s *Store) NextDoc() uint32 {
	s.state.RLock()
	defer s.state.RUnlock()
	return s.docs.next
}

// gate counts the operations under way and lets none in once it is closed.
type gate struct {
	mu     sync.Mutex
	inside int
	closed bool
	empty  chan struct{}
}

func (g *gate) enter() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrClosed
	}
	g.inside++
	return nil
}

func (g *gate) leave() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.inside--; g.inside == 0 && g.closed {
		close(g.empty)
	}
}

// close waits until nobody is inside; it reports whether this call was the
// one that closed the gate.
func (g *gate) close() bool {
	g.mu.Lock()
	if g.closed {
		empty := g.empty
		g.mu.Unlock()
		<-empty
		return false
	}
	g.closed, g.empty = true, make(chan struct{})
	if g.inside == 0 {
		close(g.empty)
	}
	g.mu.Unlock()
	<-g.empty
	return true
}

// elapsed is for log lines.
func elapsed(since time.Time) slog.Attr {
	return slog.Duration("took", time.Since(since).Round(time.Millisecond))
}
