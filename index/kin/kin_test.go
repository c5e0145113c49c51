package kin

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kindred/paper"
)

const abstract = `We study how marigold looms lock to the tides of a frozen moon. A model of two coupled
shuttles explains the drift, and measurements over three winters agree with it within the errors of the clock.
Beyond the first resonance the cloth is torn.`

func TestWhy(t *testing.T) {
	base := paper.Paper{
		ID: "1", Title: `Tidal locking of marigold looms at \alpha Cygni`, Abstract: abstract, Year: 2019,
		Authors: []string{"Maria Strix", "Göran Ström-Äng"}, IDs: map[string]string{"doi": "10.1000/looms", "pmid": "77"},
	}
	// Half of the shingles are the same.
	retold := strings.NewReplacer("study", "examine", "A model", "One theory", "agree", "fit", "Beyond", "Past").Replace(abstract)
	for name, tt := range map[string]struct {
		other paper.Paper
		want  Reason
	}{
		"a DOI as a link":             {paper.Paper{Title: "Tidal locking of looms", IDs: map[string]string{"doi": "https://doi.org/10.1000/LOOMS"}}, SameID},
		"a DOI and no title":          {paper.Paper{Abstract: "Short.", IDs: map[string]string{"doi": "10.1000/looms"}}, SameID},
		"the DOI of the volume":       {paper.Paper{Title: "Volcanic kilns", Authors: []string{"Ada Fictional"}, IDs: map[string]string{"doi": "10.1000/looms"}}, ""},
		"the volume, by one of them":  {paper.Paper{Title: "Volcanic kilns", Abstract: "Kilns of the north burn paper at night and were found cold.", Authors: base.Authors, IDs: map[string]string{"doi": "10.1000/looms"}}, ""},
		"the volume, no abstract":     {paper.Paper{Title: "Volcanic kilns", Authors: base.Authors, IDs: map[string]string{"doi": "10.1000/looms"}}, ""},
		"a DOI, no subtitle":          {paper.Paper{Title: "Tidal", Authors: base.Authors, IDs: map[string]string{"doi": "10.1000/looms"}}, SameID},
		"a DOI, the title translated": {paper.Paper{Title: "Gezeiten an Webstühlen", Abstract: retold, Authors: base.Authors, IDs: map[string]string{"doi": "10.1000/looms"}}, SameID},
		"an id of its own":            {paper.Paper{Title: "Gezeiten an Webstühlen", Authors: base.Authors, IDs: map[string]string{"pmid": "77"}}, SameID},
		"another's id by mistake":     {paper.Paper{Title: "Volcanic kilns", Authors: []string{"Ada Fictional"}, IDs: map[string]string{"pmid": "77"}}, ""},
		"an id of its form":           {paper.Paper{ID: "10.1000/looms", Title: "Tidal locking of looms"}, SameID},
		"a link alone":                {paper.Paper{Title: "Volcanic kilns", URL: "https://doi.example/10.1000/looms"}, ""},
		"title, initials, next year":  {paper.Paper{Title: `Tidal Locking of {M}arigold Looms at $\alpha$ Cygni.`, Authors: []string{"Strix, M."}, Year: 2020}, SameTitle},
		"title, accents gone":         {paper.Paper{Title: base.Title, Authors: []string{"G. Strom-Ang"}}, SameTitle},
		"title, two years on":         {paper.Paper{Title: base.Title, Authors: []string{"Maria Strix"}, Year: 2021}, ""},
		"title, others' work":         {paper.Paper{Title: base.Title, Authors: []string{"Ada Fictional"}, Year: 2019}, ""},
		"title, nobody's":             {paper.Paper{Title: base.Title, Year: 2019}, ""},
		"text under another title":    {paper.Paper{Title: "When looms lock", Abstract: abstract, Authors: []string{"M Strix"}, Year: 2021}, SameText},
		"text, nobody's, no title":    {paper.Paper{Abstract: abstract}, SameText},
		"text of others":              {paper.Paper{Title: base.Title, Abstract: abstract, Authors: []string{"Ada Fictional"}}, ""},
		"text retold, title alike":    {paper.Paper{Title: "Tidal locking of looms at Cygni", Abstract: retold, Authors: []string{"Strix"}}, SameText},
		"text retold, another title":  {paper.Paper{Title: "When looms lock", Abstract: retold, Authors: []string{"Strix"}}, ""},
		"its second part":             {paper.Paper{Title: base.Title + " II", Abstract: abstract, Authors: base.Authors, Year: 2019}, ""},
		"at another energy":           {paper.Paper{Title: base.Title + " at 8 TeV", Abstract: abstract, Authors: base.Authors}, ""},
		"another DOI":                 {paper.Paper{Title: base.Title, Abstract: abstract, Authors: base.Authors, Year: 2019, IDs: map[string]string{"doi": "10.1000/other"}}, ""},
		"the preprint's DOI":          {paper.Paper{Title: base.Title, Abstract: abstract, Authors: base.Authors, Year: 2019, IDs: map[string]string{"doi": "10.48550/arXiv.1901.00001"}}, SameTitle},
		"ten years later, same words": {paper.Paper{Title: base.Title, Abstract: abstract, Authors: base.Authors, Year: 2029}, ""},
	} {
		if tt.other.ID == "" {
			tt.other.ID = "2"
		}
		for _, pair := range [][2]*paper.Paper{{&base, &tt.other}, {&tt.other, &base}} {
			if got := Why(pair[0], pair[1]); got != tt.want {
				t.Errorf("%s: %q, want %q (titles %.2f, texts %.2f)", name, got, tt.want, titles(newSide(&base), newSide(&tt.other)), Texts(&base, &tt.other))
			}
		}
	}
}

func TestTitlesThatSayNothing(t *testing.T) {
	a := paper.Paper{ID: "a", Title: "A reply", Authors: []string{"Maria Strix"}, Year: 2019}
	b := paper.Paper{ID: "b", Title: "A reply", Authors: []string{"Maria Strix"}, Year: 2020}
	if why := Why(&a, &b); why != "" {
		t.Errorf("two replies are one by %s", why)
	}
	a.Abstract, b.Abstract = abstract, abstract[:len(abstract)/2]
	if why := Why(&a, &b); why != SameTitle {
		t.Errorf("with the same words: %q", why)
	}
}

// What is told in the same words of another run, part or language is another
// paper.
func TestTitlesThatDifferByANumber(t *testing.T) {
	for _, tt := range []struct {
		a, b string
		same bool
	}{
		{"Looms of Run1 data", "Looms of Run2 data", false},
		{"The looms shared task PAN18", "The looms shared task PAN19", false},
		{"Looms in CO2", "Looms in CO3", false},
		{"Looms in CO$_2$ of the moon", "Looms in CO2", true},
		{"Looms: part one", "Looms: part two", false},
		{"Looms: part one", "Looms: Part I", true},
		{"Looms: part two", "Looms, part 2, of the moon", true},
		{"Learning C for weavers", "Learning C++ for weavers", false},
		{"Learning C for weavers", `Learning C\# for weavers`, false},
		{"Learning C++ for weavers", "Learning C# for weavers", false},
		{"Learning C++ for weavers", "Learning {C$^{++}$} for weavers", true},
		{"Looms + tides", "Looms & tides", true},
	} {
		a := paper.Paper{ID: "a", Title: tt.a, Abstract: abstract, Authors: []string{"Maria Strix"}}
		b := paper.Paper{ID: "b", Title: tt.b, Abstract: strings.Replace(abstract, "three", "four", 1), Authors: a.Authors}
		if why := Why(&a, &b); (why != "") != tt.same || Why(&b, &a) != why {
			t.Errorf("%q and %q: %q", a.Title, b.Title, why)
		}
	}
}

func TestApart(t *testing.T) {
	a := paper.Paper{ID: "a", Title: "T", Origin: 7}
	for name, tt := range map[string]struct {
		b    paper.Paper
		want bool
	}{
		"one file, ids of their own":  {paper.Paper{ID: "b", Origin: 7}, true},
		"one file, an id of the text": {paper.Paper{ID: paper.TextID("T", ""), Origin: 7}, false},
		"two files":                   {paper.Paper{ID: "b", Origin: 8}, false},
		"no file":                     {paper.Paper{ID: "b"}, false},
		"a part of the file":          {paper.Paper{ID: "c", Parts: []paper.Paper{{ID: "c", Origin: 8}, {ID: "b", Origin: 7}}}, true},
	} {
		if got := Apart(&a, &tt.b); got != tt.want || Apart(&tt.b, &a) != got {
			t.Errorf("%s: %v", name, got)
		}
	}
	for _, kind := range []string{"arxiv", "acl", "pmid", "openalex", "s2"} {
		a, b := paper.Paper{ID: "a", IDs: map[string]string{kind: "1"}}, paper.Paper{ID: "b", IDs: map[string]string{kind: "2"}}
		if !Apart(&a, &b) {
			t.Errorf("two ids of %s are one paper", kind)
		}
	}
}

// A record may have ten thousand ids and fifty parts, and comparing it must not
// take what their squares are.
func TestLargeRecordsAreComparedQuickly(t *testing.T) {
	large := func(name string) *paper.Paper {
		p := new(paper.Paper)
		for i := range paper.MaxParts {
			part := paper.Paper{ID: fmt.Sprint(name, i), Title: fmt.Sprint(name, i), Origin: 1, IDs: map[string]string{"pmid": "77"}}
			if name == "b" {
				part.Origin = 2
			}
			for k := range 5000 {
				part.IDs[fmt.Sprint(name, k)] = "1"
			}
			part.Abstract = strings.Repeat(fmt.Sprint(name, i, " words and more words "), 500)
			part.Authors = slices.Repeat([]string{strings.Repeat(name+" ", 2000)}, 10)
			p.Parts = append(p.Parts, part)
		}
		return p
	}
	a, b := large("a"), large("b")
	start := time.Now()
	if why := Why(a, b); why != "" {
		t.Errorf("one by %s", why)
	}
	if took := time.Since(start); took > 20*time.Second { // a tenth of it on a slow machine
		t.Errorf("comparing took %v", took)
	}
}

func TestWordsWithoutLaTeX(t *testing.T) {
	same := func(a, b string) bool {
		x, y := words(a), words(b)
		if len(x) != len(y) {
			return false
		}
		for i := range x {
			if x[i] != y[i] {
				return false
			}
		}
		return true
	}
	for a, b := range map[string]string{
		"{M}arigold looms": "marigold LOOMS", `\emph{Real} NVP`: "real nvp", "CO$_2$ now": "co_2 now",
		`\alpha`: "", "": " - ", `end\`: "end", `a\"o`: "ao", "one\ntwo": "one two",
	} {
		if !same(a, b) {
			t.Errorf("%q is not %q", a, b)
		}
	}
}

func TestBands(t *testing.T) {
	for text, want := range map[string]int{"": 0, "too short to say": 0, abstract: 1} {
		if got := Bands(text); len(got) < want || want == 0 && got != nil || len(got) > bands {
			t.Errorf("%q has %d bands", text, len(got))
		}
	}
	common := func(a, b string) (n int) {
		for _, x := range Bands(a) {
			for _, y := range Bands(b) {
				if x == y {
					n++
				}
			}
		}
		return n
	}
	if n := common(abstract, strings.ToUpper(abstract)); n != len(Bands(abstract)) {
		t.Errorf("in capitals %d bands are the same", n)
	}
	if n := common(abstract, "Another text of as many words, which has nothing to do with looms or tides and says of kilns and volcanoes what everybody who ever made a pot of clay knows well enough by heart."); n != 0 {
		t.Errorf("another text has %d of the bands", n)
	}
}

// Whatever comes, comparing ends, says the same both ways, and keeps what is in
// one file apart.
func FuzzWhy(f *testing.F) {
	f.Add("t", "a", "x", "t", "a", "x", "10.1/x", 2019)
	f.Add(`\`, `{$\`, "", "\xff", "", ",", "", -1)
	f.Fuzz(func(t *testing.T, title, text, author, title2, text2, author2, doi string, year int) {
		a := paper.Paper{ID: "a", Title: title, Abstract: text, Authors: []string{author}, IDs: map[string]string{"doi": doi}, Year: year}
		b := paper.Paper{ID: "b", Title: title2, Abstract: text2, Authors: []string{author2}, IDs: map[string]string{"doi": doi}}
		if Why(&a, &b) != Why(&b, &a) {
			t.Error("the two ways round are not the same")
		}
		Bands(text)
		a.Origin, b.Origin = 1, 1
		if Why(&a, &b) != "" {
			t.Error("two papers of one file are one")
		}
	})
}
