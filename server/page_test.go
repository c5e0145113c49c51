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

func TestSegments(t *testing.T) {
	for _, tt := range []struct {
		name string
		in   paper.Highlight
		want []segment
	}{
		{"none", paper.Highlight{Text: "abc"}, []segment{{"abc", false}}},
		{"nothing", paper.Highlight{}, nil},
		{"code points, not bytes", paper.Highlight{Text: "Zürich flöws 😀 on", Matches: [][2]int{{7, 12}, {13, 14}}},
			[]segment{{"Zürich ", false}, {"flöws", true}, {" ", false}, {"😀", true}, {" on", false}}},
		{"the whole", paper.Highlight{Text: "abc", Matches: [][2]int{{0, 3}}}, []segment{{"abc", true}}},
		{"beside each other", paper.Highlight{Text: "abc", Matches: [][2]int{{0, 1}, {1, 3}}}, []segment{{"a", true}, {"bc", true}}},
		{"over each other", paper.Highlight{Text: "abcd", Matches: [][2]int{{0, 3}, {1, 4}}}, []segment{{"abc", true}, {"d", true}}},
		{"outside", paper.Highlight{Text: "abc", Matches: [][2]int{{-2, 1}, {2, 9}, {5, 6}, {2, 1}}}, []segment{{"a", true}, {"b", false}, {"c", true}}},
		{"backwards", paper.Highlight{Text: "abc", Matches: [][2]int{{2, 3}, {0, 1}}}, []segment{{"ab", false}, {"c", true}}},
	} {
		if d := cmp.Diff(tt.want, segments(tt.in)); d != "" {
			t.Errorf("%s: %s", tt.name, d)
		}
	}
}

func TestMarksTakeFormulasWhole(t *testing.T) {
	for _, tt := range []struct {
		in   paper.Highlight
		want []segment
	}{
		{paper.Highlight{Text: "ö CO$_2$ in $x$", Matches: [][2]int{{2, 7}}}, []segment{{"ö ", false}, {"CO$_2$", true}, {" in $x$", false}}},
		{paper.Highlight{Text: "a $b c d$ e", Matches: [][2]int{{3, 4}, {5, 6}, {10, 11}}}, []segment{{"a ", false}, {"$b c d$", true}, {" ", false}, {"e", true}}},
		{paper.Highlight{Text: "$5 or more", Matches: [][2]int{{1, 2}}}, []segment{{"$", false}, {"5", true}, {" or more", false}}},
		{paper.Highlight{Text: `\$5 and \$6`, Matches: [][2]int{{2, 3}}}, []segment{{`\$`, false}, {"5", true}, {` and \$6`, false}}},
	} {
		if d := cmp.Diff(tt.want, segments(wholeFormulas(tt.in))); d != "" {
			t.Errorf("%s: %s", tt.in.Text, d)
		}
	}
}

func TestReadableSegments(t *testing.T) {
	for _, tt := range []struct{ in, want []segment }{
		{[]segment{{"plain ", false}, {"flows", true}}, []segment{{"plain ", false}, {"flows", true}}},
		{[]segment{{`in \emph{`, false}, {"hipA", true}, {", ", false}, {"metG", true}, {`} of Erd\H{o}s `, false}, {"flow", true}},
			[]segment{{"in ", false}, {"hipA", true}, {", ", false}, {"metG", true}, {" of Erdős ", false}, {"flow", true}}},
		{[]segment{{`\emph{`, false}, {"\ue000", true}}, []segment{{`\emph{`, false}, {"\ue000", true}}},
		{[]segment{{`$x < \`, false}, {"alpha", true}, {"$", false}}, []segment{{`$x < \`, false}, {"alpha", true}, {"$", false}}},
	} {
		if d := cmp.Diff(tt.want, readableSegments(tt.in)); d != "" {
			t.Errorf("%v: %s", tt.in, d)
		}
	}
}

func FuzzSegments(f *testing.F) {
	f.Add("a flow of gauge", 2, 6, 3, 4)
	f.Add("ü\xff😀", -1, 1, 1, 100)
	f.Fuzz(func(t *testing.T, text string, a, b, c, d int) {
		var back strings.Builder
		for _, s := range segments(paper.Highlight{Text: text, Matches: [][2]int{{a, b}, {c, d}}}) {
			if s.Text == "" {
				t.Fatal("an empty segment")
			}
			back.WriteString(s.Text)
		}
		if want := string([]rune(text)); back.String() != want {
			t.Fatalf("%q became %q", want, back.String())
		}
	})
}

// TestPageIsInert renders papers full of markup; nothing of it may come out
// as markup, and the page has no script or style of its own inline.
func TestPageIsInert(t *testing.T) {
	attacks := []string{`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `</title><script>`, `{{.}}`, `javascript:alert(1)`, `' onmouseover='alert(1)`, "\u202eabc", `$x<y$`, `&lt;b&gt;`}
	engine := newFake()
	for i, a := range attacks {
		engine.papers[fmt.Sprint(i)] = paper.Paper{ID: fmt.Sprint(i), Title: a, Abstract: a + " flow", Authors: []string{a}, Venue: a,
			Categories: []string{a}, URL: a, IDs: map[string]string{"doi": a, "arxiv": a}, Date: "2020"}
	}
	s, _ := newServer(t, engine, Options{})
	allowed := regexp.MustCompile(`^<(/?)(!doctype|html|head|meta|title|link|body|a|header|form|div|input|button|details|summary|label|select|option|main|footer|p|ol|li|h1|h2|mark|span|nav|article|dl|dt|dd|code|section|strong|aside|svg|g|rect|circle|title|ul|pre)(\s|>)|^<script type="module" src="/static/app.js">$|^</script>$`)
	var targets []string
	for _, a := range attacks {
		q := url.QueryEscape(a)
		targets = append(targets, "/search?q=flow+"+q, "/search?q="+q+"&category="+q+"&author="+q+"&venue="+q+"&year="+q, "/similar?text="+q, "/paper?id="+q, "/search?q=a&cursor="+q)
	}
	for i := range attacks {
		targets = append(targets, fmt.Sprintf("/similar?id=%d&unlike=%d&like=9", i, (i+1)%len(attacks)), fmt.Sprintf("/search?q=what+is+a+flow%%3F&like=%d", i), fmt.Sprintf("/paper?id=%d", i), fmt.Sprintf("/similar?id=%d", i))
	}
	for _, target := range targets {
		w := ask(t, s.Handler(), "GET", target, nil)
		body := w.Body.String()
		if w.Code >= 500 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") {
			t.Errorf("%s: %d", target, w.Code)
		}
		for _, tag := range regexp.MustCompile(`<[^>]*>`).FindAllString(body, -1) {
			if !allowed.MatchString(tag) || regexp.MustCompile(`\s(on\w+|style)\s*=`).MatchString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(tag, `""`)) {
				t.Errorf("%s has %s", target, tag)
			}
			if href := regexp.MustCompile(`(?:href|src|action)="([^"]*)"`).FindStringSubmatch(tag); href != nil {
				u := html.UnescapeString(href[1])
				if !strings.HasPrefix(u, "/") && !strings.HasPrefix(u, "https://") && !strings.HasPrefix(u, "#") {
					t.Errorf("%s links to %s", target, u)
				}
			}
		}
	}
}

func TestPageStates(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	page := func(target string) (int, string) {
		w := ask(t, s.Handler(), "GET", target, nil)
		return w.Code, w.Body.String()
	}
	for _, tt := range []struct {
		target string
		status int
		want   []string
	}{
		{"/", 200, []string{"15 papers", `<form class="search" action="/search" method="get"`}},
		{"/search", 200, []string{"15 papers"}},
		{"/search?q=", 200, []string{"15 papers"}},
		{"/search?q=flow", 200, []string{"Untitled", "<mark>flow</mark>", "More papers", "/similar?id=p01", "100%25%20odd%20id%3f%23%c3%bc%2bx"}[1:]},
		{"/search?q=flow&utm_source=elsewhere&year=", 200, []string{"<mark>flow</mark>"}},
		{"/search?q=flow&year=2012-2013&category=cs&mode=lexical", 200, []string{"within the filters", `name="year" value="2012-2013"`, `name="category" value="cs"`, `name="mode" value="lexical"`, `name="from" inputmode="numeric" pattern="[0-9]{4}" maxlength="4" autocomplete="off" placeholder="2010" value="2012"`}},
		{"/search?q=zebra", 200, []string{"No paper speaks about this"}},
		{"/search?q=flow&year=1900", 200, []string{"No paper passes these filters"}},
		{"/search?q=flow&year=soon", 400, []string{"<strong>year</strong>", `value="flow"`, `value="soon"`}},
		{"/search?q=flow&cursor=x", 400, []string{"<strong>cursor</strong>"}},
		{"/search?q=%ff", 400, []string{"not valid UTF-8"}},
		{"/search?q=a&q=b", 400, []string{"given 2 times"}},
		{"/similar?id=p01", 200, []string{"Papers similar to", "Paper 1"}},
		{"/similar?text=flow", 200, []string{"<mark>flow</mark>"}},
		{"/similar", 400, []string{"needed"}},
		{"/similar?id=nowhere", 404, []string{"Not found", "nowhere"}},
		{"/paper?id=hep-th/9901001", 200, []string{"https://arxiv.org/abs/hep-th/9901001", "A flow of gauge fields.", "All similar papers"}},
		{"/paper?id=title-only", 200, []string{"no abstract"}},
		{"/paper?id=nowhere", 404, []string{"Not found"}},
		{"/paper", 400, []string{"id"}},
	} {
		status, body := page(tt.target)
		if status != tt.status {
			t.Errorf("%s: %d", tt.target, status)
		}
		for _, want := range tt.want {
			if !strings.Contains(body, want) {
				t.Errorf("%s: no %q in\n%s", tt.target, want, body)
			}
		}
	}

	// The next page is a link, and the pages together are the whole.
	seen := 0
	for target := "/search?q=flow&year=2010-"; target != ""; {
		_, body := page(target)
		seen += strings.Count(body, `<li class="hit" `)
		next := regexp.MustCompile(`class="next" href="([^"]*)"`).FindStringSubmatch(body)
		target = ""
		if next != nil {
			target = html.UnescapeString(next[1])
		}
	}
	if seen != 13 {
		t.Errorf("%d hits on all pages, want 13", seen)
	}

	engine.change = func(r *paper.Result) {
		r.Degraded, r.Resolved = "the embedder is away", &paper.Resolved{ID: "p01", Title: "Paper 1", Confidence: .87}
	}
	if _, body := page("/similar?title=Papr+1"); !strings.Contains(body, "the embedder is away") || !strings.Contains(body, "87 %") {
		t.Error(body)
	}
	engine.stats.Ready, engine.stats.State, engine.stats.Progress = false, "loading", .4
	if _, body := page("/"); !strings.Contains(body, "The index is loading: 40 % done") {
		t.Error(body)
	}
	empty, _ := newServer(t, newFake(), Options{})
	for _, target := range []string{"/", "/search?q=flow"} {
		if w := ask(t, empty.Handler(), "GET", target, nil); w.Code != 200 || !strings.Contains(w.Body.String(), "There are no papers here yet") {
			t.Errorf("%s: %d %s", target, w.Code, w.Body)
		}
	}
	engine.before = func(context.Context) error { return fmt.Errorf("x: %w", paper.ErrUnavailable) }
	if status, body := page("/search?q=flow"); status != 503 || !strings.Contains(body, "The index is loading") || !strings.Contains(body, `value="flow"`) {
		t.Error(status, body)
	}
	engine.stats.Ready = true
	if status, body := page("/search?q=flow&year=2010-"); status != 503 || !strings.Contains(body, "try again") || !strings.Contains(body, `<a href="/search?q=flow&amp;year=2010-">Try again</a>`) {
		t.Error(status, body)
	}
}

func TestFirstInputOfTheFormIsTheQuestion(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	body := ask(t, s.Handler(), "GET", "/", nil).Body.String()
	if names := regexp.MustCompile(`name="(\w+)"`).FindAllStringSubmatch(body[strings.Index(body, "<form"):], -1); !slices.Equal(names[0], []string{`name="q"`, "q"}) {
		t.Error(names)
	}
}

func TestAssetsAreKeptByTheBrowser(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	for target, kind := range map[string]string{"/static/style.css": "text/css; charset=utf-8", "/static/icon.svg": "image/svg+xml", "/openapi.json": "application/json"} {
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Header().Get("Content-Type") != kind {
			t.Errorf("%s is %s", target, w.Header().Get("Content-Type"))
		}
		etag := w.Header().Get("ETag")
		for known, status := range map[string]int{etag: 304, strings.TrimPrefix(etag, "W/"): 304, `"x", ` + etag: 304, `"x"`: 200, "": 200} {
			if w := ask(t, s.Handler(), "GET", target, nil, "If-None-Match", known); w.Code != status || (status == 304) != (w.Body.Len() == 0) {
				t.Errorf("%s with %s: %d, %d bytes", target, known, w.Code, w.Body.Len())
			}
		}
	}
}

func TestAuthorsAndCounts(t *testing.T) {
	if got := authors(make([]string, 3000)); !strings.HasSuffix(got, "and 2,992 more") {
		t.Error(got)
	}
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := count(n); got != want {
			t.Errorf("%d is written %s", n, got)
		}
	}
}
