package index_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// byDay is the order of a list by date, from the papers alone.
func byDay(papers []paper.Paper) []string {
	day := func(p paper.Paper) int32 { d, _ := p.Published(); return d.First }
	papers = slices.Clone(papers)
	slices.SortFunc(papers, func(a, b paper.Paper) int {
		return cmp.Or(cmp.Compare(day(b), day(a)), cmp.Compare(b.ID, a.ID))
	})
	out := make([]string, len(papers))
	for i, p := range papers {
		out[i] = p.ID
	}
	return out
}

func listed(t *testing.T, x *index.Index, o paper.Options) *paper.Result {
	t.Helper()
	o.Sort = paper.NewestFirst
	r, err := x.Search(t.Context(), paper.Query{Options: o})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestListWithoutAQuestion(t *testing.T) {
	papers := samplePapers()
	papers[5].Year, papers[5].Date = 0, ""
	x := filled(t, index.Options{Embedder: &fake{}}, papers...)
	for _, f := range []paper.Filter{{}, {Categories: []string{"cs"}}, {Years: paper.Years{From: 2010, To: 2016}}, {Venues: []string{"nowhere"}}} {
		var want []paper.Paper
		for _, p := range papers {
			if f.Passes(&p) {
				want = append(want, p)
			}
		}
		o := paper.Options{Limit: paper.MaxLimit, Filter: f, Facets: []string{"category"}}
		whole := listed(t, x, o)
		same(t, fmt.Sprintf("%+v", f), ids(whole), byDay(want))
		if whole.Total != len(want) || whole.NextCursor != "" {
			t.Errorf("%+v: a total of %d, want %d; next %q", f, whole.Total, len(want), whole.NextCursor)
		}
		for _, c := range whole.Facets["category"] {
			n := 0
			for _, p := range want {
				if slices.Contains(p.Categories, c.Value) {
					n++
				}
			}
			if c.Count < n || c.Count == 0 {
				t.Errorf("%+v: %+v, want %d", f, c, n)
			}
		}
		for _, size := range []int{1, 7, max(1, len(want))} {
			o.Limit = size
			if size > 1 || len(want) < 100 {
				same(t, fmt.Sprintf("%+v by %d", f, size), pages(t, func(o paper.Options) *paper.Result { return listed(t, x, o) }, o, nil), byDay(want))
			}
		}
	}
	_, err := x.Search(t.Context(), paper.Query{Options: paper.Options{Sort: paper.NewestFirst, MinScore: .5}})
	if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "min_score" {
		t.Errorf("a least score: %v", err)
	}
	if _, err := x.Search(t.Context(), paper.Query{}); err == nil {
		t.Error("nothing to ask, and no order")
	}
}

// TestListOutlivesChanges pages on while papers come, are replaced and go, the
// one a page ended with among them.
func TestListOutlivesChanges(t *testing.T) {
	papers := samplePapers()[:60]
	x := filled(t, index.Options{Embedder: &fake{}}, papers...)
	want := byDay(papers)
	o := paper.Options{Limit: 10}
	r := listed(t, x, o)
	same(t, "the first page", ids(r), want[:10])
	newer := paper.Paper{ID: "newest of all", Title: "News", Date: "2035-01-01"}
	put(t, x, newer)
	if _, err := x.Delete(t.Context(), []string{want[9], want[3], want[12]}); err != nil {
		t.Fatal(err)
	}
	again := papers[slices.IndexFunc(papers, func(p paper.Paper) bool { return p.ID == want[14] })]
	again.Abstract += " More is known by now."
	put(t, x, again)
	o.Cursor = r.NextCursor
	rest := slices.Concat(want[10:12], want[13:])
	same(t, "the other pages", pages(t, func(o paper.Options) *paper.Result { return listed(t, x, o) }, o, nil), rest)
}

// TestWordsByDateAreAll lists more papers than are ranked.
func TestWordsByDateAreAll(t *testing.T) {
	const n = paper.MaxLimit + 300
	var papers []paper.Paper
	for i := range n {
		papers = append(papers, paper.Paper{ID: fmt.Sprint("tide-", i), Title: "Tides in a shallow sea", Year: 1900 + i*37%120})
	}
	papers = append(papers, paper.Paper{ID: "other", Title: "Flows of lava", Year: 1999})
	x := filled(t, index.Options{Embedder: &fake{}}, papers...)
	o := paper.Options{Mode: paper.Lexical, Sort: paper.NewestFirst, Limit: 400}
	r := search(t, x, "tides", o)
	if r.Total != n || r.Hits[0].Score <= 0 || r.Hits[0].Signals.Lexical == nil || len(r.Hits[0].Highlights) == 0 {
		t.Errorf("a total of %d, want %d; first %+v", r.Total, n, r.Hits[0])
	}
	same(t, "all by date", pages(t, searching(t, x, "tides"), o, nil), byDay(papers[:n]))
	o.MinScore = r.Hits[0].Score + 1
	if none := search(t, x, "tides", o); len(none.Hits) != 0 || none.Total != n || none.NextCursor != "" {
		t.Errorf("over the best score: %d hits", len(none.Hits))
	}
	o.Mode, o.MinScore = paper.Hybrid, 0
	if r := search(t, x, "tides", o); r.Total != paper.MaxLimit {
		t.Errorf("by meaning: a total of %d", r.Total)
	}
}
