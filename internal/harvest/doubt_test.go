package harvest_test

import (
	"errors"
	"io/fs"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"kindred/internal/harvest"
)

// unreachable is a connection on which nothing is answered.
type unreachable struct{ err error }

func (f unreachable) RoundTrip(*http.Request) (*http.Response, error) { return nil, f.err }

// noKey quotes the key.
var noKey = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
	http.Error(w, r.Header.Get("X-Api-Key")+" is no key", http.StatusForbidden)
})

// TestFirstRunFails has harvests that fail before anything came: each error
// says what to check, in words of its own command, and nothing is kept.
func TestFirstRunFails(t *testing.T) {
	oai, rss, s2 := requests()["oai"], requests()["rss"], requests()["s2"]
	page := wire{text("text/html", "<!DOCTYPE html><p>Welcome")}
	nobody := unreachable{&net.DNSError{Err: "no such host", IsNotFound: true}}
	refused := unreachable{&net.OpError{Op: "dial", Net: "tcp", Err: errors.New("connection refused")}}
	for name, tt := range map[string]struct {
		r     harvest.Request
		over  http.RoundTripper
		key   string
		tries int
		want  string
	}{
		"a feed's wrong host":  {rss, nobody, "", 1, "there is no host archive.test, or no network; check the feed's address"},
		"a wrong host":         {oai, nobody, "", 1, "there is no host archive.test, or no network; check --base-url"},
		"the usual host":       {harvest.Request{Kind: harvest.ArXiv}, nobody, "", 1, "there is no host oaipmh.arxiv.org, or no network"},
		"a feed that is gone":  {rss, wire{status(404)}, "", 1, "404 Not Found: not now; check the feed's address"},
		"a page, for a feed":   {rss, page, "", 4, "archive.test answers with a web page and not with papers, 4 times; check the feed's address"},
		"a page, for a list":   {oai, page, "", 4, "archive.test answers with a web page and not with papers, 4 times; check --base-url"},
		"JSON, for a feed":     {rss, wire{text("application/json", "{}")}, "", 4, "answers with no XML, 4 times; check the feed's address"},
		"a closed port":        {oai, refused, "", 4, "archive.test cannot be reached (connection refused), 4 times; check --base-url"},
		"arXiv is unreachable": {harvest.Request{Kind: harvest.ArXiv}, refused, "", 8, "cannot be reached (connection refused), 8 times; nothing came: try the same harvest later"},
		"a busy service":       {oai, wire{status(503)}, "", 8, "503 Service Unavailable: not now, 8 times; nothing came: try the same harvest later"},
		"a day of patience":    {rss, wire{status(429, "Retry-After", "86400")}, "", 1, "until 2024-06-02 12:00; nothing came: try the same harvest after that"},
		"a common allowance":   {s2, wire{status(429)}, "", 8, "429 Too Many Requests: not now, 8 times; nothing came: try the same harvest later; with a key, which is looked for in S2_KEY, it may allow more"},
		"no key":               {s2, wire{status(403)}, "", 1, "403 Forbidden: not now; it may want a key, which is looked for in S2_KEY"},
		"a wrong key":          {s2, wire{noKey}, "secret", 1, "403 Forbidden: … is no key; check the key in S2_KEY"},
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, tries := t.TempDir(), 0
				o := harvest.Options{Name: "mine", Key: tt.key, Transport: counting{tt.over, &tries}, Notice: func(s string) {
					if strings.Contains(tt.want, "check ") && !strings.Contains(s, "; check ") {
						t.Errorf("said %q", s)
					}
				}}
				if tt.r.Kind == harvest.SemanticScholar {
					o.KeyFrom = "S2_KEY"
				}
				_, err := harvest.Run(t.Context(), dir, tt.r, o, newCorpus().put)
				if err == nil || !strings.HasSuffix(err.Error(), tt.want) || tries != tt.tries {
					t.Errorf("%v after %d tries; want %s after %d", err, tries, tt.want, tt.tries)
				}
				if all, err := harvest.List(dir); len(all) > 0 || err != nil {
					t.Errorf("kept %v, %v", all, err)
				}
			})
		})
	}
}

// counting counts requests.
type counting struct {
	over http.RoundTripper
	n    *int
}

func (c counting) RoundTrip(r *http.Request) (*http.Response, error) {
	*c.n++
	return c.over.RoundTrip(r)
}

// TestNothingCame has a name free again for another request, and what an
// earlier harvest came to stay where beginning it anew fails.
func TestNothingCame(t *testing.T) {
	inJune(t, func(t *testing.T) {
		all := requests()
		dir, c, o := t.TempDir(), newCorpus(), harvest.Options{Name: "mine"}
		o.Transport = wire{status(404)}
		if _, err := harvest.Run(t.Context(), dir, all["s2"], o, c.put); err == nil {
			t.Fatal("no error")
		}
		if _, err := harvest.Load(dir, "mine"); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("kept: %v", err)
		}
		o.Transport = nil
		fine(t, dir, all["oai"], archive(5, all["oai"]), c, o)
		o.Transport, o.Restart = wire{status(404)}, true
		if _, err := harvest.Run(t.Context(), dir, all["oai"], o, c.put); err == nil {
			t.Fatal("no error")
		}
		if s, err := harvest.Load(dir, "mine"); err != nil || s.Through == "" {
			t.Errorf("what was kept: %+v, %v", s, err)
		}
	})
}

// TestNothingYet says of a list that is empty that it is.
func TestNothingYet(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		var said []string
		o := harvest.Options{Notice: func(s string) { said = append(said, s) }}
		dir, a, c := t.TempDir(), archive(0, r), newCorpus()
		fine(t, dir, r, a, c, o)
		if len(said) != 1 || !strings.Contains(said[0], "archive.test has nothing of what was asked for") {
			t.Errorf("said %q", said)
		}
		time.Sleep(time.Hour)
		if fine(t, dir, r, a, c, o); len(said) != 1 {
			t.Errorf("and again: %q", said)
		}
	})
}
