package server

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestStreamsAreNotHeldBack has a handler that sends headers, then lines, and
// waits after each.
func TestStreamsAreNotHeldBack(t *testing.T) {
	for _, tt := range []struct{ accept, media string }{
		{"application/json, text/event-stream", "text/event-stream"}, {"application/json", "text/event-stream"}, {"*/*", mediaNDJSON},
	} {
		recorder := httptest.NewRecorder()
		h, err := compressed(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", tt.media)
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			if headers := recorder.Flushed; headers != strings.Contains(tt.accept, "event-stream") {
				t.Errorf("%+v: headers came: %v", tt, headers)
			}
			_, _ = io.WriteString(w, "one\n")
			w.(http.Flusher).Flush()
			if recorder.Body.String() != "one\n" {
				t.Errorf("%+v: what was flushed is %q", tt, recorder.Body)
			}
		}))
		if err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Accept", tt.accept)
		r.Header.Set("Accept-Encoding", "gzip")
		h.ServeHTTP(recorder, r)
	}
}

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
