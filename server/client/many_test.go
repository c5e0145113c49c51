package client

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kindred/paper"
)

// TestManyQuestionsStayBelowTheLimits sends more than one request takes.
func TestManyQuestionsStayBelowTheLimits(t *testing.T) {
	var sizes []int
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		var sent []searchBody
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		hits := 0
		results := make([]string, len(sent))
		for i, q := range sent {
			hits += q.Limit
			results[i] = fmt.Sprintf(`{"query":%q,"hits":[]}`, q.Q)
		}
		if len(sent) > batchQuestions || hits > batchHits {
			t.Errorf("%d questions for %d hits", len(sent), hits)
		}
		sizes = append(sizes, len(sent))
		fmt.Fprintf(w, `{"results":[%s]}`, strings.Join(results, ","))
	}, Options{})
	for limit, want := range map[int]string{1: "[100 100 50]", 1000: "[10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10 10]"} {
		sizes = nil
		questions := make([]paper.Query, 250)
		for i := range questions {
			questions[i] = paper.Query{Text: fmt.Sprint("question ", i), Options: paper.Options{Limit: limit}}
		}
		out, err := c.SearchMany(t.Context(), questions)
		if err != nil || fmt.Sprint(sizes) != want {
			t.Errorf("%v, %v", sizes, err)
		}
		for i, o := range out {
			if o.Err != nil || o.Result.Query != questions[i].Text {
				t.Errorf("question %d: %+v", i, o)
			}
		}
	}
	sizes = nil
	if out, err := c.SearchMany(t.Context(), []paper.Query{{}, {}}); err != nil || len(out) != 2 || out[1].Err == nil || sizes != nil {
		t.Errorf("nothing to ask: %v, %v, %v", out, err, sizes)
	}
}

// TestStrangeAnswersToMany are those of no Kindred.
func TestStrangeAnswersToMany(t *testing.T) {
	body := ""
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }, Options{})
	for _, body = range []string{``, `{`, `[]`, `{"results":[]}`, `{"results":7}`, `{"data":[{"index":-1}]}`, `{"data":[{"index":0},{"index":9}]}`} {
		if _, err := c.SearchMany(t.Context(), []paper.Query{{Text: "a"}}); err == nil {
			t.Errorf("questions: %s is taken", body)
		}
		if _, err := c.Papers(t.Context(), []string{"a"}); err == nil {
			t.Errorf("papers: %s is taken", body)
		}
		if _, err := c.Embed(t.Context(), paper.Texts{Texts: []string{"a"}}); err == nil {
			t.Errorf("texts: %s is taken", body)
		}
	}
}
