package server

import (
	"compress/gzip"
	"io"
	"strings"
	"testing"
)

func TestAnswersAreCompressed(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, target := range []string{"/v1/search?q=flow", "/search?q=flow", "/openapi.json", "/static/style.css"} {
		plain := ask(t, s.Handler(), "GET", target, nil)
		if plain.Header().Get("Content-Encoding") != "" || !strings.Contains(plain.Header().Get("Vary"), "Accept-Encoding") {
			t.Errorf("%s, not asked to: %v", target, plain.Header())
		}
		w := ask(t, s.Handler(), "GET", target, nil, "Accept-Encoding", "br, gzip")
		if w.Header().Get("Content-Encoding") != "gzip" || w.Header().Get("Content-Length") != "" || w.Body.Len() >= plain.Body.Len() {
			t.Errorf("%s: %d bytes, plain %d: %v", target, w.Body.Len(), plain.Body.Len(), w.Header())
			continue
		}
		r, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		if body, err := io.ReadAll(r); err != nil || string(body) != plain.Body.String() {
			t.Errorf("%s: %v, %.80s", target, err, body)
		}
	}
	if w := ask(t, s.Handler(), "GET", "/v1/papers/p01", nil, "Accept-Encoding", "gzip"); w.Header().Get("Content-Encoding") != "" {
		t.Error("a short answer was compressed")
	}
}
