//go:build shared

package eval

import (
	"context"
	"flag"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/index"
	"kindred/index/rank"
	"kindred/internal/text"
	"kindred/paper"
)

var ablate = flag.Bool("ablate", false, "run TestAblation, which measures for docs/quality.md and takes some minutes")

// variant is a ranking that differs from the default in one thing.
type variant struct {
	name   string
	mode   paper.Mode
	change func(*index.Ranking)
	model  func(base, learned *static.Model) embed.Embedder // nil: the learned one as it is
	whole  bool                                             // a paper is searched by as a text, not by its most telling words
}

func variants() []variant {
	both := func(change func(s *rank.Settings)) func(*index.Ranking) {
		return func(r *index.Ranking) { change(&r.Questions); change(&r.Similars) }
	}
	hybrid := func(name string, change func(*index.Ranking)) variant {
		return variant{name: name, mode: paper.Hybrid, change: change}
	}
	baseOnly := func(base, _ *static.Model) embed.Embedder { return base }
	titleOnce := func(_, m *static.Model) embed.Embedder { return altered{Model: m, titleOnce: true} }
	knownOnly := func(_, m *static.Model) embed.Embedder { return altered{Model: m, knownOnly: true} }
	plain := func(r *index.Ranking) { r.Lexical.TitleWeight = 1; r.Similars.TitleWeight = 1 }
	return []variant{
		{name: "hybrid, the default", mode: paper.Hybrid},
		{name: "no learning", mode: paper.Hybrid, model: baseOnly},
		{name: "no learning, weights as after it", mode: paper.Hybrid, model: baseOnly, change: both(func(s *rank.Settings) { s.Unlearned = s.Semantic })},
		{name: "unknown words have no vector", mode: paper.Hybrid, model: knownOnly},
		{name: "title once in vectors", mode: paper.Hybrid, model: titleOnce},
		hybrid("title once in BM25", func(r *index.Ranking) { r.Lexical.TitleWeight = 1 }),
		hybrid("title 3 times in BM25", func(r *index.Ranking) { r.Lexical.TitleWeight = 3 }),
		hybrid("title once among a paper's own words", func(r *index.Ranking) { r.Similars.TitleWeight = 1 }),
		hybrid("no feedback", both(func(s *rank.Settings) { s.FeedbackPapers = 0 })),
		hybrid("feedback from 1 paper", both(func(s *rank.Settings) { s.FeedbackPapers = 1 })),
		hybrid("feedback from 3 papers", both(func(s *rank.Settings) { s.FeedbackPapers = 3 })),
		hybrid("feedback from 15 papers", both(func(s *rank.Settings) { s.FeedbackPapers = 15 })),
		hybrid("feedback weighs half", both(func(s *rank.Settings) { s.FeedbackWeight /= 2 })),
		hybrid("feedback weighs double", both(func(s *rank.Settings) { s.FeedbackWeight *= 2 })),
		hybrid("semantic signal weighs .3", both(func(s *rank.Settings) { s.Semantic = .3 })),
		hybrid("semantic signal weighs .7", both(func(s *rank.Settings) { s.Semantic = .7 })),
		hybrid("scales reach to the 20th paper", both(func(s *rank.Settings) { s.Depth = 20 })),
		hybrid("scales reach to the 120th paper", both(func(s *rank.Settings) { s.Depth = 120 })),
		hybrid("scores end at 0", both(func(s *rank.Settings) { s.Floor = 0 })),
		hybrid("100 candidates a signal", both(func(s *rank.Settings) { s.Candidates = 100 })),
		hybrid("200 candidates a signal", both(func(s *rank.Settings) { s.Candidates = 200 })),
		hybrid("800 candidates a signal", both(func(s *rank.Settings) { s.Candidates = 800 })),
		hybrid("BM25 k1 .9", func(r *index.Ranking) { r.Lexical.K1 = .9 }),
		hybrid("BM25 k1 1.6", func(r *index.Ranking) { r.Lexical.K1 = 1.6 }),
		hybrid("BM25 b .6", func(r *index.Ranking) { r.Lexical.B = .6 }),
		hybrid("BM25 b .9", func(r *index.Ranking) { r.Lexical.B = .9 }),

		{name: "semantic", mode: paper.Semantic},
		{name: "no learning", mode: paper.Semantic, model: baseOnly},
		{name: "unknown words have no vector", mode: paper.Semantic, model: knownOnly},
		{name: "title once in vectors", mode: paper.Semantic, model: titleOnce},

		{name: "lexical", mode: paper.Lexical},
		{name: "plain BM25, whole abstract as query", mode: paper.Lexical, change: plain, whole: true},
	}
}

// TestAblation takes each ingredient of the ranking away, or changes it, and
// measures what that does to each collection: the tables of docs/quality.md.
// It fails where an ingredient costs more than it brings.
func TestAblation(t *testing.T) {
	if !*ablate {
		t.Skip("-ablate runs it")
	}
	base, err := static.Base()
	if err != nil {
		t.Fatal(err)
	}
	trials := sharedTrials(t)
	all := variants()
	results := make([][]Measures, len(all)) // per variant, of each collection
	for _, trial := range trials {
		dir := t.TempDir()
		if _, err := trial.Measure(t.Context(), dir, Plan{}); err != nil { // learns
			t.Fatal(err)
		}
		learned := modelIn(t, dir)
		for i, v := range all {
			results[i] = append(results[i], v.measure(t, trial, dir, base, learned))
		}
	}
	t.Log("\n" + ablationTable(trials, all, results))

	const slack = .001 // of the mean over all collections: less is chance
	mean := func(i int) float64 { return Mean(results[i]).NDCG10 }
	for i, v := range all {
		first := slices.IndexFunc(all, func(w variant) bool { return w.mode == v.mode })
		if mean(i) > mean(first)+slack {
			t.Errorf("%s mode is better with %s: mean nDCG@10 %.4f, %.4f as it is", v.mode, v.name, mean(i), mean(first))
		}
	}
}

// modelIn is the model that the folder's index has learned.
func modelIn(t *testing.T, dir string) *static.Model {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "models", "*.kvec"))
	if err != nil || len(files) != 1 {
		t.Fatalf("models %v, %v", files, err)
	}
	m, err := static.Open(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func (v variant) measure(t *testing.T, trial Trial, dir string, base, learned *static.Model) Measures {
	t.Helper()
	r := index.DefaultRanking()
	if v.change != nil {
		v.change(&r)
	}
	o := index.Options{NoSync: true, Ranking: &r}
	if v.model != nil {
		o.Embedder = v.model(base, learned)
		dir = t.TempDir() // the folder's vectors are the learned model's
	}
	x, err := index.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if v.model != nil {
		if _, err := trial.Ingest(t.Context(), x, nil); err != nil {
			t.Fatal(err)
		}
	}
	var s Searcher = x
	if v.whole {
		s = byText{x, trial.Queries}
	}
	run, err := trial.Run(t.Context(), s, v.mode, func(int) {})
	if err != nil {
		t.Fatal(err)
	}
	return Mean(Score(run, trial.Queries, trial.Qrels))
}

// ablationTable has, per variant, the means of each task and how much nDCG@10
// changes on each collection.
func ablationTable(trials []Trial, all []variant, results [][]Measures) string {
	t := table{{"", "questions: nDCG@10", "", "recall@100", "", "similar: nDCG@10", "", "recall@100", ""}}
	for _, trial := range trials {
		t[0] = append(t[0], trial.Name)
	}
	var first []Measures // the results of the mode as it is
	var mode paper.Mode
	for i, v := range all {
		if v.mode != mode {
			mode, first = v.mode, results[i]
		}
		row := []string{v.name}
		change := func(now, was float64) string {
			if &first[0] == &results[i][0] {
				return ""
			}
			return percent(100 * (now/was - 1))
		}
		for _, task := range []Task{Question, Similar} {
			of := func(all []Measures) Measures {
				var some []Measures
				for j, trial := range trials {
					if trial.Task == task {
						some = append(some, all[j])
					}
				}
				return Mean(some)
			}
			now, was := of(results[i]), of(first)
			row = append(row, fmt.Sprintf("%.4f", now.NDCG10), change(now.NDCG10, was.NDCG10),
				fmt.Sprintf("%.4f", now.Recall100), change(now.Recall100, was.Recall100))
		}
		for j := range trials {
			row = append(row, change(results[i][j].NDCG10, first[j].NDCG10))
		}
		t = append(t, row)
	}
	var b strings.Builder
	_ = t.print(&b) // writes to memory
	return b.String()
}

// altered embeds as a model does but for what an ablation takes away.
type altered struct {
	*static.Model
	titleOnce bool // a title's words count no more than others
	knownOnly bool // words without a row of their own count nothing
}

func (a altered) EmbedDoc(dst embed.Vector, d *text.Doc) bool {
	switch {
	case a.titleOnce:
		return a.EmbedTerms(dst, slices.Concat(d.Title, d.Body))
	case a.knownOnly:
		return a.Model.EmbedDoc(dst, &text.Doc{Title: a.known(d.Title), Body: a.known(d.Body)})
	}
	return a.Model.EmbedDoc(dst, d)
}

func (a altered) EmbedTerms(dst embed.Vector, terms []string) bool {
	if a.knownOnly {
		terms = a.known(terms)
	}
	return a.Model.EmbedTerms(dst, terms)
}

func (a altered) known(terms []string) []string {
	return slices.DeleteFunc(slices.Clone(terms), func(t string) bool { return !a.Has(t) })
}

func (a altered) EmbedQueries(_ context.Context, questions []string) ([]embed.Vector, error) {
	var analyzer text.Analyzer
	out := make([]embed.Vector, len(questions))
	for i, q := range questions {
		if v := make(embed.Vector, a.Dimension()); a.EmbedTerms(v, analyzer.Terms(nil, q)) {
			out[i] = v
		}
	}
	return out, nil
}

// byText finds papers like another by searching for its whole text.
type byText struct {
	Searcher
	queries []Query
}

func (b byText) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	id := s.Positive[0]
	i := slices.IndexFunc(b.queries, func(q Query) bool { return q.ID == id })
	o := s.Options
	o.Limit++
	r, err := b.Search(ctx, paper.Query{Text: b.queries[i].Text, Options: o})
	if err != nil {
		return nil, err
	}
	r.Hits = slices.DeleteFunc(r.Hits, func(h paper.Hit) bool { return h.Paper.ID == id })
	r.Hits = r.Hits[:min(s.Limit, len(r.Hits))]
	return r, nil
}
