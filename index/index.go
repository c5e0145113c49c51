// Package index is Kindred's engine: papers in, related papers out.
//
// An [Index] ties the parts together and does nothing that one of them could:
// index/store keeps records and vectors on disk and is the truth;
// index/lexical, index/vector and index/filter are derived from it in memory;
// embed/static (or another [embed.Embedder]) turns texts into vectors;
// index/rank joins the signals. A paper comes in through [Index.Ingest] or
// [Index.Put]; a question is answered by [Index.Search] and [Index.Similar].
package index

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/index/filter"
	"kindred/index/lexical"
	"kindred/index/rank"
	"kindred/index/store"
	"kindred/index/vector"
	"kindred/internal/text"
	"kindred/paper"
)

// What Open can refuse; see package store for what else it says.
var (
	// ErrNoIndex says that there is no data folder yet.
	ErrNoIndex = store.ErrNotExist
	// ErrLocked says that another process holds the data folder.
	ErrLocked = store.ErrLocked
	// ErrLearning says that the model is learning already.
	ErrLearning = paper.ErrLearning
)

// Options of an Index. The zero value is right for a user's data folder.
type Options struct {
	MustExist bool         // refuse a folder that does not exist, instead of making it
	NoSync    bool         // leave it to the operating system when writes reach the disk
	Exact     bool         // compare every vector, however many there are
	Logger    *slog.Logger // nil drops warnings
	// Loading, unless nil, is told how many of the papers Open has brought into
	// memory, where that takes time.
	Loading func(done, total int)
	// Embedder makes the vectors; nil leaves that to Wanted.
	Embedder embed.Embedder
	// Wanted names the embedder that is asked for, and a folder filled by
	// another is refused with an [EmbedderError]; nil is the folder's own: the
	// one it records, or the built-in model.
	Wanted *embed.Settings
	// Dial makes the embedder that settings name, without asking its server
	// where they tell the length of its vectors. Without it, there is only the
	// built-in one.
	Dial func(context.Context, embed.Settings) (embed.Embedder, error)
	// QuestionDeadline is how long a question waits for its vector, where the
	// embedder is elsewhere, before words alone answer it; 0 is two seconds.
	QuestionDeadline time.Duration

	// For measuring other settings than those that serve all corpora.

	Base    *static.Model // what the built-in model is before it learns; nil is the one the program carries
	Ranking *Ranking      // nil is DefaultRanking

	free func(dir string) (int64, bool) // for tests; see store.Options
}

// Ranking is every setting that decides in which order papers are found.
type Ranking struct {
	Questions, Similars rank.Settings
	Lexical             lexical.Options
}

// DefaultRanking is the one setting for all corpora, chosen by what
// docs/quality.md measures.
func DefaultRanking() Ranking {
	return Ranking{rank.Questions, rank.Similars, lexical.Options{TitleWeight: 2}}
}

// Index is an open data folder that answers questions. All methods are safe
// for concurrent use.
type Index struct {
	opt     Options
	ranking Ranking
	log     *slog.Logger
	store   *store.Store

	// The derived structures. Each is safe by itself; a paper is in all of
	// them when the call that wrote it returns.
	lexical    *lexical.Index
	filters    *filter.Index
	docs       *docs
	generation atomic.Pointer[generation]
	leaving    leaving
	replaced   atomic.Uint64 // grows when papers have been replaced everywhere
	revision   revision
	corpus     uint64 // tells this corpus from all others, for cursors
	analyzers  analyzers
	phrases    phrases
	apart      apart
	counters   counters
	turns      turns

	// writing is held while papers or vectors are written, so that the store
	// and what is derived from it change together. Searches never wait for it.
	writing sync.Mutex
	filling *generation // being filled beside the current one; nil when none. Guarded by writing.

	learning sync.Mutex // held by Learn
	changing atomic.Pointer[embed.Worker]
	asking   asking
	first    embed.Embedder // of a folder that is being made, where it was asked for; see dialFirst
	progress progress
	survey   survey

	keeper  keeper
	caching sync.Mutex // held while the cache is written
	cached  state      // of the cache in the data folder; guarded by caching
	token   string     // its folder, "" while there is none; guarded by caching
	keptMap *atlas     // the map in that folder; guarded by caching
	atlas   atomic.Pointer[atlas]
	drawing atomic.Bool // a layout is being learned
	closing sync.Once
}

// generation is a model with the vectors it made.
type generation struct {
	store.Generation
	embedder embed.Embedder
	vectors  *vector.Index
}

// Open opens the data folder at dir, makes it where it does not exist, and
// brings everything derived from it into memory.
func Open(ctx context.Context, dir string, o Options) (*Index, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	x := &Index{opt: o, ranking: DefaultRanking(), log: o.Logger}
	x.revision.opened = rand.Text()[:12]
	x.phrases = newPhrases()
	x.turns = newTurns()
	x.keeper.wake = make(chan struct{}, 1)
	if err := x.dialFirst(ctx, dir); err != nil {
		return nil, err
	}
	s, err := store.Open(dir, store.Options{MustExist: o.MustExist, NoSync: o.NoSync, Logger: o.Logger, Free: o.free})
	if err != nil {
		return nil, err
	}
	x.store = s
	if o.Ranking != nil {
		x.ranking = *o.Ranking
	}
	if err = errors.Join(x.nameCorpus(), x.loadApart()); err == nil {
		err = x.load(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening %s: %w", dir, err), s.Close())
	}
	x.startKeeping()
	return x, nil
}

// IsFolder reports whether dir is a data folder, held by somebody or not.
func IsFolder(dir string) bool { return store.IsFolder(dir) }

// Close waits for what is being written, writes down what makes the next
// opening fast, about a second for half a million papers, and releases the
// data folder.
func (x *Index) Close() error {
	x.closing.Do(func() {
		x.stopKeeping()
		if err := x.writeCache(context.Background()); err != nil {
			x.log.Warn("writing the cache failed; the next start takes longer", "error", err)
		}
	})
	x.writing.Lock()
	defer x.writing.Unlock()
	return x.store.Close()
}

// Dir is the data folder's absolute path.
func (x *Index) Dir() string { return x.store.Dir() }

// analyzers lends text analyzers, which remember stems but serve one
// goroutine at a time. They are kept beyond garbage collections, as a question
// and its highlights take three times as long to analyse without the stems.
// The zero value is ready.
type analyzers struct {
	mu   sync.Mutex
	free []*text.Analyzer
}

func (p *analyzers) get() *text.Analyzer {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return new(text.Analyzer)
	}
	a := p.free[n-1]
	p.free = p.free[:n-1]
	return a
}

func (p *analyzers) put(a *text.Analyzer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.free) < max(4, runtime.GOMAXPROCS(0)) {
		p.free = append(p.free, a)
	}
}
