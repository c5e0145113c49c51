package server

import (
	"encoding/json"
	"errors"
	"html"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
	"kindred/server/client"
)

func shelves(t *testing.T, h http.Handler) string {
	t.Helper()
	w := ask(t, h, "GET", "/v1/collections", nil)
	if w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	return strings.TrimSpace(w.Body.String())
}

func TestCollections(t *testing.T) {
	s, _ := newServer(t, newFake(shelved(samplePapers()[:10])...), Options{})
	h := s.Handler()
	const lib = "/v1/collections/my%2Flib%2C%20%C3%BC"
	before := shelves(t, h)
	if want := `{"collections":[{"name":"my/lib, ü","papers":6,"only":3},{"name":"arXiv","papers":5,"only":2}],"total":2}`; before != want {
		t.Errorf("got %s, want %s", before, want)
	}
	for _, tt := range []struct {
		method, target string
		status         int
		want           string
	}{
		{"GET", "/v1/collections?limit=3", 400, `"limit"`},
		{"DELETE", lib + "?dry_run=true", 200, `{"name":"my/lib, ü","deleted":3,"kept":3,"dry_run":true}`},
		{"DELETE", lib + "?dry_run=maybe", 400, `"dry_run"`},
		{"DELETE", lib + "?dryrun=true", 400, `"dryrun"`},
		{"DELETE", "/v1/collections/none", 404, `"collection_not_found","message":"there is no collection \"none\""`},
		{"DELETE", "/v1/collections/", 404, `"no_such_route"`},
		{"DELETE", "/v1/collections/%00", 400, `"collection"`},
		{"DELETE", "/v1/collections/%ff%fe", 400, `"collection"`},
		{"DELETE", "/v1/collections/" + strings.Repeat("x", 300), 400, `"collection"`},
		{"PUT", "/v1/collections/x", 405, `"method_not_allowed"`},
		{"DELETE", "/v1/collections", 405, `"method_not_allowed"`},
		{"DELETE", "/v1/collections/my/lib,%20%C3%BC", 200, `{"name":"my/lib, ü","deleted":3,"kept":3}`},
		{"DELETE", lib, 404, `"collection_not_found"`},
	} {
		if w := ask(t, h, tt.method, tt.target, nil); w.Code != tt.status || !strings.Contains(w.Body.String(), tt.want) {
			t.Errorf("%s %s: %d %s, want %d %s", tt.method, tt.target, w.Code, w.Body, tt.status, tt.want)
		}
		if tt.target == lib+"?dry_run=true" && shelves(t, h) != before {
			t.Error("a dry run changed something")
		}
	}
	if want := `{"collections":[{"name":"arXiv","papers":5,"only":5}],"total":1}`; shelves(t, h) != want {
		t.Error(shelves(t, h))
	}
}

// An engine without collections serves all else.
func TestNoCollections(t *testing.T) {
	s, _ := newServer(t, struct{ Engine }{newFake(samplePapers()...)}, Options{})
	for _, method := range []string{"GET /v1/collections", "DELETE /v1/collections/x"} {
		method, target, _ := strings.Cut(method, " ")
		if w := ask(t, s.Handler(), method, target, nil); w.Code != 503 {
			t.Errorf("%s %s: %d %s", method, target, w.Code, w.Body)
		}
	}
}

func TestCollectionFiltersReachTheEngine(t *testing.T) {
	engine := newFake(shelved(samplePapers())...)
	s, _ := newServer(t, engine, Options{})
	want := paper.Filter{Collections: []string{"my/lib, ü", "arXiv"}, NotCollections: []string{"a, b"}}
	query := url.Values{"q": {"flow"}, "collection": want.Collections, "not_collection": want.NotCollections, "facets": {"collection"}}
	body := `{"q":"flow","text":"flow","collection":["my/lib, ü","arXiv"],"not_collection":"a, b"}`
	for _, tt := range []struct{ method, target, body string }{
		{"GET", "/v1/search?" + query.Encode(), ""},
		{"POST", "/v1/search", strings.Replace(body, `"text":"flow",`, "", 1)},
		{"POST", "/v1/ask", strings.Replace(body, `"text":"flow",`, "", 1)},
		{"POST", "/v1/similar", strings.Replace(body, `"q":"flow",`, "", 1)},
		{"GET", "/search?" + query.Encode(), ""},
		{"GET", "/similar?" + strings.Replace(query.Encode(), "q=", "text=", 1), ""},
		{"GET", "/paper?id=p01&" + query.Encode(), ""},
	} {
		engine.asked = nil
		w := ask(t, s.Handler(), tt.method, tt.target, strings.NewReader(tt.body), "Content-Type", mediaJSON)
		var got paper.Filter
		switch asked := engine.asked.(type) {
		case paper.Query:
			got = asked.Filter
		case paper.Similar:
			got = asked.Filter
		}
		if strings.HasPrefix(tt.target, "/v1/") { // a page asks once more, without the filter, for its counts
			if d := cmp.Diff(want, got); d != "" || w.Code != 200 {
				t.Errorf("%s %s: %d %s", tt.method, tt.target, w.Code, d)
			}
		} else if w.Code != 200 || !strings.Contains(w.Body.String(), "left out: a, b") {
			t.Errorf("%s: %d %s", tt.target, w.Code, w.Body)
		}
	}
	for _, bad := range []string{"collection=!", "not_collection=%FF", "not_collection=" + strings.Repeat("a&not_collection=", 300)} {
		if w := ask(t, s.Handler(), "GET", "/v1/search?q=a&"+bad, nil); w.Code != 400 {
			t.Errorf("%s: %d %s", bad, w.Code, w.Body)
		}
	}
}

// The command line's road tells how far it is.
func TestRecollectOnThePrivateRoad(t *testing.T) {
	engine := newFake(shelved(samplePapers())...)
	base, _ := start(t, engine, Options{})
	c, err := client.New(base, client.Options{Token: testToken})
	if err != nil {
		t.Fatal(err)
	}
	told := 0
	progress := func(done, total int) { told += total }
	if r, err := c.RenameCollection(t.Context(), "my/lib, ü", "Bücher", progress); err != nil || r.Name != "Bücher" || r.Papers == 0 || told == 0 {
		t.Errorf("%+v, %v; told %d", r, err, told)
	}
	if _, err := c.RenameCollection(t.Context(), "my/lib, ü", "x", nil); !errors.Is(err, paper.ErrNoCollection) || !strings.Contains(err.Error(), "my/lib") {
		t.Errorf("renamed what is not there: %v", err)
	}
	if _, err := c.RenameCollection(t.Context(), "Bücher", " ", nil); err == nil {
		t.Error("renamed to nothing")
	}
	if d, err := c.DropCollection(t.Context(), "Bücher", true, nil); err != nil || !d.DryRun || d.Deleted == 0 {
		t.Errorf("%+v, %v", d, err)
	}
	d, err := c.DropCollection(t.Context(), "Bücher", false, progress)
	if err != nil || d.Deleted == 0 || d.Kept == 0 || d.DryRun {
		t.Errorf("%+v, %v", d, err)
	}
	if _, err := c.DropCollection(t.Context(), "Bücher", false, nil); !errors.Is(err, paper.ErrNoCollection) {
		t.Errorf("dropped twice: %v", err)
	}
	list, err := c.Collections(t.Context())
	if err != nil || len(list) != 1 || list[0].Name != "arXiv" {
		t.Errorf("%+v, %v", list, err)
	}

	s, _ := newServer(t, engine, Options{Token: testToken})
	for body, status := range map[string]int{`{}`: 400, `[]`: 400, `{"name":7}`: 400, ``: 400, `{"name":"none"}`: 404} {
		w := ask(t, s.Handler(), "POST", "/internal/v1/collections", strings.NewReader(body), "Content-Type", mediaJSON, "Authorization", "Bearer "+testToken)
		if w.Code != status || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q: %d %s", body, w.Code, w.Body)
		}
	}
}

func TestPapersOfCollections(t *testing.T) {
	engine := newFake()
	s, _ := newServer(t, engine, Options{})
	body := `{"title":"T","collections":["b","a","b"],"parts":[{"id":"x","title":"T","source":"arxiv"},{"id":"y","title":"T","collections":["b"]}]}`
	if w := askJSON(t, s.Handler(), "PUT", "/v1/papers/x", body); w.Code != 201 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := paper.Paper{ID: "x", Title: "T", Collections: []string{"a", "b"}, Parts: []paper.Paper{
		{ID: "x", Title: "T", Source: "arxiv"}, {ID: "y", Title: "T", Collections: []string{"b"}}}}
	if d := cmp.Diff(want, engine.papers["x"]); d != "" {
		t.Error(d)
	}
	if w := ask(t, s.Handler(), "GET", "/v1/papers/x?fields=collections", nil); strings.TrimSpace(w.Body.String()) != `{"id":"x","collections":["a","b"]}` {
		t.Error(w.Body)
	}
	for _, bad := range []string{
		`{"title":"T","collections":["a",""]}`, `{"title":"T","collections":[null]}`, `{"title":"T","collections":"a"}`, `{"title":"T","collections":["…"]}`,
		`{"title":"T","parts":{}}`, `{"title":"T","parts":[null]}`, `{"title":"T","parts":[[]]}`, `{"title":"T","parts":[{"id":"a","title":"T","parts":[]}]}`,
		`{"title":"T","parts":[{"id":"a"}]}`, `{"title":"T","parts":[{"id":"a","title":"T","odd":1}]}`,
		`{"title":"T","parts":[` + strings.Repeat(`{"parts":[`, 3000) + strings.Repeat(`]}`, 3000) + `]}`,
	} {
		if w := askJSON(t, s.Handler(), "PUT", "/v1/papers/x", bad); w.Code != 400 && !strings.Contains(bad, `""`) {
			t.Errorf("%.80s: %d %s", bad, w.Code, w.Body)
		}
	}
}

func TestCollectionsOnThePages(t *testing.T) {
	papers := shelved(samplePapers())
	s, _ := newServer(t, newFake(papers...), Options{})
	alone, _ := newServer(t, newFake(paper.Paper{ID: "p01", Title: "A flow", Source: "arXiv"}, paper.Paper{ID: "p02", Title: "A flow", Source: "arXiv"}), Options{})
	const lib = "my%2Flib%2C+%C3%BC"
	for _, tt := range []struct {
		on          *Server
		target      string
		has, hasNot []string
	}{
		{s, "/", []string{"Search in", `href="/search?collection=` + lib + `"`, `href="/search?not_collection=` + lib + `"`}, []string{"take in"}},
		{s, "/search?not_collection=" + lib + "&year=2019&like=x", []string{"take in", `href="/search?collection=` + lib + `"`,
			`href="/search?collection=arXiv&not_collection=` + lib + `"`, `name="not_collection" value="my/lib, ü"`}, []string{"year=2019", "like="}},
		{alone, "/", nil, []string{"Search in", "leave out"}},
		{s, "/search?q=flow", []string{"<h2>Collections</h2>", `href="/search?collection=` + lib + `&q=flow"`, `href="/search?not_collection=arXiv&q=flow"`, "leave out"}, []string{"take in"}},
		// What is left out is counted still, and taking it in alone ends that.
		{s, "/search?q=flow&not_collection=arXiv", []string{"left out: arXiv", `aria-label="No longer left out: arXiv"`, "take in", `href="/search?collection=arXiv&q=flow"`, `href="/search?q=flow"`}, nil},
		{s, "/search?q=flow&collection=arXiv", []string{`aria-label="Without arXiv"`, `href="/search?not_collection=arXiv&q=flow"`}, nil},
		{s, "/search?q=flow&not_collection=gone", []string{"left out: gone", "take in"}, nil},
		{s, "/search?q=nothing&collection=gone", []string{"No paper passes these filters", `<a href="/search?q=nothing">Without the filters`}, nil},
		{alone, "/search?q=flow", nil, []string{"Collections", "leave out"}},
		{alone, "/search?q=flow&collection=arXiv", []string{"Collections"}, nil},
		{s, "/paper?id=" + url.QueryEscape(papers[1].ID), []string{"<dt>Collections</dt>", `>arXiv</a>`, `>my/lib, ü</a>`}, nil},
		{s, "/paper?id=" + url.QueryEscape(papers[3].ID), nil, []string{"<dt>Collections</dt>"}},
		{s, "/map?collection=arXiv&not_collection=b", []string{"left out: b", "not_collection=b"}, nil},
	} {
		w := ask(t, tt.on.Handler(), "GET", tt.target, nil)
		if w.Code != 200 {
			t.Errorf("%s: %d", tt.target, w.Code)
		}
		body := html.UnescapeString(w.Body.String())
		for _, want := range tt.has {
			if !strings.Contains(body, want) {
				t.Errorf("%s has no %s", tt.target, want)
			}
		}
		for _, no := range tt.hasNot {
			if strings.Contains(body, no) {
				t.Errorf("%s has %s", tt.target, no)
			}
		}
	}
}
