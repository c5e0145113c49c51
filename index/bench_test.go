package index_test

import (
	"sync"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// These run anywhere, on invented papers; shared_bench_test.go has the real
// ones, and docs/performance.md what they gave.
const benchPapers = 5000

// benchIndex holds the invented papers.
func benchIndex(b *testing.B) *index.Index {
	b.Helper()
	x := openWhole(b, b.TempDir())
	if _, err := x.Ingest(b.Context(), stream(benchCorpus()), index.IngestOptions{}); err != nil {
		b.Fatal(err)
	}
	return x
}

// openWhole opens a folder with the base model that the program carries.
func openWhole(b *testing.B, dir string) *index.Index {
	b.Helper()
	x, err := index.Open(b.Context(), dir, index.Options{NoSync: true})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { x.Close() })
	return x
}

var benchCorpus = sync.OnceValue(func() []paper.Paper { return invented(benchPapers) })

func BenchmarkIngest(b *testing.B) {
	papers := benchCorpus()
	b.ReportAllocs()
	for b.Loop() {
		x := openWhole(b, b.TempDir())
		if _, err := x.Ingest(b.Context(), stream(papers), index.IngestOptions{}); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.N)*benchPapers/b.Elapsed().Seconds(), "papers/s")
}

func BenchmarkIngestUnchanged(b *testing.B) {
	x := benchIndex(b)
	papers := benchCorpus()
	b.ReportAllocs()
	for b.Loop() {
		if c, err := x.Ingest(b.Context(), stream(papers), index.IngestOptions{}); err != nil || c.Unchanged != benchPapers {
			b.Fatal(c, err)
		}
	}
	b.ReportMetric(float64(b.N)*benchPapers/b.Elapsed().Seconds(), "papers/s")
}

func BenchmarkOpen(b *testing.B) {
	x := benchIndex(b)
	dir := x.Dir()
	if err := x.Close(); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		y, err := index.Open(b.Context(), dir, index.Options{MustExist: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := y.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkSearch(b *testing.B) {
	x := benchIndex(b)
	questions := inventedQuestions(benchCorpus(), 100)
	for _, c := range []struct {
		name string
		o    paper.Options
	}{
		{"hybrid", paper.Options{}},
		{"hybrid filtered", paper.Options{Filter: paper.Filter{Years: paper.Years{From: 2010}}}},
		{"semantic", paper.Options{Mode: paper.Semantic}},
		{"lexical", paper.Options{Mode: paper.Lexical}},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if r := search(b, x, questions[i%len(questions)], c.o); len(r.Hits) != paper.DefaultLimit {
					b.Fatalf("%d hits", len(r.Hits))
				}
			}
		})
	}
}

func BenchmarkSimilar(b *testing.B) {
	x := benchIndex(b)
	papers := benchCorpus()
	for _, c := range []struct {
		name string
		ask  func(p *paper.Paper) paper.Similar
	}{
		{"id", func(p *paper.Paper) paper.Similar { return paper.Similar{Positive: []string{p.ID}} }},
		{"title", func(p *paper.Paper) paper.Similar { return paper.Similar{Title: p.Title} }},
		{"text", func(p *paper.Paper) paper.Similar { return paper.Similar{Text: p.Abstract} }},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if r := similar(b, x, c.ask(&papers[i*37%len(papers)])); len(r.Hits) != paper.DefaultLimit {
					b.Fatalf("%d hits", len(r.Hits))
				}
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	x := benchIndex(b)
	papers := benchCorpus()
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		p := papers[i%len(papers)]
		p.Year = 1900 + i/len(papers)
		put(b, x, p)
	}
}
