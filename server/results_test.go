package server

import (
	"context"
	"fmt"
	"html"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

// hrefs are the addresses on a page that hold a text, as a browser reads them.
func hrefs(body, holding string) []string {
	var out []string
	for _, m := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(body, -1) {
		if u := html.UnescapeString(m[1]); strings.Contains(u, holding) {
			out = append(out, u)
		}
	}
	return out
}

func TestFiltersAreLinksThatCount(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	page := func(target string) string {
		t.Helper()
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		return w.Body.String()
	}
	value := func(name string, n int) string {
		return fmt.Sprintf(`<span class="name" dir="auto">%s</span> <span class="count">%d</span>`, name, n)
	}
	body := page("/search?q=flow&sort=date&cursor=" + "MTA")
	for _, want := range []string{value("cs.LG", 12), value("cs.CL", 1), value("hep-th", 1), value("ICML", 12), value("Ada One", 1), "<title>2020: 2</title>"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s", want)
		}
	}
	// A link adds its value, keeps the rest and begins at the first page.
	if !slices.Contains(hrefs(body, "category=hep-th"), "/search?category=hep-th&q=flow&sort=date") {
		t.Error(hrefs(body, "category=hep-th"))
	}
	// What the field itself narrows to still shows its other values, with the
	// counts under all other filters.
	body = page("/search?q=flow&category=cs.LG,hep-th&year=1999-2012")
	for _, want := range []string{value("cs.LG", 3), value("hep-th", 1), value("stat.ML", 3), "<title>2021: 1</title>", `class="out"><title>2013: 1`} {
		if !strings.Contains(body, want) {
			t.Errorf("no %s in %s", want, body)
		}
	}
	if got := hrefs(body, "category=hep-th&q=flow&year=1999-2012"); !slices.Contains(got, "/search?category=hep-th&q=flow&year=1999-2012") {
		t.Errorf("no link takes cs.LG away: %v", got)
	}
	if got := hrefs(body, "q=flow"); !slices.Contains(got, "/search?category=cs.LG&category=hep-th&q=flow") {
		t.Errorf("no link takes the years away: %v", got)
	}
	// The fields under the histogram.
	page("/search?q=flow&from=2012&to=&category=cs")
	if q := engine.asked.(paper.Query); (q.Filter.Years != paper.Years{From: 2012}) && q.Filter.From == "" {
		t.Errorf("%+v", q.Filter)
	}
	if body := page("/search?q=flow&from=2012&to=2013"); strings.Count(body, `<li class="hit" `) != 2 || !strings.Contains(body, `value="2013"`) {
		t.Error(body)
	}
	if body := page("/search?q=flow&from=2012-05"); !strings.Contains(body, "within the filters") {
		t.Error("a date is no year, and still a filter")
	}
	for _, target := range []string{"/search?q=flow&from=2015&to=2012", "/search?q=flow&from=99", "/search?q=flow&from=2012&from=2013", "/search?q=flow&category=%20%2C%3F"} {
		if w := ask(t, s.Handler(), "GET", target, nil); w.Code != 400 {
			t.Errorf("%s: %d", target, w.Code)
		}
	}
}

func TestMarksTurnTheList(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	page := func(target string) string {
		t.Helper()
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Code != 200 {
			t.Fatalf("%s: %d %s", target, w.Code, w.Body)
		}
		return w.Body.String()
	}
	asked := func() paper.Similar {
		t.Helper()
		s, ok := engine.asked.(paper.Similar)
		if !ok {
			t.Fatalf("%+v was asked", engine.asked)
		}
		return s
	}
	body := page("/search?q=flow&category=cs")
	mark := "/search?category=cs&like=p01&q=flow"
	if !slices.Contains(hrefs(body, "like=p01"), mark) {
		t.Fatal(hrefs(body, "like=p01"))
	}
	body = page(mark + "&unlike=p02")
	got := asked()
	if !slices.Equal(got.Positive, []string{"p01"}) || !slices.Equal(got.Negative, []string{"p02"}) {
		t.Errorf("%+v", got)
	}
	for _, want := range []string{"More like 1 paper, less like 1", "within the filters", "Paper 1</a>", "Paper 2</a>"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q", want)
		}
	}
	if got := hrefs(body, "/cite?"); !slices.Equal(got, []string{"/cite?format=plain&id=p01", "/cite?format=bibtex&id=p01", "/cite?format=ris&id=p01"}) {
		t.Error(got)
	}
	// Marked the other way, a paper leaves the first; marked again, it is free.
	at := placeOf("/search", values{"q": {"flow"}, "like": {"p01"}, "unlike": {"p02"}, "cursor": {"x"}})
	for _, tt := range []struct{ got, want string }{
		{at.Mark("unlike", "p01"), "/search?q=flow&unlike=p02&unlike=p01"},
		{at.Mark("like", "p01"), "/search?q=flow&unlike=p02"},
		{placeOf("/paper", values{"id": {"a/b"}}).Mark("like", "c&d"), "/similar?id=a%2Fb&like=c%26d"},
	} {
		if tt.got != tt.want {
			t.Errorf("%s, want %s", tt.got, tt.want)
		}
	}
	// Disliked alone: the best answers stand in, and none of them is disliked.
	body = page("/search?q=flow&unlike=p00&category=cs")
	if got := asked(); len(got.Positive) != standIns || slices.Contains(got.Positive, "p00") || !slices.Equal(got.Negative, []string{"p00"}) || !strings.Contains(body, "stand in") {
		t.Errorf("%+v", got)
	}
	page("/similar?id=p03&like=p04&like=p03&unlike=p05")
	if got := asked(); !slices.Equal(got.Positive, []string{"p03", "p04"}) || !slices.Equal(got.Negative, []string{"p05"}) {
		t.Errorf("%+v", got)
	}
	page("/similar?text=flow&like=p04")
	if got := asked(); got.Text != "" || !slices.Equal(got.Positive, []string{"p04"}) {
		t.Errorf("%+v", got)
	}
	page("/similar?like=p04")
	if got := asked(); !slices.Equal(got.Positive, []string{"p04"}) {
		t.Errorf("%+v", got)
	}
	// Papers that are gone are passed over.
	body = page("/search?q=flow&like=gone")
	if _, ok := engine.asked.(paper.Query); !ok || strings.Contains(body, `class="basket"`) {
		t.Errorf("%+v", engine.asked)
	}
	if w := ask(t, s.Handler(), "GET", "/search?q=flow"+strings.Repeat("&like=p01", maxMarks+1), nil); w.Code != 400 {
		t.Error(w.Code)
	}
	if w := ask(t, s.Handler(), "GET", "/search?q=zebra&unlike=p01", nil); w.Code != 200 || !strings.Contains(w.Body.String(), "No paper speaks") {
		t.Error(w.Code, w.Body)
	}
}

func TestAnswerBox(t *testing.T) {
	engine := newFake(samplePapers()...)
	written := 0
	writer := func(ctx context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error) {
		written++
		a := &paper.Answer{Query: r.Query, ChatModel: "llama", Papers: []paper.Paper{r.Hits[1].Paper, {ID: "else/where", Title: "Elsewhere"}}, LeftOut: 2,
			Sentences: []paper.Sentence{{Text: "It <b>flows</b>.", Citations: []int{1, 2, 9}}}}
		for _, s := range a.Sentences {
			if err := say(s); err != nil {
				return nil, err
			}
		}
		return a, nil
	}
	extracts, _ := newServer(t, engine, Options{})
	writes, _ := newServer(t, engine, Options{Writer: writerFunc(writer)})

	body := ask(t, extracts.Handler(), "GET", "/search?q=what+is+a+flow", nil).Body.String()
	if !strings.Contains(body, "In the papers&#39; own words") && !strings.Contains(body, "In the papers' own words") || !strings.Contains(body, `href="#hit-2"`) || strings.Contains(body, "/ask") {
		t.Error(body)
	}
	for _, target := range []string{"/search?q=flow", "/search?q=normalizing+flow+models", "/search?q=what+is+a+flow&like=p01", "/search?q=what+is+a+flow&cursor=MTA", "/search?q=what+are+zebras"} {
		if body := ask(t, extracts.Handler(), "GET", target, nil).Body.String(); strings.Contains(body, `class="box"`) {
			t.Errorf("%s has an answer", target)
		}
	}
	body = ask(t, writes.Handler(), "GET", "/search?q=what+is+a+flow&category=cs", nil).Body.String()
	target := "/ask?category=cs&q=what+is+a+flow"
	if !slices.Contains(hrefs(body, "/ask"), target) {
		t.Fatal(body)
	}
	body = ask(t, writes.Handler(), "GET", target, nil).Body.String()
	for _, want := range []string{"It &lt;b&gt;flows&lt;/b&gt;.", "by llama", `href="#hit-2"`, `href="/paper?id=else%2Fwhere"`, "2 sentences of the model left out"} {
		if !strings.Contains(body, want) {
			t.Errorf("no %q in %s", want, body)
		}
	}
	events := ask(t, writes.Handler(), "GET", target, nil, "Accept", mediaEvents)
	if events.Code != 200 || !strings.HasPrefix(events.Body.String(), "event: sentence\n") || !strings.Contains(events.Body.String(), "event: answer\n") {
		t.Error(events.Code, events.Body)
	}
	if q := engine.asked.(paper.Query); !slices.Equal(q.Filter.Categories, []string{"cs"}) { // the last one asked was for events
		t.Errorf("%+v", q)
	}
	if w := ask(t, writes.Handler(), "HEAD", target, nil); w.Code != 200 || written != 2 {
		t.Errorf("%d, written %d times", w.Code, written)
	}
	if w := ask(t, writes.Handler(), "GET", "/ask?q=a&year=soon", nil, "Accept", mediaEvents); w.Code != 400 {
		t.Error(w.Code)
	}
}

type writerFunc func(context.Context, *paper.Result, func(paper.Sentence) error) (*paper.Answer, error)

func (f writerFunc) Write(ctx context.Context, r *paper.Result, say func(paper.Sentence) error) (*paper.Answer, error) {
	return f(ctx, r, say)
}

func TestWhyItMatched(t *testing.T) {
	fusion := &paper.Fusion{Lexical: paper.Scale{Weight: .5, High: 10}, Semantic: paper.Scale{Weight: .5, High: 1}}
	for _, tt := range []struct {
		name string
		hit  paper.Hit
		r    paper.Result
		at   place
		want *why
	}{
		{"nothing", paper.Hit{}, paper.Result{}, place{}, nil},
		{"both", paper.Hit{Signals: paper.Signals{Lexical: &paper.Signal{Rank: 12, Score: 5}, Semantic: &paper.Signal{Rank: 1, Score: 1}}},
			paper.Result{Fusion: fusion}, place{}, &why{"1st by meaning, 12th by words", 50, 25}},
		{"no words", paper.Hit{Signals: paper.Signals{Semantic: &paper.Signal{Rank: 22, Score: .5}}},
			paper.Result{Fusion: fusion}, place{}, &why{"22nd by meaning, by words not at all", 25, 0}},
		{"words alone", paper.Hit{Score: 3, Signals: paper.Signals{Lexical: &paper.Signal{Score: 3}}},
			paper.Result{}, place{}, &why{"far down by words", 0, 75}},
		{"meaning alone", paper.Hit{Score: 3, Signals: paper.Signals{Semantic: &paper.Signal{Rank: 1003, Score: 3}}},
			paper.Result{}, placeOf("/search", values{"mode": {"semantic"}}), &why{"1,003rd by meaning, by words not at all", 75, 0}},
	} {
		tt.r.Hits = []paper.Hit{{Score: 4}}
		if d := cmp.Diff(tt.want, whyOf(tt.hit, &tt.r, tt.at)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestHistogram(t *testing.T) {
	if newHistogram([]paper.FacetCount{{Value: "soon", Count: 3}, {Value: "0", Count: 1}, {Value: "-4", Count: 1}}, paper.Years{}, place{}) != nil {
		t.Error("a histogram of nothing")
	}
	h := newHistogram([]paper.FacetCount{{Value: "2010", Count: 1}, {Value: "2012", Count: 1000}}, paper.Years{From: 2011}, place{})
	if d := cmp.Diff([]bar{{0, 39, 1, false, "2010: 1"}, {1, 40, 0, true, "2011: 0"}, {2, 0, 40, true, "2012: 1,000"}}, h.Bars); d != "" {
		t.Error(d)
	}
	h = newHistogram([]paper.FacetCount{{Value: "1", Count: 5}, {Value: "9999", Count: 7}}, paper.Years{}, place{})
	if len(h.Bars) > histogramBars+1 || h.Bars[0].Label != "1 to 167: 5" || h.Bars[len(h.Bars)-1].Height != histogramHeight {
		t.Errorf("%d bars, %+v", len(h.Bars), h.Bars[0])
	}
}

// TestPartIsTheMainElement fetches views as app.js does.
func TestPartIsTheMainElement(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for target, status := range map[string]int{"/": 200, "/search?q=flow": 200, "/paper?id=p01": 200, "/paper?id=none": 404, "/search?q=flow&year=x": 400, "/docs": 200} {
		whole := ask(t, s.Handler(), "GET", target, nil)
		part := ask(t, s.Handler(), "GET", target, nil, partHeader, "main")
		body := part.Body.String()
		if part.Code != status || !strings.HasPrefix(body, `<main id="main" data-view="`) || !strings.HasSuffix(strings.TrimSpace(body), "</main>") || !strings.Contains(whole.Body.String(), strings.TrimSpace(body)) {
			t.Errorf("%s: %d %s", target, part.Code, body)
		}
		if !slices.Contains(part.Header().Values("Vary"), partHeader) {
			t.Errorf("%s: %v", target, part.Header())
		}
	}
}

// TestHostilePapers has papers that are as long and as strange as the limits
// let them be.
func TestHostilePapers(t *testing.T) {
	var papers []paper.Paper
	for i, title := range []string{
		strings.Repeat("x", 5000), "\u202eright \u05d0\u05d1\u05d2 to left\u202c", strings.Repeat("👩‍👩‍👧", 500), strings.Repeat("e\u0301\u0323", 900),
		`$\frac{a}{b`, `\emph{`, `$$$$ $ $`, strings.Repeat(`{`, 4000), `\def\x{\x\x}\x`, " \u00a0 ", "\ufeff",
	} {
		p := paper.Paper{ID: fmt.Sprintf("h%d", i), Title: title, Abstract: "A flow of " + strings.Repeat(title+" ", 3), Year: 1 + i*900}
		for j := range 400 {
			p.Authors = append(p.Authors, fmt.Sprintf("%.60s %d", title, j))
			p.Categories = append(p.Categories, fmt.Sprintf("%.60s.%d", title, j))
		}
		papers = append(papers, p)
	}
	s, _ := newServer(t, newFake(papers...), Options{})
	for _, target := range []string{"/", "/search?q=flow", "/search?q=" + url.QueryEscape("what is a flow "+strings.Repeat("y", 10_000)+"?"), "/paper?id=h0", "/paper?id=h5", "/similar?id=h1&like=h2&unlike=h3", "/cite?format=plain&id=h0&id=h9"} {
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Code != 200 {
			t.Errorf("%.80s: %d %.300s", target, w.Code, w.Body)
		}
		if w.Body.Len() > 1<<20 {
			t.Errorf("%.80s: %d bytes", target, w.Body.Len())
		}
		if strings.HasPrefix(target, "/search") && strings.Count(w.Body.String(), `<li class="hit" `) == 0 {
			t.Errorf("%.80s has no hits", target)
		}
	}
}
