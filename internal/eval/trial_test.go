package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"kindred/paper"
)

// flocks is a collection of papers of two kinds, enough to learn from. Each
// query names one kind; its papers answer it.
func flocks(t *testing.T) *Collection {
	t.Helper()
	var b strings.Builder
	qrels := Qrels{"birds": {}, "stars": {}}
	for i := range 40 {
		id := fmt.Sprintf("birds/%d", i)
		qrels["birds"][id] = 1
		fmt.Fprintf(&b, `{"_id":%q,"title":"Songs of finches %d","text":"Finches sing at dawn in wood %d. They build nests in spring."}`+"\n", id, i, i)
		id = fmt.Sprintf("stars/%d", i)
		qrels["stars"][id] = 1
		fmt.Fprintf(&b, `{"_id":%q,"title":"Light of galaxies %d","text":"Galaxies shine at redshift %d. Their stars form in clouds of gas."}`+"\n", id, i, i)
	}
	b.WriteString("{broken\n")
	corpus := func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(b.String())), nil }
	c, err := NewCollection("flocks", corpus, []Query{{"birds", "finches nests"}, {"stars", "galaxies gas"}}, qrels)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestMeasureTrial(t *testing.T) {
	var stages []string
	o, err := Trial{flocks(t), Question}.Measure(t.Context(), t.TempDir(), Plan{
		Modes: []paper.Mode{paper.Lexical, paper.Semantic, paper.Hybrid}, Ablate: true,
		Progress: func(stage string, done, total int) {
			if len(stages) == 0 || stages[len(stages)-1] != stage {
				stages = append(stages, stage)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if o.Papers != 80 || o.Rejected != 1 || o.Queries != 2 || o.LearnSeconds <= 0 {
		t.Errorf("%+v", o)
	}
	var rows []string
	for _, r := range o.Results {
		rows = append(rows, strings.TrimSpace(string(r.Mode)+" "+r.Model))
		if r.NDCG10 != 1 || r.Recall100 != 1 || len(r.PerQuery) != 2 || len(r.Run["birds"]) < 40 {
			t.Errorf("%s %s: %+v", r.Mode, r.Model, r.Measures)
		}
	}
	if got, want := strings.Join(rows, ", "), "lexical, semantic base, semantic learned, hybrid base, hybrid learned"; got != want {
		t.Errorf("rows %s, want %s", got, want)
	}
	if got := strings.Join(stages, ", "); !strings.HasPrefix(got, "reading, answering, lexical, answering, semantic, answering, hybrid, ") ||
		!strings.HasSuffix(got, "embedding, answering, semantic, answering, hybrid") {
		t.Errorf("stages %s", got)
	}
}

func TestMeasureTrialWithoutLearning(t *testing.T) {
	for _, p := range []Plan{{NoLearn: true}, {}} {
		p.Modes = []paper.Mode{paper.Hybrid}
		o, err := Trial{flocks(t), Question}.Measure(t.Context(), t.TempDir(), p)
		if err != nil {
			t.Fatal(err)
		}
		want := Learned
		if p.NoLearn {
			want = Base
		}
		if len(o.Results) != 1 || o.Results[0].Model != want || (o.LearnSeconds > 0) == p.NoLearn {
			t.Errorf("%+v: %+v", p, o)
		}
	}
}

func TestMeasureTrialEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := Plan{Modes: []paper.Mode{paper.Lexical}, NoLearn: true}
	p.Progress = func(string, int, int) { cancel() }
	if _, err := (Trial{flocks(t), Question}).Measure(ctx, t.TempDir(), p); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	p = Plan{Modes: []paper.Mode{"magic"}, NoLearn: true}
	if _, err := (Trial{flocks(t), Question}).Measure(t.Context(), t.TempDir(), p); err == nil || !strings.Contains(err.Error(), "magic") {
		t.Errorf("no such mode: %v", err)
	}
	c := flocks(t)
	c.Corpus = func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(`{"_id":"a","title":"b"}`+"\n"), torn{})), nil
	}
	p.Modes[0] = paper.Lexical
	if _, err := (Trial{c, Question}).Measure(t.Context(), t.TempDir(), p); !errors.Is(err, errTorn) || !strings.Contains(err.Error(), "flocks") {
		t.Errorf("torn corpus: %v", err)
	}
}

var errTorn = errors.New("torn")

type torn struct{}

func (torn) Read([]byte) (int, error) { return 0, errTorn }
