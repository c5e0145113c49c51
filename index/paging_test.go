package index_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// pages follows the cursors to the end and returns all ids in order. Between
// pages it calls between, unless nil, with what has been seen.
func pages(t *testing.T, ask func(paper.Options) *paper.Result, o paper.Options, between func(seen []string)) []string {
	t.Helper()
	var all []string
	for range 5000 {
		r := ask(o)
		if len(r.Hits) < o.Limit && r.NextCursor != "" {
			t.Fatalf("a page of %d and not %d hits with more behind it", len(r.Hits), o.Limit)
		}
		all = append(all, ids(r)...)
		if r.NextCursor == "" {
			return all
		}
		o.Cursor = r.NextCursor
		if between != nil {
			between(all)
		}
	}
	t.Fatal("paging never ends")
	return nil
}

func searching(t *testing.T, x *index.Index, q string) func(paper.Options) *paper.Result {
	return func(o paper.Options) *paper.Result { return search(t, x, q, o) }
}

// same reports whether two lists of ids are one and the same, and says where
// they part.
func same(t *testing.T, what string, got, want []string) bool {
	t.Helper()
	if slices.Equal(got, want) {
		return true
	}
	at := 0
	for at < min(len(got), len(want)) && got[at] == want[at] {
		at++
	}
	t.Errorf("%s: %d papers, want %d; they part at %d: %v, want %v",
		what, len(got), len(want), at, got[at:min(len(got), at+3)], want[at:min(len(want), at+3)])
	return false
}

func TestPagingVisitsEveryPaperOnce(t *testing.T) {
	x := sampleIndex(t)
	const q = "How do rivers respond to a warmer climate?"
	for _, mode := range []paper.Mode{paper.Hybrid, paper.Semantic, paper.Lexical} {
		for _, sort := range []paper.Sort{paper.Relevance, paper.NewestFirst} {
			o := paper.Options{Mode: mode, Sort: sort, Limit: paper.MaxLimit}
			whole := search(t, x, q, o)
			if len(whole.Hits) != whole.Total {
				t.Errorf("%s: %d hits of %d", mode, len(whole.Hits), whole.Total)
			}
			if n := len(samplePapers()); mode != paper.Lexical && whole.Total != n {
				t.Errorf("%s: %d of %d papers", mode, whole.Total, n)
			}
			for _, size := range []int{3, 10, 64, 263, 264} {
				o.Limit = size
				same(t, fmt.Sprint(mode, " by ", sort, ", pages of ", size), pages(t, searching(t, x, q), o, nil), ids(whole))
			}
		}
	}
	o := paper.Options{Limit: paper.MaxLimit, Filter: paper.Filter{Categories: []string{"cs"}}}
	whole := search(t, x, q, o)
	for _, size := range []int{1, 7} {
		o.Limit = size
		same(t, fmt.Sprint("filtered, pages of ", size), pages(t, searching(t, x, q), o, nil), ids(whole))
	}
}

func TestPagingThroughSimilar(t *testing.T) {
	x := sampleIndex(t)
	for _, s := range []paper.Similar{
		{Positive: []string{"sample-ml-001"}},
		{Title: "Coupling Layers with Monotone Rational Splines for Tabular Density Estimation"},
		{Text: "permafrost thaw under a warming climate"},
	} {
		ask := func(o paper.Options) *paper.Result {
			s.Options = o
			return similar(t, x, s)
		}
		whole := ask(paper.Options{Limit: paper.MaxLimit})
		if len(whole.Hits) != whole.Total {
			t.Errorf("%d hits of %d", len(whole.Hits), whole.Total)
		}
		same(t, "similar", pages(t, ask, paper.Options{Limit: 50}, nil), ids(whole))
	}
}

// Papers of one score stand in the order of their ids, wherever a page ends.
func TestPagingThroughTies(t *testing.T) {
	var papers []paper.Paper
	for i := range 90 {
		papers = append(papers, paper.Paper{
			ID:    fmt.Sprintf("tie-%02d", (i*53)%90), // ids in another order than they come in
			Title: "Tides in a shallow sea",
		})
	}
	x := filled(t, index.Options{}, papers...)
	want := make([]string, 90)
	for i := range want {
		want[i] = fmt.Sprintf("tie-%02d", i)
	}
	for _, mode := range []paper.Mode{paper.Hybrid, paper.Semantic, paper.Lexical} {
		for _, size := range []int{1, 7, 40, 90} {
			o := paper.Options{Mode: mode, Limit: size}
			same(t, fmt.Sprint(mode, ", pages of ", size), pages(t, searching(t, x, "tides"), o, nil), want)
		}
	}
}

func TestPagingThroughThousands(t *testing.T) {
	papers := brief(invented(3500))
	x := filled(t, index.Options{}, papers...)
	q := papers[0].Title
	for _, mode := range []paper.Mode{paper.Hybrid, paper.Semantic} {
		all := pages(t, searching(t, x, q), paper.Options{Mode: mode, Limit: 700}, nil)
		slices.Sort(all)
		if n := len(slices.Compact(slices.Clone(all))); len(all) != 3500 || n != 3500 {
			t.Errorf("%s: paging gave %d papers, %d different ones, of 3500", mode, len(all), n)
		}
	}
}

// A page begins where the last one ended even when that paper, and others
// before it, have gone.
func TestPagingWhilePapersGo(t *testing.T) {
	const q = "How do rivers respond to a warmer climate?"
	for _, test := range []struct {
		name string
		o    paper.Options
	}{
		{"semantic", paper.Options{Mode: paper.Semantic, Limit: 20}},
		{"by date", paper.Options{Mode: paper.Semantic, Limit: 20, Sort: paper.NewestFirst}},
	} {
		for _, gone := range []int{1, 3, 25} {
			t.Run(fmt.Sprint(test.name, ", the last ", gone), func(t *testing.T) {
				x := filled(t, index.Options{}, samplePapers()...)
				whole := test.o
				whole.Limit = paper.MaxLimit
				want := ids(search(t, x, q, whole))
				got := pages(t, searching(t, x, q), test.o, func(seen []string) {
					if len(seen) == 40 {
						if n, err := x.Delete(t.Context(), seen[40-gone:]); n != gone || err != nil {
							t.Fatalf("deleted %d, %v", n, err)
						}
					}
				})
				same(t, test.name, got, want)
			})
		}
	}
}

// In hybrid mode every paper's score hangs on the others', so a deletion may
// move papers over the edge of a page; it must not make the rest come again.
func TestPagingWhilePapersGoHybrid(t *testing.T) {
	const q = "How do rivers respond to a warmer climate?"
	for _, mode := range []paper.Mode{paper.Hybrid, paper.Lexical} {
		x := filled(t, index.Options{}, samplePapers()...)
		var last string
		got := pages(t, searching(t, x, q), paper.Options{Mode: mode, Limit: 20}, func(seen []string) {
			if last = seen[len(seen)-1]; len(seen) == 40 || len(seen) == 60 {
				if _, err := x.Delete(t.Context(), []string{last}); err != nil {
					t.Fatal(err)
				}
			}
		})
		twice := len(got) - len(slices.Compact(slices.Sorted(slices.Values(got))))
		if twice > 2 {
			t.Errorf("%s: %d papers came twice", mode, twice)
		}
	}
}

func TestPagingWhilePapersCome(t *testing.T) {
	const q = "How do rivers respond to a warmer climate?"
	papers := samplePapers()
	x := filled(t, index.Options{}, papers[:200]...)
	o := paper.Options{Mode: paper.Semantic, Limit: paper.MaxLimit}
	want := ids(search(t, x, q, o))
	o.Limit = 20
	got := pages(t, searching(t, x, q), o, func(seen []string) {
		if len(seen) == 40 {
			put(t, x, papers[200:]...)
		}
	})
	// Those that were there come once and in order; new ones may stand between.
	old := slices.DeleteFunc(slices.Clone(got), func(id string) bool { return !slices.Contains(want, id) })
	same(t, "those of before", old, want)
	if all := slices.Sorted(slices.Values(got)); len(slices.Compact(all)) != len(got) {
		t.Error("a paper came twice")
	}
}

func TestCursorIsRefused(t *testing.T) {
	x := sampleIndex(t)
	const q = "gene expression"
	first := search(t, x, q, paper.Options{Limit: 5})
	if first.NextCursor == "" {
		t.Fatal("no second page")
	}
	c := first.NextCursor
	refused := func(what string, q string, o paper.Options) {
		t.Helper()
		_, err := x.Search(t.Context(), paper.Query{Text: q, Options: o})
		if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "cursor" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for i := range c {
		altered := []byte(c)
		altered[i] = 'A' + (altered[i]+7)%26
		if string(altered) != c {
			refused(fmt.Sprint("altered at ", i), q, paper.Options{Limit: 5, Cursor: string(altered)})
		}
	}
	for _, s := range []string{"x", "=", "%00", c + c, c[:len(c)-1], " " + c, strings.Repeat("A", 10_000)} {
		refused(fmt.Sprintf("%.20q", s), q, paper.Options{Limit: 5, Cursor: s})
	}
	refused("another question", "gene expressions", paper.Options{Limit: 5, Cursor: c})
	refused("another mode", q, paper.Options{Limit: 5, Cursor: c, Mode: paper.Lexical})
	refused("another order", q, paper.Options{Limit: 5, Cursor: c, Sort: paper.NewestFirst})
	refused("another filter", q, paper.Options{Limit: 5, Cursor: c, Filter: paper.Filter{Years: paper.Years{From: 2015}}})
	refused("another least score", q, paper.Options{Limit: 5, Cursor: c, MinScore: 0.1})
	if _, err := x.Similar(t.Context(), paper.Similar{Text: q, Options: paper.Options{Limit: 5, Cursor: c}}); err == nil {
		t.Error("similar took a cursor of search")
	}

	// How much is asked for, and what is told of it, may change.
	all := ids(search(t, x, q, paper.Options{Limit: 30}))
	for _, o := range []paper.Options{{Limit: 25}, {Limit: 2}, {Limit: 5, Explain: true, Facets: []string{"year"}}} {
		o.Cursor = c
		same(t, "with other pages", ids(search(t, x, q, o)), all[5:5+o.Limit])
	}
}

// TestCursorOfAnotherCorpus pages in one folder with what another gave, be it
// one with the same papers under the same numbers.
func TestCursorOfAnotherCorpus(t *testing.T) {
	papers := samplePapers()[:40]
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x, papers...)
	same := filled(t, index.Options{}, papers...)
	small := filled(t, index.Options{}, samplePapers()[200:203]...)
	var asked []paper.Query
	for _, o := range []paper.Options{{}, {Mode: paper.Semantic}, {Mode: paper.Lexical}, {Mode: paper.Lexical, Sort: paper.NewestFirst}} {
		o.Limit = 3
		q := paper.Query{Text: "models", Options: o}
		r := search(t, x, q.Text, o)
		if q.Cursor = r.NextCursor; q.Cursor == "" {
			t.Fatalf("%+v: no second page", o)
		}
		asked = append(asked, q)
		for _, y := range []*index.Index{same, small} {
			_, err := y.Search(t.Context(), q)
			if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "cursor" || !strings.Contains(bad.Message, "another corpus") {
				t.Errorf("%+v: %v", o, err)
			}
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, dir, index.Options{})
	put(t, x, samplePapers()[100:110]...)
	for _, q := range asked {
		if r, err := x.Search(t.Context(), q); err != nil || len(r.Hits) == 0 {
			t.Errorf("opened again, with more papers: %+v, %v", q.Options, err)
		}
	}
}
