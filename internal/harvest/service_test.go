package harvest_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
)

// TestPause counts the time between all requests of all harvests at arXiv's
// hosts, redirects and runs that follow each other included.
func TestPause(t *testing.T) {
	inJune(t, func(t *testing.T) {
		dir := t.TempDir()
		archives := map[string]*fakearchive.Archive{}
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { archives[r.URL.Host].ServeHTTP(w, r) })
		var at []time.Time
		record := func(_ int, w http.ResponseWriter, r *http.Request) bool {
			at = append(at, time.Now())
			if r.URL.Path == "/oai2" {
				http.Redirect(w, r, "https://oaipmh.arxiv.org/oai?"+r.URL.RawQuery, http.StatusMovedPermanently)
				return true
			}
			return false
		}
		for _, host := range []string{"oaipmh.arxiv.org", "export.arxiv.org", "rss.arxiv.org"} {
			archives[host] = fakearchive.New(33)
			archives[host].Break(record)
		}
		c := newCorpus()
		for _, r := range []harvest.Request{
			{Kind: harvest.ArXiv},
			{Kind: harvest.ArXiv, Set: "cs", BaseURL: "http://export.arxiv.org/oai2"},
			{Kind: harvest.ArXivSearch, Query: "x"},
			{Kind: harvest.RSS, BaseURL: "https://rss.arxiv.org/feed.rss"},
		} {
			if r.Kind == harvest.ArXivSearch {
				archives["export.arxiv.org"].Page = 500
				r.BaseURL = "https://export.arxiv.org/api/query"
			}
			fine(t, dir, r, h, c, harvest.Options{})
		}
		if len(at) < 4+4+4+1+1 {
			t.Fatalf("%d requests", len(at))
		}
		for i := 1; i < len(at); i++ {
			if d := at[i].Sub(at[i-1]); d < 3*time.Second || d > 5*time.Second {
				t.Errorf("request %d came %v after the one before", i+1, d)
			}
		}
	})
}

// TestTurns lets two harvests of one service go one after the other.
func TestTurns(t *testing.T) {
	inJune(t, func(t *testing.T) {
		dir := t.TempDir()
		a := fakearchive.New(47)
		one, two := requests()["oai"], requests()["oai raw"]
		waited := make(chan string, 10)
		done := make(chan error)
		c := newCorpus()
		c.after = func() error {
			if c.puts == 1 {
				go func() {
					_, err := harvest.Run(t.Context(), dir, two, harvest.Options{Transport: wire{a}, Notice: func(s string) { waited <- s }}, newCorpus().put)
					done <- err
				}()
			}
			return nil
		}
		fine(t, dir, one, a, c, harvest.Options{})
		if err := <-done; err != nil {
			t.Error(err)
		}
		if said := <-waited; !strings.Contains(said, "another harvest is asking archive.test") {
			t.Error(said)
		}
		for i, r := range a.Requests() {
			if raw := r.Query["metadataPrefix"]; i > 0 && i < 5 && len(raw) > 0 {
				t.Errorf("request %d was of the second harvest", i)
			}
		}
	})
}

// TestKeyStaysHome has a service redirect elsewhere.
func TestKeyStaysHome(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["s2"]
		a := archive(5, r)
		var keys, from []string
		h := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			keys, from = append(keys, r.Header.Get("X-Api-Key")), append(from, r.Referer())
			if r.URL.Host == "archive.test" {
				http.Redirect(w, r, "https://other.test/bulk?"+r.URL.RawQuery, http.StatusFound)
				return
			}
			a.ServeHTTP(w, r)
		})
		fine(t, t.TempDir(), r, h, newCorpus(), harvest.Options{Key: "secret"})
		if len(keys) != 2 || keys[0] != "secret" || keys[1] != "" {
			t.Errorf("keys %q", keys)
		}
		if strings.Join(from, "") != "" {
			t.Errorf("told where it came from: %q", from)
		}
	})
}

// TestNoSecretsInErrors has OpenAlex, whose key stands in the address, fail in
// ways that net/http tells with the address.
func TestNoSecretsInErrors(t *testing.T) {
	for name, transport := range map[string]http.RoundTripper{
		"refused": failing{errors.New("connection refused")},
		"parsing": failing{&url.Error{Op: "Get", URL: "https://x/?api_key=secret", Err: io.EOF}},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir := t.TempDir()
				said := ""
				_, err := run(t, dir, requests()["openalex"], nil, newCorpus(),
					harvest.Options{Key: "secret", Transport: transport, Notice: func(s string) { said += s }})
				contains(t, err, "cannot be reached")
				for _, text := range []string{err.Error(), said, everything(t, dir)} {
					if strings.Contains(text, "secret") {
						t.Errorf("told: %s", text)
					}
				}
			})
		})
	}
}

// TestNoHost ends at once where a name is wrong, and waits where the network
// went away in the middle.
func TestNoHost(t *testing.T) {
	inJune(t, func(t *testing.T) {
		gone := failing{&net.DNSError{Err: "no such host", Name: "archive.test", IsNotFound: true}}
		began := time.Now()
		_, err := run(t, t.TempDir(), requests()["oai"], nil, newCorpus(), harvest.Options{Transport: gone})
		contains(t, err, "there is no host archive.test, or no network")
		if time.Since(began) > time.Minute {
			t.Errorf("waited %v", time.Since(began))
		}
		r := requests()["oai"]
		a := archive(47, r)
		n := 0
		flaky := trip(func(req *http.Request) (*http.Response, error) {
			if n++; n == 3 {
				return gone.RoundTrip(req)
			}
			return wire{a}.RoundTrip(req)
		})
		c := newCorpus()
		fine(t, t.TempDir(), r, a, c, harvest.Options{Transport: flaky})
		c.holds(t, a, r)
	})
}

type trip func(*http.Request) (*http.Response, error)

func (f trip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

type failing struct{ err error }

func (f failing) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// everything is what all files below dir hold.
func everything(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	files, err := filepath.Glob(filepath.Join(dir, "*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b.Write(text)
	}
	return b.String()
}
