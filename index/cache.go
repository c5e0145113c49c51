package index

import (
	"bufio"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"golang.org/x/sync/errgroup"

	"kindred/index/filter"
	"kindred/index/lexical"
	"kindred/internal/section"
	"kindred/internal/text"
)

// What is derived from the papers is kept in the data folder, so that opening
// is reading it back:
//
//	cache/<token>/terms      the inverted index, see package lexical
//	cache/<token>/papers     ids, titles and names, see docs.go; filters, see package filter
//	cache/<token>/vectors    the vectors of the current generation, see cachevectors.go
//	cache/<token>/lists      their codes and lists, see package vector
//	cache/<token>/map        the map, see map.go; it may come later than the others, or not at all
//
// Each file begins with a section that names it and the token. The store
// holds the token of the one cache that belongs to it, with the state of the
// papers that the cache is of (the value "cache"). It is written when the files
// are there, in the database itself: so a database that has the token has been
// through that state, and what came after it can be made up for. Any other
// cache is thrown away, and so is one that is damaged.
const cacheName = "cache"

// cacheVersion changes with what the files mean, beyond their own versions:
// how titles and ids are folded, names split into words, vectors rounded.
const cacheVersion = 3

// stamp is the value "cache" of the store.
type stamp struct {
	Token      string `json:"token"`
	Version    int    `json:"version"`  // cacheVersion
	Analysis   int    `json:"analysis"` // text.Version
	Next       uint32 `json:"next"`     // the store's State
	Papers     int    `json:"papers"`
	Generation uint32 `json:"generation"` // of the vectors
	Vectors    int    `json:"vectors"`
}

const stampName = "cache"

// state tells whether a cache is up to date.
type state struct {
	next       uint32
	papers     int
	generation uint32
	builds     uint64 // of the generation's lists
}

func (x *Index) state() state {
	gen := x.generation.Load()
	next, papers := x.store.State()
	return state{next, papers, gen.Number, gen.vectors.Builds()}
}

// changed is how many papers have come and gone from one state to a later one.
func (s state) changed(later state) int {
	came := int(later.next - s.next)
	return came + max(0, s.papers+came-later.papers)
}

// writeCache writes all that is derived from the papers as it is at one
// moment. Writers wait for that moment, some milliseconds, searches do not.
func (x *Index) writeCache(ctx context.Context) error {
	x.caching.Lock()
	defer x.caching.Unlock()
	x.writing.Lock()
	now, gen := x.state(), x.generation.Load()
	if now == x.cached {
		x.writing.Unlock()
		return nil
	}
	terms, filters, ids := x.lexical.Snapshot(), x.filters.Snapshot(), x.docs.snapshot()
	lists := gen.vectors.Snapshot()
	docs, vectors := gen.vectors.All()
	x.writing.Unlock()
	if terms.Len() != now.papers || filters.Len() != now.papers {
		// Only after an error in the middle of a write.
		return fmt.Errorf("the index holds %d papers' words and %d papers' fields of %d", terms.Len(), filters.Len(), now.papers)
	}

	about := int64(len(docs)*(2*gen.vectors.Dimension()+100)+300*now.papers) + x.lexical.Memory()
	if err := x.store.Room(about); err != nil {
		return err
	}
	dir := filepath.Join(x.store.Dir(), cacheName)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	s := stamp{
		Token: rand.Text(), Version: cacheVersion, Analysis: text.Version,
		Next: now.next, Papers: now.papers, Generation: gen.Number, Vectors: len(docs),
	}
	unfinished := filepath.Join(dir, "new-"+s.Token)
	if err := os.Mkdir(unfinished, 0o755); err != nil {
		return err
	}
	defer os.RemoveAll(unfinished) // gone once it is renamed
	write := func(name string, fn func(w io.Writer) error) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		return writeCacheFile(filepath.Join(unfinished, name), name, s.Token, fn)
	}
	kept := x.atlas.Load()
	err := errors.Join(
		write("terms", func(w io.Writer) error { _, err := terms.WriteTo(w); return err }),
		write("papers", func(w io.Writer) error {
			sw := section.NewWriter(w)
			if ids.write(sw); sw.Err != nil {
				return sw.Err
			}
			_, err := filters.WriteTo(w)
			return err
		}),
		write("vectors", func(w io.Writer) error { return writeVectors(ctx, w, gen.vectors.Dimension(), docs, vectors) }),
		write("lists", func(w io.Writer) error { _, err := lists.WriteTo(w); return err }),
	)
	if err == nil && kept != nil {
		err = write(mapName, kept.write)
	}
	if err != nil {
		return err
	}
	if err := os.Rename(unfinished, filepath.Join(dir, s.Token)); err != nil {
		return err
	}
	if err := x.store.SetValue(stampName, s); err != nil {
		return errors.Join(err, os.RemoveAll(filepath.Join(dir, s.Token)))
	}
	x.cached, x.token = now, s.Token
	if kept != nil {
		x.keptMap = kept
	}
	return x.sweepCaches(s.Token)
}

// writeCacheFile writes one file. It is not synced: what a power cut leaves of
// it is found out by its checksums.
func writeCacheFile(path, name, token string, fn func(w io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	sw := section.NewWriter(w)
	if sw.Bytes([]byte(cacheHead(name, token))); sw.Err != nil {
		return sw.Err
	}
	if err := fn(w); err != nil {
		return err
	}
	return w.Flush()
}

func cacheHead(name, token string) string {
	return fmt.Sprintf("kindred cache %d: %s of %s\n", cacheVersion, name, token)
}

// sweepCaches removes all caches but one.
func (x *Index) sweepCaches(token string) error {
	dir := filepath.Join(x.store.Dir(), cacheName)
	entries, err := os.ReadDir(dir)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if e.Name() != token {
			err = errors.Join(err, os.RemoveAll(filepath.Join(dir, e.Name())))
		}
	}
	return err
}

// cacheFile opens a file of the cache and reads its head.
func (x *Index) cacheFile(s stamp, name string) (*os.File, error) {
	f, err := os.Open(filepath.Join(x.store.Dir(), cacheName, s.Token, name))
	if err != nil {
		return nil, err
	}
	sr := section.NewReader(f)
	if head := sr.Bytes(); sr.Err != nil || string(head) != cacheHead(name, s.Token) {
		f.Close()
		return nil, fmt.Errorf("%s is not the file that it should be", name)
	}
	return f, nil
}

// readCache takes the words and fields of the papers from the cache and
// returns its stamp. It reports false when there is none that can be used.
func (x *Index) readCache(ctx context.Context) (s stamp, ok bool) {
	there, err := x.store.Value(stampName, &s)
	if err != nil {
		x.unusable(err)
	}
	next, _ := x.store.State()
	if err != nil || !there || s.Version != cacheVersion || s.Analysis != text.Version || s.Next > next || s.Token == "" || s.Token != filepath.Base(s.Token) {
		s.Token = ""
	}
	if err := x.sweepCaches(s.Token); err != nil {
		x.log.Warn("removing former caches failed; they take room", "error", err)
	}
	if s.Token == "" {
		return s, false
	}
	var terms *lexical.Index
	var ids *docs
	var filters *filter.Index
	g, ctx := errgroup.WithContext(ctx)
	read := func(name string, fn func(r io.Reader, size int64) error) {
		g.Go(func() error {
			f, err := x.cacheFile(s, name)
			if err != nil {
				return err
			}
			defer f.Close()
			info, err := f.Stat()
			if err != nil {
				return err
			}
			return fn(bufio.NewReaderSize(interrupted{ctx, f}, 1<<20), info.Size())
		})
	}
	read("terms", func(r io.Reader, size int64) (err error) {
		terms, err = lexical.Read(r, size, x.ranking.Lexical)
		return err
	})
	read("papers", func(r io.Reader, size int64) (err error) {
		if ids, err = readDocs(section.NewReader(r).Expect(size)); err == nil {
			filters, err = filter.Read(r, size)
		}
		return err
	})
	if err := g.Wait(); err != nil {
		x.unusable(err)
		return s, false
	}
	if terms.Len() != s.Papers || filters.Count(nil) != s.Papers {
		x.unusable(fmt.Errorf("it holds %d papers' words and %d papers' fields of %d", terms.Len(), filters.Count(nil), s.Papers))
		return s, false
	}
	x.lexical, x.docs, x.filters = terms, ids, filters
	return s, true
}

// unusable says that a cache is made anew.
func (x *Index) unusable(err error) {
	x.log.Warn("the cache in the data folder cannot be used; everything in it is made anew", "error", err)
}

// interrupted is a reader until ctx ends.
type interrupted struct {
	ctx context.Context
	r   io.Reader
}

func (i interrupted) Read(p []byte) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.Read(p)
}
