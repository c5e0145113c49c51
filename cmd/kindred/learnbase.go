package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kindred/embed/static"
	"kindred/internal/text"
)

const (
	// baseFile is the name under which embed/static carries the base model.
	baseFile = "base.kvec"
	// maxBaseTokens bounds the memory of the papers that a base is learned
	// from to 1 GB: some 1,700,000 abstracts.
	maxBaseTokens = 256 << 20
)

// learnBase learns a model from the papers that come in and writes it to out,
// whole or not at all. While it learns, its state lies beside out; the same
// call after an interruption carries on from there, and ends in the same
// bytes. An out that holds something else than a model is not overwritten.
func learnBase(ctx context.Context, in *intake, out string, steps int) error {
	if err := replaceable(out); err != nil {
		return err
	}
	corpus, err := readBase(ctx, in)
	if err != nil {
		return err
	}
	o := static.BaseOptions()
	if steps > 0 {
		o.Steps = steps
	}
	o.Checkpoint = out + ".checkpoint"
	defer in.screen.clear()
	o.Progress = func(done, total int) { in.screen.show("learning", "", int64(done), int64(total)) }

	start := time.Now()
	m, err := static.Learn(ctx, nil, corpus, o)
	switch {
	case err != nil && ctx.Err() != nil && isFile(o.Checkpoint):
		return fmt.Errorf("interrupted; the same command again carries on from %s", o.Checkpoint)
	case errors.Is(err, static.ErrCheckpoint):
		return fmt.Errorf("%w; the same files and steps as then carry on from it, and without it the learning starts afresh", err)
	case err != nil:
		return err
	}
	if err := m.Save(out); err != nil {
		return err
	}
	if err := os.Remove(o.Checkpoint); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fmt.Printf("%s words learned from %s papers in %s: %s, %s\n", comma(m.Info().Terms), comma(corpus.Papers()),
		seconds(time.Since(start)), out, m.Fingerprint())
	return nil
}

// replaceable refuses a place that holds no model: it may be a model that was
// damaged, or somebody's papers.
func replaceable(out string) error {
	if !isFile(out) {
		_, err := os.Stat(filepath.Dir(out))
		return err
	}
	if _, err := static.Open(out); err != nil {
		return fmt.Errorf("%w; it is not overwritten", err)
	}
	return nil
}

func isFile(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// readBase reads the papers to learn from. Unlike an ingest it does not go on
// without a file: the model would not be that of the files named.
func readBase(ctx context.Context, in *intake) (*static.Corpus, error) {
	defer in.screen.clear()
	corpus := &static.Corpus{MaxTokens: maxBaseTokens}
	var a text.Analyzer
	var d text.Doc
	read := 0
	for p, err := range in.papers(ctx) {
		if err != nil {
			continue // reported by in
		}
		p.Normalize()
		// Papers of one category, else of one venue, are set against each other.
		group := p.Venue
		if len(p.Categories) > 0 {
			group = p.Categories[0]
		}
		a.Doc(&d, p.Title, p.Abstract)
		corpus.Add(&d, group)
		if read++; read%1000 == 0 {
			in.showRead(read)
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return corpus, errors.Join(in.failed...)
}
