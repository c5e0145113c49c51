package server

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"testing"

	"kindred/paper"
)

func TestPaperPage(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	body := ask(t, s.Handler(), "GET", "/paper?id=p03&category=cs&cursor=x&q=flow&unlike=p01", nil).Body.String()
	if strings.Count(body, `<li class="hit" `) != similarOnPaper || strings.Count(body, "<circle") != 13 || strings.Count(body, `class="self"`) != 1 {
		t.Error(body)
	}
	if !slices.Contains(hrefs(body, "/similar?"), "/similar?category=cs&id=p03") || len(hrefs(body, "unlike=p01")) != 1 {
		t.Error(hrefs(body, "/similar?"))
	}
	for _, want := range []string{"Paper 3. ICML, 2013", "@inproceedings{", "TY  - CONF", `href="/cite?format=ris&amp;id=p03"`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if got := engine.asked.(paper.Similar); !slices.Equal(got.Positive, []string{"p03"}) || len(got.Negative) > 0 {
		t.Errorf("%+v", got)
	}
	if body := ask(t, s.Handler(), "GET", "/paper?id=p03&year=1900", nil).Body.String(); !strings.Contains(body, "No similar paper passes") {
		t.Error(body)
	}
}

func TestTimeline(t *testing.T) {
	var like []card
	for i := range 40 {
		like = append(like, card{Paper: paper.Paper{ID: fmt.Sprint(i), Title: "T", Year: 2000 + i%2*9998%9999}})
	}
	like[0].Year, like[1].Year = 1, 9999
	tl := newTimeline(&paper.Paper{Year: 5}, like)
	for _, d := range tl.Dots {
		if d.X < 0 || d.X > tl.Width || d.Y < 0 || d.Y > tl.Height {
			t.Errorf("%+v outside of %d × %d", d, tl.Width, tl.Height)
		}
	}
	if len(tl.Dots) != 41 || tl.Height != timelineTop*dotStep {
		t.Errorf("%d dots, %d high", len(tl.Dots), tl.Height)
	}
	if newTimeline(&paper.Paper{Year: 2000}, like[:2]) != nil || newTimeline(&paper.Paper{}, []card{{}, {}, {}, {}}) != nil {
		t.Error("a timeline of nothing")
	}
}

func TestCiteFiles(t *testing.T) {
	engine := newFake(samplePapers()...)
	engine.papers["full"] = paper.Paper{ID: "full", Title: "Is it \\emph{so}?", Authors: []string{"Ada One", "Bo Two"}, Year: 2020, Venue: "ICML", IDs: map[string]string{"doi": "10.1/x"}}
	s, _ := newServer(t, engine, Options{})
	for target, want := range map[string]struct {
		status     int
		name, body string
	}{
		"/cite?format=plain&id=full":                      {200, "one2020so.txt", "Ada One, Bo Two. Is it so? ICML, 2020. https://doi.org/10.1/x\n"},
		"/cite?format=ris&id=p01&id=gone&id=p02":          {200, "kindred.ris", "TI  - Paper 2"},
		"/cite?format=bibtex&id=100%25+odd+id%3F%23ü%2Bx": {200, ".bib", "@"},
		"/cite?format=csl&id=p01":                         {200, ".json", `"title"`},
		"/cite?format=word&id=p01":                        {400, "", ""},
		"/cite?id=p01":                                    {400, "", ""},
		"/cite?format=ris":                                {400, "", ""},
		"/cite?format=ris&id=gone":                        {404, "", "gone"},
	} {
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Code != want.status || !strings.Contains(w.Body.String(), want.body) || !strings.Contains(w.Header().Get("Content-Disposition"), want.name) {
			t.Errorf("%s: %d %s %s", target, w.Code, w.Header().Get("Content-Disposition"), w.Body)
		}
	}
}

func TestStartShowsTheCorpus(t *testing.T) {
	engine := newFake(
		paper.Paper{ID: "a", Title: "Do Dense Retrievers Understand Negation? A Study", Date: "2021-03-04"},
		paper.Paper{ID: "b", Title: "Seigniorage Without Any Cash", Date: "2024"},
		paper.Paper{ID: "c", Title: "Seigniorage Without Any Coin", Date: "2023"},
		paper.Paper{ID: "d", Title: "Short", Date: "2022"},
		paper.Paper{ID: "e", Title: "A $formula$ in the title stands", Date: "2020"},
	)
	s, _ := newServer(t, engine, Options{})
	body := ask(t, s.Handler(), "GET", "/", nil).Body.String()
	if got := hrefs(body, "/search?q="); !slices.Equal(got, []string{"/search?q=Do+Dense+Retrievers+Understand+Negation%3F", "/search?q=Seigniorage+Without+Any+Cash"}) {
		t.Error(got)
	}
	if got := hrefs(body, "/paper?id="); !slices.Equal(got, []string{"/paper?id=b", "/paper?id=c", "/paper?id=d", "/paper?id=a", "/paper?id=e"}) {
		t.Error(got)
	}
	bare, _ := newServer(t, bareEngine{engine}, Options{})
	if w := ask(t, bare.Handler(), "GET", "/", nil); w.Code != 200 || strings.Contains(w.Body.String(), "Newest") {
		t.Error(w.Code, w.Body)
	}
}

// TestKatexIsAsReleased holds the file to the checksum beside it.
func TestKatexIsAsReleased(t *testing.T) {
	source, err := assets.ReadFile("static/katex.SOURCE.txt")
	if err != nil {
		t.Fatal(err)
	}
	body, err := assets.ReadFile("static/katex.min.js")
	if err != nil {
		t.Fatal(err)
	}
	if sum := sha256.Sum256(body); !strings.Contains(string(source), hex.EncodeToString(sum[:])) {
		t.Error("katex.min.js is another than katex.SOURCE.txt says")
	}
	if licence, err := assets.ReadFile("static/katex.LICENSE.txt"); err != nil || !strings.Contains(string(licence), "MIT License") {
		t.Error("its licence is not there", err)
	}
}

func TestPaperOfSeveralSources(t *testing.T) {
	engine := newFake(samplePapers()...)
	engine.papers["two"] = paper.Combine([]paper.Paper{
		{ID: "two", Title: "Of two <sources>", Abstract: "Told once.", Year: 2019, Source: "arxiv"},
		{ID: "10.1/two", Title: "OF TWO SOURCES", Venue: "Stones", Year: 2020, Source: "bibtex"},
	})
	s, _ := newServer(t, engine, Options{})
	body := ask(t, s.Handler(), "GET", "/paper?id=two", nil).Body.String()
	for _, want := range []string{"<dt>Sources</dt>", "arxiv, <code>two</code>: title, abstract, date", "bibtex, <code>10.1/two</code>: venue"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	if strings.Contains(body, "<dt>Source</dt>") {
		t.Error("one source beside the two")
	}
}
