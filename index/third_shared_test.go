//go:build shared

package index_test

import (
	"slices"
	"testing"
	"time"

	"kindred/index"
	"kindred/internal/sharedtest/abstracts"
	"kindred/paper"
)

// A third of 40,000 real abstracts is deleted and added again, three times:
// recall, memory and speed stay where they were, also after opening again.
func TestSharedThirdDeletedAndAddedAgain(t *testing.T) {
	const corpus = 40_000
	var papers []paper.Paper
	var questions []string
	n := 0
	abstracts.Each(t, abstracts.ArXiv, func(p paper.Paper) bool {
		if n++; n%8 == 0 {
			papers = append(papers, p)
		} else if n%500 == 1 {
			questions = append(questions, p.Title)
		}
		return len(papers) < corpus
	})
	x, err := index.Open(t.Context(), t.TempDir(), index.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { x.Close() }()
	if _, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil {
		t.Fatal(err)
	}
	type state struct {
		recall float64
		took   time.Duration // the median of a search
		memory int64
	}
	measure := func(what string) state {
		t.Helper()
		if err := x.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		p := x.Parts()
		vectors, err := p.Embedder.EmbedQueries(t.Context(), questions)
		if err != nil {
			t.Fatal(err)
		}
		found, wanted := 0, 0
		for _, v := range vectors {
			if v == nil {
				continue
			}
			exact, err := p.Vectors.Exact(t.Context(), nil, v, 10, nil)
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Vectors.Search(t.Context(), nil, v, 10, nil)
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range exact {
				wanted++
				if slices.Contains(got, s) {
					found++
				}
			}
		}
		var times []time.Duration
		for range 3 {
			for _, q := range questions {
				start := time.Now()
				search(t, x, q, paper.Options{})
				times = append(times, time.Since(start))
			}
		}
		slices.Sort(times)
		s := state{float64(found) / float64(wanted), times[len(times)/2], x.Memory()}
		t.Logf("%s: recall@10 %.4f, a search %v, %d MB", what, s.recall, s.took, s.memory>>20)
		return s
	}
	before := measure("at first")
	for range 3 {
		var ids []string
		var third []paper.Paper
		for i := 0; i < len(papers); i += 3 {
			ids, third = append(ids, papers[i].ID), append(third, papers[i])
		}
		if n, err := x.Delete(t.Context(), ids); err != nil || n != len(ids) {
			t.Fatal(n, err)
		}
		if c, err := x.Ingest(t.Context(), stream(third), index.IngestOptions{}); err != nil || c.Added != len(third) {
			t.Fatal(c, err)
		}
	}
	check := func(now state) {
		t.Helper()
		if now.recall < 0.985 || now.recall < before.recall-0.005 {
			t.Errorf("recall@10 %.4f, at first %.4f", now.recall, before.recall)
		}
		if float64(now.memory) > 1.15*float64(before.memory) {
			t.Errorf("%d bytes of memory, at first %d", now.memory, before.memory)
		}
		if now.took > 2*before.took { // other work on the machine included
			t.Errorf("a search takes %v, at first %v", now.took, before.took)
		}
	}
	check(measure("after three rounds"))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if x, err = index.Open(t.Context(), x.Dir(), index.Options{NoSync: true}); err != nil {
		t.Fatal(err)
	}
	check(measure("opened again"))
}
