package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"kindred/paper"
)

func TestManyQuestionsAtOnce(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	w := askJSON(t, s.Handler(), "POST", "/v1/search/batch",
		`[{"q":"gauge","fields":["title"]},{"q":" "},{"q":"flow","limit":2,"year":2020},{"nonsense":1},7,{"q":"nothing like it"},{"q":"flow","limit":"two"}]`)
	var answer struct {
		Results []struct {
			*paper.Result
			Error *problem
		}
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil || w.Code != 200 || len(answer.Results) != 7 {
		t.Fatalf("%d %v %s", w.Code, err, w.Body)
	}
	if r := answer.Results[0]; r.Error != nil || r.Query != "gauge" || len(r.Hits) != 1 || r.Hits[0].Paper.Title != "Gauge flow" || r.Hits[0].Paper.Abstract != "" {
		t.Errorf("first: %+v", r)
	}
	if r := answer.Results[2]; r.Error != nil || len(r.Hits) != 2 || r.Total != 2 {
		t.Errorf("third: %+v", r)
	}
	if r := answer.Results[5]; r.Error != nil || r.Hits == nil || len(r.Hits) != 0 {
		t.Errorf("without hits: %+v", r)
	}
	for i, field := range map[int]string{1: "q", 3: "nonsense", 4: "", 6: "limit"} {
		if e := answer.Results[i].Error; e == nil || answer.Results[i].Result != nil || e.Code != "invalid_argument" || e.Field != field {
			t.Errorf("%d: %+v", i, e)
		}
	}

	question := `{"q":"flow"}`
	many := func(n int, q string) string { return "[" + strings.TrimSuffix(strings.Repeat(q+",", n), ",") + "]" }
	for _, tt := range []struct {
		name, body string
		status     int
	}{
		{"none", `[]`, 200},
		{"as many as may be", many(maxSearches, question), 200},
		{"one more", many(maxSearches+1, question), 400},
		{"too many hits", many(11, `{"q":"flow","limit":1000}`), 400},
		{"no array", question, 400},
		{"null", `null`, 400},
		{"broken", `[{"q":"flow"}`, 400},
		{"two arrays", `[][]`, 400},
		{"too large", many(2, `{"q":"`+strings.Repeat("a", maxSearchesBody/2)+`"}`), 413},
	} {
		if w := askJSON(t, s.Handler(), "POST", "/v1/search/batch", tt.body); w.Code != tt.status {
			t.Errorf("%s: %d %.200s", tt.name, w.Code, w.Body)
		}
	}
	if w := askJSON(t, s.Handler(), "POST", "/v1/search/batch?limit=3", `[]`); w.Code != 400 {
		t.Errorf("parameters in the URL: %d", w.Code)
	}
}

// TestOneQuestionOfManyFails has the engine break down in the middle: the
// cause stays in the log, the other questions are answered.
func TestOneQuestionOfManyFails(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, log := newServer(t, failing{engine}, Options{})
	w := askJSON(t, s.Handler(), "POST", "/v1/search/batch", `[{"q":"flow"},{"q":"fail"},{"q":"gauge"}]`)
	if w.Code != 200 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), "secret") || strings.Count(w.Body.String(), `"hits":[{`) != 2 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(w.Body.String(), `{"error":{"code":"internal"`) {
		t.Error(w.Body)
	}
}

// failing is a fake that cannot answer one question.
type failing struct{ *fakeEngine }

func (f failing) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	if q.Text == "fail" {
		return nil, fmt.Errorf("a secret: %w", errors.ErrUnsupported)
	}
	return f.fakeEngine.Search(ctx, q)
}
