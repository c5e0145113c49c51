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

// lacks fails if one of the papers is an answer, on whichever page.
func lacks(t *testing.T, what string, r *paper.Result, seeds ...string) {
	t.Helper()
	for _, id := range ids(r) {
		if slices.Contains(seeds, id) {
			t.Errorf("%s: the seed %s comes back", what, id)
		}
	}
}

func TestSimilarToPapers(t *testing.T) {
	x := sampleIndex(t)
	n := len(samplePapers())
	for _, mode := range modes {
		for _, seeds := range [][]string{
			{"sample-ml-005"},
			{"sample-phys-005", "sample-phys-001", "sample-phys-004"},
			{"sample-ml-005", "sample-ml-005"},
		} {
			s := paper.Similar{Positive: seeds, Options: paper.Options{Mode: mode, Limit: paper.MaxLimit}}
			r := similar(t, x, s)
			lacks(t, fmt.Sprint(mode, seeds), r, seeds...)
			different := len(slices.Compact(slices.Clone(seeds)))
			if mode != paper.Lexical && (r.Total != n-different || len(r.Hits) != r.Total) {
				t.Errorf("%s %v: %d hits of %d, want %d", mode, seeds, len(r.Hits), r.Total, n-different)
			}
			if r.Query != strings.Join(seeds, " ") || r.Resolved != nil {
				t.Errorf("%s %v: query %q, resolved %+v", mode, seeds, r.Query, r.Resolved)
			}
			if field := seeds[0][:10]; !strings.HasPrefix(r.Hits[0].Paper.ID, field) {
				t.Errorf("%s %v: %s comes first", mode, seeds, r.Hits[0].Paper.ID)
			}
		}
	}
}

func TestSimilarIsUnlikeTheDisliked(t *testing.T) {
	x := sampleIndex(t)
	place := func(r *paper.Result, id string) int { return slices.Index(ids(r), id) }
	// Of two that are liked, what is like the one falls when its twin is disliked.
	liked, disliked := []string{"sample-ml-005", "sample-phys-005"}, []string{"sample-phys-006"}
	for _, mode := range modes {
		o := paper.Options{Mode: mode, Limit: paper.MaxLimit}
		without := similar(t, x, paper.Similar{Positive: liked, Options: o})
		with := similar(t, x, paper.Similar{Positive: liked, Negative: disliked, Options: o})
		lacks(t, string(mode), with, slices.Concat(liked, disliked)...)
		if with.Hits[0].Paper.ID != "sample-ml-006" {
			t.Errorf("%s: %s comes first", mode, with.Hits[0].Paper.ID)
		}
		before, after := place(without, "sample-phys-001"), place(with, "sample-phys-001")
		if after >= 0 && after <= before {
			t.Errorf("%s: sample-phys-001 went from %d to %d", mode, before, after)
		}
	}
	// Nothing is left of what is liked and disliked at once but half of it.
	r := similar(t, x, paper.Similar{Positive: []string{"sample-ml-005"}, Negative: []string{"sample-ml-005"}})
	lacks(t, "liked and disliked", r, "sample-ml-005")
}

func TestSimilarByTitle(t *testing.T) {
	x := sampleIndex(t)
	const id = "sample-ml-005"
	p, err := x.Paper(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	want := similar(t, x, paper.Similar{Positive: []string{id}})
	for name, c := range map[string]struct {
		title string
		least float64
	}{
		"exact":       {p.Title, 1},
		"other case":  {strings.ToUpper(p.Title), 1},
		"no spaces":   {strings.ReplaceAll(p.Title, " ", ""), 1},
		"punctuation": {strings.ReplaceAll(p.Title, " ", " -- ") + ".", 1},
		"one letter":  {strings.Replace(p.Title, "Posterior", "Posteror", 1), 0.95},
		"several":     {"Invertable Netwoks for Posterior Inferrence of Earthqake Source Parameter", 0.9},
		"a word less": {strings.Replace(p.Title, "Source ", "", 1), 0.85},
	} {
		for _, mode := range modes {
			r := similar(t, x, paper.Similar{Title: c.title, Options: paper.Options{Mode: mode}})
			switch {
			case r.Resolved == nil:
				t.Errorf("%s, %s: resolves to nothing", name, mode)
				continue
			case r.Resolved.ID != id || r.Resolved.Title != p.Title:
				t.Errorf("%s, %s: resolves to %+v", name, mode, r.Resolved)
			case r.Resolved.Confidence < c.least || c.least < 1 && r.Resolved.Confidence >= 1:
				t.Errorf("%s, %s: confidence %v, want %v or more", name, mode, r.Resolved.Confidence, c.least)
			}
			lacks(t, name, r, id)
			if r.Query != c.title {
				t.Errorf("%s: query %q", name, r.Query)
			}
			if mode == paper.Hybrid {
				same(t, name, ids(r), ids(want))
			}
		}
	}
	for _, title := range []string{
		"Density estimation using Real NVP", "A title that nothing here resembles at all", "flows", "???",
	} {
		r := similar(t, x, paper.Similar{Title: title})
		if r.Resolved != nil {
			t.Errorf("%q resolves to %+v", title, r.Resolved)
		}
		if title != "???" && len(r.Hits) != 10 {
			t.Errorf("%q, taken as text, has %d hits", title, len(r.Hits))
		}
	}
}

// Of papers with one title, the first id is meant; all others are answers.
func TestSimilarByATitleOfSeveral(t *testing.T) {
	papers := samplePapers()[:30]
	for _, id := range []string{"c", "a", "b"} {
		papers = append(papers, paper.Paper{ID: id, Title: "Editorial: the year in tidal research", Abstract: id + " tides."})
	}
	x := filled(t, index.Options{}, papers...)
	for title, exact := range map[string]bool{
		"Editorial: the Year in Tidal Research":   true,
		"Editorial: the years in tidal researchs": false,
	} {
		r := similar(t, x, paper.Similar{Title: title})
		if r.Resolved == nil || r.Resolved.ID != "a" || (r.Resolved.Confidence == 1) != exact {
			t.Errorf("%q resolves to %+v", title, r.Resolved)
		}
		if got := ids(r)[:2]; !slices.Equal(slices.Sorted(slices.Values(got)), []string{"b", "c"}) {
			t.Errorf("%q is led by %v", title, got)
		}
	}
}

func TestSimilarToText(t *testing.T) {
	x := sampleIndex(t)
	for _, p := range every(samplePapers(), 25) {
		if p.Abstract == "" {
			continue
		}
		for _, mode := range modes {
			r := similar(t, x, paper.Similar{Text: p.Title + "\n\n" + p.Abstract, Options: paper.Options{Mode: mode}})
			if r.Hits[0].Paper.ID != p.ID {
				t.Errorf("%s: the pasted text of %s finds %s first", mode, p.ID, r.Hits[0].Paper.ID)
			}
			if r.Resolved != nil {
				t.Errorf("a text resolves to %+v", r.Resolved)
			}
		}
	}
}

func TestSimilarIsRefused(t *testing.T) {
	x := sampleIndex(t)
	many := make([]string, paper.MaxSeeds+1)
	for i := range many {
		many[i] = "sample-ml-005"
	}
	for name, c := range map[string]struct {
		s     paper.Similar
		field string // "" for an unknown paper
	}{
		"nothing":          {paper.Similar{}, "id"},
		"spaces":           {paper.Similar{Title: " "}, "id"},
		"two":              {paper.Similar{Title: "x", Text: "y"}, "id"},
		"dislike alone":    {paper.Similar{Negative: []string{"sample-ml-005"}}, "id"},
		"dislike and text": {paper.Similar{Text: "x", Negative: []string{"sample-ml-005"}}, "negative"},
		"too many":         {paper.Similar{Positive: many}, "positive"},
		"long title":       {paper.Similar{Title: strings.Repeat("x", paper.MaxTitle+1)}, "title"},
		"long text":        {paper.Similar{Text: strings.Repeat("x", paper.MaxAbstract+1)}, "text"},
		"unknown":          {paper.Similar{Positive: []string{"nobody"}}, ""},
		"one unknown":      {paper.Similar{Positive: []string{"sample-ml-005", "nobody"}}, ""},
		"unknown disliked": {paper.Similar{Positive: []string{"sample-ml-005"}, Negative: []string{"nobody"}}, ""},
		"empty id":         {paper.Similar{Positive: []string{""}}, ""},
		"other case":       {paper.Similar{Positive: []string{"SAMPLE-ML-005"}}, ""},
	} {
		_, err := x.Similar(t.Context(), c.s)
		bad, invalid := errors.AsType[*paper.InvalidError](err)
		if c.field == "" && (invalid || !errors.Is(err, paper.ErrNotFound)) || c.field != "" && (!invalid || bad.Field != c.field) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if r := similar(t, x, paper.Similar{Positive: many[1:]}); len(r.Hits) != 10 {
		t.Errorf("%d hits from %d seeds", len(r.Hits), len(many)-1)
	}
}

// Papers without a vector, and without a word that others have.
func TestSimilarToPapersThatSayLittle(t *testing.T) {
	papers := append(samplePapers()[:40],
		paper.Paper{ID: "alone", Title: "Xyzzyx plughq"},
		paper.Paper{ID: "signs", Title: "???"},
		paper.Paper{ID: "stop", Title: "The Which Of It"},
	)
	x := filled(t, index.Options{}, papers...)
	for _, id := range []string{"alone", "signs", "stop"} {
		for _, mode := range modes {
			r := similar(t, x, paper.Similar{Positive: []string{id}, Options: paper.Options{Mode: mode}})
			lacks(t, id, r, id)
		}
		r := similar(t, x, paper.Similar{Positive: []string{"sample-bio-001"}, Negative: []string{id}})
		if len(r.Hits) != 10 {
			t.Errorf("disliking %s leaves %d hits", id, len(r.Hits))
		}
	}
}
