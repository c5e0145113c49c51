package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/dustin/go-humanize"

	"kindred/embed"
	"kindred/paper"
	"kindred/paper/source"
)

// meter reads what the embedder of e does from when it was made, in this process
// or behind the server that holds the folder; nothing of the built-in one.
type meter struct {
	e      engine
	flags  *embedderFlags
	before paper.Embedded
	last   paper.Embedded
	read   time.Time // when last was
}

func (f *embedderFlags) meter(ctx context.Context, e engine) *meter {
	m := &meter{e: e, flags: f}
	if w := m.work(ctx); w != nil {
		m.before = *w
	}
	return m
}

func (m *meter) work(ctx context.Context) *paper.Embedded {
	if of, ok := m.e.(interface{ Work() *paper.Embedded }); ok {
		return of.Work()
	}
	st, err := m.e.Stats(ctx)
	if err != nil { // it counts for little: the work itself goes on or fails
		return nil
	}
	return st.Embedded
}

// done is what was done since. It is called by one goroutine at a time.
func (m *meter) done(ctx context.Context) paper.Embedded {
	w := m.work(ctx)
	if w == nil {
		return paper.Embedded{}
	}
	d := *w
	if b := m.before; b.Model == d.Model && b.Requests <= d.Requests { // else another embedder, or made anew
		d.Texts, d.Tokens, d.Requests = d.Texts-b.Texts, d.Tokens-b.Tokens, d.Requests-b.Requests
		d.Again, d.Cut, d.Refused = d.Again-b.Again, d.Cut-b.Cut, d.Refused-b.Refused
	}
	return d
}

// note is what was done, beside a progress bar.
func (m *meter) note(ctx context.Context) string {
	if time.Since(m.read) > time.Second { // a server is not asked for every batch
		m.last, m.read = m.done(ctx), time.Now()
	}
	if m.last.Requests == 0 {
		return ""
	}
	return fmt.Sprintf(", %s tokens%s", short(m.last.Tokens), m.flags.cost(m.last.Tokens))
}

// summary says at the end what was done.
func (m *meter) summary(ctx context.Context, screen *progress) paper.Embedded {
	w := m.done(context.WithoutCancel(ctx))
	if w.Texts == 0 && w.Refused == 0 {
		return w
	}
	line := fmt.Sprintf("kindred: %s texts embedded, %s tokens%s, in %s requests", comma(int(w.Texts)), comma(int(w.Tokens)), m.flags.cost(w.Tokens), comma(int(w.Requests)))
	for _, extra := range []struct {
		n    int64
		what string
	}{{w.Again, "sent again"}, {w.Cut, "texts cut"}, {w.Refused, "texts refused"}} {
		if extra.n > 0 {
			line += fmt.Sprintf(", %s %s", comma(int(extra.n)), extra.what)
		}
	}
	screen.println(line)
	return w
}

// short is a number as people read it: 1.2 M.
func short(n int64) string { return strings.TrimSpace(humanize.SIWithDigits(float64(n), 1, "")) }

// tokensOfPaper is what a title and an abstract take in the mean, for estimates
// where none can be read: from 155 to 342 in seven collections.
const tokensOfPaper = 240

// estimateIngest tells the cost of files by their first papers, where the
// embedder in use is a server's.
func (f *embedderFlags) estimateIngest(ctx context.Context, e engine, in *intake) error {
	if f.price <= 0 || in.size == 0 {
		return nil
	}
	st, err := e.Stats(ctx)
	if err != nil || strings.HasPrefix(st.Model, embed.Static+":") {
		return err
	}
	tokens := int64(0)
	for _, name := range in.files {
		tokens += tokensOfFile(ctx, name, in.format)
	}
	f.estimate(tokens, in.screen)
	return nil
}

// samplePapers is how many papers of a file an estimate is made from.
const samplePapers = 2000

// tokensOfFile estimates the tokens of a file's papers. What is wrong with the
// file is for the ingest to tell.
func tokensOfFile(ctx context.Context, name, format string) int64 {
	r, err := source.Open(name, source.Options{Format: format})
	if err != nil {
		return 0
	}
	defer r.Close()
	papers, tokens := 0, int64(0)
	for one, err := range r.Papers(ctx) {
		if err != nil {
			continue
		}
		tokens += int64(embed.Tokens(one.Paper.Title) + embed.Tokens(one.Paper.Abstract))
		if papers++; papers == samplePapers {
			if p := r.Progress(); p.Size > 0 && p.Read > 0 {
				tokens = int64(float64(tokens) * float64(p.Size) / float64(p.Read))
			}
			break
		}
	}
	return tokens
}

// estimate says before a start what it will cost, where a price is set.
func (f *embedderFlags) estimate(tokens int64, screen *progress) {
	if f.price > 0 && tokens > 0 {
		screen.println(fmt.Sprintf("kindred: about %s tokens are to be embedded%s; what is kept of an earlier run costs nothing",
			short(tokens), f.cost(tokens)))
	}
}
