package index_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"kindred/embed/openai"
	"kindred/index"
	"kindred/paper"
)

// limited is an embedding server of a set latency that allows so many requests
// a second, a second's worth at once, and tells who asks more often to come
// again, in whole seconds.
func limited(b *testing.B, latency time.Duration, rate float64, dimension int) string {
	var mu sync.Mutex
	left, last := rate, time.Now()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body struct{ Input []string }
		if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
			b.Error(err)
		}
		mu.Lock()
		now := time.Now()
		left = min(rate, left+now.Sub(last).Seconds()*rate)
		last = now
		allowed := left >= 1
		if allowed {
			left--
		}
		mu.Unlock()
		if !allowed {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			return
		}
		time.Sleep(latency)
		type item struct {
			Index     int       `json:"index"`
			Embedding []float32 `json:"embedding"`
		}
		data := make([]item, len(body.Input))
		for i, text := range body.Input {
			v := make([]float32, dimension)
			for j := range v {
				v[j] = float32(math.Sin(float64(len(text)*(j+1) + int(text[len(text)/2]))))
			}
			data[i] = item{i, v}
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
	}))
	b.Cleanup(s.Close)
	return s.URL + "/v1"
}

// BenchmarkPipeline ingests through an embedding server of a set latency and
// rate. "allowed" is the share of the server's rate that was used, from the
// first paper read to the last one that can be found.
func BenchmarkPipeline(b *testing.B) {
	const batch, dimension = 32, 384
	for _, c := range []struct {
		latency time.Duration
		rate    float64
		seconds float64
	}{{100 * time.Millisecond, 20, 15}, {300 * time.Millisecond, 8, 15}, {50 * time.Millisecond, 40, 15}} {
		b.Run(fmt.Sprintf("%s, %v a second", c.latency, c.rate), func(b *testing.B) {
			papers := int(c.rate*c.seconds) * batch
			for range b.N {
				url := limited(b, c.latency, c.rate, dimension)
				e, err := openai.Dial(b.Context(), openai.Options{URL: url, Model: "m", Batch: batch, Parallel: 8})
				if err != nil {
					b.Fatal(err)
				}
				x, err := index.Open(b.Context(), b.TempDir(), index.Options{Embedder: e})
				if err != nil {
					b.Fatal(err)
				}
				source := func(yield func(paper.Paper, error) bool) {
					for i := range papers {
						p := paper.Paper{ID: fmt.Sprint(i), Title: fmt.Sprintf("Paper number %d", i), Abstract: fmt.Sprintf("What %d is about, and %d.", i, i*i)}
						if !yield(p, nil) {
							return
						}
					}
				}
				start := time.Now()
				n, err := x.Ingest(b.Context(), iter.Seq2[paper.Paper, error](source), index.IngestOptions{})
				took := time.Since(start).Seconds()
				if err != nil || n.Added != papers {
					b.Fatal(n, err)
				}
				if err := x.Close(); err != nil {
					b.Fatal(err)
				}
				w := e.Work()
				b.ReportMetric(float64(papers)/took, "papers/s")
				b.ReportMetric(100*float64(papers)/batch/took/c.rate, "%allowed")
				b.ReportMetric(float64(w.Again), "refused")
			}
		})
	}
}
