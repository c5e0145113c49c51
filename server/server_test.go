package server

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

const testToken = "a-token-for-the-tests"

// newServer is a server on a fake engine; what it logs is kept.
func newServer(t testing.TB, engine Engine, opts Options) (*Server, *logBuffer) {
	t.Helper()
	log := &logBuffer{}
	opts.Logger = slog.New(slog.NewJSONHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	if opts.Token == "" {
		opts.Token = testToken
	}
	s, err := New(engine, opts)
	if err != nil {
		t.Fatal(err)
	}
	return s, log
}

// ask sends one request straight to the handler, and holds the answer to the
// OpenAPI document. header holds pairs.
func ask(t testing.TB, h http.Handler, method, target string, body io.Reader, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequest(method, target, body)
	r.Host = "127.0.0.1:8080"
	for i := 0; i+1 < len(header); i += 2 {
		if header[i] == "Host" {
			r.Host = header[i+1]
			continue
		}
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	holdToDocument(t, method, target, w)
	return w
}

func askJSON(t testing.TB, h http.Handler, method, target, body string) *httptest.ResponseRecorder {
	t.Helper()
	return ask(t, h, method, target, strings.NewReader(body), "Content-Type", "application/json")
}

// logBuffer keeps a log that is written while it is read.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

func TestEveryRouteAnswers(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, tt := range []struct {
		method, target, body string
		status               int
		want                 string // part of the answer
	}{
		{"GET", "/v1/search?q=flow", "", 200, `"hits":[{"paper":{"id":`},
		{"POST", "/v1/search", `{"q":"flow","limit":2}`, 200, `"next_cursor":"`},
		{"GET", "/v1/search?q=nothing+like+it", "", 200, `"hits":[]`},
		{"GET", "/v1/similar?id=p01", "", 200, `"paper":{"id":"p00"`},
		{"POST", "/v1/similar", `{"positive":["p01","p02"],"negative":["title-only"]}`, 200, `"hits":[{`},
		{"GET", "/v1/similar?title=Gauge+flow", "", 200, `"hits":[{`},
		{"GET", "/v1/similar?text=gauge", "", 200, `"hits":[{`},
		{"GET", "/v1/papers/p01", "", 200, `{"id":"p01","title":"Paper 1"`},
		{"GET", "/v1/papers/hep-th/9901001", "", 200, `{"id":"hep-th/9901001"`},
		{"GET", "/v1/papers/hep-th%2F9901001", "", 200, `{"id":"hep-th/9901001"`},
		{"GET", "/v1/papers/100%25%20odd%20id%3F%23%C3%BC+x?fields=title", "", 200, `{"id":"100% odd id?#ü+x","title":"Odd <b>ids</b>"}`},
		{"PUT", "/v1/papers/new/1", `{"title":"New"}`, 201, `{"id":"new/1","status":"added"}`},
		{"PUT", "/v1/papers/new/1", `{"id":"new/1","title":"Newer"}`, 200, `"status":"updated"`},
		{"DELETE", "/v1/papers/new/1", "", 200, `{"deleted":1}`},
		{"POST", "/v1/papers", `[{"id":"b1","title":"One"},{"id":"b2"}]`, 200, `"counts":{"added":1,"merged":0,"rejected":1,"unchanged":0,"updated":0}`},
		{"GET", "/v1/stats", "", 200, `"generation":3`},
		{"GET", "/healthz", "", 200, `"status":"ok"`},
		{"GET", "/readyz", "", 200, `"status":"ready"`},
		{"GET", "/metrics", "", 200, "kindred_requests_total{"},
		{"GET", "/openapi.json", "", 200, `{`},
		{"GET", "/", "", 200, `name="q"`},
		{"GET", "/search?q=flow", "", 200, `<mark>flow</mark>`},
		{"GET", "/similar?id=p01", "", 200, `Papers similar to`},
		{"GET", "/paper?id=p01", "", 200, `Paper 1`},
		{"GET", "/static/style.css", "", 200, `:root`},
		{"GET", "/static/icon.svg", "", 200, `<svg`},
		{"HEAD", "/v1/search?q=flow", "", 200, ``},
	} {
		var w *httptest.ResponseRecorder
		if tt.body == "" {
			w = ask(t, s.Handler(), tt.method, tt.target, nil)
		} else {
			w = askJSON(t, s.Handler(), tt.method, tt.target, tt.body)
		}
		if w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s: %d %s\nwant %d with %s", tt.method, tt.target, w.Code, w.Body, tt.status, tt.want)
		}
	}
}
