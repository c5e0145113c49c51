package index_test

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kindred/index"
	"kindred/internal/text"
	"kindred/paper"
)

var modes = []paper.Mode{paper.Hybrid, paper.Semantic, paper.Lexical}

func TestSearchModes(t *testing.T) {
	x := sampleIndex(t)
	n := len(samplePapers())
	for _, q := range []string{"normalizing flows", "How do bees find their way?", "CO2 electroreduction on copper"} {
		for _, mode := range modes {
			r := search(t, x, q, paper.Options{Mode: mode, Limit: 100})
			if r.Query != q || r.Model == "" || r.Degraded != "" || r.Fusion != nil || r.Facets != nil || r.Resolved != nil {
				t.Errorf("%s: %q: %+v", mode, q, r)
			}
			if mode != paper.Lexical && r.Total != n {
				t.Errorf("%s: a total of %d, want %d", mode, r.Total, n)
			}
			if mode == paper.Lexical && (r.Total == 0 || r.Total == n || len(r.Hits) != min(r.Total, 100)) {
				t.Errorf("lexical: %d hits, a total of %d", len(r.Hits), r.Total)
			}
			for i, h := range r.Hits {
				if i > 0 && h.Score > r.Hits[i-1].Score {
					t.Errorf("%s: hit %d has a higher score than the one before", mode, i)
				}
				lex, sem := h.Signals.Lexical, h.Signals.Semantic
				switch {
				case mode == paper.Lexical && (sem != nil || lex == nil || lex.Rank != i+1 || lex.Score != h.Score),
					mode == paper.Semantic && (lex != nil || sem == nil || sem.Rank != i+1 || sem.Score != h.Score):
					t.Errorf("%s: hit %d has the score %v and the signals %+v %+v", mode, i, h.Score, lex, sem)
				}
			}
		}
	}
}

// A filter is applied before ranking: whatever passes is an answer, and the
// page is full as long as there is more.
func TestFilters(t *testing.T) {
	x := sampleIndex(t)
	papers := samplePapers()
	one := papers[slices.IndexFunc(papers, func(p paper.Paper) bool { return p.ID == "sample-ml-001" })]
	venue, author := one.Venue, one.Authors[0]
	tests := []struct {
		name   string
		filter paper.Filter
		pass   func(*paper.Paper) bool
	}{
		{"year", paper.Filter{Years: paper.Years{From: 2020, To: 2020}}, func(p *paper.Paper) bool { return p.Year == 2020 }},
		{"years", paper.Filter{Years: paper.Years{From: 2005, To: 2012}}, func(p *paper.Paper) bool { return p.Year >= 2005 && p.Year <= 2012 }},
		{"from a year", paper.Filter{Years: paper.Years{From: 2023}}, func(p *paper.Paper) bool { return p.Year >= 2023 }},
		{"to a year", paper.Filter{Years: paper.Years{To: 2001}}, func(p *paper.Paper) bool { return p.Year > 0 && p.Year <= 2001 }},
		{"dates", paper.Filter{From: "2019-01", To: "2020-12-31"}, func(p *paper.Paper) bool { return p.Year == 2019 || p.Year == 2020 }},
		{"archive", paper.Filter{Categories: []string{"cs"}}, func(p *paper.Paper) bool {
			return slices.ContainsFunc(p.Categories, func(c string) bool { return strings.HasPrefix(c, "cs.") })
		}},
		{"category", paper.Filter{Categories: []string{"CS.lg"}}, func(p *paper.Paper) bool { return slices.Contains(p.Categories, "cs.LG") }},
		{"categories", paper.Filter{Categories: []string{"cs.LG", "econ"}}, func(p *paper.Paper) bool {
			return slices.ContainsFunc(p.Categories, func(c string) bool { return c == "cs.LG" || strings.HasPrefix(c, "econ.") })
		}},
		{"author", paper.Filter{Authors: []string{author}}, func(p *paper.Paper) bool { return slices.Contains(p.Authors, author) }},
		{"venue", paper.Filter{Venues: []string{strings.ToUpper(venue)}}, func(p *paper.Paper) bool { return p.Venue == venue }},
		{"all of them", paper.Filter{Years: paper.Years{From: 1990}, Categories: []string{"cs"}, Venues: []string{venue}}, func(p *paper.Paper) bool {
			return p.Year >= 1990 && p.Venue == venue && slices.ContainsFunc(p.Categories, func(c string) bool { return strings.HasPrefix(c, "cs.") })
		}},
		{"nobody", paper.Filter{Authors: []string{"Nemo Nullus"}}, func(*paper.Paper) bool { return false }},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			want := map[string]bool{}
			for i := range papers {
				if test.pass(&papers[i]) {
					want[papers[i].ID] = true
				}
			}
			if len(want) == 0 != (test.name == "nobody") {
				t.Fatalf("%d papers pass", len(want))
			}
			for _, mode := range modes {
				o := paper.Options{Mode: mode, Filter: test.filter, Limit: paper.MaxLimit}
				r := search(t, x, "measurements of a model", o)
				for _, id := range ids(r) {
					if !want[id] {
						t.Errorf("%s: %s does not pass", mode, id)
					}
				}
				if len(r.Hits) != r.Total || mode != paper.Lexical && r.Total != len(want) {
					t.Errorf("%s: %d hits, a total of %d, %d pass", mode, len(r.Hits), r.Total, len(want))
				}
				o.Limit = 7
				if page := search(t, x, "measurements of a model", o); len(page.Hits) != min(7, len(r.Hits)) {
					t.Errorf("%s: a page of %d, %d pass", mode, len(page.Hits), len(r.Hits))
				}
			}
			seed := "sample-ml-001"
			r := similar(t, x, paper.Similar{Positive: []string{seed}, Options: paper.Options{Filter: test.filter, Limit: paper.MaxLimit}})
			delete(want, seed)
			if len(r.Hits) != len(want) || r.Total != len(want) || slices.ContainsFunc(ids(r), func(id string) bool { return !want[id] }) {
				t.Errorf("similar: %d hits, a total of %d, %d pass", len(r.Hits), r.Total, len(want))
			}
		})
	}
}

func TestNewestFirst(t *testing.T) {
	papers := samplePapers()[:50]
	papers[7].Date, papers[8].Date = "2031-05-20", "2031-05"
	papers[9].Year = 0
	x := filled(t, index.Options{}, papers...)
	r := search(t, x, "cells", paper.Options{Sort: paper.NewestFirst, Limit: 50, Mode: paper.Semantic})
	got := ids(r)
	if len(got) != 50 || r.Total != 50 {
		t.Fatalf("%d hits, a total of %d", len(got), r.Total)
	}
	if got[0] != papers[7].ID || got[1] != papers[8].ID || got[49] != papers[9].ID {
		t.Errorf("first %v, last %s; want %s, %s and %s", got[:2], got[49], papers[7].ID, papers[8].ID, papers[9].ID)
	}
	byScore := map[string]float64{}
	for i, h := range r.Hits {
		byScore[h.Paper.ID] = h.Score
		if i == 0 {
			continue
		}
		last, this := r.Hits[i-1], h
		a, _ := last.Paper.Published()
		b, _ := this.Paper.Published()
		if a.First < b.First || a.First == b.First && last.Score < this.Score {
			t.Errorf("%d: %v with %v before %v with %v", i, a, last.Score, b, this.Score)
		}
	}
}

func TestLeastScore(t *testing.T) {
	x := sampleIndex(t)
	const q = "sleep and memory"
	for _, mode := range modes {
		all := search(t, x, q, paper.Options{Mode: mode, Limit: 200})
		least := all.Hits[6].Score
		for _, sort := range []paper.Sort{paper.Relevance, paper.NewestFirst} {
			for _, limit := range []int{3, 7, 20} {
				o := paper.Options{Mode: mode, MinScore: least, Sort: sort, Limit: limit}
				got := pages(t, searching(t, x, q), o, nil)
				slices.Sort(got)
				want := slices.Sorted(slices.Values(ids(all)[:7]))
				same(t, fmt.Sprint(mode, " by ", sort), got, want)
			}
		}
		if r := search(t, x, q, paper.Options{Mode: mode, MinScore: 1e9}); len(r.Hits) != 0 || r.NextCursor != "" || r.Total != all.Total {
			t.Errorf("%s: %d hits above everything", mode, len(r.Hits))
		}
	}
}

func TestFacets(t *testing.T) {
	x := sampleIndex(t)
	count := func(values func(*paper.Paper) []string, pass func(*paper.Paper) bool) map[string]int {
		out := map[string]int{}
		for _, p := range samplePapers() {
			if pass(&p) {
				for _, v := range values(&p) {
					out[v]++
				}
			}
		}
		return out
	}
	all := func(*paper.Paper) bool { return true }
	recent := func(p *paper.Paper) bool { return p.Year >= 2015 }
	r := search(t, x, "cells", paper.Options{Facets: []string{"year", "category", "venue", "author"}})
	filtered := search(t, x, "cells", paper.Options{Facets: []string{"year", "category"}, Filter: paper.Filter{Years: paper.Years{From: 2015}}})
	for _, c := range []struct {
		name string
		got  []paper.FacetCount
		want map[string]int
	}{
		{"year", r.Facets["year"], count(func(p *paper.Paper) []string { return []string{fmt.Sprint(p.Year)} }, all)},
		{"category", r.Facets["category"], count(func(p *paper.Paper) []string { return p.Categories }, all)},
		{"venue", r.Facets["venue"], count(func(p *paper.Paper) []string { return []string{p.Venue} }, func(p *paper.Paper) bool { return p.Venue != "" })},
		{"filtered year", filtered.Facets["year"], count(func(p *paper.Paper) []string { return []string{fmt.Sprint(p.Year)} }, recent)},
		{"filtered category", filtered.Facets["category"], count(func(p *paper.Paper) []string { return p.Categories }, recent)},
	} {
		got := map[string]int{}
		for _, v := range c.got {
			got[v.Value] = v.Count
		}
		if !maps.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if n := len(r.Facets["author"]); n != 100 {
		t.Errorf("%d authors, cut at 100", n)
	}
	if len(filtered.Facets) != 2 {
		t.Errorf("facets that nobody asked for: %v", slices.Collect(maps.Keys(filtered.Facets)))
	}
}

// A score is what the fusion makes of the signals shown.
func TestExplainedScores(t *testing.T) {
	x := sampleIndex(t)
	check := func(what string, r *paper.Result) {
		t.Helper()
		if r.Fusion == nil {
			t.Fatalf("%s: no fusion", what)
		}
		for i, h := range r.Hits {
			lexical, semantic := 0.0, math.NaN()
			if h.Signals.Lexical != nil {
				lexical = h.Signals.Lexical.Score
			}
			if h.Signals.Semantic != nil {
				semantic = h.Signals.Semantic.Score
			}
			if got := r.Fusion.Score(lexical, semantic); !(math.Abs(got-h.Score) <= 1e-9) {
				t.Errorf("%s: hit %d has %v, its signals make %v", what, i, h.Score, got)
			}
		}
	}
	questions, _ := sampleQuestions(t)
	for _, q := range questions {
		check(q.ID, search(t, x, q.Text, paper.Options{Explain: true, Limit: 300}))
	}
	for _, p := range every(samplePapers(), 20) {
		check(p.ID, similar(t, x, paper.Similar{Positive: []string{p.ID}, Options: paper.Options{Explain: true, Limit: 50}}))
	}
	check("filtered", search(t, x, "dark matter", paper.Options{Explain: true, Filter: paper.Filter{Categories: []string{"econ"}}}))
}

func TestHighlights(t *testing.T) {
	x := sampleIndex(t)
	questions, _ := sampleQuestions(t)
	marked := 0
	for _, q := range questions {
		var a text.Analyzer
		asked := a.Question(q.Text)
		for _, mode := range modes {
			for _, h := range search(t, x, q.Text, paper.Options{Mode: mode}).Hits {
				if len(h.Highlights) != 1 {
					t.Errorf("%s: %s has %d highlights", q.ID, h.Paper.ID, len(h.Highlights))
					continue
				}
				marked += checkHighlight(t, &h, asked)
			}
		}
	}
	if marked < 1000 {
		t.Errorf("%d words are marked in all", marked)
	}
}

// checkHighlight returns the number of words marked.
func checkHighlight(t *testing.T, h *paper.Hit, asked []string) int {
	t.Helper()
	light := h.Highlights[0]
	src := cmp.Or(h.Paper.Abstract, h.Paper.Title)
	if light.Text == "" || !strings.Contains(src, light.Text) {
		t.Errorf("%s: %q is not in its text", h.Paper.ID, light.Text)
	}
	var a text.Analyzer
	points := []rune(light.Text)
	end := 0
	for _, m := range light.Matches {
		if m[0] < end || m[1] <= m[0] || m[1] > len(points) {
			t.Errorf("%s: matches %v in %d code points", h.Paper.ID, light.Matches, len(points))
			return 0
		}
		end = m[1]
		word := string(points[m[0]:m[1]])
		if terms := a.Terms(nil, word); len(terms) != 1 || !slices.Contains(asked, terms[0]) {
			t.Errorf("%s: %q is marked, asked was %v", h.Paper.ID, word, asked)
		}
	}
	return len(light.Matches)
}

func TestLaTeXAndAccents(t *testing.T) {
	papers := append(samplePapers()[:40],
		paper.Paper{ID: "cat", Title: `On the Schr\"odinger cat`, Abstract: `We prepare a Schr\"{o}dinger cat. Nothing else happens to $\alpha$ particles.`},
		paper.Paper{ID: "gas", Title: "Storing CO$_2$", Abstract: "Monitoring of 3D CO$_2$ plumes, says Kővári. Ένα κείμενο."},
	)
	x := filled(t, index.Options{}, papers...)
	for _, c := range []struct{ q, id, marked string }{
		{"Schrödinger", "cat", `Schr\"{o}dinger`},
		{"schrodinger cats", "cat", `Schr\"{o}dinger`},
		{`Schr\"odinger`, "cat", `Schr\"{o}dinger`},
		{"CO2 plumes", "gas", "CO$_2"},
		{"CO₂ plumes", "gas", "CO$_2"},
		{"kovari", "gas", "Kővári"},
		{"ΚΕΊΜΕΝΟ", "gas", "κείμενο"},
	} {
		for _, mode := range []paper.Mode{paper.Hybrid, paper.Lexical} {
			r := search(t, x, c.q, paper.Options{Mode: mode})
			if len(r.Hits) == 0 || r.Hits[0].Paper.ID != c.id {
				t.Errorf("%s: %q finds %v first", mode, c.q, ids(r))
				continue
			}
			var a text.Analyzer
			checkHighlight(t, &r.Hits[0], a.Question(c.q))
			light := r.Hits[0].Highlights[0]
			found := false
			for _, m := range light.Matches {
				word := string([]rune(light.Text)[m[0]:m[1]])
				found = found || strings.HasPrefix(word, c.marked)
			}
			if !found {
				t.Errorf("%s: %q does not mark %q in %q: %v", mode, c.q, c.marked, light.Text, light.Matches)
			}
		}
	}
}

func TestOddQuestions(t *testing.T) {
	x := sampleIndex(t)
	words := sampleWords()
	var long strings.Builder
	for i := range 10_000 {
		long.WriteString(words[i%3000] + " ")
	}
	for name, q := range map[string]string{
		"unknown":       "qwxzvjk",
		"half unknown":  "qwxzvjk galaxies",
		"stop words":    "what is it that they do",
		"asking alone":  "papers about",
		"10,000 words":  long.String(),
		"10,000 same":   strings.Repeat("galaxy ", 10_000),
		"one letter":    "x",
		"digits":        "42 2019 3.14",
		"Chinese":       "深度学习 模型",
		"Russian":       "глубокое обучение",
		"Arabic":        "التعلم العميق",
		"signs":         "??? --- !!!",
		"emoji":         "🐝🐝",
		"control":       "a\x01b\u200bc",
		"one long word": strings.Repeat("pneumono", 10_000),
		"LaTeX":         `\frac{\partial u}{\partial t} = \nabla^2 u $$ \\begin{`,
		"query syntax":  `title:"flow" AND (year:[2000 TO *] OR -cat^3) ~ * ? \ /`,
		"wide space":    "\u3000flows\u3000",
		"right to left": "\u202eswolf",
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range modes {
				r := search(t, x, q, paper.Options{Mode: mode})
				if r.Hits == nil {
					t.Errorf("%s: hits are null", mode)
				}
				for _, h := range r.Hits {
					if math.IsNaN(h.Score) || math.IsInf(h.Score, 0) {
						t.Errorf("%s: a score of %v", mode, h.Score)
					}
					for _, l := range h.Highlights {
						if !utf8.ValidString(l.Text) {
							t.Errorf("%s: %q", mode, l.Text)
						}
					}
				}
				knows := !slices.Contains([]string{"unknown", "Chinese", "Russian", "Arabic", "signs", "emoji", "one long word", "control", "right to left", "one letter", "digits"}, name)
				if knows && len(r.Hits) == 0 {
					t.Errorf("%s: no hits", mode)
				}
				if mode == paper.Lexical && name == "signs" && (len(r.Hits) != 0 || r.Total != 0) {
					t.Errorf("%s: %d hits of %d for no word", mode, len(r.Hits), r.Total)
				}
			}
			similar(t, x, paper.Similar{Text: q})
			similar(t, x, paper.Similar{Title: q[:min(len(q), paper.MaxTitle)]})
		})
	}
	for _, q := range []string{"", " \n\t", strings.Repeat("x", paper.MaxQuestion+1), "\xff", "a\x00b"} {
		_, err := x.Search(t.Context(), paper.Query{Text: q})
		if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "q" {
			t.Errorf("%.20q: %v", q, err)
		}
	}
}

func TestEmptyCorpus(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{})
	for _, mode := range modes {
		o := paper.Options{Mode: mode, Facets: []string{"year", "author"}, Explain: true}
		for name, r := range map[string]*paper.Result{
			"search": search(t, x, "flows", o),
			"text":   similar(t, x, paper.Similar{Text: "flows", Options: o}),
			"title":  similar(t, x, paper.Similar{Title: "flows", Options: o}),
		} {
			if r.Hits == nil || len(r.Hits) != 0 || r.Total != 0 || r.NextCursor != "" {
				t.Errorf("%s, %s: %+v", name, mode, r)
			}
		}
		if _, err := x.Similar(t.Context(), paper.Similar{Positive: []string{"none"}, Options: o}); !errors.Is(err, paper.ErrNotFound) {
			t.Errorf("similar to nothing: %v", err)
		}
	}
	if n, err := x.Delete(t.Context(), []string{"none", ""}); n != 0 || err != nil {
		t.Errorf("deleted %d, %v", n, err)
	}
	if st := stats(t, x); st.Papers != 0 || st.FirstYear != 0 || !st.Ready {
		t.Errorf("%+v", st)
	}
	for p, err := range x.List(t.Context()) {
		t.Errorf("lists %v, %v", p, err)
	}
	reopened(t, x)
}

// every is each nth paper.
func every(papers []paper.Paper, n int) []paper.Paper {
	var out []paper.Paper
	for i := 0; i < len(papers); i += n {
		out = append(out, papers[i])
	}
	return out
}
