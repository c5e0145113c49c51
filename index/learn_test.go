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
	"unicode"

	"kindred/embed/static"
	"kindred/index"
	"kindred/index/store"
	"kindred/internal/text"
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

// sound closes x and looks at every vector on disk: it is the one that the
// current model gives the paper's text, finite and of unit length, or absent
// where that gives none. The folder is complete and holds no other generation's
// model. It returns how many papers have a vector.
func sound(t *testing.T, x *index.Index) (vectors int) {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(x.Dir(), store.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	g, _ := s.Current()
	model := smallBase()
	if g.Model != "" {
		if model, err = static.Open(filepath.Join(s.ModelsDir(), g.Model)); err != nil {
			t.Fatal(err)
		}
	}
	if string(model.Fingerprint()) != g.Fingerprint || !g.Complete {
		t.Errorf("generation %+v, its model is %s", g, model.Fingerprint())
	}
	if missing, err := s.Missing(t.Context(), g.Number, 0, 1); err != nil || len(missing) > 0 {
		t.Errorf("papers %v are not filled, %v", missing, err)
	}
	held := map[uint32][]float32{}
	err = s.EachVector(t.Context(), g.Number, 1, func(_ int, doc uint32, v []float32) error {
		held[doc] = slices.Clone(v)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	var a text.Analyzer
	var d text.Doc
	err = s.Each(t.Context(), 1, func(_ int, doc uint32, p *paper.Paper) error {
		want := make([]float32, model.Dimension())
		a.Doc(&d, p.Title, p.Abstract)
		if !model.EmbedDoc(want, &d) {
			want = nil
		} else if want, err = store.Round(want); err != nil {
			return err
		}
		got := held[doc]
		if !slices.Equal(got, want) {
			t.Errorf("%s %.40q: another vector than the model's (%d and %d numbers)", p.ID, p.Title+p.Abstract, len(got), len(want))
		}
		var length float64
		for _, f := range got {
			length += float64(f) * float64(f)
		}
		if got != nil {
			vectors++
			if !(length > .999 && length < 1.001) { // NaN neither
				t.Errorf("%s: squared length %v", p.ID, length)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return vectors
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
	chinese := []rune("深度学习神经网络图像分类方法研究数据模型训练结果表明性能提高")
	tests := []struct {
		name     string
		papers   []paper.Paper
		q        string
		tooSmall bool
		vectors  int // papers that have one, at least
	}{
		{"none", nil, "flows", true, 0},
		{"one", samplePapers()[:1], samplePapers()[0].Title, true, 1},
		{"fifteen", samplePapers()[:15], "cells", true, 15},
		{"one many times", make(100, func(int) paper.Paper {
			return paper.Paper{Title: "The same flows", Abstract: "The same text about flows. Again and again."}
		}), "flows", true, 100},
		{"one many times among others", append(make(100, func(int) paper.Paper {
			return paper.Paper{Title: "The same flows", Abstract: "The same text about flows. Again and again."}
		}), whole[:40]...), "flows", false, 140},
		{"titles of one word", make(100, func(i int) paper.Paper { return paper.Paper{Title: fmt.Sprint("word", i)} }), "word7", true, 100},
		{"no word at all", append(make(40, func(i int) paper.Paper {
			return paper.Paper{Title: strings.Repeat("?! ", i+1), Abstract: "… — …"}
		}), whole[:40]...), "cells", false, 40},
		{"no known word", make(60, func(i int) paper.Paper {
			return paper.Paper{Title: fmt.Sprintf("qx%d zw%d", i%20, i%13), Abstract: fmt.Sprintf("vq%d xz%d qqx%d zzx%d.", i%11, i%17, i%7, i)}
		}), "qx3 vq5", false, 60},
		{"numbers only", make(100, func(i int) paper.Paper {
			return paper.Paper{Title: fmt.Sprint(i%7, " ", i%11, " ", i%13, " ", i), Abstract: fmt.Sprint(i*i, " ", i%5, " ", i%17, " 42 1000")}
		}), "42", false, 100},
		{"Russian", make(100, func(i int) paper.Paper {
			w := func(k int) string { return russian[(i*k+i/7)%len(russian)] }
			return paper.Paper{Title: w(1) + " " + w(3) + " " + w(5), Abstract: w(2) + " " + w(7) + " " + w(4) + " " + w(11) + "."}
		}), "нейронных сетей", false, 100},
		{"Chinese", make(100, func(i int) paper.Paper {
			c := func(n, k int) string {
				out := []rune{}
				for j := range n {
					out = append(out, chinese[(i*k+j*j)%len(chinese)])
				}
				return string(out)
			}
			return paper.Paper{Title: c(6, 3), Abstract: c(20, 5) + "。" + c(15, 7) + "。"}
		}), "神经网络", false, 100},
		{"no abstracts", make(100, func(i int) paper.Paper { return paper.Paper{Title: whole[i].Title} }), "cells", false, 100},
		{"no titles", make(100, func(i int) paper.Paper { return paper.Paper{Abstract: whole[i].Abstract} }), "cells", false, 100},
		{"no sentence marks", make(100, func(i int) paper.Paper {
			unmarked := strings.Map(func(r rune) rune {
				if unicode.IsPunct(r) {
					return ' '
				}
				return r
			}, whole[i].Abstract)
			return paper.Paper{Title: whole[i].Title, Abstract: unmarked}
		}), "cells", false, 100},
		{"one sentence without a title", make(100, func(i int) paper.Paper {
			first, _, _ := strings.Cut(whole[i].Abstract, ". ")
			return paper.Paper{Abstract: first}
		}), "cells", false, 100},
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
			if n := sound(t, reopened(t, x, test.papers[0].ID)); n < test.vectors {
				t.Errorf("%d papers have a vector, not %d", n, test.vectors)
			}
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
