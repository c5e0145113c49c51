package index

import (
	"context"
	"errors"
	"runtime/debug"
	"sync/atomic"
	"time"

	"kindred/index/store"
	"kindred/index/vector"
)

const (
	// quiet is how long nothing must have been written for the papers to count
	// as settled.
	quiet = time.Second
	// patience is how long the keeper waits for that while papers come in.
	patience = 10 * time.Second
	// unasked is how long nobody must have searched for the map to be drawn,
	// which takes a while and slows searches down.
	unasked = 3 * time.Second
)

// keeper is what the goroutine in the background goes by.
type keeper struct {
	wake    chan struct{} // holds one when something may be to do
	last    atomic.Int64  // when papers last changed, in Unix nanoseconds
	intakes atomic.Int32  // calls of Ingest under way
	asked   atomic.Bool   // somebody has searched since lists were last made
	stop    context.CancelFunc
	stopped chan struct{}

	searched atomic.Int64 // when somebody last searched, in Unix nanoseconds
	later    *time.Timer  // rouses the keeper for the map that waits for that
}

// startKeeping begins to keep lists and cache up with the papers, until
// stopKeeping.
func (x *Index) startKeeping() {
	ctx, stop := context.WithCancel(context.Background())
	x.keeper.stop, x.keeper.stopped = stop, make(chan struct{})
	x.keeper.later = time.AfterFunc(unasked, x.keeper.rouse)
	go x.keep(ctx)
	x.stir()
}

func (x *Index) stopKeeping() {
	x.keeper.stop()
	<-x.keeper.stopped
	x.keeper.later.Stop()
}

// stir tells the keeper that papers have changed.
func (x *Index) stir() {
	x.keeper.last.Store(time.Now().UnixNano())
	x.keeper.rouse()
}

// rouse wakes the keeper.
func (k *keeper) rouse() {
	select {
	case k.wake <- struct{}{}:
	default:
	}
}

// noteSearch notes that somebody searches.
func (x *Index) noteSearch() {
	if !x.keeper.asked.Load() {
		x.keeper.asked.Store(true)
	}
	x.keeper.searched.Store(time.Now().UnixNano())
}

func (x *Index) keep(ctx context.Context) {
	defer close(x.keeper.stopped)
	if x.lexical.Forward(ctx) != nil { // of what opening has read from the cache
		return
	}
	for {
		select {
		case <-ctx.Done():
			return
		case <-x.keeper.wake:
		}
		occasion, ok := x.lull(ctx)
		if !ok {
			return
		}
		err := x.tend(ctx, occasion)
		if err != nil && ctx.Err() == nil && !errors.Is(err, store.ErrClosed) {
			x.log.Warn("keeping up with the papers failed; searching and opening take longer", "error", err)
		}
		if occasion == vector.Passing {
			x.stir()
		}
	}
}

// lull waits until papers have stopped coming in and no model is learning, or
// for as long as patience lasts. It reports false when ctx ends.
func (x *Index) lull(ctx context.Context) (vector.Occasion, bool) {
	const look = quiet / 4
	for end := time.Now().Add(patience); ; {
		still := time.Since(time.Unix(0, x.keeper.last.Load()))
		learning, _ := x.progress.get()
		switch {
		case learning != "": // its vectors replace these
		case x.keeper.intakes.Load() == 0 && still >= quiet:
			return vector.Settled, true
		case time.Now().After(end):
			return vector.Passing, true
		}
		select {
		case <-ctx.Done():
			return 0, false
		case <-time.After(look):
		}
	}
}

// tend brings the lists up to the vectors, joins segments, and writes the cache
// where opening would take notably longer without it.
func (x *Index) tend(ctx context.Context, o vector.Occasion) error {
	gen := x.generation.Load()
	// While papers come in, lists are for those who search meanwhile.
	if !x.opt.Exact && (o == vector.Settled || x.keeper.asked.Load()) {
		if err := gen.vectors.Build(ctx, o); err != nil {
			return err
		}
		x.keeper.asked.Store(false)
	}
	if o == vector.Settled && x.lexical.Scattered() {
		if err := x.lexical.Compact(ctx); err != nil {
			return err
		}
	}
	if o == vector.Settled {
		if time.Since(time.Unix(0, x.keeper.searched.Load())) < unasked {
			x.keeper.later.Reset(unasked)
		} else if err := x.draw(ctx); err != nil {
			return err
		}
	}
	now := x.state()
	x.caching.Lock()
	before := x.cached
	x.caching.Unlock()
	changed := before.changed(now)
	if o == vector.Settled && (now.generation != before.generation || now.builds != before.builds || changed > now.papers/16) ||
		o == vector.Passing && changed > max(50_000, now.papers/4) {
		err := x.writeCache(ctx)
		// What loading or a long ingest has used besides is not needed again
		// soon, and the runtime gives it back over minutes only.
		debug.FreeOSMemory()
		return err
	}
	return x.keepMap()
}

// Settle does at once what otherwise waits for a moment of quiet: it sorts the
// vectors into lists and joins the segments of the inverted index, seconds for
// half a million papers, so that the next opening finds them so. It returns
// early, with nothing lost, when ctx ends.
func (x *Index) Settle(ctx context.Context) error {
	if !x.opt.Exact {
		if err := x.generation.Load().vectors.Build(ctx, vector.Settled); err != nil {
			return err
		}
	}
	if x.lexical.Scattered() {
		return x.lexical.Compact(ctx)
	}
	return ctx.Err()
}
