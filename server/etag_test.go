package server

import (
	"context"
	"strings"
	"testing"

	"kindred/paper"
)

// revised is a fake whose revision the test sets.
type revised struct {
	*fakeEngine
	revision string
}

func (r *revised) Revision() string { return r.revision }

func TestETags(t *testing.T) {
	asked := 0
	engine := &revised{newFake(samplePapers()...), "one"}
	engine.before = func(context.Context) error { asked++; return nil }
	s, _ := newServer(t, engine, Options{})
	for _, target := range []string{"/v1/search?q=flow", "/v1/similar?id=p01", "/v1/papers/p01", "/v1/papers/p01?format=ris"} {
		engine.revision = "one"
		w := ask(t, s.Handler(), "GET", target, nil)
		tag := w.Header().Get("ETag")
		if w.Code != 200 || !strings.HasPrefix(tag, `W/"one`) || w.Header().Get("Cache-Control") != "private, no-cache" {
			t.Errorf("%s: %d %v", target, w.Code, w.Header())
		}
		before := asked
		for _, method := range []string{"GET", "HEAD"} {
			w = ask(t, s.Handler(), method, target, nil, "If-None-Match", `"other", `+tag)
			if w.Code != 304 || w.Body.Len() != 0 || w.Header().Get("ETag") != tag || asked != before {
				t.Errorf("%s %s again: %d %s", method, target, w.Code, w.Body)
			}
		}
		engine.revision = "two"
		w = ask(t, s.Handler(), "GET", target, nil, "If-None-Match", tag)
		if w.Code != 200 || w.Header().Get("ETag") == tag {
			t.Errorf("%s after a change: %d %v", target, w.Code, w.Header())
		}
	}
	if w := askJSON(t, s.Handler(), "POST", "/v1/search", `{"q":"flow"}`); w.Header().Get("ETag") != "" {
		t.Error("a POST has an ETag")
	}
	if w := ask(t, s.Handler(), "GET", "/v1/papers/nobody", nil); w.Code != 404 || w.Header().Get("ETag") != "" {
		t.Errorf("an error: %d %v", w.Code, w.Header())
	}
	engine.revision = ""
	if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "If-None-Match", `W/""`); w.Code != 200 || w.Header().Get("ETag") != "" {
		t.Errorf("while there is no revision: %d %v", w.Code, w.Header())
	}
	engine.revision = "two"
	engine.change = func(r *paper.Result) { r.Degraded = "the embedder is out of reach" }
	if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil); w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("a weaker answer would be kept: %v", w.Header())
	}
}
