package server

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"kindred/paper"
)

func TestAsk(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	w := askJSON(t, s.Handler(), "POST", "/v1/ask", `{"q":"normalizing flow","fields":["abstract"]}`)
	var a paper.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 || len(a.Sentences) == 0 {
		t.Fatalf("%d %s, %v", w.Code, w.Body, err)
	}
	cited := map[int]bool{}
	for _, one := range a.Sentences {
		for _, n := range one.Citations {
			if n < 1 || n > len(a.Papers) || !strings.Contains(a.Papers[n-1].Abstract, one.Text) {
				t.Errorf("%q cites %d, which does not say it", one.Text, n)
			}
			cited[n] = true
		}
		if len(one.Citations) == 0 || !slices.IsSorted(one.Citations) {
			t.Errorf("%q cites %v", one.Text, one.Citations)
		}
	}
	if len(cited) != len(a.Papers) || a.Papers[0].Title != "" {
		t.Errorf("%d of %d papers are cited: %+v", len(cited), len(a.Papers), a.Papers[0])
	}
	if w := askJSON(t, s.Handler(), "POST", "/v1/ask", `{"q":"zebra"}`); !strings.Contains(w.Body.String(), `"sentences":[],"papers":[]`) {
		t.Errorf("no answer: %s", w.Body)
	}
	for _, body := range []string{`{}`, `{"q":"a","yaer":"2019"}`, `[]`} {
		if w := askJSON(t, s.Handler(), "POST", "/v1/ask", body); w.Code != 400 {
			t.Errorf("%s: %d", body, w.Code)
		}
	}
}
