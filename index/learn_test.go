package index_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kindred/embed/static"
	"kindred/index"
	"kindred/index/store"
	"kindred/paper"
)

// quick is learning enough for everything but quality.
var quick = index.LearnOptions{Steps: 3}

func learn(t *testing.T, x *index.Index) {
	t.Helper()
	if err := x.Learn(t.Context(), quick, nil); err != nil {
		t.Fatal(err)
	}
}

func stats(t *testing.T, x *index.Index) paper.Stats {
	t.Helper()
	st, err := x.Stats(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// models lists what lies in a data folder's models/.
func models(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(dir, "models"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

// reopened closes x, opens its folder again, and demands the same answers.
func reopened(t *testing.T, x *index.Index, seeds ...string) *index.Index {
	t.Helper()
	before, counts := said(t, x, seeds...), stats(t, x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	y := open(t, x.Dir(), index.Options{MustExist: true})
	if after := said(t, y, seeds...); after != before {
		t.Errorf("opened again it answers otherwise %s", firstDifference(before, after))
	}
	now := stats(t, y)
	if now.Papers != counts.Papers || now.Vectors != counts.Vectors || now.Model != counts.Model || now.Learned != counts.Learned {
		t.Errorf("opened again it holds %+v, before %+v", now, counts)
	}
	return y
}

func TestLearnSwitchesGeneration(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:200]...)
	before := stats(t, x)
	if before.Learned || before.Generation != 1 || !x.ShouldLearn() || !strings.HasSuffix(before.Learning.Advice, "kindred learn") {
		t.Fatalf("before learning: %+v, %+v, should learn %v", before, before.Learning, x.ShouldLearn())
	}
	var stages []string
	err := x.Learn(t.Context(), quick, func(stage string, done, total int) {
		if len(stages) == 0 || stages[len(stages)-1] != stage {
			stages = append(stages, stage)
		}
		if done < 0 || done > total || total == 0 {
			t.Errorf("%s: %d of %d", stage, done, total)
		}
		st := stats(t, x)
		if st.State != stage || st.Generation != 1 || !st.Ready {
			t.Errorf("while %s: %+v", stage, st)
		}
		if r := search(t, x, "normalizing flows", paper.Options{}); r.Model != before.Model || len(r.Hits) != 10 {
			t.Errorf("while %s: %d hits by %s", stage, len(r.Hits), r.Model)
		}
		if err := x.Learn(t.Context(), quick, nil); !errors.Is(err, index.ErrLearning) {
			t.Errorf("another Learn at the same time: %v", err)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{index.StageLearning, index.StageEmbedding}; !slices.Equal(stages, want) {
		t.Errorf("stages %v, want %v", stages, want)
	}
	after := stats(t, x)
	if !after.Learned || after.Model == before.Model || after.Generation != 2 || after.Vectors != 200 || after.State != "ready" {
		t.Errorf("after learning: %+v", after)
	}
	if r := search(t, x, "normalizing flows", paper.Options{}); r.Model != after.Model {
		t.Errorf("answers by %s", r.Model)
	}
	if want := (paper.Learning{Papers: 200}); x.ShouldLearn() || *after.Learning != want {
		t.Errorf("should learn %v, %+v", x.ShouldLearn(), after.Learning)
	}
	x = reopened(t, x, "sample-ml-001")

	learn(t, x) // the same corpus
	if st := stats(t, x); st.Model != after.Model || st.Generation != 2 {
		t.Errorf("the same corpus again: %+v", st)
	}
	put(t, x, invented(150)...)
	learn(t, x)
	if st := stats(t, x); st.Model == after.Model || st.Vectors != 350 {
		t.Errorf("a larger corpus: %+v", st)
	}
	if m := models(t, x.Dir()); len(m) != 1 {
		t.Errorf("models/ holds %v", m)
	}
	reopened(t, x, "sample-ml-001")
}

func TestLearnCancelled(t *testing.T) {
	const papers = 4500 // more than are filled in between two looks at the context
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x, brief(invented(papers))...)
	want := said(t, x)
	model := stats(t, x).Model
	for _, stop := range []string{index.StageReading, index.StageLearning, index.StageEmbedding} {
		ctx, cancel := context.WithCancel(t.Context())
		err := x.Learn(ctx, quick, func(stage string, _, _ int) {
			if stage == stop {
				cancel()
			}
		})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("cancelled while %s: %v", stop, err)
		}
		if got := said(t, x); got != want {
			t.Errorf("cancelled while %s, it answers otherwise: %s", stop, firstDifference(want, got))
		}
		if st := stats(t, x); st.Model != model || st.State != "ready" {
			t.Errorf("cancelled while %s: %+v", stop, st)
		}
	}
	// What was learned is kept, and what was filled is not filled again.
	put(t, x, samplePapers()...)
	if _, err := x.Delete(t.Context(), []string{"invented-000007"}); err != nil {
		t.Fatal(err)
	}
	x = reopened(t, x)
	first := -1
	err := x.Learn(t.Context(), quick, func(stage string, done, _ int) {
		if stage != index.StageEmbedding {
			t.Errorf("%s again", stage)
		}
		if first < 0 {
			first = done
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if first < papers-1 {
		t.Errorf("filling went on with paper %d", first)
	}
	if st := stats(t, x); !st.Learned || st.Vectors != st.Papers || st.Papers != papers+len(samplePapers())-1 {
		t.Errorf("%+v", st)
	}
	reopened(t, x, "invented-000008", "sample-ml-001")
}

// Whatever is written while a generation is filled is right in it.
func TestWritesWhileFilling(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:200]...)
	written := false
	err := x.Learn(t.Context(), quick, func(stage string, _, _ int) {
		if stage != index.StageEmbedding || written {
			return
		}
		written = true
		papers := samplePapers()
		papers[0].Year = 1999                                          // another year, the same text
		papers[1].Title, papers[1].Abstract = papers[200].Title, ""    // another text
		papers[2].Title, papers[2].Abstract = "Xyzzyx", ""             // no known word
		put(t, x, slices.Concat(papers[:3], papers[200:210])...)       // and new ones
		put(t, x, paper.Paper{ID: "untitled", Title: "123 456 plugh"}) // without a vector
		if n, err := x.Delete(t.Context(), []string{papers[3].ID, papers[201].ID}); n != 2 || err != nil {
			t.Errorf("deleted %d, %v", n, err)
		}
	})
	if err != nil || !written {
		t.Fatal(err, written)
	}
	for _, id := range []string{"sample-bio-001", "sample-bio-002", "untitled"} {
		if _, err := x.Paper(t.Context(), id); err != nil {
			t.Error(err)
		}
	}
	reopened(t, x, "sample-bio-001", "sample-bio-002", "sample-bio-005", "untitled")
}

func TestLearnFromOddCorpora(t *testing.T) {
	whole := slices.DeleteFunc(samplePapers(), func(p paper.Paper) bool { return p.Title == "" || p.Abstract == "" })
	make := func(n int, one func(i int) paper.Paper) []paper.Paper {
		papers := []paper.Paper{}
		for i := range n {
			p := one(i)
			p.ID = fmt.Sprint("odd-", i)
			papers = append(papers, p)
		}
		return papers
	}
	russian := strings.Fields("глубокое обучение нейронных сетей для задач классификации изображений методом обратного распространения")
	tests := []struct {
		name     string
		papers   []paper.Paper
		q        string
		tooSmall bool
	}{
		{"none", nil, "flows", true},
		{"one", samplePapers()[:1], samplePapers()[0].Title, true},
		{"fifteen", samplePapers()[:15], "cells", true},
		{"one many times", make(100, func(int) paper.Paper {
			return paper.Paper{Title: "The same flows", Abstract: "The same text about flows. Again and again."}
		}), "flows", true},
		{"titles of one word", make(100, func(i int) paper.Paper { return paper.Paper{Title: fmt.Sprint("word", i)} }), "word7", true},
		{"numbers only", make(100, func(i int) paper.Paper {
			return paper.Paper{Title: fmt.Sprint(i%7, " ", i%11, " ", i%13, " ", i), Abstract: fmt.Sprint(i*i, " ", i%5, " ", i%17, " 42 1000")}
		}), "42", false},
		{"another language", make(100, func(i int) paper.Paper {
			w := func(k int) string { return russian[(i*k+i/7)%len(russian)] }
			return paper.Paper{Title: w(1) + " " + w(3) + " " + w(5), Abstract: w(2) + " " + w(7) + " " + w(4) + " " + w(11) + "."}
		}), "нейронных сетей", false},
		{"no abstracts", make(100, func(i int) paper.Paper { return paper.Paper{Title: whole[i].Title} }), "cells", false},
		{"no titles", make(100, func(i int) paper.Paper { return paper.Paper{Abstract: whole[i].Abstract} }), "cells", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			x := filled(t, index.Options{}, test.papers...)
			err := x.Learn(t.Context(), index.LearnOptions{Steps: 20}, nil)
			if test.tooSmall != errors.Is(err, static.ErrTooSmall) || err != nil && !test.tooSmall {
				t.Fatalf("learning: %v", err)
			}
			if len(test.papers) == 0 {
				return
			}
			for _, mode := range []paper.Mode{paper.Hybrid, paper.Semantic, paper.Lexical} {
				r := search(t, x, test.q, paper.Options{Mode: mode})
				if mode != paper.Semantic && len(r.Hits) == 0 {
					t.Errorf("%s: %q has no hits", mode, test.q)
				}
				for _, h := range r.Hits {
					if s := h.Signals.Semantic; s != nil && !(s.Score >= -1.001 && s.Score <= 1.001) {
						t.Errorf("%s: a cosine of %v", mode, s.Score)
					}
				}
			}
			reopened(t, x, test.papers[0].ID)
		})
	}
}

func TestLearnWithAnotherEmbedder(t *testing.T) {
	x := filled(t, index.Options{Embedder: &fake{}}, samplePapers()...)
	if err := x.Learn(t.Context(), quick, nil); err == nil || !strings.Contains(err.Error(), "fake:words") {
		t.Errorf("%v", err)
	}
	if x.ShouldLearn() {
		t.Error("should learn what it cannot")
	}
}

func TestCloseWhileLearning(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	err := x.Learn(t.Context(), quick, func(stage string, done, _ int) {
		if stage == index.StageLearning && done == 2 {
			if err := x.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	if !errors.Is(err, store.ErrClosed) {
		t.Errorf("%v", err)
	}
	y := open(t, x.Dir(), index.Options{})
	learn(t, y)
}

// A stop between two of the writes that end a learning leaves something over;
// opening the folder, or the next learning, clears it away.
func TestLeftoversOfAStop(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	learn(t, x)
	learned := stats(t, x)
	want := said(t, x)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	dir := x.Dir()
	model := models(t, dir)[0]
	within := func(do func(s *store.Store, g store.Generation)) {
		t.Helper()
		s, err := store.Open(dir, store.Options{NoSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		g, _ := s.Current()
		do(s, g)
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name string
		stop func(s *store.Store, g store.Generation)
	}{
		{"the model is saved, its generation not made", func(s *store.Store, _ store.Generation) {
			must(os.WriteFile(filepath.Join(s.ModelsDir(), "static-0123-256.kvec"), []byte("whole"), 0o600))
			must(os.WriteFile(filepath.Join(s.ModelsDir(), "static-0123-256.kvec.77.tmp"), []byte("half"), 0o600))
		}},
		{"switched over, the former generation not dropped", func(s *store.Store, g store.Generation) {
			must(os.Link(filepath.Join(s.ModelsDir(), model), filepath.Join(s.ModelsDir(), "former.kvec")))
			next, err := s.CreateGeneration(g)
			must(err)
			var docs []uint32
			var vectors [][]float32
			must(s.EachVector(t.Context(), g.Number, 1, func(_ int, doc uint32, v []float32) error {
				docs, vectors = append(docs, doc), append(vectors, slices.Clone(v))
				return nil
			}))
			must(s.WriteVectors(t.Context(), next.Number, docs, vectors))
			next.Complete = true
			must(s.UpdateGeneration(next))
			g.Model = "former.kvec"
			must(s.UpdateGeneration(g))
			must(s.SwitchTo(next.Number))
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			within(test.stop)
			x := open(t, dir, index.Options{})
			if got := said(t, x); got != want {
				t.Errorf("answers otherwise %s", firstDifference(want, got))
			}
			if m := models(t, dir); !slices.Equal(m, []string{model}) {
				t.Errorf("models/ holds %v, not %s alone", m, model)
			}
			must(x.Close())
			within(func(s *store.Store, _ store.Generation) {
				if all := s.Generations(); len(all) != 1 {
					t.Errorf("generations %+v", all)
				}
			})
		})
	}
	t.Run("complete, not switched to", func(t *testing.T) {
		within(func(s *store.Store, g store.Generation) {
			next, err := s.CreateGeneration(g)
			must(err)
			next.Complete = true // and yet no paper has its vector: filling must look
			must(s.UpdateGeneration(next))
		})
		x := open(t, dir, index.Options{})
		err := x.Learn(t.Context(), quick, func(stage string, _, _ int) {
			if stage != index.StageEmbedding {
				t.Errorf("%s again", stage)
			}
		})
		if st := stats(t, x); err != nil || st.Generation <= learned.Generation || st.Vectors != learned.Vectors {
			t.Errorf("%+v, %v", st, err)
		}
		if m := models(t, dir); !slices.Equal(m, []string{model}) {
			t.Errorf("models/ holds %v, not %s alone", m, model)
		}
		reopened(t, x)
	})
}
