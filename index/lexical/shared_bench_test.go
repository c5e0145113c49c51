//go:build shared

package lexical

import (
	"slices"
	"testing"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/internal/text"
)

// BenchmarkAbstracts searches real abstracts with sentences of other papers as
// questions. It prints, beside the mean, the median and the 95th percentile of
// single searches in microseconds.
func BenchmarkAbstracts(b *testing.B) {
	short, long, feedback := sentences(b)
	for _, size := range []struct {
		name   string
		papers int
	}{{"100000", 100_000}, {"480000", 480_000}} {
		b.Run(size.name, func(b *testing.B) {
			ix := abstractsIndex(b, size.papers)
			half := roaring.New()
			for i := range uint32(size.papers) {
				if i*2654435761>>31 == 0 {
					half.Add(i)
				}
			}
			for _, bench := range []struct {
				name      string
				questions [][]WeightedTerm
				k         int
				allow     *roaring.Bitmap
			}{
				{"words=3/k=100", short, 100, nil},
				{"words=12/k=10", long, 10, nil},
				{"words=12/k=100", long, 100, nil},
				{"words=12/k=100/half", long, 100, half},
				{"words=50/k=100", feedback, 100, nil},
			} {
				b.Run(bench.name, func(b *testing.B) {
					var took []time.Duration
					var dst []Scored
					var err error
					for i := 0; b.Loop(); i++ {
						start := time.Now()
						if dst, err = ix.Search(b.Context(), dst[:0], bench.questions[i%len(bench.questions)], bench.k, bench.allow); err != nil {
							b.Fatal(err)
						}
						took = append(took, time.Since(start))
					}
					slices.Sort(took)
					b.ReportMetric(float64(took[len(took)/2].Nanoseconds())/1e3, "p50-µs")
					b.ReportMetric(float64(took[len(took)*95/100].Nanoseconds())/1e3, "p95-µs")
				})
			}
		})
	}
}

// abstractsIndex reports how fast it was built, reading and analysing apart,
// and how large it is.
func abstractsIndex(b *testing.B, papers int) *Index {
	ix := newIndex(b, Options{})
	var spent time.Duration
	for _, name := range []string{"arxiv-1986-2019.jsonl.zst", "arxiv-2025-2026.jsonl.zst"} {
		abstracts(b, name, uint32(ix.last+1), 1000, func(docs []Doc) bool {
			docs = docs[:min(len(docs), papers-ix.Len())]
			start := time.Now()
			if err := ix.Add(docs); err != nil {
				b.Fatal(err)
			}
			spent += time.Since(start)
			return ix.Len() < papers
		})
		if ix.Len() >= papers {
			break
		}
	}
	start := time.Now()
	compact(b, ix)
	spent += time.Since(start)
	b.Logf("%d papers: %.0f papers/s, %d terms, %.0f bytes a paper", ix.Len(), float64(ix.Len())/spent.Seconds(), ix.Terms(),
		float64(ix.Memory())/float64(ix.Len()))
	return ix
}

// sentences returns questions of 3, 12 and 50 different words: the first two
// from a sentence each, the third as feedback makes them, from several and
// with falling weights.
func sentences(b *testing.B) (short, long, feedback [][]WeightedTerm) {
	var a text.Analyzer
	var mixed []WeightedTerm
	n := 0
	rawAbstracts(b, "ml-conferences.jsonl.zst", func(_, abstract string) bool {
		if n++; n%97 != 0 {
			return true
		}
		spans := slices.Collect(text.Sentences(abstract))
		if len(spans) < 2 {
			return true
		}
		var q []WeightedTerm
		for _, t := range a.Question(abstract[spans[1].Start:spans[1].End]) {
			if !slices.ContainsFunc(q, func(w WeightedTerm) bool { return w.Term == t }) {
				q = append(q, WeightedTerm{t, 1})
			}
		}
		if len(q) >= 3 {
			short = append(short, q[:3])
		}
		if len(q) >= 12 {
			long = append(long, q[:12])
		}
		for _, t := range q {
			if !slices.ContainsFunc(mixed, func(w WeightedTerm) bool { return w.Term == t.Term }) {
				mixed = append(mixed, WeightedTerm{t.Term, 1 / float32(1+len(mixed)/10)})
			}
			if len(mixed) == 50 {
				feedback = append(feedback, mixed)
				mixed = nil
			}
		}
		return true
	})
	return short, long, feedback
}
