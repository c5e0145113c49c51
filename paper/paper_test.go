package paper

import (
	"errors"
	"strings"
	"testing"
)

func TestNormalize(t *testing.T) {
	p := Paper{Title: "  A title\n", Authors: []string{" Ada ", "", "\t"}, Categories: []string{""}, Date: "2019-03"}
	p.Normalize()
	if p.Title != "A title" || len(p.Authors) != 1 || p.Authors[0] != "Ada" || p.Categories != nil || p.Year != 2019 {
		t.Errorf("%+v", p)
	}
	if !strings.HasPrefix(p.ID, "text:") {
		t.Errorf("id %q", p.ID)
	}
	kept := Paper{ID: " hep-th/9901001 ", Title: "x"}
	kept.Normalize()
	if kept.ID != " hep-th/9901001 " {
		t.Errorf("an id is kept byte for byte, got %q", kept.ID)
	}
}

func TestTextIDFoldsTheTitle(t *testing.T) {
	same := []string{`Schr\"odinger's CO$_2$`, "SCHRÖDINGER’S CO2.", " Schrodingers   co_2 "}
	for _, s := range same {
		if TextID(s, "a") != TextID(same[0], "b") {
			t.Errorf("%q has another id than %q", s, same[0])
		}
	}
	if TextID("", "one") == TextID("", "two") || TextID("one", "") == TextID("two", "") {
		t.Error("different texts share an id")
	}
	if TextID("?!", "") == TextID("!?", "") {
		t.Error("texts without a letter share an id")
	}
}

func TestValidate(t *testing.T) {
	good := Paper{ID: "1", Title: "t"}
	for _, c := range []struct {
		field  string
		change func(*Paper)
	}{
		{"title", func(p *Paper) { p.Title = "" }},
		{"id", func(p *Paper) { p.ID = "" }},
		{"id", func(p *Paper) { p.ID = strings.Repeat("x", MaxID+1) }},
		{"title", func(p *Paper) { p.Title = "a\xffb" }},
		{"abstract", func(p *Paper) { p.Abstract = "a\x00b" }},
		{"abstract", func(p *Paper) { p.Abstract = strings.Repeat("x", MaxAbstract+1) }},
		{"year", func(p *Paper) { p.Year = -1 }},
		{"date", func(p *Paper) { p.Date = "yesterday" }},
		{"updated", func(p *Paper) { p.Updated = "2019-13" }},
		{"authors", func(p *Paper) { p.Authors = make([]string, MaxList+1) }},
		{"categories", func(p *Paper) { p.Categories = []string{"\xff"} }},
		{"ids", func(p *Paper) { p.IDs = map[string]string{"doi": "\x00"} }},
		{"venue", func(p *Paper) { p.Venue = strings.Repeat("x", MaxName+1) }},
	} {
		p := good
		c.change(&p)
		var invalid *InvalidError
		if err := p.Validate(); !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: %v", c.field, err)
		}
	}
	for _, p := range []Paper{good, {ID: "1", Abstract: "a"}, {ID: "1", Title: "t", Date: "2019-02-28", Year: 2019}} {
		if err := p.Validate(); err != nil {
			t.Errorf("%+v: %v", p, err)
		}
	}
}

func TestParseYears(t *testing.T) {
	for in, want := range map[string]Years{
		"2019": {2019, 2019}, "2016-2020": {2016, 2020}, "2010-": {2010, 0}, "-2015": {0, 2015}, " 2016 - 2020 ": {2016, 2020},
	} {
		y, err := ParseYears(in)
		if err != nil || y != want {
			t.Errorf("%q: %v, %v", in, y, err)
		}
		if again, err := ParseYears(y.String()); err != nil || again != y {
			t.Errorf("%v writes itself as %q", y, y.String())
		}
	}
	for _, in := range []string{"", "-", "19", "2020-2016", "2016-2018-2020", "abcd", "+201", "20 19", "0000"} {
		if y, err := ParseYears(in); err == nil {
			t.Errorf("%q was read as %v", in, y)
		}
	}
}

func TestParseDate(t *testing.T) {
	for in, want := range map[string]Date{
		"2019": {20190101, 20191231}, "2020-02": {20200201, 20200229}, "2019-03-05": {20190305, 20190305},
	} {
		if d, err := ParseDate(in); err != nil || d != want {
			t.Errorf("%q: %v, %v", in, d, err)
		}
	}
	for _, in := range []string{"", "2019-3", "2019-02-30", "19-02-03", "2019/02/03"} {
		if d, err := ParseDate(in); err == nil {
			t.Errorf("%q was read as %v", in, d)
		}
	}
}

func TestPublished(t *testing.T) {
	for _, c := range []struct {
		p    Paper
		want Date
		ok   bool
	}{
		{Paper{}, Date{}, false},
		{Paper{Year: 2019}, Date{20190101, 20191231}, true},
		{Paper{Year: 2019, Date: "2018-05"}, Date{20180501, 20180531}, true},
	} {
		if d, ok := c.p.Published(); d != c.want || ok != c.ok {
			t.Errorf("%+v: %v, %v", c.p, d, ok)
		}
	}
}

func TestFilterValidate(t *testing.T) {
	for field, f := range map[string]Filter{
		"year":     {Years: Years{2020, 2010}},
		"from":     {From: "2020", To: "2019"},
		"to":       {To: "soon"},
		"category": {Categories: []string{" - "}},
		"author":   {Authors: make([]string, MaxFilterValues+1)},
		"venue":    {Venues: []string{"a\xff"}},
	} {
		var invalid *InvalidError
		if err := f.Validate(); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	ok := Filter{Years: Years{2010, 0}, From: "2019", To: "2019-05", Categories: []string{"cs"}, Authors: []string{"Ø"}}
	if err := ok.Validate(); err != nil || ok.Empty() || !(&Filter{}).Empty() {
		t.Errorf("%v", err)
	}
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		category, want string
		match          bool
	}{
		{"cs.CL", "cs", true}, {"cs.CL", "CS.cl", true}, {"cs.CL", "cs.C", false}, {"csx", "cs", false}, {"cs", "cs.CL", false},
	} {
		if MatchCategory(c.category, c.want) != c.match {
			t.Errorf("category %q for %q", c.category, c.want)
		}
	}
	for _, c := range []struct {
		name, want string
		match      bool
	}{
		{"Geoffrey E. Hinton", "hinton", true}, {"Geoffrey E. Hinton", "Hinton, G.", true}, {"Hinton, G.", "Geoffrey Hinton", true},
		{"Geoffrey E. Hinton", "Hint", false}, {"Łukasz Kaiser", "lukasz kaiser", true}, {"Pierre O'Brien", "obrien", true},
		{"Geoffrey E. Hinton", "Hinton Bengio", false},
	} {
		if MatchAuthor(FoldName(c.name), FoldName(c.want)) != c.match {
			t.Errorf("author %q for %q", c.name, c.want)
		}
	}
	for _, c := range []struct {
		venue, want string
		match       bool
	}{
		{"ACL 2020", "acl", true}, {"NAACL", "acl", false}, {"Proc. of the ACL", "the acl", true}, {"", "acl", false},
	} {
		if MatchVenue(FoldName(c.venue), FoldName(c.want)) != c.match {
			t.Errorf("venue %q for %q", c.venue, c.want)
		}
	}
}

func TestQueryDefaultsAndLimits(t *testing.T) {
	q := Query{Text: " what? "}
	if err := q.Validate(); err != nil || q.Text != "what?" || q.Mode != Hybrid || q.Limit != DefaultLimit || q.Sort != Relevance {
		t.Errorf("%+v, %v", q, err)
	}
	for field, bad := range map[string]Query{
		"q":      {Text: " \n"},
		"mode":   {Text: "x", Options: Options{Mode: "fuzzy"}},
		"limit":  {Text: "x", Options: Options{Limit: MaxLimit + 1}},
		"sort":   {Text: "x", Options: Options{Sort: "random"}},
		"facets": {Text: "x", Options: Options{Facets: []string{"colour"}}},
	} {
		var invalid *InvalidError
		if err := bad.Validate(); !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

func TestSimilarWantsOneStart(t *testing.T) {
	for _, s := range []Similar{
		{}, {Title: "a", Text: "b"}, {Title: "a", Positive: []string{"b"}}, {Negative: []string{"b"}},
		{Positive: make([]string, MaxSeeds+1)},
	} {
		var invalid *InvalidError
		if err := s.Validate(); !errors.As(err, &invalid) {
			t.Errorf("%+v: %v", s, err)
		}
	}
	for _, s := range []Similar{{Title: "a"}, {Text: "b"}, {Positive: []string{"a"}, Negative: []string{"a"}}} {
		if err := s.Validate(); err != nil {
			t.Errorf("%+v: %v", s, err)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add(`Schr\"odinger`)
	f.Fuzz(func(t *testing.T, s string) {
		if TitleKey(TitleKey(s)) != TitleKey(s) {
			t.Errorf("folding %q twice differs", s)
		}
		if n := FoldName(s); FoldName(n) != n {
			t.Errorf("folding the name %q twice differs", s)
		}
	})
}
