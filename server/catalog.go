package server

import (
	"context"
	"errors"

	"kindred/paper"
)

// Catalog is an [Engine] whose papers can be looked through in other ways than
// by relevance. The shapes of other services need it; an engine without it serves
// all else. Errors are as those of Engine's methods.
type Catalog interface {
	// Find returns one paper an id, in order, nil where there is none. An id is
	// a paper's own or one that [paper.ParseRef] reads.
	Find(ctx context.Context, ids []string) ([]*paper.Paper, error)
	// Select returns a page of all papers that match.
	Select(ctx context.Context, s paper.Selection) (*paper.Selected, error)
	// Complete returns up to limit papers by what is typed of their titles.
	Complete(ctx context.Context, typed string, limit int) ([]paper.Paper, error)
	// Vectors returns the vectors of papers, in order, nil for one that has none.
	Vectors(ctx context.Context, ids []string) (paper.Embeddings, error)
}

// catalogOf is the engine, or the one behind the gate, where that is a Catalog.
func catalogOf(e Engine) (Catalog, error) {
	behind := e
	if g, ok := e.(*gate); ok {
		behind = g.engine
	}
	if _, ok := behind.(Catalog); !ok {
		return nil, refuse(paper.ErrUnavailable, "", "the engine behind this server cannot list its papers")
	}
	return e.(Catalog), nil
}

// findAll looks ids up; an engine that is no Catalog knows papers' own only.
func findAll(ctx context.Context, e Engine, ids []string) ([]*paper.Paper, error) {
	if c, err := catalogOf(e); err == nil {
		return c.Find(ctx, ids)
	}
	out := make([]*paper.Paper, len(ids))
	for i, id := range ids {
		p, err := e.Paper(ctx, id)
		switch {
		case err == nil:
			out[i] = &p
		case !errors.Is(err, paper.ErrNotFound):
			return nil, err
		}
	}
	return out, nil
}

func (g *gate) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	return read(ctx, g, func(ctx context.Context) ([]*paper.Paper, error) { return g.engine.(Catalog).Find(ctx, ids) })
}

func (g *gate) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	return read(ctx, g, func(ctx context.Context) (*paper.Selected, error) { return g.engine.(Catalog).Select(ctx, s) })
}

func (g *gate) Complete(ctx context.Context, typed string, limit int) ([]paper.Paper, error) {
	return read(ctx, g, func(ctx context.Context) ([]paper.Paper, error) {
		return g.engine.(Catalog).Complete(ctx, typed, limit)
	})
}

func (g *gate) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	return read(ctx, g, func(ctx context.Context) (paper.Embeddings, error) { return g.engine.(Catalog).Vectors(ctx, ids) })
}
