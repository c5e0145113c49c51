package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dustin/go-humanize"

	"kindred/embed"
)

// worker is an engine in this process, which can tell what its embedder has
// done.
type worker interface {
	Work() (w embed.Work, ok bool)
}

// workOf is what e's embedder has done, for people; empty for the built-in one
// and for an engine behind a server.
func (f *embedderFlags) workOf(e any) string {
	of, ok := e.(worker)
	if !ok {
		return ""
	}
	w, ok := of.Work()
	if !ok || w.Requests == 0 {
		return ""
	}
	return fmt.Sprintf(", %s tokens%s", short(w.Tokens), f.cost(w.Tokens))
}

// summary says at the end what the embedder has done.
func (f *embedderFlags) summary(e any, screen *progress) {
	of, ok := e.(worker)
	if !ok {
		return
	}
	w, ok := of.Work()
	if !ok || w.Texts == 0 {
		return
	}
	line := fmt.Sprintf("kindred: %s texts embedded, %s tokens%s, in %s requests", comma(int(w.Texts)), comma(int(w.Tokens)), f.cost(w.Tokens), comma(int(w.Requests)))
	for _, extra := range []struct {
		n    int64
		what string
	}{{w.Again, "sent again"}, {w.Cut, "texts cut"}, {w.Refused, "texts refused"}} {
		if extra.n > 0 {
			line += fmt.Sprintf(", %s %s", comma(int(extra.n)), extra.what)
		}
	}
	screen.println(line)
}

// short is a number as people read it: 1.2 M.
func short(n int64) string { return strings.TrimSpace(humanize.SIWithDigits(float64(n), 1, "")) }

// tokensOfPaper is what a title and an abstract take in the mean; it is for
// estimates before anything is read.
const tokensOfPaper = 280

// estimateIngest tells the cost of files by their size, where that is the size
// of what is in them and the embedder in use is a server's.
func (f *embedderFlags) estimateIngest(ctx context.Context, e engine, in *intake) error {
	if f.price <= 0 || slices.ContainsFunc(in.files, isPacked) {
		return nil
	}
	st, err := e.Stats(ctx)
	if err != nil || strings.HasPrefix(st.Model, embed.Static+":") {
		return err
	}
	f.estimate(in.size/4, in.screen)
	return nil
}

func isPacked(name string) bool {
	return slices.Contains([]string{".gz", ".zst", ".xz"}, strings.ToLower(filepath.Ext(name)))
}

// estimate says before a start what it will cost, where a price is set.
func (f *embedderFlags) estimate(tokens int64, screen *progress) {
	if f.price > 0 && tokens > 0 {
		screen.println(fmt.Sprintf("kindred: about %s tokens are to be embedded%s; what is kept of an earlier run costs nothing",
			short(tokens), f.cost(tokens)))
	}
}
