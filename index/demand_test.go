package index_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/internal/text"
	"kindred/paper"
)

// meets says from a paper's text alone whether it answers a question.
func meets(p paper.Paper, q paper.Question) bool {
	var a text.Analyzer
	has := func(s string) bool {
		words := a.Terms(nil, s)
		for _, part := range []string{p.Title, p.Abstract} {
			// Each word between bars, so that none matches a part of another.
			if strings.Contains("|"+strings.Join(a.Terms(nil, part), "|")+"|", "|"+strings.Join(words, "|")+"|") {
				return true
			}
		}
		return false
	}
	return !slices.ContainsFunc(q.Must, func(s string) bool { return !has(s) }) && !slices.ContainsFunc(q.Never, has)
}

// TestDemandsAreMet compares with every paper read through: in all modes, the
// papers that meet the demands and no others are found, and counted.
func TestDemandsAreMet(t *testing.T) {
	x := sampleIndex(t)
	papers := samplePapers()
	r := rand.New(rand.NewPCG(5, 5))
	phrase := func() string {
		for {
			words := strings.Fields(papers[r.IntN(len(papers))].Abstract)
			n := 1 + r.IntN(3)
			if len(words) > n {
				at := r.IntN(len(words) - n)
				if s := strings.Trim(strings.Join(words[at:at+n], " "), ".,;:()"); !strings.ContainsAny(s, `"“”„«»`) && strings.ContainsFunc(s, letter) {
					return s
				}
			}
		}
	}
	found := 0
	for i := range 60 {
		q := fmt.Sprintf(`models "%s"`, phrase())
		if i%3 == 1 {
			q += fmt.Sprintf(` -"%s"`, phrase())
		}
		if i%3 == 2 {
			q = fmt.Sprintf(`models -"%s" -data`, phrase())
		}
		o := paper.Options{Mode: []paper.Mode{paper.Hybrid, paper.Semantic}[i%2], Limit: paper.MaxLimit}
		if i%4 == 3 {
			o.Filter.Years.From = 2010
		}
		asked := paper.ParseQuestion(q)
		var want []string
		for _, p := range papers {
			if meets(p, asked) && (o.Filter.Years.From == 0 || p.Year >= 2010) {
				want = append(want, p.ID)
			}
		}
		slices.Sort(want)
		for range 2 { // the second time from memory
			result := search(t, x, q, o)
			got := ids(result)
			slices.Sort(got)
			if !slices.Equal(got, want) || result.Total != len(want) {
				t.Fatalf("%s (%s): %d of %d papers, want %d", q, o.Mode, len(got), result.Total, len(want))
			}
		}
		found += len(want)
	}
	if found == 0 {
		t.Error("no question has an answer; nothing was compared")
	}
}

func letter(r rune) bool { return r >= 'a' && r <= 'z' }

// TestDemandsOfChangedPapers asks again after papers came, changed and went.
func TestDemandsOfChangedPapers(t *testing.T) {
	x := filled(t, index.Options{},
		paper.Paper{ID: "a", Title: "Deep learning of whales", Abstract: "We learn."},
		paper.Paper{ID: "b", Title: "Deep seas", Abstract: "Learning to dive deep."},
		paper.Paper{ID: "c", Title: "Whales", Abstract: "Of deep-learning, and Deep  Learning again."},
		paper.Paper{ID: "d", Title: "Deep", Abstract: "Learning: the words are not in one text."},
	)
	expect := func(q string, want ...string) {
		t.Helper()
		for _, mode := range []paper.Mode{paper.Hybrid, paper.Lexical, paper.Semantic} {
			r := search(t, x, q, paper.Options{Mode: mode})
			if mode == paper.Semantic { // not every invented word has a vector
				if r.Total != len(want) {
					t.Errorf("%s, %s: %d papers", q, mode, r.Total)
				}
				continue
			}
			if got := ids(r); !slices.Equal(slices.Sorted(slices.Values(got)), want) || r.Total != len(want) {
				t.Errorf("%s, %s: %v of %d, want %v", q, mode, got, r.Total, want)
			}
		}
	}
	expect(`"deep learning"`, "a", "c")
	expect(`deep -"deep learning"`, "b", "d")
	expect(`deep -whale`, "b", "d")
	put(t, x, paper.Paper{ID: "e", Title: "More deep learning"}, paper.Paper{ID: "b", Title: "Deep learning of seas"}, paper.Paper{ID: "a", Title: "Deep songs of whales"})
	expect(`"deep learning"`, "b", "c", "e")
	if _, err := x.Delete(t.Context(), []string{"c"}); err != nil {
		t.Fatal(err)
	}
	expect(`"deep learning"`, "b", "e")
	expect(`"deep learning" -seas`, "e")
	expect(`"deep learning" "no such phrase"`)
	expect(`"and of the"`)

	r, err := x.Search(t.Context(), paper.Query{Text: `"deep learning" -seas`, Verbatim: true})
	if err != nil || r.Total != 4 {
		t.Errorf("verbatim: %+v %v", r, err)
	}
	o := paper.Options{Limit: 1}
	first := search(t, x, `"deep learning"`, o)
	o.Cursor = first.NextCursor
	if second := search(t, x, `"deep learning"`, o); len(second.Hits) != 1 || ids(second)[0] == ids(first)[0] || second.NextCursor != "" {
		t.Errorf("the second page: %v", ids(second))
	}
	if _, err := x.Search(t.Context(), paper.Query{Text: `"deep learning"`, Verbatim: true, Options: o}); err == nil {
		t.Error("a cursor of the parsed question pages the verbatim one")
	}
	before := x.Counters()
	search(t, x, `"deep learning"`, paper.Options{})
	search(t, x, `"never asked for"`, paper.Options{}) // no paper has the words: none is read
	if c := x.Counters(); c.PhrasesKept != before.PhrasesKept+1 || c.PhrasesSearched != before.PhrasesSearched {
		t.Errorf("counted %+v after %+v", c, before)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := x.Search(ctx, paper.Query{Text: `"deep songs"`}); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// TestPhrasesOfCommonWords asks where the time is over at once: what comes is
// right, says what it is, and is all there is when it has been asked for often
// enough.
func TestPhrasesOfCommonWords(t *testing.T) {
	papers := samplePapers()
	for _, text := range []string{`models "of the"`, `models -"of the"`, `"in a" -"of the"`} {
		for _, o := range []paper.Options{
			{Limit: paper.MaxLimit}, {Limit: paper.MaxLimit, Mode: paper.Lexical, Sort: paper.NewestFirst},
		} {
			x := filled(t, index.Options{Embedder: &fake{}}, papers...)
			whole := search(t, x, text, o)
			x = filled(t, index.Options{Embedder: &fake{}}, papers...)
			x.Hurry(0, 20)
			asked := paper.ParseQuestion(text)
			weaker := 0
			r := search(t, x, text, o)
			for ; r.Degraded != "" && weaker < 100; weaker++ {
				if len(r.Hits) > len(whole.Hits) || r.Total > whole.Total {
					t.Errorf("%s: %d hits of %d", text, len(r.Hits), len(whole.Hits))
				}
				for _, h := range r.Hits {
					if !meets(h.Paper, asked) {
						t.Errorf("%s: %s breaks a demand", text, h.Paper.ID)
					}
				}
				r = search(t, x, text, o)
			}
			if weaker == 0 || weaker == 100 {
				t.Errorf("%s: weaker %d times", text, weaker)
			}
			if r.Total != whole.Total || !slices.Equal(ids(r), ids(whole)) {
				t.Errorf("%s: %d papers in the end, want %d", text, r.Total, whole.Total)
			}
		}
	}
}
