package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
)

// corpus is JSON lines to be loaded whole, for a demo or an evaluation.
type corpus struct {
	name string
	text io.Reader
	size int64 // bytes of text; 0 when unknown
}

// load brings a corpus into an empty index and teaches the model, unless
// noLearn or too small for that to help.
func load(ctx context.Context, x *index.Index, c corpus, noLearn bool, screen *progress) (ingestSummary, error) {
	defer screen.clear()
	start := time.Now()
	r, err := source.NewReader(c.text, c.name, source.Options{Format: "jsonl"})
	if err != nil {
		return ingestSummary{}, err
	}
	var broken error
	papers := func(yield func(paper.Paper, error) bool) {
		for item, err := range r.Papers(ctx) {
			if _, isLine := errors.AsType[*source.LineError](err); err != nil && !isLine {
				broken = err
				return
			}
			if !yield(item.Paper, err) {
				return
			}
		}
	}
	n, err := x.Ingest(ctx, iter.Seq2[paper.Paper, error](papers), func(n index.Counts) {
		screen.show(c.name, comma(n.Read)+" papers", r.Progress().Read, c.size)
	})
	sum := ingestSummary{Counts: n, Seconds: time.Since(start).Seconds()}
	if err := errors.Join(err, broken, r.Close()); err != nil {
		return sum, fmt.Errorf("loading %s: %w", c.name, err)
	}
	if noLearn || !x.ShouldLearn() {
		return sum, nil
	}
	took, err := learn(ctx, x, index.LearnOptions{}, screen)
	sum.LearnSeconds = took.Seconds()
	return sum, err
}
