package index

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"kindred/embed"
	"kindred/internal/lru"
	"kindred/paper"
)

// careful is an embedder elsewhere as searches ask it: an answer is remembered,
// none is waited for longer than a deadline, and one that fails is left alone
// for a while, so that a server that is down does not cost each search its
// deadline. Papers are embedded past it, see bare.
type careful struct {
	embed.Embedder
	deadline time.Duration
	log      *slog.Logger
	counters *counters
	answers  *lru.Cache[[32]byte, embed.Vector] // by question; never changed

	mu       sync.Mutex
	failures int       // in a row
	until    time.Time // it is left alone till then
	trying   bool      // after failures, one question at a time finds out
	last     error
}

const (
	// usualDeadline is what a question's vector may take: several times what a
	// local model on a CPU or a server across an ocean needs for one sentence.
	usualDeadline = 2 * time.Second
	// shortRest doubles with every failure up to longRest.
	shortRest, longRest = time.Second, 30 * time.Second
	// rememberedAnswers bounds the memory for questions' vectors: 16 MB at the
	// largest usual dimension, 4,096.
	rememberedAnswers = 1024
)

// errResting says that the embedder is not asked for now.
var errResting = errors.New("the embedder failed a moment ago and is left alone")

// bare is the embedder behind a careful one, for papers.
func bare(e embed.Embedder) embed.Embedder {
	if c, ok := e.(*careful); ok {
		return c.Embedder
	}
	return e
}

// asked wraps an embedder for questions where it is not in this process.
func (x *Index) asked(e embed.Embedder) embed.Embedder {
	switch e.(type) {
	case termEmbedder, *lost, *careful:
		return e
	}
	c := &careful{
		Embedder: e, deadline: x.opt.QuestionDeadline, log: x.log, counters: &x.counters,
		answers: lru.New[[32]byte, embed.Vector](rememberedAnswers),
	}
	if c.deadline <= 0 {
		c.deadline = usualDeadline
	}
	return c
}

func (c *careful) EmbedQueries(ctx context.Context, questions []string) ([]embed.Vector, error) {
	if len(questions) != 1 {
		v, err := c.Embedder.EmbedQueries(ctx, questions)
		c.counters.fault(ctx, err)
		return v, err
	}
	return c.ask(ctx, sha256.Sum256([]byte("q"+questions[0])), func(ctx context.Context) ([]embed.Vector, error) {
		return c.Embedder.EmbedQueries(ctx, questions)
	})
}

func (c *careful) EmbedDocuments(ctx context.Context, docs []embed.Document) ([]embed.Vector, error) {
	if len(docs) != 1 {
		v, err := c.Embedder.EmbedDocuments(ctx, docs)
		c.counters.fault(ctx, err)
		return v, err
	}
	return c.ask(ctx, sha256.Sum256(fmt.Appendf(nil, "d%q %q", docs[0].Title, docs[0].Abstract)), func(ctx context.Context) ([]embed.Vector, error) {
		return c.Embedder.EmbedDocuments(ctx, docs)
	})
}

// ask answers from memory, else asks within the deadline. What is the
// embedder's fault wraps [paper.ErrUnavailable].
func (c *careful) ask(ctx context.Context, key [32]byte, do func(context.Context) ([]embed.Vector, error)) ([]embed.Vector, error) {
	if v, ok := c.answers.Get(key); ok {
		c.counters.questionsKept.Add(1)
		return []embed.Vector{v}, nil
	}
	if err := c.enter(); err != nil {
		return nil, err
	}
	c.counters.questionsAsked.Add(1)
	limited, cancel := context.WithTimeout(ctx, c.deadline)
	defer cancel()
	vectors, err := do(limited)
	if err == nil {
		err = usable(c.Embedder, vectors, 1)
	}
	if refused, ok := errors.AsType[*embed.RefusedError](err); ok {
		c.leave(nil, true) // it answers, if not this one
		return nil, fmt.Errorf("%w: %w", paper.ErrUnavailable, refused)
	}
	if err != nil && ctx.Err() != nil { // the one who asked has gone, which says nothing
		c.leave(nil, false)
		return nil, ctx.Err()
	}
	if err != nil && limited.Err() != nil {
		err = fmt.Errorf("no vector of the question within %s", c.deadline)
	}
	c.leave(err, true)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", paper.ErrUnavailable, err)
	}
	c.answers.Put(key, vectors[0])
	return vectors, nil
}

// enter refuses while the embedder is left alone. After that, one question at a
// time is let through until one is answered.
func (c *careful) enter() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.failures == 0 {
		return nil
	}
	if c.trying || time.Now().Before(c.until) {
		return fmt.Errorf("%w: %w: %w", paper.ErrUnavailable, errResting, c.last)
	}
	c.trying = true
	return nil
}

// leave notes what became of a question, where that says something.
func (c *careful) leave(err error, counts bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trying = false
	switch {
	case !counts:
	case err == nil:
		if c.failures > 0 {
			c.log.Info("the embedder answers again", "embedder", c.Fingerprint())
		}
		c.failures, c.last = 0, nil
	default:
		c.counters.faults.Add(1)
		c.failures++
		rest := min(shortRest<<min(c.failures-1, 10), longRest)
		c.until, c.last = time.Now().Add(rest), err
		c.log.Warn("the embedder failed at a question; questions are answered by words alone until it answers",
			"embedder", c.Fingerprint(), "error", err, "next_try_in", rest)
	}
}
