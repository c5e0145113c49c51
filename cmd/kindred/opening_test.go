package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"kindred/index"
	"kindred/server"
)

// While the index is being opened the server is there, says so, and refuses
// searches; then it answers.
func TestServeWhileLoading(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	get := func(path string) (int, string) {
		t.Helper()
		r, err := http.Get("http://" + ln.Addr().String() + path)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Body.Close()
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		return r.StatusCode, string(body)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	let, ready, served := make(chan struct{}), make(chan string, 1), make(chan error, 1)
	loading := make(chan struct{})
	go func() {
		served <- serve(ctx, func(ctx context.Context, tell func(done, total int)) (*index.Index, error) {
			tell(3, 12)
			close(loading)
			<-let
			return index.Open(ctx, t.TempDir(), index.Options{NoSync: true})
		}, ln, server.Options{}, nil, func(address string) { ready <- address })
	}()
	<-loading
	if status, body := get("/readyz"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"loading"`) || !strings.Contains(body, "0.25") {
		t.Errorf("readiness while loading: %d %s", status, body)
	}
	if status, body := get("/healthz"); status != http.StatusOK {
		t.Errorf("health while loading: %d %s", status, body)
	}
	if status, body := get("/v1/search?q=moons"); status != http.StatusServiceUnavailable {
		t.Errorf("a search while loading: %d %s", status, body)
	}
	others := []string{"/graph/v1/paper/a", "/graph/v1/paper/search/bulk", "/graph/v1/paper/autocomplete?query=a", "/api/daily_papers"}
	for _, path := range others {
		if status, body := get(path); status != http.StatusServiceUnavailable || !strings.Contains(body, `"error":"`) {
			t.Errorf("%s while loading: %d %s", path, status, body)
		}
	}
	close(let)
	<-ready
	for _, path := range others[1:] {
		if status, body := get(path); status != http.StatusOK {
			t.Errorf("%s: %d %s", path, status, body)
		}
	}
	if status, body := get("/readyz"); status != http.StatusOK {
		t.Errorf("readiness: %d %s", status, body)
	}
	if status, body := get("/v1/search?q=moons"); status != http.StatusOK {
		t.Errorf("a search: %d %s", status, body)
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

func TestServeThatCannotOpen(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("no folder")
	err = serve(t.Context(), func(context.Context, func(done, total int)) (*index.Index, error) { return nil, refused },
		ln, server.Options{}, nil, func(string) { t.Error("it says that it is ready") })
	if !errors.Is(err, refused) {
		t.Errorf("error %v", err)
	}
}
