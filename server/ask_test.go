package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http/httptest"
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

// fakeWriter writes what a test wants.
type fakeWriter struct {
	sentences []string
	degraded  string
	err       error
}

func (f fakeWriter) Write(_ context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error) {
	a := &paper.Answer{Query: r.Query, Model: r.Model, ChatModel: "tiny", Degraded: f.degraded, Papers: []paper.Paper{r.Hits[0].Paper}}
	for _, text := range f.sentences {
		one := paper.Sentence{Text: text, Citations: []int{1}}
		a.Sentences = append(a.Sentences, one)
		if err := say(one); err != nil {
			return nil, err
		}
	}
	return a, f.err
}

func TestAskInWords(t *testing.T) {
	writer := fakeWriter{[]string{"Flows normalize.", "They <do>."}, "chat model broke off", nil}
	s, _ := newServer(t, newFake(samplePapers()...), Options{Writer: writer})
	w := askJSON(t, s.Handler(), "POST", "/v1/ask", `{"q":"normalizing flow","fields":[]}`)
	var whole paper.Answer
	if err := json.Unmarshal(w.Body.Bytes(), &whole); err != nil || len(whole.Sentences) != 2 || whole.ChatModel != "tiny" {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	streamed := func(body, accept string) *httptest.ResponseRecorder {
		return ask(t, s.Handler(), "POST", "/v1/ask", strings.NewReader(body), "Content-Type", "application/json", "Accept", accept)
	}
	for _, w := range []*httptest.ResponseRecorder{
		streamed(`{"q":"normalizing flow","stream":true}`, "*/*"), streamed(`{"q":"normalizing flow"}`, "text/event-stream"),
	} {
		if kind := w.Header().Get("Content-Type"); kind != "text/event-stream" || w.Code != 200 || !w.Flushed {
			t.Errorf("%d %s, flushed %v", w.Code, kind, w.Flushed)
		}
		events := strings.Split(strings.TrimSuffix(w.Body.String(), "\n\n"), "\n\n")
		if len(events) != 3 || !strings.HasPrefix(events[0], "event: sentence\ndata: {") || !strings.HasPrefix(events[1], "event: sentence\ndata: {") {
			t.Fatalf("%q", events)
		}
		data, ok := strings.CutPrefix(events[2], "event: answer\ndata: ")
		var a paper.Answer
		if err := json.Unmarshal([]byte(data), &a); !ok || err != nil || fmt.Sprint(a.Sentences) != fmt.Sprint(whole.Sentences) {
			t.Errorf("%q: %v", events[2], err)
		}
	}
	text := ask(t, s.Handler(), "GET", "/metrics", nil).Body.String()
	if !strings.Contains(text, `kindred_degraded_answers_total{reason="chat model broke off",route="/v1/ask"} 3`) {
		t.Error("not counted")
	}

	// What is wrong before the first event is answered as ever, later as an event.
	if w := streamed(`{"q":"","stream":true}`, "*/*"); w.Code != 400 || !strings.Contains(w.Body.String(), `"field":"q"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	writer.err = errors.New("secret cause")
	s, log := newServer(t, newFake(samplePapers()...), Options{Writer: writer})
	if w := streamed(`{"q":"normalizing flow","stream":true}`, "*/*"); !strings.Contains(w.Body.String(), "event: error\ndata: {\"error\":{\"code\":\"internal\"") || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%s", w.Body)
	}
	if !strings.Contains(log.String(), "secret cause") {
		t.Error("the cause is not in the log")
	}
}
