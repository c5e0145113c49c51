// Package abstracts reads the real papers that lie beside the repository, for
// tests behind the build tag shared.
package abstracts

import (
	"errors"
	"testing"

	"kindred/internal/sharedtest"
	"kindred/paper"
	"kindred/paper/source"
)

// The files, in the folder abstracts.
const (
	ArXiv       = "arxiv-1986-2019.jsonl.zst"
	LaterArXiv  = "arxiv-2025-2026.jsonl.zst"
	Conferences = "ml-conferences.jsonl.zst"
	Anthology   = "acl-anthology.jsonl.zst"
)

// Each calls keep with the papers of a file until it says no.
func Each(tb testing.TB, name string, keep func(paper.Paper) bool) {
	tb.Helper()
	EachOf(tb, sharedtest.Path(tb, "abstracts", name), keep)
}

// EachOf is Each for a file by its path. Lines that are no papers are package
// source's to test.
func EachOf(tb testing.TB, path string, keep func(paper.Paper) bool) {
	tb.Helper()
	r, err := source.Open(path, source.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	defer r.Close()
	for item, err := range r.Papers(tb.Context()) {
		if _, none := errors.AsType[*source.LineError](err); none {
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		if !keep(item.Paper) {
			return
		}
	}
}

// First are the first n papers of arXiv.
func First(tb testing.TB, n int) []*paper.Paper {
	tb.Helper()
	papers := make([]*paper.Paper, 0, n)
	for _, name := range []string{ArXiv, LaterArXiv} {
		if len(papers) < n {
			Each(tb, name, func(p paper.Paper) bool {
				papers = append(papers, &p)
				return len(papers) < n
			})
		}
	}
	if len(papers) < n {
		tb.Fatalf("there are %d papers; %d are wanted", len(papers), n)
	}
	return papers
}
