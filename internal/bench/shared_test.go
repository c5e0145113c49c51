//go:build shared

package bench

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/lang/en"

	"kindred/index/lexical"
	"kindred/internal/text"
	"kindred/paper"
)

var (
	every  = flag.Int("every", 1, "take every so many-th paper only")
	beside = flag.Int("beside", 60_000, "how many papers bleve and the inverted index beside it get")
	folder = flag.String("folder", "", "a data folder that holds the papers already")
	work   = flag.String("work", "", "the folder to work in; default a temporary one")
)

// BenchmarkHalfMillion prints the table of docs/performance.md: Kindred, and in
// the same run chromem-go alone, the flat scan, and bleve.
//
//	go test -tags shared ./internal/bench -run '^$' -bench HalfMillion -benchtime 1x -timeout 60m
//	go test -tags shared ./internal/bench -run '^$' -bench HalfMillion -benchtime 1x -timeout 60m -args -every 4
func BenchmarkHalfMillion(b *testing.B) {
	abstracts := func(name string) string { return filepath.Join("..", "..", "..", "shared", "abstracts", name) }
	dir := *work
	if dir == "" {
		dir = b.TempDir()
	}
	o := Options{
		Program: kindred(b), Data: *folder, Dir: filepath.Join(dir, "bench"), Every: *every,
		Files:     []string{abstracts("arxiv-1986-2019.jsonl.zst"), abstracts("arxiv-2025-2026.jsonl.zst")},
		Questions: abstracts("ml-conferences.jsonl.zst"),
		Sides:     []Side{{Name: "bleve", Most: *beside, Measure: besideBleve}},
		Tell:      func(what string) { fmt.Fprintln(os.Stderr, time.Now().Format(time.TimeOnly), what) },
	}
	for b.Loop() {
		r, err := Run(b.Context(), o)
		if err != nil {
			b.Fatal(err)
		}
		if err := r.Markdown(os.Stdout); err != nil {
			b.Fatal(err)
		}
	}
}

// besideBleve indexes the same papers by bleve, in memory, and by our inverted
// index, and asks both the same questions for their best ten.
func besideBleve(ctx context.Context, papers []paper.Paper, questions []string) ([]Row, error) {
	mapping := bleve.NewIndexMapping()
	mapping.DefaultAnalyzer = en.AnalyzerName
	mapping.StoreDynamic = false
	mapping.ScoringModel = "bm25"
	folder, err := os.MkdirTemp("", "bleve")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	ix, err := bleve.New(filepath.Join(folder, "index"), mapping)
	if err != nil {
		return nil, err
	}
	defer ix.Close()
	start := time.Now()
	for from := 0; from < len(papers); from += 1000 {
		batch := ix.NewBatch()
		for i := from; i < min(from+1000, len(papers)); i++ {
			p := &papers[i]
			if err := batch.Index(strconv.Itoa(i), map[string]string{"title": p.Title, "abstract": p.Abstract}); err != nil {
				return nil, err
			}
		}
		if err := ix.Batch(batch); err != nil {
			return nil, err
		}
	}
	theirs := time.Since(start)

	start = time.Now()
	ours, err := lexical.New(lexical.Options{})
	if err != nil {
		return nil, err
	}
	var a text.Analyzer
	var docs []lexical.Doc
	for i := range papers {
		var d text.Doc
		a.Doc(&d, papers[i].Title, papers[i].Abstract)
		docs = append(docs, lexical.Doc{Number: uint32(i), Title: d.Title, Body: d.Body})
		if len(docs) == 512 || i == len(papers)-1 {
			if err := ours.Add(docs); err != nil {
				return nil, err
			}
			docs = docs[:0]
		}
	}
	own := time.Since(start)

	var bleveTimes, ownTimes Times
	for _, q := range questions {
		query := bleve.NewSearchRequest(bleve.NewMatchQuery(q))
		start := time.Now()
		if _, err := ix.SearchInContext(ctx, query); err != nil {
			return nil, err
		}
		bleveTimes = append(bleveTimes, time.Since(start))
		start = time.Now()
		var terms []lexical.WeightedTerm
		for _, t := range a.Question(q) {
			terms = append(terms, lexical.WeightedTerm{Term: t, Weight: 1})
		}
		if _, err := ours.Search(ctx, nil, terms, 10, nil); err != nil {
			return nil, err
		}
		ownTimes = append(ownTimes, time.Since(start))
	}
	rate := func(d time.Duration) string {
		return fmt.Sprintf("%.0f papers/s", float64(len(papers))/d.Seconds())
	}
	return []Row{
		{fmt.Sprintf("bleve, %d of the papers, whole questions, the best 10", len(papers)), bleveTimes.String() + "; " + rate(theirs), ""},
		{"our inverted index, the same", fmt.Sprintf("%s; %s on one core; %.1f times bleve", ownTimes, rate(own),
			float64(bleveTimes.At(.5))/float64(max(1, ownTimes.At(.5)))), "5 times bleve"},
	}, nil
}
