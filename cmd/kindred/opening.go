package main

import (
	"context"
	"fmt"
	"sync/atomic"

	"kindred/index"
	"kindred/paper"
	"kindred/server"
)

// opening is what a server asks while the index is still being opened: it says
// how far that is, and refuses everything else for the moment. Once the index
// is there it passes everything on.
type opening struct {
	index       atomic.Pointer[index.Index]
	harvests    *scheduler // nil: none
	done, total atomic.Int64
}

var (
	_ server.Engine   = (*opening)(nil)
	_ server.Learner  = (*opening)(nil)
	_ server.Embedder = (*opening)(nil)
	_ server.Reviser  = (*opening)(nil)
	_ server.Counter  = (*opening)(nil)

	_ server.Harvester = (*opening)(nil)
)

// loading takes note of how far the opening is; see index.Options.
func (o *opening) loading(done, total int) {
	o.done.Store(int64(done))
	o.total.Store(int64(total))
}

func (o *opening) engine() (*index.Index, error) {
	if x := o.index.Load(); x != nil {
		return x, nil
	}
	return nil, fmt.Errorf("%w: the papers are being loaded", paper.ErrUnavailable)
}

func (o *opening) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Search(ctx, q)
}

func (o *opening) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Similar(ctx, s)
}

func (o *opening) Paper(ctx context.Context, id string) (paper.Paper, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Paper{}, err
	}
	return x.Paper(ctx, id)
}

func (o *opening) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Put(ctx, papers)
}

func (o *opening) Delete(ctx context.Context, ids []string) (int, error) {
	x, err := o.engine()
	if err != nil {
		return 0, err
	}
	return x.Delete(ctx, ids)
}

func (o *opening) Learn(ctx context.Context, l paper.LearnOptions, progress func(stage string, done, total int)) error {
	x, err := o.engine()
	if err != nil {
		return err
	}
	return x.Learn(ctx, l, progress)
}

func (o *opening) Model() (fingerprint string, dimension int) {
	if x := o.index.Load(); x != nil {
		return x.Model()
	}
	return "", 0
}

func (o *opening) Embed(ctx context.Context, t paper.Texts) (paper.Embeddings, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Embeddings{}, err
	}
	return x.Embed(ctx, t)
}

func (o *opening) Revision() string {
	if x := o.index.Load(); x != nil {
		return x.Revision()
	}
	return ""
}

func (o *opening) Harvests() []paper.Harvest { return o.harvests.Harvests() }

func (o *opening) Counters() paper.Counters {
	if x := o.index.Load(); x != nil {
		return x.Counters()
	}
	return paper.Counters{}
}

func (o *opening) Stats(ctx context.Context) (paper.Stats, error) {
	x, err := o.engine()
	if err == nil {
		return x.Stats(ctx)
	}
	st := paper.Stats{State: "loading"}
	if total := o.total.Load(); total > 0 {
		st.Progress = float64(o.done.Load()) / float64(total)
	}
	return st, nil
}
