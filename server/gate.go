package server

import (
	"context"
	"time"

	"kindred/paper"
)

// gate is an Engine that bounds what the engine behind it has to bear: the
// calls under way, those waiting, and the time of a read. Every open road
// passes through one gate.
type gate struct {
	engine        Engine
	reads, writes turnstile
	readDeadline  time.Duration
}

func newGate(e Engine, o *Options) *gate {
	return &gate{
		engine: e, readDeadline: o.ReadDeadline,
		reads: newTurnstile(o.MaxReads), writes: newTurnstile(o.MaxWrites),
	}
}

func (g *gate) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	return read(ctx, g, func(ctx context.Context) (*paper.Result, error) { return g.engine.Search(ctx, q) })
}

func (g *gate) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	return read(ctx, g, func(ctx context.Context) (*paper.Result, error) { return g.engine.Similar(ctx, s) })
}

func (g *gate) Paper(ctx context.Context, id string) (paper.Paper, error) {
	return read(ctx, g, func(ctx context.Context) (paper.Paper, error) { return g.engine.Paper(ctx, id) })
}

// Stats is not counted: a full server must still say how it is.
func (g *gate) Stats(ctx context.Context) (paper.Stats, error) {
	ctx, cancel := context.WithTimeout(ctx, g.readDeadline)
	defer cancel()
	return g.engine.Stats(ctx)
}

func (g *gate) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	if err := g.writes.enter(ctx); err != nil {
		return nil, err
	}
	defer g.writes.leave()
	return g.engine.Put(ctx, papers)
}

func (g *gate) Delete(ctx context.Context, ids []string) (int, error) {
	if err := g.writes.enter(ctx); err != nil {
		return 0, err
	}
	defer g.writes.leave()
	return g.engine.Delete(ctx, ids)
}

func read[T any](ctx context.Context, g *gate, call func(context.Context) (T, error)) (T, error) {
	ctx, cancel := context.WithTimeout(ctx, g.readDeadline)
	defer cancel()
	if err := g.reads.enter(ctx); err != nil {
		var zero T
		return zero, err
	}
	defer g.reads.leave()
	return call(ctx)
}

// turnstile lets a number of callers through at once and a larger number
// wait.
type turnstile struct {
	inside  chan struct{}
	waiting chan struct{}
}

// waitersPerPlace keeps the line short enough that its end is reached within
// queueWait when answers take tens of milliseconds.
const waitersPerPlace = 32

func newTurnstile(places int) turnstile {
	return turnstile{make(chan struct{}, places), make(chan struct{}, places*waitersPerPlace)}
}

// enter waits for a place; the error is errBusy when the line is full or too
// slow, or the context's.
func (t turnstile) enter(ctx context.Context) error {
	select {
	case t.inside <- struct{}{}:
		return nil
	default:
	}
	select {
	case t.waiting <- struct{}{}:
	default:
		return errBusy
	}
	defer func() { <-t.waiting }()
	timer := time.NewTimer(queueWait)
	defer timer.Stop()
	select {
	case t.inside <- struct{}{}:
		return nil
	case <-timer.C:
		return errBusy
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turnstile) leave() { <-t.inside }
