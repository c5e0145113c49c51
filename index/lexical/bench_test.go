package lexical

import (
	"fmt"
	"sync"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

// synthetic is an index of 50,000 documents of Zipf's words, made once.
var synthetic = sync.OnceValues(func() (*corpus, [][]Doc) {
	c := newCorpus(41, 100_000)
	var batches [][]Doc
	for range 50 {
		batches = append(batches, c.docs(1000))
	}
	return c, batches
})

func BenchmarkBuild(b *testing.B) {
	_, batches := synthetic()
	for b.Loop() {
		ix := newIndex(b, Options{}, batches...)
		compact(b, ix)
		b.ReportMetric(float64(ix.Memory())/float64(ix.Len()), "B/doc")
	}
	b.ReportMetric(float64(b.N)*50_000/b.Elapsed().Seconds(), "docs/s")
}

func BenchmarkSearch(b *testing.B) {
	c, batches := synthetic()
	ix := newIndex(b, Options{}, batches...)
	compact(b, ix)
	half, hundredth := c.filter(0.5), c.filter(0.01)
	for _, bench := range []struct {
		terms, k int
		name     string
		allow    *roaring.Bitmap
	}{
		{3, 10, "", nil}, {12, 10, "", nil}, {12, 100, "", nil}, {50, 100, "", nil},
		{12, 100, "/half", half}, {12, 100, "/hundredth", hundredth},
		{12, 50_000, "/all", nil}, {50, 50_000, "/all", nil}, // nothing to prune
	} {
		b.Run(fmt.Sprintf("terms=%d/k=%d%s", bench.terms, bench.k, bench.name), func(b *testing.B) {
			var questions [][]WeightedTerm
			for range 100 {
				questions = append(questions, c.question(bench.terms))
			}
			var dst []Scored
			var err error
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if dst, err = ix.Search(b.Context(), dst[:0], questions[i%100], bench.k, bench.allow); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("scores/terms=12/docs=100", func(b *testing.B) {
		q := c.question(12)
		var docs []uint32
		for range 100 {
			docs = append(docs, c.rand.Uint32N(c.next))
		}
		var dst []float64
		for b.Loop() {
			dst = ix.Scores(dst[:0], q, docs)
		}
	})
	b.Run("count/terms=12", func(b *testing.B) {
		var terms []string
		for _, t := range c.question(12) {
			terms = append(terms, t.Term)
		}
		for b.Loop() {
			if _, err := ix.Count(b.Context(), terms, half); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// BenchmarkUpdate replaces one document at a time.
func BenchmarkUpdate(b *testing.B) {
	_, batches := synthetic()
	ix := newIndex(b, Options{}, batches...)
	next := batches[len(batches)-1][999].Number + 1
	i := 0
	for b.Loop() {
		old := batches[i/1000%50][i%1000]
		if i >= 50_000 {
			old.Number = batches[49][999].Number + 1 + uint32(i-50_000)
		}
		added := old
		added.Number = next
		next++
		i++
		if err := ix.Update([]Doc{old}, []Doc{added}); err != nil {
			b.Fatal(err)
		}
	}
}
