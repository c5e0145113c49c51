//go:build shared

package index_test

import (
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/internal/sharedtest"
	"kindred/internal/sharedtest/abstracts"
	"kindred/paper"
)

// The project's first real input, before and after learning.
func TestSharedSeed(t *testing.T) {
	var papers []paper.Paper
	abstracts.EachOf(t, sharedtest.Path(t, "seeds", "000_61103107eb4e6de6.txt"), func(p paper.Paper) bool {
		papers = append(papers, p)
		return true
	})
	x, err := index.Open(t.Context(), t.TempDir(), index.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	counts, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
	if err != nil || counts != (index.Counts{Read: 232, Added: 232}) {
		t.Fatalf("%+v, %v; want 232 added", counts, err)
	}
	if counts, err = x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil || counts.Unchanged != 232 {
		t.Errorf("again: %+v, %v", counts, err)
	}
	about := func(h paper.Hit, words ...string) bool {
		text := strings.ToLower(h.Paper.Title + " " + h.Paper.Abstract)
		for _, w := range words {
			if !strings.Contains(text, w) {
				return false
			}
		}
		return true
	}
	for _, state := range []string{"base", "learned"} {
		if state == "learned" {
			if !x.ShouldLearn() {
				t.Error("232 papers are not learned")
			}
			if err := x.Learn(t.Context(), index.LearnOptions{}, nil); err != nil {
				t.Fatal(err)
			}
		}
		// Two of the 232 speak of both, one of them in its title.
		r := search(t, x, "how can normalizing flows detect out-of-distribution inputs", paper.Options{})
		for i, h := range r.Hits {
			t.Logf("%s: question %d: %.2f %s", state, i+1, h.Score, h.Paper.Title)
		}
		if !about(r.Hits[0], "out-of-distribution", "flow") {
			t.Errorf("%s: the first is %q", state, r.Hits[0].Paper.Title)
		}
		if !slices.ContainsFunc(r.Hits[1:5], func(h paper.Hit) bool { return about(h, "flow") }) {
			t.Errorf("%s: no other paper on flows among the first five", state)
		}

		s := similar(t, x, paper.Similar{Title: "Density estimation using Real NVP"})
		if s.Resolved == nil || s.Resolved.Confidence != 1 {
			t.Fatalf("%s: resolved to %+v", state, s.Resolved)
		}
		lacks(t, state, s, s.Resolved.ID)
		like := 0
		for i, h := range s.Hits {
			t.Logf("%s: similar %d: %.2f %s", state, i+1, h.Score, h.Paper.Title)
			if i < 5 && (about(h, "density") || about(h, "normalizing flow") || about(h, "invertible")) {
				like++
			}
		}
		if like < 3 {
			t.Errorf("%s: %d of the first five are on flows or density models", state, like)
		}
	}
}
