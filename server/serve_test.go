package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

// start serves on a free port; stop ends it and returns what Serve returned.
func start(t testing.TB, engine Engine, opts Options) (base string, stop func() error) {
	t.Helper()
	s, _ := newServer(t, engine, opts)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- s.Serve(ctx, ln) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-served
	})
	t.Cleanup(func() { _ = stop() })
	return "http://" + ln.Addr().String(), stop
}

// blocking is a hook that says when a call is inside and holds it there.
func blocking() (hook func(context.Context) error, inside chan struct{}, release func()) {
	inside = make(chan struct{}, 1000)
	gate := make(chan struct{})
	return func(ctx context.Context) error {
		inside <- struct{}{}
		select {
		case <-gate:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}, inside, sync.OnceFunc(func() { close(gate) })
}

func fetch(url string) (int, string, error) {
	resp, err := http.Get(url)
	if err != nil {
		return 0, "", err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return resp.StatusCode, string(body), err
}

func TestStopLetsRequestsFinish(t *testing.T) {
	engine := newFake(samplePapers()...)
	hook, inside, release := blocking()
	engine.before = hook
	base, stop := start(t, engine, Options{})
	type answer struct {
		status int
		err    error
	}
	answers := make(chan answer)
	const running = 4
	for range running {
		go func() {
			status, _, err := fetch(base + "/v1/search?q=flow")
			answers <- answer{status, err}
		}()
		<-inside
	}
	stopped := make(chan error, 1)
	go func() { stopped <- stop() }()
	for { // until it takes no more connections
		conn, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			break
		}
		conn.Close()
		time.Sleep(time.Millisecond)
	}
	select {
	case err := <-stopped:
		t.Fatalf("stopped over running requests: %v", err)
	default:
	}
	release()
	for range running {
		if a := <-answers; a.err != nil || a.status != 200 {
			t.Errorf("a request under way ended with %d %v", a.status, a.err)
		}
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
}

func TestStopEndsRequestsAfterTheGrace(t *testing.T) {
	engine := newFake(samplePapers()...)
	hook, inside, release := blocking()
	defer release()
	engine.before = hook
	base, stop := start(t, engine, Options{Grace: 20 * time.Millisecond})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _, _ = fetch(base + "/v1/search?q=flow")
	}()
	<-inside
	if err := stop(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Serve returned %v, want that the grace was over", err)
	}
	<-done // the engine's context ended, or this hangs
}

// TestStopEndsAnEndlessBatch has a body still being sent, where net/http
// would not notice by itself that the connection is closed.
func TestStopEndsAnEndlessBatch(t *testing.T) {
	engine := newFake()
	inside, ended := make(chan struct{}), make(chan struct{})
	engine.before = func(ctx context.Context) error {
		close(inside)
		<-ctx.Done()
		close(ended)
		return ctx.Err()
	}
	base, stop := start(t, engine, Options{Grace: 20 * time.Millisecond})
	reader, writer := io.Pipe()
	defer writer.Close()
	req, err := http.NewRequest("POST", base+"/internal/v1/papers", reader)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", mediaNDJSON)
	req.Header.Set("Authorization", "Bearer "+testToken)
	go func() {
		if resp, err := http.DefaultClient.Do(req); err == nil {
			resp.Body.Close()
		}
	}()
	go func() { _, _ = io.WriteString(writer, strings.Repeat("{\"title\":\"A\"}\n", privateBatch+1)) }()
	<-inside
	if err := stop(); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Serve returned %v, want that the grace was over", err)
	}
	<-ended // or this hangs
}

func TestServeOnAClosedListener(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ln.Close()
	if err := s.Serve(t.Context(), ln); err == nil {
		t.Error("no error")
	}
}

func TestClientThatGoesAwayEndsItsSearch(t *testing.T) {
	engine := newFake(samplePapers()...)
	ended := make(chan error, 1)
	inside := make(chan struct{})
	engine.before = func(ctx context.Context) error {
		close(inside)
		<-ctx.Done()
		ended <- ctx.Err()
		return ctx.Err()
	}
	base, _ := start(t, engine, Options{})
	ctx, cancel := context.WithCancel(t.Context())
	req, err := http.NewRequestWithContext(ctx, "GET", base+"/v1/search?q=flow", nil)
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		<-inside
		cancel()
	}()
	if _, err := http.DefaultClient.Do(req); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestSlowEngineIsCutAtTheDeadline(t *testing.T) {
	engine := newFake(samplePapers()...)
	hook, _, release := blocking()
	defer release()
	engine.before = hook
	s, _ := newServer(t, engine, Options{ReadDeadline: 20 * time.Millisecond})
	w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil)
	if w.Code != 504 || sentError(t, w.Body.Bytes()).Code != "deadline_exceeded" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestFullServerQueuesThenRefuses(t *testing.T) {
	engine := newFake(samplePapers()...)
	hook, inside, release := blocking()
	engine.before = hook
	s, _ := newServer(t, engine, Options{MaxReads: 1})
	const queued = waitersPerPlace
	codes := make(chan int, 2*queued+1)
	var wg sync.WaitGroup
	request := func() {
		wg.Go(func() { codes <- ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil).Code })
	}
	request()
	<-inside
	for range 2 * queued { // half of them find the line full
		request()
	}
	for range queued {
		if code := <-codes; code != 503 {
			t.Errorf("in a full line: %d", code)
		}
	}
	if w := ask(t, s.Handler(), "GET", "/v1/stats", nil); w.Code != 200 {
		t.Errorf("stats of a full server: %d", w.Code)
	}
	private := ask(t, s.Handler(), "GET", "/internal/v1/stats", nil, "Authorization", "Bearer "+testToken)
	if private.Code != 200 {
		t.Errorf("the private road of a full server: %d", private.Code)
	}
	release()
	wg.Wait()
	close(codes)
	for code := range codes {
		if code != 200 {
			t.Errorf("in the line: %d", code)
		}
	}
}

func TestBodiesWaitForTheirMemory(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	if !s.bodies.TryAcquire(bodyBudget) {
		t.Fatal("the budget is not free at the start")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	r := httptest.NewRequestWithContext(ctx, "POST", "http://localhost/v1/search", strings.NewReader(`{"q":"flow"}`))
	r.Header.Set("Content-Type", mediaJSON)
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, r)
	if w.Code != 504 {
		t.Errorf("a body without room was read: %d %s", w.Code, w.Body)
	}
}

func TestManyAtOnce(t *testing.T) {
	engine := newFake(samplePapers()...)
	base, _ := start(t, engine, Options{})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}
	var wg sync.WaitGroup
	for worker := range 8 {
		wg.Go(func() {
			for i := range 5 {
				id := fmt.Sprintf("w%d/%d", worker, i)
				for _, step := range []struct {
					method, path, body string
					status             int
				}{
					{"PUT", "/v1/papers/" + id, `{"title":"T","abstract":"flow of ` + id + `"}`, 201},
					{"GET", "/v1/search?q=" + id, "", 200},
					{"GET", "/v1/papers/" + id, "", 200},
					{"GET", "/search?q=flow", "", 200},
					{"GET", "/metrics", "", 200},
					{"DELETE", "/v1/papers/" + id, "", 200},
				} {
					req, err := http.NewRequest(step.method, base+step.path, strings.NewReader(step.body))
					if err != nil {
						t.Error(err)
						return
					}
					req.Header.Set("Content-Type", mediaJSON)
					resp, err := client.Do(req)
					if err != nil {
						t.Error(err)
						return
					}
					body, _ := io.ReadAll(resp.Body)
					resp.Body.Close()
					if resp.StatusCode != step.status {
						t.Errorf("%s %s: %d %s", step.method, step.path, resp.StatusCode, body)
					}
					if strings.HasPrefix(step.path, "/v1/search") && !strings.Contains(string(body), `"id":"`+id+`"`) {
						t.Errorf("put, answered, and not found: %s", id)
					}
				}
			}
		})
	}
	wg.Wait()
}
