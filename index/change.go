package index

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"kindred/embed"
	"kindred/index/store"
	"kindred/paper"
)

// This file is about which embedder a folder has: it records the one that made
// its vectors, opens with that, refuses another, and is changed by Learn.

// wantsServer reports whether an embedder elsewhere was asked for by name.
func (x *Index) wantsServer() bool {
	return x.opt.Wanted != nil && x.opt.Wanted.Provider != embed.Static
}

// dial makes the embedder that settings name.
func (x *Index) dial(ctx context.Context, s embed.Settings) (embed.Embedder, error) {
	if x.opt.Dial == nil {
		return nil, fmt.Errorf("the vectors of this folder are made by %s at %s, and nothing here can ask it", s.Model, s.URL)
	}
	return x.opt.Dial(ctx, s)
}

// dialFirst asks for the embedder of a folder that is still to be made, so that
// none is made where that fails.
func (x *Index) dialFirst(ctx context.Context, dir string) error {
	if x.opt.Embedder != nil || !x.wantsServer() {
		return nil
	}
	if files, err := os.ReadDir(filepath.Join(dir, "badger")); err == nil && len(files) > 0 {
		return nil
	}
	var err error
	x.first, err = x.dial(ctx, *x.opt.Wanted)
	return err
}

// recordOf are the settings to record for an embedder; nil for one that has
// none.
func recordOf(e embed.Embedder) *embed.Settings {
	if d, ok := bare(e).(embed.Described); ok {
		s := d.Settings()
		return &s
	}
	return nil
}

// recorded makes the embedder of a generation that a server made: the one that
// was asked for where it makes the same vectors, else as it was recorded. The
// length of its vectors is known, so the server need not be there.
func (x *Index) recorded(ctx context.Context, g store.Generation) (embed.Embedder, error) {
	s := *g.Embedder
	s.Length = g.Dimension
	if w := x.opt.Wanted; w != nil {
		if w.Provider == embed.Static {
			e, err := x.base()
			if err != nil {
				return nil, err
			}
			return nil, &EmbedderError{Folder: g.Fingerprint, Wanted: string(e.Fingerprint())}
		}
		if same := w.SameVectors(s); same {
			s, s.Length = *w, g.Dimension
		} else {
			return x.dialOther(ctx, g, *w)
		}
	}
	return x.dial(ctx, s)
}

// dialOther makes an embedder that need not be the folder's, which its
// fingerprint then tells. Where it cannot be reached, its name does.
func (x *Index) dialOther(ctx context.Context, g store.Generation, s embed.Settings) (embed.Embedder, error) {
	e, err := x.dial(ctx, s)
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case err != nil:
		return nil, errors.Join(&EmbedderError{Folder: g.Fingerprint, Wanted: string(embed.NewFingerprint("openai", s.Model, s.Dimensions))}, err)
	case string(e.Fingerprint()) != g.Fingerprint:
		return nil, &EmbedderError{Folder: g.Fingerprint, Wanted: string(e.Fingerprint())}
	}
	return e, nil
}

// record keeps in the folder where its embedder is now, if that has changed.
func (x *Index) record(g store.Generation, e embed.Embedder) (store.Generation, error) {
	s := recordOf(e)
	if s == nil || g.Embedder != nil && *g.Embedder == *s {
		return g, nil
	}
	g.Embedder = s
	return g, x.store.UpdateGeneration(g)
}

// EmbedderError says that another embedder was asked for than the one that
// made the folder's vectors. It wraps [ErrEmbedder].
type EmbedderError struct{ Folder, Wanted string } // fingerprints

func (e *EmbedderError) Error() string {
	return fmt.Sprintf("%v: they are of %s, the embedder at hand is %s; open the folder with the embedder it was filled with, or change it with kindred learn",
		ErrEmbedder, e.Folder, e.Wanted)
}

func (e *EmbedderError) Unwrap() error { return ErrEmbedder }

// target reads which embedder a learning is for; nil is the folder's own.
func target(o LearnOptions) (*embed.Settings, error) {
	if len(o.Embedder) == 0 || string(o.Embedder) == "null" {
		return nil, nil
	}
	s := new(embed.Settings)
	if err := json.Unmarshal(o.Embedder, s); err != nil || s.Provider == "" {
		return nil, paper.Invalid("embedder", "these are no settings of an embedder")
	}
	return s, nil
}

// change gives the folder another embedder: a generation of its vectors is
// filled beside the one in use, and one small write switches over.
func (x *Index) change(ctx context.Context, s embed.Settings, tell func(string, int, int)) error {
	e, err := x.dial(ctx, s)
	if err != nil {
		return err
	}
	name := string(e.Fingerprint())
	if w, ok := e.(embed.Worker); ok {
		x.changing.Store(&w)
		defer x.changing.Store(nil)
	}
	if now := x.generation.Load(); name == now.Fingerprint {
		x.writing.Lock()
		defer x.writing.Unlock()
		g := *x.generation.Load()
		if g.Generation, err = x.record(g.Generation, e); err != nil {
			return err
		}
		g.embedder = x.asked(e)
		x.generation.Store(&g)
		x.revision.changes.Add(1)
		return nil
	}
	next, err := x.unfinished(ctx, func(g store.Generation) bool { return g.Fingerprint == name })
	if err != nil {
		return err
	}
	if next == nil {
		g, err := x.store.CreateGeneration(store.Generation{Fingerprint: name, Dimension: e.Dimension(), Embedder: recordOf(e)})
		if err != nil {
			return err
		}
		if next, err = x.newGeneration(g, e); err != nil {
			return err
		}
	}
	next.embedder = x.asked(e) // the one that was asked for just now
	if next.Generation, err = x.record(next.Generation, e); err != nil {
		return err
	}
	return x.fill(ctx, next, tell)
}

// toBase fills a generation of the built-in model as it comes, for a corpus
// that is too small to learn from.
func (x *Index) toBase(ctx context.Context, tell func(string, int, int)) error {
	e, err := x.base()
	if err != nil {
		return err
	}
	g, err := x.store.CreateGeneration(store.Generation{Fingerprint: string(e.Fingerprint()), Dimension: e.Dimension()})
	if err != nil {
		return err
	}
	next, err := x.newGeneration(g, e)
	if err != nil {
		return err
	}
	return x.fill(ctx, next, tell)
}
