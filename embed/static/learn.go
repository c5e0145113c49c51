package static

import (
	"cmp"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"math"

	"kindred/internal/text"
)

// ErrTooSmall is returned when a corpus has too few papers to set against
// each other; the model at hand is the best there is.
var ErrTooSmall = errors.New("corpus too small to learn from")

// minCorpus is the fewest papers that Learn learns from.
const minCorpus = 16

// LearnOptions say how to learn. The zero value is right for a user's corpus.
type LearnOptions struct {
	Seed      uint64
	Steps     int // 0: by the size of the corpus
	Batch     int // pairs set against each other in a step; 0: 512, fewer for small corpora
	MinPapers int // new words are learned that are in at least so many papers; 0: 2
	MaxTerms  int // at most so many words; 0: no bound
	Dimension int // when learning from nothing; 0: 256

	// Checkpoint, unless empty, is a file where the state is kept every
	// CheckpointSteps (0: 500) and at the end or when cancelled, to carry on
	// from when Learn is called again with the same base, corpus and options.
	// The caller removes it once the model is safe.
	Checkpoint      string
	CheckpointSteps int

	// Progress, unless nil, is called after every step.
	Progress func(done, total int)

	recipe recipe
}

// recipe is what the measurements chose (docs/quality.md); zero fields mean
// the default.
type recipe struct {
	rate, temperature, drop, hard float64
}

func (r recipe) orDefault() recipe {
	return recipe{
		rate:        cmp.Or(r.rate, .1),
		temperature: cmp.Or(r.temperature, .3),
		drop:        cmp.Or(r.drop, .5),
		hard:        cmp.Or(r.hard, .5),
	}
}

// BaseOptions are the options the base model is learned with.
func BaseOptions() LearnOptions {
	return LearnOptions{Steps: 9000, Batch: 1024, MinPapers: 8, MaxTerms: 58000, recipe: recipe{temperature: .08, drop: .3}}
}

// Learn goes on learning from base on a corpus, or learns from nothing when
// base is nil. Words new to the base get vectors, those the corpus uses
// shift, the others stay as they are. The same base, corpus and options give
// the same bytes, however many cores work on it. Learn returns ErrTooSmall
// when there is nothing to contrast, and the context's error when cancelled.
func Learn(ctx context.Context, base *Model, c *Corpus, o LearnOptions) (*Model, error) {
	if c.Papers() < minCorpus {
		return nil, fmt.Errorf("%w: %d papers that differ, %d are needed", ErrTooSmall, c.Papers(), minCorpus)
	}
	o.recipe = o.recipe.orDefault()
	o.Batch = batchFor(c.Papers(), o.Batch)
	if o.Steps <= 0 {
		o.Steps = stepsFor(c.Papers())
	}
	known := func(string) bool { return false }
	dim := cmp.Or(o.Dimension, 256)
	if base != nil {
		known, dim = base.Has, base.info.Dimension
	}
	l := newLesson(c, known, cmp.Or(o.MinPapers, 2), o.MaxTerms)
	if len(l.words) == 0 {
		return nil, fmt.Errorf("%w: no word is in two papers", ErrTooSmall)
	}
	t := newTrainer(l, dim, o)
	t.start(base)
	if err := t.run(ctx, base, o); err != nil {
		return nil, err
	}
	info := Info{Dimension: dim, Analysis: text.Version, Papers: c.Papers(), Steps: o.Steps, Batch: o.Batch, Seed: o.Seed}
	return merge(base, l.words, t.table, info), nil
}

// batchFor is a multiple of 16 wherever the corpus allows: pairs for which at
// least twice as many papers are there.
func batchFor(papers, want int) int {
	n := min(cmp.Or(want, 512), papers/2)
	if n >= 16 {
		n &^= 15
	}
	return n
}

// stepsFor bounds the learning of a user's corpus: 800 steps for 5,000
// papers, growing with the square root.
func stepsFor(papers int) int {
	return int(min(max(800*math.Sqrt(float64(papers)/5000), 200), 4000))
}

// run takes the steps that are not yet taken.
func (t *trainer) run(ctx context.Context, base *Model, o LearnOptions) error {
	var key [sha256.Size]byte
	taken := 0
	if o.Checkpoint != "" {
		key = t.key(base)
		var err error
		if taken, err = t.load(o.Checkpoint, key); err != nil {
			return err
		}
	}
	every := cmp.Or(o.CheckpointSteps, 500)
	for n := taken; ; n++ {
		cancelled := ctx.Err()
		if o.Checkpoint != "" && n > taken && (n%every == 0 || n == o.Steps || cancelled != nil) {
			if err := t.save(o.Checkpoint, key, n); err != nil {
				return errors.Join(cancelled, err)
			}
		}
		if cancelled != nil || n == o.Steps {
			return cancelled
		}
		t.step(n)
		if o.Progress != nil {
			o.Progress(n+1, o.Steps)
		}
	}
}
