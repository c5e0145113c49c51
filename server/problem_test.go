package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"kindred/paper"
)

// TestEngineErrors gives each kind of error by every road to the engine.
func TestEngineErrors(t *testing.T) {
	secret := errors.New("open /home/user/secret.db: too many open files")
	for _, tt := range []struct {
		err    error
		status int
		code   string
		field  string
	}{
		{paper.Invalid("cursor", "not a cursor"), 400, "invalid_argument", "cursor"},
		{fmt.Errorf("search: %w", paper.Invalid("cursor", "not a cursor")), 400, "invalid_argument", "cursor"},
		{fmt.Errorf("%w: %w", paper.ErrUnavailable, secret), 503, "unavailable", ""},
		{fmt.Errorf("scan: %w", context.DeadlineExceeded), 504, "deadline_exceeded", ""},
		{secret, 500, "internal", ""},
	} {
		engine := newFake(samplePapers()...)
		engine.before = func(context.Context) error { return tt.err }
		s, log := newServer(t, engine, Options{})
		for _, request := range []struct{ method, target, body string }{
			{"GET", "/v1/search?q=flow", ""},
			{"POST", "/v1/search", `{"q":"flow"}`},
			{"GET", "/v1/similar?id=p01", ""},
			{"GET", "/v1/papers/p01", ""},
			{"PUT", "/v1/papers/p01", `{"title":"X"}`},
			{"DELETE", "/v1/papers/p01", ""},
			{"POST", "/v1/papers", `[{"title":"X"}]`},
			{"GET", "/search?q=flow", ""},
			{"GET", "/similar?id=p01", ""},
			{"GET", "/paper?id=p01", ""},
		} {
			if tt.status == 504 && request.method != "GET" && !strings.HasSuffix(request.target, "search") {
				continue // writes have no deadline of ours
			}
			w := askJSON(t, s.Handler(), request.method, request.target, request.body)
			if w.Code != tt.status {
				t.Errorf("%v: %s %s: %d %s", tt.err, request.method, request.target, w.Code, w.Body)
			}
			if strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s %s tells what is inside: %s", request.method, request.target, w.Body)
			}
			if tt.status == 503 && w.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: 503 without Retry-After", request.method, request.target)
			}
			if strings.HasPrefix(request.target, "/v1/") {
				if p := sentError(t, w.Body.Bytes()); p.Code != tt.code || p.Field != tt.field || p.Message == "" {
					t.Errorf("%s %s: %+v", request.method, request.target, p)
				}
			}
		}
		if logged := strings.Contains(log.String(), "too many open files"); logged != (tt.status == 500) {
			t.Errorf("%v: cause in the log: %v\n%s", tt.err, logged, log)
		}
	}
}

func TestUnknownRoutesAndMethods(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	for _, tt := range []struct {
		method, target string
		status         int
		allow          string
	}{
		{"GET", "/v1", 404, ""},
		{"GET", "/v1/", 404, ""},
		{"GET", "/v1/searching?q=a", 404, ""},
		{"GET", "/v1/search/?q=a", 404, ""},
		{"GET", "/v2/search", 404, ""},
		{"GET", "//v1/search", 404, ""},
		{"GET", "/static/", 404, ""},
		{"GET", "/static/../server.go", 404, ""},
		{"GET", "/static/%2e%2e/openapi.json", 404, ""},
		{"GET", "/favicon.ico", 404, ""},
		{"GET", "/\x7f\u202e", 404, ""},
		{"GET", "/debug/pprof/", 404, ""},
		{"GET", "/internal/v1/nothing", 404, ""},
		{"DELETE", "/v1/search", 405, "GET, HEAD, POST"},
		{"PATCH", "/v1/papers/x", 405, "GET, HEAD, PUT, DELETE"},
		{"POST", "/v1/papers/x", 405, "GET, HEAD, PUT, DELETE"},
		{"DELETE", "/v1/papers", 405, "GET, HEAD, POST"},
		{"POST", "/v1/stats", 405, "GET, HEAD"},
		{"POST", "/", 405, "GET, HEAD"},
		{"OPTIONS", "/v1/search", 405, "GET, HEAD, POST"},
		{"TRACE", "/v1/search", 405, "GET, HEAD, POST"},
		{"BREW", "/healthz", 405, "GET, HEAD"},
	} {
		r := httptest.NewRequest(tt.method, "/", nil)
		r.Host = "localhost"
		r.URL.Path, r.URL.RawQuery, _ = strings.Cut(strings.ReplaceAll(tt.target, "%2e", "."), "?")
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%s %s: %d %s", tt.method, tt.target, w.Code, w.Body)
			continue
		}
		sentError(t, w.Body.Bytes())
		for m := range strings.SplitSeq(tt.allow, ", ") {
			if m != "" && !strings.Contains(w.Header().Get("Allow"), m) {
				t.Errorf("%s %s: Allow is %q, want %s", tt.method, tt.target, w.Header().Get("Allow"), tt.allow)
			}
		}
	}
	if w := ask(t, s.Handler(), "GET", "/nothing", nil, "Accept", "text/html,*/*"); !strings.Contains(w.Body.String(), "<html") || w.Code != 404 {
		t.Errorf("a browser gets %d %s", w.Code, w.Body)
	}
}

func TestPanicIsA500AndTheServerLives(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, log := newServer(t, engine, Options{MaxReads: 1})
	engine.before = func(context.Context) error { panic("secret pointer") }
	for range 3 { // more than there are places: a panic gives its place back
		w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil)
		if w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	if !strings.Contains(log.String(), "secret pointer") || !strings.Contains(log.String(), "fake_test.go") {
		t.Errorf("the log does not say what happened and where: %s", log)
	}
	engine.before = nil
	if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil); w.Code != 200 {
		t.Errorf("afterwards: %d %s", w.Code, w.Body)
	}
}

// TestHostileResults has the engine answer what cannot be sent, or not
// shown.
func TestHostileResults(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	for name, change := range map[string]func(*paper.Result){
		"not a number": func(r *paper.Result) { r.Hits[0].Score = math.NaN() },
		"infinite":     func(r *paper.Result) { r.TookMS = math.Inf(1) },
	} {
		engine.change = change
		if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil); w.Code != 500 || sentError(t, w.Body.Bytes()).Code != "internal" {
			t.Errorf("%s: %d %s", name, w.Code, w.Body)
		}
	}
	engine.change = func(r *paper.Result) {
		r.Hits[0].Highlights = []paper.Highlight{{Text: "no matches"}}
		r.Hits[1].Highlights = []paper.Highlight{{Text: "bad", Matches: [][2]int{{-5, 2}, {1, 99}, {7, 3}, {math.MinInt, math.MaxInt}}}}
		r.Hits[1].Paper.Title = "\xff<script>"
		r.Hits = r.Hits[:2]
	}
	if w := ask(t, s.Handler(), "GET", "/search?q=flow", nil); w.Code != 200 || strings.Contains(w.Body.String(), "<script>") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	engine.change = func(r *paper.Result) { r.Hits[0].Highlights[0].Matches = nil; r.Hits[1].Highlights = nil }
	if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow&limit=2", nil); !strings.Contains(w.Body.String(), `"matches":[]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	engine.change = func(r *paper.Result) { r.Hits = nil }
	if w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil); !strings.Contains(w.Body.String(), `"hits":[]`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestEmptyCorpus(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil)
	if w.Code != 200 || !strings.Contains(w.Body.String(), `"hits":[],"total":0`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if w := ask(t, s.Handler(), "GET", "/healthz", nil); w.Code != 200 {
		t.Errorf("health of an empty corpus: %d %s", w.Code, w.Body)
	}
}

func TestHealthAndReadiness(t *testing.T) {
	engine := newFake()
	s, _ := newServer(t, engine, Options{})
	engine.stats.Ready, engine.stats.State, engine.stats.Progress = false, "loading", .25
	engine.before = func(context.Context) error { return errors.New("not yet") }
	if w := ask(t, s.Handler(), "GET", "/healthz", nil); w.Code != 200 || !strings.Contains(w.Body.String(), `"state":"loading"`) {
		t.Errorf("health while loading: %d %s", w.Code, w.Body)
	}
	if w := ask(t, s.Handler(), "GET", "/readyz", nil); w.Code != 503 || !strings.Contains(w.Body.String(), `"progress":0.25`) {
		t.Errorf("readiness while loading: %d %s", w.Code, w.Body)
	}
	engine.stats.Ready, engine.stats.State = true, "ready"
	if w := ask(t, s.Handler(), "GET", "/healthz", nil); w.Code != 500 {
		t.Errorf("health when searches fail: %d %s", w.Code, w.Body)
	}
}

func TestAccessLogHasNoQuestions(t *testing.T) {
	s, log := newServer(t, newFake(samplePapers()...), Options{})
	w := ask(t, s.Handler(), "GET", "/v1/search?q=my+private+question", nil, requestIDHeader, "abc-123")
	ask(t, s.Handler(), "GET", "/search?q=my+private+question", nil, requestIDHeader, "bad id\r\nX: y")
	if w.Header().Get(requestIDHeader) != "abc-123" {
		t.Errorf("the request's own id is lost: %v", w.Header())
	}
	if strings.Contains(log.String(), "private") || strings.Contains(log.String(), "X: y") {
		t.Errorf("the log tells: %s", log)
	}
	var line struct {
		Msg, Level, Method, Route string
		Status, Bytes             int
		MS                        float64
		RequestID                 string `json:"request_id"`
	}
	first, _, _ := strings.Cut(log.String(), "\n")
	if err := json.Unmarshal([]byte(first), &line); err != nil {
		t.Fatal(err)
	}
	if line.Level != slog.LevelInfo.String() || line.Route != "/v1/search" || line.Status != 200 || line.Bytes != w.Body.Len() || line.RequestID != "abc-123" {
		t.Errorf("%+v", line)
	}
}

// What machines ask every few seconds would drown what people ask.
func TestAccessLogOfPolls(t *testing.T) {
	s, log := newServer(t, newFake(samplePapers()...), Options{})
	for _, target := range []string{"/state", "/healthz", "/readyz", "/metrics", "/"} {
		ask(t, s.Handler(), "GET", target, nil)
	}
	for line := range strings.Lines(log.String()) {
		want := `"level":"DEBUG"`
		if strings.Contains(line, `"route":"/"`) {
			want = `"level":"INFO"`
		}
		if !strings.Contains(line, want) {
			t.Errorf("without %s: %s", want, line)
		}
	}
	if n := strings.Count(log.String(), `"msg":"request"`); n != 5 {
		t.Errorf("%d lines of five requests:\n%s", n, log)
	}
}

// tallying is a fake that counts what goes on inside it.
type tallying struct{ *fakeEngine }

func (tallying) Counters() paper.Counters {
	return paper.Counters{EmbedderFaults: 3, QuestionsKept: 5, QuestionsAsked: 7, PhrasesKept: 11, PhrasesSearched: 13}
}

// TestMetricsOfWhatIsUnderWay scrapes while one call is being answered and one
// waits.
func TestMetricsOfWhatIsUnderWay(t *testing.T) {
	engine := newFake(samplePapers()...)
	inside, release := make(chan struct{}, 2), make(chan struct{})
	engine.before = func(context.Context) error { inside <- struct{}{}; <-release; return nil }
	s, _ := newServer(t, tallying{engine}, Options{MaxReads: 1})
	var asking sync.WaitGroup
	for range 2 {
		asking.Go(func() { ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil) })
	}
	<-inside
	text := ""
	for !strings.Contains(text, `kindred_calls_waiting{kind="read"} 1`) { // the other is on its way
		text = ask(t, s.Handler(), "GET", "/metrics", nil).Body.String()
	}
	for _, want := range []string{
		`kindred_calls_under_way{kind="read"} 1`, `kindred_calls_under_way{kind="write"} 0`, `kindred_calls_waiting{kind="write"} 0`,
		"kindred_embedder_faults_total 3", `kindred_cache_lookups_total{cache="questions",result="hit"} 5`,
		`kindred_cache_lookups_total{cache="questions",result="miss"} 7`, `kindred_cache_lookups_total{cache="phrases",result="hit"} 11`,
		`kindred_cache_lookups_total{cache="phrases",result="miss"} 13`,
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	close(release)
	asking.Wait()
	if text = ask(t, s.Handler(), "GET", "/metrics", nil).Body.String(); !strings.Contains(text, `kindred_calls_under_way{kind="read"} 0`) {
		t.Error("calls are under way for ever")
	}
}

func TestMetrics(t *testing.T) {
	engine := newFake(samplePapers()...)
	engine.stats.Embedded = &paper.Embedded{Model: "openai:m:2", Texts: 15, Tokens: 900, Requests: 4, Again: 1, Cut: 2, Refused: 3}
	s, _ := newServer(t, engine, Options{})
	ask(t, s.Handler(), "GET", "/v1/search?q=flow&mode=lexical", nil)
	ask(t, s.Handler(), "GET", "/v1/search?q=", nil)
	ask(t, s.Handler(), "GET", "/nothing/a", nil)
	ask(t, s.Handler(), "GET", "/nothing/b", nil)
	ask(t, s.Handler(), "GET", "/v1/papers/p01", nil)
	got := ask(t, s.Handler(), "GET", "/metrics", nil).Body.String()
	for _, want := range []string{
		`kindred_requests_total{method="GET",mode="lexical",route="/v1/search",status="200"} 1`,
		`kindred_requests_total{method="GET",mode="",route="/v1/search",status="400"} 1`,
		`kindred_requests_total{method="GET",mode="",route="none",status="404"} 2`,
		`kindred_request_seconds_count{mode="",route="/v1/papers/*id"} 1`,
		"kindred_index_papers 15", "kindred_index_generation 3", "kindred_index_ready 1",
		"kindred_embedder_texts_total 15", "kindred_embedder_tokens_total 900", "kindred_embedder_requests_total 4",
		"kindred_embedder_retries_total 1", "kindred_embedder_cut_total 2", "kindred_embedder_refused_total 3",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in\n%s", want, got)
		}
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{
		{AllowedHosts: []string{"http://x"}}, {AllowedHosts: []string{""}}, {AllowedHosts: []string{"*"}}, {AllowedHosts: []string{"a b"}},
		{Token: "short"}, {MaxReads: -1}, {Grace: -1},
	} {
		if _, err := New(newFake(), o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
}
