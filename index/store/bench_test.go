package store

import (
	"flag"
	"math/rand/v2"
	"sync"
	"testing"

	"kindred/paper"
)

// With -tags shared the papers are real abstracts; 470,000 of them make
// FINDINGS.md's scale.
var benchSize = flag.Int("papers", 50_000, "papers of the benchmarks' store")

const benchDim = 256

var benchCorpus struct {
	once   sync.Once
	papers []*paper.Paper
}

func corpus(b *testing.B) []*paper.Paper {
	b.Helper()
	benchCorpus.once.Do(func() { benchCorpus.papers = benchPapers(b, *benchSize) })
	if len(benchCorpus.papers) != *benchSize {
		b.Fatal("no papers")
	}
	return benchCorpus.papers
}

// fillStore writes the corpus, 1000 papers a batch. Vectors are even noise,
// which is quick to make and cannot be compressed.
func fillStore(b *testing.B, s *Store, papers []*paper.Paper) {
	b.Helper()
	g, err := s.CreateGeneration(Generation{Fingerprint: "bench:m:256", Dimension: benchDim})
	if err != nil {
		b.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 1))
	for from := 0; from < len(papers); from += 1000 {
		batch := Batch{Generations: []uint32{g.Number}}
		for _, p := range papers[from:min(from+1000, len(papers))] {
			v := make([]float32, benchDim)
			for i := range v {
				v[i] = rng.Float32() - 0.5
			}
			batch.Puts = append(batch.Puts, Put{Paper: p, Vectors: [][]float32{v}})
		}
		if _, err := s.Write(b.Context(), &batch); err != nil {
			b.Fatal(err)
		}
	}
}

// filled is a store of the whole corpus that was closed and opened again.
func filled(b *testing.B) *Store {
	b.Helper()
	dir := b.TempDir()
	for range 2 {
		s, err := Open(dir, Options{NoSync: true})
		if err != nil {
			b.Fatal(err)
		}
		if s.Len() > 0 {
			b.Cleanup(func() { s.Close() })
			return s
		}
		fillStore(b, s, corpus(b))
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.Fatal("nothing was written")
	return nil
}

func perSecond(b *testing.B, each int) {
	b.ReportMetric(float64(b.N)*float64(each)/b.Elapsed().Seconds(), "papers/s")
}

func benchmarkWrite(b *testing.B, opt Options) {
	papers := corpus(b)
	var bytes int64
	for b.Loop() {
		s, err := Open(b.TempDir(), opt)
		if err != nil {
			b.Fatal(err)
		}
		fillStore(b, s, papers)
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
		if bytes, err = s.Bytes(); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, len(papers))
	b.ReportMetric(float64(bytes)/float64(len(papers)), "B/paper")
}

// Closing is part of it.
func BenchmarkWrite(b *testing.B)       { benchmarkWrite(b, Options{}) }
func BenchmarkWriteNoSync(b *testing.B) { benchmarkWrite(b, Options{NoSync: true}) }

// Ten papers at random, as for one page of hits.
func BenchmarkPapers10(b *testing.B) {
	s := filled(b)
	rng := rand.New(rand.NewPCG(1, 1))
	docs := make([]uint32, 10)
	b.ReportAllocs()
	for b.Loop() {
		for i := range docs {
			docs[i] = rng.Uint32N(s.NextDoc())
		}
		if _, err := s.Papers(b.Context(), docs); err != nil {
			b.Fatal(err)
		}
	}
}

// The ids of a thousand papers, as when a file is read again.
func BenchmarkLookup1000(b *testing.B) {
	s := filled(b)
	papers := corpus(b)
	rng := rand.New(rand.NewPCG(1, 1))
	ids := make([]string, 1000)
	for b.Loop() {
		from := rng.IntN(len(papers) - len(ids))
		for i := range ids {
			ids[i] = papers[from+i].ID
		}
		if _, err := s.Lookup(b.Context(), ids); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, len(ids))
}

func BenchmarkEach(b *testing.B) {
	s := filled(b)
	b.ReportAllocs()
	for b.Loop() {
		if err := s.Each(b.Context(), 2, func(int, uint32, *paper.Paper) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, s.Len())
}

func BenchmarkEachVector(b *testing.B) {
	s := filled(b)
	g := s.Generations()[0]
	b.ReportAllocs()
	for b.Loop() {
		if err := s.EachVector(b.Context(), g.Number, 2, func(int, uint32, []float32) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, s.Len())
}

func BenchmarkOpen(b *testing.B) {
	s := filled(b)
	if err := s.Close(); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		again, err := Open(s.Dir(), Options{MustExist: true})
		if err != nil {
			b.Fatal(err)
		}
		if err := again.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// Removing a generation, with closing and tidying.
func BenchmarkDrop(b *testing.B) {
	for b.Loop() {
		b.StopTimer()
		s := filled(b)
		g := s.Generations()[0]
		b.StartTimer()
		if err := s.DropGeneration(g.Number); err != nil {
			b.Fatal(err)
		}
		if err := s.Close(); err != nil {
			b.Fatal(err)
		}
	}
	perSecond(b, *benchSize)
}
