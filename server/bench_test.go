package server

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"kindred/paper"
)

// ready answers every question with one prepared result, so that what is
// measured is the server's own work.
type ready struct {
	*fakeEngine
	result paper.Result
}

func (r *ready) Search(context.Context, paper.Query) (*paper.Result, error) {
	result := r.result
	result.Hits = append([]paper.Hit(nil), r.result.Hits...)
	return &result, nil
}

func (r *ready) Put(_ context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	return make([]paper.PutResult, len(papers)), nil
}

func benchServer(b *testing.B) *Server {
	b.Helper()
	e := &ready{fakeEngine: newFake()}
	abstract := strings.Repeat("An abstract has some hundred words about normalizing flows. ", 20)
	for i := range 10 {
		e.result.Hits = append(e.result.Hits, paper.Hit{
			Paper: paper.Paper{ID: fmt.Sprint(i), Title: "A title of usual length, as papers have them", Abstract: abstract, Authors: []string{"Ada One", "Bob Two"}, Year: 2020},
			Score: .5, Highlights: []paper.Highlight{{Text: abstract[:120], Matches: [][2]int{{3, 11}, {40, 52}}}},
		})
	}
	s, _ := newServer(b, e, Options{})
	return s
}

// BenchmarkSearch is the server's own part of a search: everything from the
// parsed HTTP request to the encoded answer of ten hits, the engine aside.
func BenchmarkSearch(b *testing.B) {
	s := benchServer(b)
	for _, target := range []string{"/v1/search?q=flow&year=2016-2020&category=cs.LG", "/v1/search?q=flow&fields=title", "/search?q=flow"} {
		b.Run(strings.Trim(strings.NewReplacer("/", " ", "?", " ").Replace(target), " "), func(b *testing.B) {
			r := httptest.NewRequest("GET", target, nil)
			r.Host = "localhost"
			b.ReportAllocs()
			for b.Loop() {
				w := &discard{header: make(http.Header)}
				s.Handler().ServeHTTP(w, r)
				if w.status != 200 {
					b.Fatal(w.status)
				}
			}
		})
	}
}

// BenchmarkBatch is reading papers from JSON lines on the private road.
func BenchmarkBatch(b *testing.B) {
	s := benchServer(b)
	line, err := json.Marshal(paper.Paper{ID: "hep-th/9901001", Title: "A title of usual length, as papers have them", Year: 2020,
		Abstract: strings.Repeat("An abstract has some hundred words about normalizing flows. ", 20), Authors: []string{"Ada One", "Bob Two"}, Categories: []string{"cs.LG"}})
	if err != nil {
		b.Fatal(err)
	}
	const papers = 1000
	body := strings.Repeat(string(line)+"\n", papers)
	b.SetBytes(int64(len(body)))
	for b.Loop() {
		r := httptest.NewRequest("POST", "/internal/v1/papers", strings.NewReader(body))
		r.Host = "localhost"
		r.Header.Set("Content-Type", mediaNDJSON)
		r.Header.Set("Authorization", "Bearer "+testToken)
		w := &discard{header: make(http.Header)}
		s.Handler().ServeHTTP(w, r)
		if w.status != 200 {
			b.Fatal(w.status)
		}
	}
	b.ReportMetric(float64(papers*b.N)/b.Elapsed().Seconds(), "papers/s")
}

// BenchmarkRoundTrip is one search through a socket, connection kept.
func BenchmarkRoundTrip(b *testing.B) {
	s := benchServer(b)
	server := httptest.NewServer(s.Handler())
	defer server.Close()
	for b.Loop() {
		resp, err := http.Get(server.URL + "/v1/search?q=flow")
		if err != nil {
			b.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		resp.Body.Close()
	}
}

type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }
