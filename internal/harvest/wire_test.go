package harvest_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
	"kindred/paper/source"
)

// wire is a connection to a handler without a network, so that time in these
// tests is synctest's. A handler that panics with [http.ErrAbortHandler] drops
// the connection behind what it has written.
type wire struct{ handler http.Handler }

func (w wire) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	dropped := make(chan bool, 1)
	go func() {
		defer func() { dropped <- recover() != nil }()
		w.handler.ServeHTTP(rec, r)
	}()
	select {
	case <-r.Context().Done():
		return nil, r.Context().Err()
	case cut := <-dropped:
		resp := rec.Result()
		resp.Request = r
		if cut {
			resp.Body = io.NopCloser(io.MultiReader(resp.Body, broken{}))
		}
		return resp, nil
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// corpus is where the papers of a harvest go.
type corpus struct {
	papers map[string]string
	puts   int
	last   int                    // records of the last run
	before func(record int) error // each record; nil: nothing
	after  func() error           // each page; nil: nothing
}

func newCorpus() *corpus { return &corpus{papers: map[string]string{}} }

func (c *corpus) put(_ context.Context, items iter.Seq2[source.Item, error]) (harvest.Counts, error) {
	var n harvest.Counts
	record := 0
	for item, err := range items {
		if c.before != nil {
			if err := c.before(record); err != nil {
				return n, err
			}
		}
		record++
		c.last++
		line, isLine := errors.AsType[*source.LineError](err)
		switch {
		case isLine && line.Deleted != "":
			delete(c.papers, line.Deleted)
			n.Deleted++
		case isLine:
			n.Rejected++
		case err != nil:
			return n, err
		default:
			text := item.Paper.Title + "\n" + item.Paper.Abstract
			switch old, known := c.papers[item.Paper.ID]; {
			case !known:
				n.Added++
			case old != text:
				n.Updated++
			default:
				n.Unchanged++
			}
			c.papers[item.Paper.ID] = text
		}
	}
	c.puts++
	if c.after != nil {
		return n, c.after()
	}
	return n, nil
}

// holds fails unless c has the archive's papers, under the ids of that kind of
// harvest, and no others.
func (c *corpus) holds(t *testing.T, a *fakearchive.Archive, r harvest.Request) {
	t.Helper()
	want := map[string]string{}
	for _, p := range a.Papers() {
		if p.Deleted {
			continue
		}
		id := p.ID()
		switch r.Kind {
		case harvest.OpenAlex:
			id = fmt.Sprintf("W%d", p.Number)
		case harvest.SemanticScholar:
			id = fmt.Sprintf("%040x", p.Number)
		}
		want[id] = p.Title + "\n" + p.Text
	}
	if maps.Equal(want, c.papers) {
		return
	}
	for id, text := range want {
		if c.papers[id] != text {
			t.Errorf("%s is %q and not %q", id, c.papers[id], text)
		}
	}
	for id := range c.papers {
		if _, ok := want[id]; !ok {
			t.Errorf("%s is no paper of the archive", id)
		}
	}
}

// requests are one of each kind, to the fake archive.
func requests() map[string]harvest.Request {
	at := func(path string) string { return "https://archive.test" + path }
	return map[string]harvest.Request{
		"oai":          {Kind: harvest.ArXiv, BaseURL: at("/oai"), Set: "cs", Prefix: "arXiv"},
		"oai raw":      {Kind: harvest.ArXiv, BaseURL: at("/oai"), Prefix: "arXivRaw"},
		"oai dc":       {Kind: harvest.ArXiv, BaseURL: at("/oai"), Prefix: "oai_dc"},
		"arxiv-search": {Kind: harvest.ArXivSearch, BaseURL: at("/api/query"), Query: "cat:cs.CL"},
		"openalex":     {Kind: harvest.OpenAlex, BaseURL: at("/works"), Filter: "primary_topic.id:T1"},
		"s2":           {Kind: harvest.SemanticScholar, BaseURL: at("/bulk"), Query: "gravel"},
		"rss":          {Kind: harvest.RSS, BaseURL: at("/feed.rss")},
		"rdf":          {Kind: harvest.RSS, BaseURL: at("/feed.rdf")},
		"atom":         {Kind: harvest.RSS, BaseURL: at("/feed.atom")},
	}
}

// inJune runs a test in fake time, from the first of June 2024 on.
func inJune(t *testing.T, test func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2024, 6, 1, 12, 0, 0, 0, time.UTC)))
		test(t)
	})
}

// archive has n papers; of those that feeds are asked of, all are on one page.
func archive(n int, r harvest.Request) *fakearchive.Archive {
	a := fakearchive.New(n)
	if r.Kind == harvest.RSS {
		a.Page = n + 100
	}
	return a
}

func run(t *testing.T, dir string, r harvest.Request, a http.Handler, c *corpus, o harvest.Options) (harvest.Report, error) {
	t.Helper()
	c.last = 0
	if o.Transport == nil {
		o.Transport = wire{a}
	}
	return harvest.Run(t.Context(), dir, r, o, c.put)
}

// fine is run of what must succeed.
func fine(t *testing.T, dir string, r harvest.Request, a http.Handler, c *corpus, o harvest.Options) harvest.Report {
	t.Helper()
	report, err := run(t, dir, r, a, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// onNth is a fault of one request.
func onNth(nth int, do http.HandlerFunc) func(int, http.ResponseWriter, *http.Request) bool {
	return func(n int, w http.ResponseWriter, r *http.Request) bool {
		if n != nth {
			return false
		}
		do(w, r)
		return true
	}
}

// halfway sends half of what the archive answers.
func halfway(a *fakearchive.Archive, w http.ResponseWriter, r *http.Request) {
	rec := httptest.NewRecorder()
	b := fakearchive.New(30)
	b.Page, b.Now = a.Page, a.Now
	b.ServeHTTP(rec, r)
	w.WriteHeader(rec.Code)
	_, _ = w.Write(rec.Body.Bytes()[:rec.Body.Len()/2])
}

func contains(t *testing.T, err error, want string) {
	t.Helper()
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want one with %q", err, want)
	}
	if err != nil && bytes.ContainsAny([]byte(err.Error()), "\n") {
		t.Errorf("more than one line: %v", err)
	}
}
