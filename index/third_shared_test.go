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
		took   float64 // the median of a search, in medians of an exact one beside it
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
		// Other work on the machine slows both down.
		var times, exacts []time.Duration
		for range 3 {
			for i, q := range questions {
				if vectors[i] == nil {
					continue
				}
				start := time.Now()
				search(t, x, q, paper.Options{})
				times = append(times, time.Since(start))
				start = time.Now()
				if _, err := p.Vectors.Exact(t.Context(), nil, vectors[i], 10, nil); err != nil {
					t.Fatal(err)
				}
				exacts = append(exacts, time.Since(start))
			}
		}
		slices.Sort(times)
		slices.Sort(exacts)
		took, exact := times[len(times)/2], exacts[len(exacts)/2]
		s := state{float64(found) / float64(wanted), float64(took) / float64(exact), x.Memory()}
		t.Logf("%s: recall@10 %.4f, a search %v, an exact one %v, %d MB", what, s.recall, took, exact, s.memory>>20)
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
		if now.took > 2*before.took {
			t.Errorf("a search takes %.2f exact ones, at first %.2f", now.took, before.took)
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
