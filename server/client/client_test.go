package client

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kindred/paper"
)

func newClient(t *testing.T, h http.HandlerFunc, o Options) *Client {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	c, err := New(server.URL, o)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestAddresses(t *testing.T) {
	for _, bad := range []string{"", "127.0.0.1:8080", "localhost", "ftp://x", "http://", "http://x?y", "http://x#y", ":"} {
		if _, err := New(bad, Options{}); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
	for address, want := range map[string]string{"http://x:1": "http://x:1/v1", "https://x/": "https://x/v1", "http://x/kindred/": "http://x/kindred/v1"} {
		if c, err := New(address, Options{}); err != nil || c.base != want {
			t.Errorf("%s: %+v %v", address, c, err)
		}
	}
}

// TestStrangeServers answers a search as no Kindred would.
func TestStrangeServers(t *testing.T) {
	for _, tt := range []struct {
		name   string
		status int
		body   string
		check  func(error) bool
	}{
		{"a proxy's page", 502, "<html>bad gateway</html>", isError(502, "")},
		{"an error in another shape", 400, `{"error":"no"}`, isError(400, "")},
		{"an error without words", 400, `{"error":{}}`, isError(400, "")},
		{"an endless error", 500, strings.Repeat("x", 10*maxErrorBody), isError(500, "")},
		{"busy", 503, `{"error":{"code":"busy","message":"try again"}}`, func(err error) bool { return errors.Is(err, paper.ErrUnavailable) }},
		{"an unknown code", 418, `{"error":{"code":"teapot","message":"short and stout"}}`, isError(418, "teapot")},
		{"nothing", 200, ``, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"half", 200, `{"query":"flow","hits":[{"pa`, func(err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) }},
		{"another type", 200, `{"hits":7}`, func(err error) bool { return err != nil }},
		{"a redirect", 302, ``, isError(302, "")},
	} {
		c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
			if tt.status == 302 {
				w.Header().Set("Location", "/elsewhere")
			}
			w.WriteHeader(tt.status)
			_, _ = io.WriteString(w, tt.body)
		}, Options{})
		if _, err := c.Search(t.Context(), paper.Query{Text: "flow"}); !tt.check(err) {
			t.Errorf("%s: %v", tt.name, err)
		}
	}
}

func isError(status int, code string) func(error) bool {
	return func(err error) bool {
		e, ok := errors.AsType[*Error](err)
		return ok && e.Status == status && e.Code == code && e.Error() != ""
	}
}

func TestTokenGoesToNoOtherServer(t *testing.T) {
	var seen atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { seen.Store(true) }))
	defer other.Close()
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-token" || !strings.HasPrefix(r.URL.Path, "/internal/v1/") {
			t.Errorf("%s with %q", r.URL, r.Header.Get("Authorization"))
		}
		http.Redirect(w, r, other.URL+r.URL.Path, http.StatusTemporaryRedirect)
	}, Options{Token: "the-token"})
	if _, err := c.Stats(t.Context()); !isError(307, "")(err) {
		t.Error(err)
	}
	if _, err := c.Put(t.Context(), []paper.Paper{{ID: "a", Title: "A"}}); !isError(307, "")(err) {
		t.Error(err)
	}
	if seen.Load() {
		t.Error("the redirect was followed")
	}
}

func TestKeyIsSent(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer the-key" || !strings.HasPrefix(r.URL.Path, "/v1/") {
			t.Errorf("%s with %q", r.URL, r.Header.Get("Authorization"))
		}
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"error":{"code":"unauthorized","message":"this key is not known"}}`)
	}, Options{Key: "the-key"})
	if _, err := c.Stats(t.Context()); !isError(401, "unauthorized")(err) {
		t.Error(err)
	}
}

func TestSlowServer(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	c := newClient(t, func(http.ResponseWriter, *http.Request) { <-release }, Options{ReadTimeout: 20 * time.Millisecond})
	if _, err := c.Stats(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := c.Put(ctx, []paper.Paper{{ID: "a", Title: "A"}}); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

// TestServerThatAnswersBeforeTheEnd must not leave the sender waiting.
func TestServerThatAnswersBeforeTheEnd(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(http.StatusRequestEntityTooLarge)
		_, _ = io.WriteString(w, `{"error":{"code":"too_large","message":"enough"}}`)
	}, Options{Token: "the-token"})
	papers := make([]paper.Paper, 3000)
	for i := range papers {
		papers[i] = paper.Paper{ID: "a", Title: strings.Repeat("a", 10_000)}
	}
	if _, err := c.Put(t.Context(), papers); err == nil {
		t.Error("no error")
	}
}

func TestWrongNumberOfResults(t *testing.T) {
	c := newClient(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, `{"results":[{"id":"a","status":"added"}]}`)
	}, Options{Token: "the-token"})
	if _, err := c.Put(t.Context(), []paper.Paper{{ID: "a", Title: "A"}, {ID: "b", Title: "B"}}); err == nil {
		t.Error("no error")
	}
}

func TestOpenBatchesStayBelowTheLimit(t *testing.T) {
	c, err := New("http://localhost", Options{})
	if err != nil {
		t.Fatal(err)
	}
	small := make([]paper.Paper, 3*openBatch)
	if n := c.nextBatch(small); n != openBatch {
		t.Errorf("%d small papers", n)
	}
	large := make([]paper.Paper, 100)
	for i := range large {
		large[i].Abstract = strings.Repeat("a", paper.MaxAbstract)
	}
	if n := c.nextBatch(large); n != openBatchBytes/paper.MaxAbstract {
		t.Errorf("%d large papers", n)
	}
	if n := c.nextBatch([]paper.Paper{{Abstract: strings.Repeat("a", 2*openBatchBytes)}}); n != 1 {
		t.Errorf("%d papers over the limit", n)
	}
}

// TestPagesEnd stops on a server whose cursor does not move.
func TestPagesEnd(t *testing.T) {
	n := 0
	c := newClient(t, func(w http.ResponseWriter, _ *http.Request) {
		n++
		_, _ = io.WriteString(w, `{"hits":[{"paper":{"id":"a"}}],"next_cursor":"same"}`)
	}, Options{})
	for _, err := range c.SearchAll(t.Context(), paper.Query{Text: "a"}) {
		if err != nil {
			t.Fatal(err)
		}
	}
	if n != 2 {
		t.Errorf("%d requests", n)
	}
}

// TestLearnBrokenOff ends the answer before the learning is over.
func TestLearnBrokenOff(t *testing.T) {
	for name, body := range map[string]string{
		"nothing": "", "one line": `{"stage":"learning","done":1,"total":2}` + "\n", "half a line": `{"stage":"lear`,
	} {
		c := newClient(t, func(w http.ResponseWriter, r *http.Request) { _, _ = io.WriteString(w, body) }, Options{Token: "a token"})
		err := c.Learn(t.Context(), paper.LearnOptions{}, func(string, int, int) {})
		if !errors.Is(err, io.ErrUnexpectedEOF) || !strings.Contains(err.Error(), "broke off") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
