package eval

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

// echo answers a question with two papers named after it.
type echo struct{ broken bool }

func (e echo) Search(_ context.Context, q paper.Query) (*paper.Result, error) {
	if e.broken {
		return nil, errors.New("broken")
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return &paper.Result{Hits: []paper.Hit{
		{Paper: paper.Paper{ID: q.Text + "/1"}, Score: 2}, {Paper: paper.Paper{ID: q.Text + "/2"}, Score: 1},
	}}, nil
}

func (e echo) Similar(_ context.Context, s paper.Similar) (*paper.Result, error) {
	if s.Positive[0] == "unknown" {
		return nil, fmt.Errorf("%q: %w", s.Positive[0], paper.ErrNotFound)
	}
	return &paper.Result{Hits: []paper.Hit{{Paper: paper.Paper{ID: "like " + s.Positive[0]}, Score: 1}}}, nil
}

func TestAnswers(t *testing.T) {
	queries := []Query{{"a", "one"}, {"unknown", " "}, {"c", "two\x00"}, {"d", "three"}}
	collect := func(s Searcher, task Task) (run Run, skipped []string, err error) {
		run = Run{}
		for a, err := range Answers(t.Context(), s, task, queries, paper.Options{Limit: 2}) {
			if err != nil {
				return run, skipped, err
			}
			if a.Skipped != nil {
				skipped = append(skipped, a.Query.ID)
				continue
			}
			run[a.Query.ID] = a.Ranking
		}
		return run, skipped, nil
	}

	run, skipped, err := collect(echo{}, Question)
	if err != nil {
		t.Fatal(err)
	}
	want := Run{"a": {{"one/1", 2}, {"one/2", 1}}, "d": {{"three/1", 2}, {"three/2", 1}}}
	if d := cmp.Diff(want, run); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"unknown", "c"}, skipped); d != "" {
		t.Error(d)
	}

	run, skipped, err = collect(echo{}, Similar)
	if err != nil || len(run) != 3 || run["a"][0].ID != "like a" || len(skipped) != 1 {
		t.Errorf("similar: %v, skipped %v, %v", run, skipped, err)
	}
	if run, _, err := collect(echo{broken: true}, Question); err == nil || len(run) != 0 {
		t.Errorf("a broken searcher: %v, %v", run, err)
	}
}
