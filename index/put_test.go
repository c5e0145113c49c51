package index_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// finds reports whether x has the paper among the answers of every mode.
func finds(t *testing.T, x *index.Index, q, id string) bool {
	t.Helper()
	in := 0
	for _, mode := range []paper.Mode{paper.Hybrid, paper.Lexical} {
		if slices.Contains(ids(search(t, x, q, paper.Options{Mode: mode})), id) {
			in++
		}
	}
	if in == 1 {
		t.Errorf("%q finds %s in one mode and not in the other", q, id)
	}
	return in > 0
}

func TestPutIsSeenWhenItReturns(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	for i, p := range []paper.Paper{
		{ID: "new-both", Title: "A loom for marigold spectra", Abstract: "Marigold spectra are woven on a loom."},
		{ID: "new-title", Title: "Marigold looms alone"},
		{ID: "new-abstract", Abstract: "Of marigold spectra and a loom we say nothing else."},
		{Title: "Marigolds without an id"},
	} {
		put(t, x, p)
		p.Normalize()
		if !finds(t, x, "marigold loom", p.ID) {
			t.Errorf("%d: %s is not found", i, p.ID)
		}
		if got, err := x.Paper(t.Context(), p.ID); err != nil || got.Title != p.Title || got.Abstract != p.Abstract {
			t.Errorf("%s: %+v, %v", p.ID, got, err)
		}
	}
	if n, err := x.Delete(t.Context(), []string{"new-both", "no such", "new-both"}); n != 1 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if finds(t, x, "marigold loom", "new-both") {
		t.Error("a deleted paper is found")
	}
	if _, err := x.Paper(t.Context(), "new-both"); !errors.Is(err, paper.ErrNotFound) {
		t.Errorf("a deleted paper: %v", err)
	}
	if _, err := x.Similar(t.Context(), paper.Similar{Positive: []string{"new-both"}}); !errors.Is(err, paper.ErrNotFound) {
		t.Errorf("similar to a deleted paper: %v", err)
	}
}

func TestReplacedTextIsFoundByNewWords(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	put(t, x, paper.Paper{ID: "p", Title: "Marigold looms", Year: 2001, Venue: "Weaving"})
	put(t, x, paper.Paper{ID: "p", Title: "Volcanic kilns", Year: 2002, Authors: []string{"Ada Fictional"}})
	if finds(t, x, "marigold looms", "p") {
		t.Error("found by its old words")
	}
	if !finds(t, x, "volcanic kilns", "p") {
		t.Error("not found by its new words")
	}
	for _, c := range []struct {
		f    paper.Filter
		want bool
	}{
		{paper.Filter{Years: paper.Years{From: 2001, To: 2001}}, false},
		{paper.Filter{Years: paper.Years{From: 2002, To: 2002}}, true},
		{paper.Filter{Venues: []string{"weaving"}}, false},
		{paper.Filter{Authors: []string{"A. Fictional"}}, true},
	} {
		o := paper.Options{Filter: c.f, Limit: paper.MaxLimit}
		if got := slices.Contains(ids(search(t, x, "volcanic", o)), "p"); got != c.want {
			t.Errorf("%+v: found %v", c.f, got)
		}
	}
	for title, want := range map[string]bool{"marigold looms": false, "volcanic kilns": true} {
		r := similar(t, x, paper.Similar{Title: title})
		if got := r.Resolved != nil && r.Resolved.ID == "p"; got != want {
			t.Errorf("title %q resolves to %+v", title, r.Resolved)
		}
	}
	if st, _ := x.Stats(t.Context()); st.Papers != len(samplePapers())+1 || st.Vectors != st.Papers {
		t.Errorf("%d papers, %d vectors", st.Papers, st.Vectors)
	}
}

func TestPutResults(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", paper.MaxTitle+1)
	a := paper.Paper{ID: "a", Title: "Tides"}
	other := paper.Paper{ID: "a", Title: "Ebbs"}
	b := paper.Paper{ID: "b", Abstract: "Waves."}
	tests := []struct {
		name   string
		before []paper.Paper
		batch  []paper.Paper
		want   string
		papers int
	}{
		{"none", nil, nil, "", 0},
		{"two", nil, []paper.Paper{a, b}, "a added, b added", 2},
		{"unchanged", []paper.Paper{a}, []paper.Paper{a, b}, "a unchanged, b added", 2},
		{"changed", []paper.Paper{a}, []paper.Paper{other}, "a updated", 1},
		{"twice", nil, []paper.Paper{a, b, a}, "a added, b added, a unchanged", 2},
		{"twice, unchanged", []paper.Paper{a}, []paper.Paper{a, a}, "a unchanged, a unchanged", 1},
		{"twice, differing", nil, []paper.Paper{a, other}, "a added, a updated", 1},
		{"there and back", []paper.Paper{a}, []paper.Paper{other, a}, "a updated, a updated", 1},
		{"twice, the second refused", nil, []paper.Paper{a, {ID: "a", Title: long}}, "a added, a rejected", 1},
		{"refused", []paper.Paper{b}, []paper.Paper{
			{ID: "nothing"}, a, {ID: "long", Title: long}, {ID: "utf8", Title: "\xff"}, {ID: "nul", Title: "a\x00b"},
			{ID: strings.Repeat("i", paper.MaxID+1), Title: "x"}, {ID: "year", Title: "x", Year: -1}, {Title: " ", Abstract: "\n"}, b,
		}, "nothing rejected, a added, long rejected, utf8 rejected, nul rejected, " +
			strings.Repeat("i", paper.MaxID+1) + " rejected, year rejected, " + paper.TextID("", "") + " rejected, b unchanged", 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{}
			x := filled(t, index.Options{Embedder: f}, test.before...)
			results, err := x.Put(t.Context(), slices.Clone(test.batch))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, r := range results {
				got = append(got, fmt.Sprint(r.ID, " ", r.Status))
				if (r.Error != "") != (r.Status == paper.Rejected) {
					t.Errorf("%s: %s %q", r.ID, r.Status, r.Error)
				}
			}
			if s := strings.Join(got, ", "); s != test.want {
				t.Errorf("got  %s\nwant %s", s, test.want)
			}
			if st, _ := x.Stats(t.Context()); st.Papers != test.papers {
				t.Errorf("%d papers, want %d", st.Papers, test.papers)
			}
			// The last of a kind is the one that stays.
			for i, r := range results {
				last := r.Status != paper.Rejected
				for _, later := range results[i+1:] {
					last = last && (later.ID != r.ID || later.Status == paper.Rejected)
				}
				if !last {
					continue
				}
				if p, err := x.Paper(t.Context(), r.ID); err != nil || p.Title != test.batch[i].Title {
					t.Errorf("%s is %q, %v", r.ID, p.Title, err)
				}
			}
		})
	}
}

// What the caller hands in stays as it is, so that several may hand in the same.
func TestPutLeavesThePapersAlone(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{Embedder: &fake{}})
	mine := samplePapers()[:3]
	mine[0].Authors = []string{" Ada ", "", "Ben"}
	mine[1].Authors = mine[0].Authors
	mine[2].ID = ""
	var callers sync.WaitGroup
	for range 3 {
		callers.Go(func() {
			if _, err := x.Put(t.Context(), mine); err != nil {
				t.Error(err)
			}
		})
	}
	callers.Wait()
	if mine[0].Authors[0] != " Ada " || mine[2].ID != "" {
		t.Errorf("became %q and %q", mine[0].Authors, mine[2].ID)
	}
	if p, err := x.Paper(t.Context(), mine[0].ID); err != nil || !slices.Equal(p.Authors, []string{"Ada", "Ben"}) {
		t.Errorf("%q, %v", p.Authors, err)
	}
}

func TestUnchangedCostsNoEmbedding(t *testing.T) {
	f := &fake{}
	papers := samplePapers()[:100]
	x := filled(t, index.Options{Embedder: f}, papers...)
	if n := f.docs.Load(); n != 100 {
		t.Fatalf("%d documents embedded for 100 papers", n)
	}
	put(t, x, samplePapers()[:100]...)
	if n := f.docs.Load(); n != 100 {
		t.Errorf("%d documents embedded again though nothing changed", n-100)
	}
	changed := samplePapers()[:100]
	changed[7].Abstract += " One sentence more."
	put(t, x, changed...)
	if n := f.docs.Load(); n != 101 {
		t.Errorf("%d documents embedded for one that changed", n-100)
	}
	if n := f.questions.Load(); n != 0 {
		t.Errorf("%d questions embedded", n)
	}
}

func TestPutCancelledInTheMiddle(t *testing.T) {
	t.Parallel()
	papers := brief(invented(2000))
	for stop := range 4 {
		dir := t.TempDir()
		ctx, cancel := context.WithCancel(t.Context())
		f := &fake{failDocs: func(n int64) error {
			if n >= int64(512*stop) {
				cancel()
			}
			return nil
		}}
		x := open(t, dir, index.Options{Embedder: f})
		results, err := x.Put(ctx, slices.Clone(papers))
		if !errors.Is(err, context.Canceled) {
			t.Fatalf("stop %d: %v", stop, err)
		}
		cancel()
		st, _ := x.Stats(t.Context())
		if st.Papers < len(results) || st.Vectors != st.Papers {
			t.Errorf("stop %d: %d results, %d papers, %d vectors", stop, len(results), st.Papers, st.Vectors)
		}
		before := said(t, x)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		y := open(t, dir, index.Options{Embedder: &fake{}})
		if after := said(t, y); before != after {
			t.Errorf("stop %d: opened again it answers otherwise %s", stop, firstDifference(before, after))
		}
	}
}

// A search that runs while papers are replaced finds each of them once, in the
// old form or the new one.
func TestReplacedPapersAreNeverMissing(t *testing.T) {
	t.Parallel()
	papers := samplePapers()[:80]
	x := filled(t, index.Options{Embedder: &fake{}}, papers...)
	done := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			default:
			}
			again := samplePapers()[:80]
			for i := range again {
				again[i].Year = 2000 + n%20
				if n%2 == 0 {
					again[i].Abstract += " Once more."
				}
			}
			if _, err := x.Put(context.Background(), again); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for n := range 40 {
		var r *paper.Result
		var err error
		if n%3 == 0 {
			r, err = x.Similar(t.Context(), paper.Similar{Positive: []string{papers[n%80].ID}, Options: paper.Options{Limit: 100}})
		} else {
			mode := []paper.Mode{paper.Hybrid, paper.Semantic}[n%2]
			r, err = x.Search(t.Context(), paper.Query{Text: "the model of a river", Options: paper.Options{Mode: mode, Limit: 100}})
		}
		if err != nil {
			t.Fatal(err)
		}
		want := 80
		if n%3 == 0 {
			want--
		}
		got := slices.Sorted(slices.Values(ids(r)))
		if different := len(slices.Compact(slices.Clone(got))); len(got) != want || different != want {
			t.Errorf("%d hits, %d papers, want %d", len(got), different, want)
			break
		}
	}
	close(done)
	writer.Wait()
}

// A paper that is asked for while it is replaced is there, in one form or the
// other.
func TestPaperThatIsBeingReplacedIsThere(t *testing.T) {
	t.Parallel()
	one := samplePapers()[:1]
	x := filled(t, index.Options{Embedder: &fake{}, NoSync: true}, one...)
	done := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := x.Paper(context.Background(), one[0].ID); err != nil {
				t.Error(err)
				return
			}
		}
	})
	for n := range 1000 {
		again := samplePapers()[:1]
		again[0].Year = 2000 + n%20
		if _, err := x.Put(t.Context(), again); err != nil {
			t.Fatal(err)
		}
	}
	close(done)
	reader.Wait()
}

// A page is full while others are being deleted, as long as there are papers.
func TestPageIsFullWhilePapersGo(t *testing.T) {
	t.Parallel()
	x := filled(t, index.Options{Embedder: &fake{}}, samplePapers()...)
	flood := make([]paper.Paper, 100)
	for i := range flood {
		flood[i] = paper.Paper{ID: fmt.Sprint("flood-", i), Title: "Rivers in flood", Abstract: fmt.Sprint("The river rose by ", i)}
	}
	for range 15 {
		put(t, x, flood...)
		var deleter sync.WaitGroup
		deleter.Go(func() {
			var list []string
			for _, p := range flood {
				list = append(list, p.ID)
			}
			if n, err := x.Delete(context.Background(), list); n != len(flood) || err != nil {
				t.Errorf("deleted %d, %v", n, err)
			}
		})
		for range 10 {
			if r := search(t, x, "rivers in flood", paper.Options{Limit: 20}); len(r.Hits) != 20 {
				t.Errorf("a page of %d hits", len(r.Hits))
			}
		}
		deleter.Wait()
	}
}

func TestLeastScoreMustBeANumber(t *testing.T) {
	x := sampleIndex(t)
	for _, least := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		_, err := x.Search(t.Context(), paper.Query{Text: "flows", Options: paper.Options{MinScore: least}})
		if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "min_score" {
			t.Errorf("%v: %v", least, err)
		}
	}
}
