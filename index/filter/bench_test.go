package filter

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"

	"kindred/paper"
)

// With -tags shared the papers are real ones; 470,000 of them make
// FINDINGS.md's scale.
var benchSize = flag.Int("papers", 50_000, "papers of the benchmarks' index")

// inventedPapers have as many authors, names and categories as real ones.
func inventedPapers(n int) []*paper.Paper {
	rng := rand.New(rand.NewPCG(1, 2))
	given := rand.NewZipf(rng, 1.2, 10, 20_000)
	family := rand.NewZipf(rng, 1.05, 50, 200_000)
	name := func(x uint64) string {
		var b strings.Builder
		for x += 7; x > 0; x /= 21 {
			b.WriteByte("bcdfghjklmnpqrstvwxyz"[x%21])
			b.WriteByte("aeiou"[x%5])
		}
		return strings.ToUpper(b.String()[:1]) + b.String()[1:]
	}
	papers := make([]*paper.Paper, n)
	for i := range papers {
		p := &paper.Paper{Source: []string{"arxiv", "openalex", "bibtex"}[min(i%20, 2)], Year: 1990 + i*35/n, Venue: fmt.Sprintf("Journal of %s", name(rng.Uint64N(3000)))}
		p.Date = fmt.Sprintf("%d-%02d-%02d", p.Year, i%12+1, i%28+1)
		for range 1 + rng.IntN(6) {
			first := name(given.Uint64())
			if rng.IntN(2) == 0 {
				first = first[:1] + "."
			}
			p.Authors = append(p.Authors, first+" "+name(family.Uint64()))
		}
		for range 1 + rng.IntN(2) {
			p.Categories = append(p.Categories, fmt.Sprintf("a%d.B%d", rng.IntN(18), rng.IntN(10)))
		}
		papers[i] = p
	}
	return papers
}

var bench struct {
	once   sync.Once
	papers []*paper.Paper
	index  *Index
}

func filled(b *testing.B) *Index {
	b.Helper()
	bench.once.Do(func() {
		bench.papers = benchPapers(b, *benchSize)
		bench.index = New()
		addAll(bench.index, bench.papers)
	})
	if bench.index == nil {
		b.Fatal("no papers")
	}
	return bench.index
}

func addAll(x *Index, papers []*paper.Paper) {
	docs := make([]uint32, 0, 1000)
	for from := 0; from < len(papers); from += 1000 {
		docs = docs[:0]
		to := min(from+1000, len(papers))
		for i := from; i < to; i++ {
			docs = append(docs, uint32(i))
		}
		x.Add(docs, papers[from:to])
	}
}

func BenchmarkAdd(b *testing.B) {
	filled(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var x *Index
	for b.Loop() {
		x = New()
		addAll(x, bench.papers)
	}
	b.ReportMetric(float64(b.N)*float64(len(bench.papers))/b.Elapsed().Seconds(), "papers/s")
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(bench.papers)), "B/paper")
	b.ReportMetric(float64(len(x.fields[authors].text)), "authors")
	runtime.KeepAlive(x)
}

func BenchmarkFilter(b *testing.B) {
	x := filled(b)
	author := bench.papers[len(bench.papers)/2].Authors[0]
	words := strings.Fields(paper.FoldName(author))
	for _, test := range []struct {
		name string
		f    paper.Filter
	}{
		{"year", paper.Filter{Years: paper.Years{From: 2005, To: 2010}}},
		{"from", paper.Filter{From: "2005-03", To: "2012-01-15"}},
		{"category", paper.Filter{Categories: []string{bench.papers[0].Categories[0]}}},
		{"archive", paper.Filter{Categories: []string{"a1", "math", "hep-th"}}},
		{"family", paper.Filter{Authors: []string{words[len(words)-1]}}},
		{"author", paper.Filter{Authors: []string{author}}},
		{"commonest", paper.Filter{Authors: []string{commonest(x)}}},
		{"letter", paper.Filter{Authors: []string{"j"}}},
		{"collection", paper.Filter{Collections: []string{"openalex"}}},
		{"not collection", paper.Filter{NotCollections: []string{"bibtex"}}},
		{"all", paper.Filter{Years: paper.Years{From: 2005}, Categories: []string{"a1", "math"}, Authors: []string{"wang", author}}},
	} {
		b.Run(test.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				n = int(x.Bitmap(&test.f).GetCardinality())
			}
			b.ReportMetric(float64(n), "pass")
		})
	}
}

// commonest is the word that most authors' names have.
func commonest(x *Index) string {
	best, most := "", 0
	for w, id := range x.words[authors].ids {
		if n := len(x.words[authors].names[id]); len(w) > 1 && n > most {
			best, most = w, n
		}
	}
	return best
}

func BenchmarkCollections(b *testing.B) {
	x := filled(b)
	for b.Loop() {
		x.Collections()
	}
}

func BenchmarkFacet(b *testing.B) {
	x := filled(b)
	few := x.Bitmap(&paper.Filter{Authors: []string{commonest(x)}})
	for _, field := range []string{"year", "category", "venue", "author", "collection"} {
		b.Run(field+"/all", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Facet(field, nil, 10)
			}
		})
		b.Run(field+"/few", func(b *testing.B) {
			for b.Loop() {
				x.Facet(field, few, 10)
			}
			b.ReportMetric(float64(few.GetCardinality()), "pass")
		})
	}
}
