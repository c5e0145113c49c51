package index

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"kindred/index/store"
)

// FromCache reports whether the index, just opened, came from the cache in the
// data folder alone.
func (x *Index) FromCache() bool {
	x.caching.Lock()
	defer x.caching.Unlock()
	return x.cached == x.state()
}

// CachedPapers is the number of papers of the cache that the index was opened
// from, as long as it has written none itself; 0 when there was none.
func (x *Index) CachedPapers() int {
	x.caching.Lock()
	defer x.caching.Unlock()
	return x.cached.papers
}

// WriteCache writes the cache now.
func (x *Index) WriteCache() error { return x.writeCache(context.Background()) }

// Memory is about how many bytes the vectors and the inverted index take.
func (x *Index) Memory() int64 {
	return x.generation.Load().vectors.Memory() + x.lexical.Memory()
}

// OnDisk returns the options for a disk with so much room as free says.
func OnDisk(o Options, free func() int64) Options {
	o.free = func(string) (int64, bool) { return free(), true }
	return o
}

// SwitchOver goes over to the generation that a learning began to fill, if so
// many papers at most are left and so little time.
func (x *Index) SwitchOver(ctx context.Context, most int, patience time.Duration) (bool, error) {
	next, err := x.unfinished(ctx, func(store.Generation) bool { return true })
	if err != nil {
		return false, err
	}
	if err := x.loadVectors(ctx, next); err != nil {
		return false, err
	}
	return x.switchOver(ctx, next, 0, most, patience)
}

// Writing reports whether the writing lock is held.
func (x *Index) Writing() bool {
	if x.writing.TryLock() {
		x.writing.Unlock()
		return false
	}
	return true
}

// Draw brings the map up to the papers now.
func (x *Index) Draw() error { return x.draw(context.Background()) }

// MapFile is the map as it is written, nil where there is none.
func (x *Index) MapFile() []byte {
	a := x.atlas.Load()
	if a == nil {
		return nil
	}
	var b bytes.Buffer
	if err := a.write(&b); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// Hurry has questions read papers for their phrases no longer than budget, atOnce
// at a time, and no few at once.
func (x *Index) Hurry(budget time.Duration, atOnce int) {
	x.phrases.budget, x.phrases.few, x.phrases.atOnce = budget, 0, atOnce
}

// Verify checks the database, and that what is derived from it has its papers.
func (x *Index) Verify(ctx context.Context) error {
	if err := x.store.Verify(ctx); err != nil {
		return err
	}
	live := x.filters.Live()
	if n := int(live.GetCardinality()); n != x.store.Len() || n != x.lexical.Len() {
		return fmt.Errorf("%d papers in the database, %d in the filters, %d in the inverted index", x.store.Len(), n, x.lexical.Len())
	}
	return x.store.Docs(ctx, func(doc uint32) {
		if !live.Contains(doc) || x.docs.id(doc) == "" {
			panic(fmt.Sprintf("paper %d is in the database alone", doc))
		}
	})
}
