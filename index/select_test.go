package index_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/index"
	"kindred/paper"
)

func selectAll(t testing.TB, x *index.Index, s paper.Selection) (ids []string, total int) {
	t.Helper()
	ids = []string{}
	for {
		r, err := x.Select(t.Context(), s)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		for _, p := range r.Papers {
			ids = append(ids, p.ID)
		}
		if len(r.Papers) > s.Limit && s.Limit > 0 {
			t.Fatalf("%d papers of at most %d", len(r.Papers), s.Limit)
		}
		if s.After = r.Next; s.After == nil {
			return ids, r.Total
		}
	}
}

func boolean(t testing.TB, s string) *paper.Boolean {
	t.Helper()
	q, err := paper.ParseBoolean(s)
	if err != nil {
		t.Fatalf("%s: %v", s, err)
	}
	return q
}

// A page of long papers ends before it takes the memory away, and the next one
// goes on there.
func TestSelectLongPapers(t *testing.T) {
	long := make([]paper.Paper, 160)
	for i := range long {
		long[i] = paper.Paper{ID: fmt.Sprintf("long-%03d", i), Title: "A long one", Abstract: strings.Repeat("kiln ", 50_000)}
	}
	x := filled(t, index.Options{Embedder: &fake{}, NoSync: true}, long...)
	s := paper.Selection{Limit: paper.MaxSelected}
	var sizes []int
	seen := map[string]bool{}
	for more := true; more; {
		page, err := x.Select(t.Context(), s)
		if err != nil || page.Total != len(long) {
			t.Fatal(page, err)
		}
		for _, p := range page.Papers {
			seen[p.ID] = true
		}
		sizes = append(sizes, len(page.Papers))
		s.After, more = page.Next, page.Next != nil
	}
	if d := cmp.Diff([]int{135, 25}, sizes); d != "" || len(seen) != len(long) {
		t.Errorf("%d papers: %s", len(seen), d)
	}
}

func TestSelectMatches(t *testing.T) {
	x := filled(t, index.Options{},
		paper.Paper{ID: "a", Title: "Normalizing flows", Abstract: "Flows of blood in the red lake, and blood cells."},
		paper.Paper{ID: "b", Title: "Red blood cells", Abstract: "Their abilities out of distribution."},
		paper.Paper{ID: "c", Title: "Out-of-distribution detection", Abstract: "The normal flow of \\emph{neurons}; ability."},
		paper.Paper{ID: "d", Title: "Blood", Abstract: "red cell blood"},
		paper.Paper{ID: "e", Title: "Die Größe der Zelle", Abstract: "蛋白質 folding"},
	)
	for q, want := range map[string]string{
		"":                       "a b c d e",
		"*":                      "a b c d e",
		"flow":                   "a c",
		"flowing":                "a c", // the same stem
		"red blood":              "a b d",
		"red blood -cells":       "",
		"normalizing | neuron":   "a c",
		"flow -normalizing":      "", // "normal" has the same stem
		"flow -lake":             "c",
		"-flow":                  "b d e",
		`"red blood cells"`:      "b",
		`"red blood"~1`:          "b d",
		`-"red blood"`:           "a c d e",
		`flow | "red blood"`:     "a b c",
		`"blood red"`:            "",  // not from a title into its abstract
		`"flows of blood"`:       "a", // words that are passed over elsewhere count
		"out-of-distribution":    "b c",
		"normaliz*":              "a", // and not "normal", whose stem it shares
		"abilit*":                "b c",
		"normalizi*":             "a",
		"distributio*":           "b c",
		"neur*":                  "c",
		"-neur*":                 "a b d e",
		"größ*":                  "e",
		"groß*":                  "e",
		"grosse":                 "e",
		"out-of-dist*":           "b c",
		"blod~1":                 "a b d",
		"blod~":                  "a b c d", // "flow" is two letters away,
		"bld~1":                  "",
		"蛋白":                     "e",
		"(red | neuron) -(cell)": "c",
		"!!!":                    "",
		"flow !!!":               "a c",
		"-!!!":                   "",
	} {
		got, total := selectAll(t, x, paper.Selection{Match: boolean(t, q)})
		if strings.Join(got, " ") != want || total != len(got) {
			t.Errorf("%s: %v of %d, want %s", q, got, total, want)
		}
	}
	_, err := x.Select(t.Context(), paper.Selection{Match: boolean(t, `"`+strings.Repeat("word ", 200)+`"`)})
	if _, ok := errors.AsType[*paper.InvalidError](err); !ok {
		t.Errorf("a phrase of 200 words: %v", err)
	}
}

// naiveMatch answers a query by the words of a text and nothing else.
func naiveMatch(q *paper.Boolean, words map[string]bool) bool {
	switch q.Op {
	case paper.And:
		return !slices.ContainsFunc(q.Of, func(q *paper.Boolean) bool { return !naiveMatch(q, words) })
	case paper.Or:
		return slices.ContainsFunc(q.Of, func(q *paper.Boolean) bool { return naiveMatch(q, words) })
	case paper.Not:
		return !naiveMatch(q.Of[0], words)
	case paper.Prefix:
		for w := range words {
			if strings.HasPrefix(w, q.Text) {
				return true
			}
		}
		return false
	}
	return words[q.Text]
}

func TestSelectAgreesWithReadingAllPapers(t *testing.T) {
	var papers []paper.Paper
	for i := range 64 { // a word for each bit; they are their own stems
		p := paper.Paper{ID: fmt.Sprintf("p%02d", i), Title: "Numbered"}
		for bit, word := range []string{"gala", "galba", "gorba", "tundra", "tuba", "opera"} {
			if i>>bit&1 != 0 {
				p.Abstract += " " + word
			}
		}
		papers = append(papers, p)
	}
	x := filled(t, index.Options{}, papers...)
	if _, err := x.Delete(t.Context(), []string{"p07", "p63"}); err != nil {
		t.Fatal(err)
	}
	for _, q := range []string{
		"gala galba", "gala | galba tundra", "-(gala | tuba) opera", "gal* -gorba", "-gal*", "(g* -gala) | (t* opera)",
		"-(-gala tuba)", "gala -gala", "-(t* | -opera*) gorba",
	} {
		var want []string
		for _, p := range papers {
			words := map[string]bool{}
			for _, w := range strings.Fields(p.Abstract) {
				words[w] = true
			}
			if p.ID != "p07" && p.ID != "p63" && naiveMatch(boolean(t, q), words) {
				want = append(want, p.ID)
			}
		}
		if got, _ := selectAll(t, x, paper.Selection{Match: boolean(t, q), Limit: 5}); !slices.Equal(got, want) && len(got)+len(want) > 0 {
			t.Errorf("%s: %v, want %v", q, got, want)
		}
	}
}

func TestSelectOrdersAndFilters(t *testing.T) {
	x := filled(t, index.Options{},
		paper.Paper{ID: "old", Title: "One", Year: 1999, Categories: []string{"cs.LG"}},
		paper.Paper{ID: "never", Title: "Two"},
		paper.Paper{ID: "may", Title: "Three", Date: "2020-05-03", Categories: []string{"cs.CL"}},
		paper.Paper{ID: "may2", Title: "Four", Date: "2020-05-03"},
		paper.Paper{ID: "year", Title: "Five", Date: "2020"},
	)
	for _, tt := range []struct {
		s    paper.Selection
		want string
	}{
		{paper.Selection{}, "may may2 never old year"},
		{paper.Selection{Descending: true}, "year old never may2 may"},
		{paper.Selection{Order: paper.ByDate}, "old year may may2 never"},
		{paper.Selection{Order: paper.ByDate, Descending: true}, "may2 may year old never"},
		{paper.Selection{Filter: paper.Filter{Categories: []string{"cs"}}}, "may old"},
		{paper.Selection{Filter: paper.Filter{Years: paper.Years{From: 2020}}, Match: boolean(t, "-four")}, "may year"},
	} {
		for _, limit := range []int{0, 1, 2} {
			tt.s.Limit = limit
			if got, _ := selectAll(t, x, tt.s); strings.Join(got, " ") != tt.want {
				t.Errorf("%+v: %v, want %s", tt.s, got, tt.want)
			}
		}
	}
	for _, s := range []paper.Selection{{Limit: -1}, {Limit: paper.MaxSelected + 1}, {Filter: paper.Filter{From: "soon"}}} {
		if _, err := x.Select(t.Context(), s); err == nil {
			t.Errorf("%+v is taken", s)
		}
	}
}

func TestSelectPagesOutliveChanges(t *testing.T) {
	var papers []paper.Paper
	for i := range 40 {
		papers = append(papers, paper.Paper{ID: fmt.Sprintf("p%02d", 2*i), Title: "Flow"})
	}
	x := filled(t, index.Options{}, papers...)
	s := paper.Selection{Match: boolean(t, "flow"), Limit: 10}
	first, err := x.Select(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := x.Delete(t.Context(), []string{"p00", "p18", "p20"}); err != nil { // p18 ended the page
		t.Fatal(err)
	}
	put(t, x, paper.Paper{ID: "p01", Title: "Flow"}, paper.Paper{ID: "p19", Title: "Flow"}, paper.Paper{ID: "p22", Title: "Flow, anew"})
	s.After = first.Next
	rest, _ := selectAll(t, x, s)
	if len(rest) != 30 || rest[0] != "p19" || rest[1] != "p22" || rest[2] != "p24" {
		t.Errorf("%v", rest)
	}
}

// TestSelectManyDoubts has more papers that must be read than one call reads.
// TestSelectRefusesPlacesElsewhere goes on in one folder where a page of another
// with the same papers ended.
func TestSelectRefusesPlacesElsewhere(t *testing.T) {
	x, other := filled(t, index.Options{}, samplePapers()[:9]...), filled(t, index.Options{}, samplePapers()[:9]...)
	first, err := x.Select(t.Context(), paper.Selection{Limit: 4})
	if err != nil || first.Next == nil {
		t.Fatal(first, err)
	}
	if rest, err := x.Select(t.Context(), paper.Selection{Limit: 9, After: first.Next}); err != nil || len(rest.Papers) != 5 {
		t.Error(rest, err)
	}
	_, err = other.Select(t.Context(), paper.Selection{Limit: 4, After: first.Next})
	if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "after" {
		t.Error(err)
	}
}

func TestSelectManyDoubts(t *testing.T) {
	if testing.Short() {
		t.Skip("takes in thousands of papers")
	}
	var papers []paper.Paper
	for i := range 11_000 {
		p := paper.Paper{ID: fmt.Sprintf("p%05d", i), Title: "blood red"}
		if i%1000 == 999 {
			p.Title = "red blood"
		}
		papers = append(papers, p)
	}
	x := filled(t, index.Options{}, papers...)
	s := paper.Selection{Match: boolean(t, `"red blood"`), Limit: 100}
	pages, found := 0, 0
	for {
		r, err := x.Select(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		pages++
		for _, p := range r.Papers {
			if p.Title != "red blood" {
				t.Fatalf("%s matches", p.Title)
			}
		}
		found += len(r.Papers)
		if r.Total < 11 {
			t.Errorf("a total of %d", r.Total)
		}
		if s.After = r.Next; s.After == nil {
			break
		}
	}
	if found != 11 || pages < 2 || pages > 4 {
		t.Errorf("%d papers on %d pages", found, pages)
	}
}

func TestSelectEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := sampleIndex(t).Select(ctx, paper.Selection{Match: boolean(t, "the")}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := sampleIndex(t).Complete(ctx, "a", 3); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
