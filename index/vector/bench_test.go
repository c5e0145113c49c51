package vector

import (
	"flag"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
)

var benchVectors = flag.Int("vectors", 100_000, "how many vectors the benchmarks search among")

// benchmarked is a corpus of made-up vectors as large as asked for, with
// questions.
func benchmarked(b *testing.B) (c *corpus, queries [][]float32) {
	b.Helper()
	source := newTopics(1, 256)
	x, err := New(256, Options{})
	if err != nil {
		b.Fatal(err)
	}
	c = &corpus{x, map[uint32][]float32{}, 0}
	for n := *benchVectors; n > 0; n -= 10_000 {
		c.add(b, source.draw(min(n, 10_000)))
	}
	return c, source.draw(200)
}

// BenchmarkSearch answers the same questions in every way: by chromem-go alone,
// by going through all vectors, by the codes of all, and by lists. Beside the
// mean it reports the median and the recall of the ten nearest.
func BenchmarkSearch(b *testing.B) {
	c, queries := benchmarked(b)
	exact := make([][]Scored, len(queries))
	for i, q := range queries {
		var err error
		if exact[i], err = c.Exact(b.Context(), nil, q, 10, nil); err != nil {
			b.Fatal(err)
		}
	}
	allow := roaring.New()
	for doc := range c.next {
		if doc%3 == 0 {
			allow.Add(doc)
		}
	}
	run := func(name string, k int, search func(dst []Scored, q []float32, k int) ([]Scored, error)) {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			var dst []Scored
			var err error
			var times []time.Duration
			found := 0
			for b.Loop() {
				i := len(times) % len(queries)
				start := time.Now()
				if dst, err = search(dst[:0], queries[i], k); err != nil {
					b.Fatal(err)
				}
				times = append(times, time.Since(start))
				for _, s := range exact[i] {
					if slices.ContainsFunc(dst, func(t Scored) bool { return t.Doc == s.Doc }) {
						found++
					}
				}
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2].Nanoseconds()), "p50-ns")
			b.ReportMetric(float64(times[len(times)*99/100].Nanoseconds()), "p99-ns")
			if name != "lists, filtered" {
				b.ReportMetric(float64(found)/float64(10*len(times)), "recall@10")
			}
		})
	}
	run("chromem-go", 10, func(dst []Scored, q []float32, k int) ([]Scored, error) {
		results, err := c.engine.collection.QueryEmbedding(b.Context(), q, k, nil, nil)
		for _, r := range results {
			doc, _ := strconv.Atoi(r.ID)
			dst = append(dst, Scored{uint32(doc), r.Similarity})
		}
		return dst, err
	})
	run("all vectors", 10, func(dst []Scored, q []float32, k int) ([]Scored, error) {
		return c.Exact(b.Context(), dst, q, k, nil)
	})
	search := func(dst []Scored, q []float32, k int) ([]Scored, error) {
		return c.Search(b.Context(), dst, q, k, nil)
	}
	run("all codes", 10, search)
	b.Run("making lists", func(b *testing.B) {
		for b.Loop() {
			made, err := c.train(b.Context())
			if err != nil {
				b.Fatal(err)
			}
			c.lists.Store(made)
		}
		b.ReportMetric(float64(c.Memory())/float64(c.Len()), "bytes/vector")
	})
	run("lists", 10, search)
	run("lists, 100 nearest", 100, search)
	run("lists, filtered", 10, func(dst []Scored, q []float32, k int) ([]Scored, error) {
		return c.Search(b.Context(), dst, q, k, allow)
	})
}

// BenchmarkAdd adds and deletes.
func BenchmarkAdd(b *testing.B) {
	vectors := newTopics(1, 256).draw(1024)
	x, err := New(256, Options{})
	if err != nil {
		b.Fatal(err)
	}
	docs := make([]uint32, len(vectors))
	next := uint32(0)
	for b.Loop() {
		for i := range docs {
			docs[i] = next
			next++
		}
		if err := x.Add(b.Context(), docs, vectors); err != nil {
			b.Fatal(err)
		}
		x.Delete(docs...)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(next), "ns/vector")
}
