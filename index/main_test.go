package index_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"regexp"
	"sync"
	"testing"

	"kindred/embed/static"
	"kindred/index"
	"kindred/internal/eval"
	"kindred/internal/text"
	"kindred/paper"
	"kindred/testdata"
)

// shared is what read-only tests share: the sample corpus, taken in once with
// the base model. It lives as long as the test binary.
var shared struct {
	once  sync.Once
	dir   string
	index *index.Index
	err   error
}

func TestMain(m *testing.M) {
	if job := os.Getenv(childJob); job != "" {
		child(job)
		return
	}
	code := m.Run()
	if shared.index != nil {
		shared.index.Close()
	}
	if shared.dir != "" {
		os.RemoveAll(shared.dir)
	}
	os.Exit(code)
}

// sampleIndex holds the sample corpus. No test may change it.
func sampleIndex(t testing.TB) *index.Index {
	t.Helper()
	shared.once.Do(func() {
		if shared.dir, shared.err = os.MkdirTemp("", "kindred-index-test"); shared.err != nil {
			return
		}
		ctx := context.Background()
		shared.index, shared.err = index.Open(ctx, filepath.Join(shared.dir, "data"), index.Options{NoSync: true})
		if shared.err == nil {
			_, shared.err = shared.index.Put(ctx, samplePapers())
		}
	})
	if shared.err != nil {
		t.Fatal(shared.err)
	}
	return shared.index
}

// samplePapers returns the sample corpus, each time a copy of its own.
func samplePapers() []paper.Paper {
	var papers []paper.Paper
	for lines := bufio.NewScanner(testdata.Papers()); lines.Scan(); {
		var p paper.Paper
		if err := json.Unmarshal(lines.Bytes(), &p); err != nil {
			panic(err) // package testdata has a test for it
		}
		papers = append(papers, p)
	}
	return papers
}

func sampleQuestions(t testing.TB) ([]eval.Query, eval.Qrels) {
	t.Helper()
	questions, err := eval.ReadQueries(testdata.Queries())
	if err != nil {
		t.Fatal(err)
	}
	qrels, err := eval.ReadQrels(testdata.Qrels())
	if err != nil {
		t.Fatal(err)
	}
	return questions, qrels
}

// smallBase is a base model that knows the sample corpus's words and nothing
// else: tests that ask how the index works, not how well, learn and open
// folders with it in a tenth of the time.
var smallBase = sync.OnceValue(func() *static.Model {
	var corpus static.Corpus
	var a text.Analyzer
	var d text.Doc
	for _, p := range samplePapers() {
		a.Doc(&d, p.Title, p.Abstract)
		corpus.Add(&d, "")
	}
	m, err := static.Learn(context.Background(), nil, &corpus, static.LearnOptions{Steps: 40, Dimension: 48})
	if err != nil {
		panic(err)
	}
	return m
})

// open opens a data folder that is closed when the test ends. The built-in
// model is the small base.
func open(t testing.TB, dir string, o index.Options) *index.Index {
	t.Helper()
	o.NoSync = true // power cuts are package store's to test
	o.Base = smallBase()
	x, err := index.Open(t.Context(), dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return x
}

// filled opens a new data folder with papers in it.
func filled(t testing.TB, o index.Options, papers ...paper.Paper) *index.Index {
	t.Helper()
	x := open(t, t.TempDir(), o)
	put(t, x, papers...)
	return x
}

// put writes papers, none of which may be refused.
func put(t testing.TB, x *index.Index, papers ...paper.Paper) {
	t.Helper()
	results, err := x.Put(t.Context(), papers)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Status == paper.Rejected {
			t.Fatalf("%s: %s", r.ID, r.Error)
		}
	}
}

func search(t testing.TB, x *index.Index, q string, o paper.Options) *paper.Result {
	t.Helper()
	r, err := x.Search(t.Context(), paper.Query{Text: q, Options: o})
	if err != nil {
		t.Fatalf("%s: %.60q: %v", o.Mode, q, err)
	}
	return r
}

func similar(t testing.TB, x *index.Index, s paper.Similar) *paper.Result {
	t.Helper()
	r, err := x.Similar(t.Context(), s)
	if err != nil {
		t.Fatalf("similar to %.60q %.60q %q: %v", s.Title, s.Text, s.Positive, err)
	}
	return r
}

func ids(r *paper.Result) []string {
	list := []string{}
	for _, h := range r.Hits {
		list = append(list, h.Paper.ID)
	}
	return list
}

// stream yields papers as a reader would.
func stream(papers []paper.Paper) iter.Seq2[paper.Paper, error] {
	return func(yield func(paper.Paper, error) bool) {
		for _, p := range papers {
			if !yield(p, nil) {
				return
			}
		}
	}
}

// said is everything that an index answers to the sample's questions and to
// "similar" for some of its papers, without the times: what must not change
// when a folder is opened again.
func said(t testing.TB, x *index.Index, seeds ...string) string {
	t.Helper()
	questions, _ := sampleQuestions(t)
	var out []byte
	add := func(r *paper.Result) {
		r.TookMS = 0
		b, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		out = append(append(out, b...), '\n')
	}
	for i, q := range questions {
		o := paper.Options{Mode: modes[i%3], Limit: 12, Explain: true}
		if i%8 == 0 {
			o.Facets = []string{"year", "category", "venue", "author"}
		}
		add(search(t, x, q.Text, o))
	}
	for _, id := range seeds {
		add(similar(t, x, paper.Similar{Positive: []string{id}, Options: paper.Options{Explain: true}}))
	}
	return string(out)
}

// ofAnyFolder is what was said without the cursors, which are of one folder.
func ofAnyFolder(said string) string { return nextCursor.ReplaceAllString(said, "") }

var nextCursor = regexp.MustCompile(`"next_cursor":"[^"]*",?`)

// firstDifference makes a readable end of two long answers that differ.
func firstDifference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-80)
			return fmt.Sprintf("at byte %d\n…%s\n…%s", i, a[from:min(len(a), i+80)], b[from:min(len(b), i+80)])
		}
	}
	return fmt.Sprintf("one has %d bytes, the other %d", len(a), len(b))
}
