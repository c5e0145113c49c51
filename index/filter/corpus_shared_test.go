//go:build shared

package filter

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"kindred/paper"
	"kindred/paper/source"
)

// benchPapers are the first n of the shared arXiv abstracts.
func benchPapers(tb testing.TB, n int) []*paper.Paper {
	tb.Helper()
	var papers []*paper.Paper
	for _, name := range []string{"arxiv-1986-2019.jsonl.zst", "arxiv-2025-2026.jsonl.zst"} {
		r, err := source.Open(filepath.Join(sharedFolder(tb), "abstracts", name), source.Options{})
		if err != nil {
			tb.Fatal(err)
		}
		for item, err := range r.Papers(tb.Context()) {
			if _, withdrawn := errors.AsType[*source.LineError](err); withdrawn {
				continue
			}
			if err != nil {
				tb.Fatal(err)
			}
			papers = append(papers, &item.Paper)
			if len(papers) == n {
				break
			}
		}
		if err := r.Close(); err != nil {
			tb.Fatal(err)
		}
		if len(papers) == n {
			return papers
		}
	}
	tb.Fatalf("the shared abstracts hold %d papers; %d are wanted", len(papers), n)
	return nil
}

// sharedFolder is ../shared beside the repository, which holds go.mod.
func sharedFolder(tb testing.TB) string {
	tb.Helper()
	dir, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(filepath.Dir(dir), "shared")
		}
		if dir == filepath.Dir(dir) {
			tb.Fatal("no go.mod above the test")
		}
		dir = filepath.Dir(dir)
	}
}
