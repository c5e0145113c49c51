package server

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// isForeign reports whether a path speaks the shape of another service, beside
// OpenAI's, which is described with our own.
func isForeign(target string) bool {
	path, _, _ := strings.Cut(target, "?")
	for _, prefix := range []string{graphPath, recommendPath, hubPath, mcpPath} {
		if under(path, prefix) {
			return true
		}
	}
	return false
}

// TestForeignBadInput has each shape answer what cannot be meant by an error of
// its own.
func TestForeignBadInput(t *testing.T) {
	h, _ := scholarServer(t)
	long := strings.Repeat("x", paper.MaxName+1)
	ids := func(n int, id string) string {
		list := slices.Repeat([]string{id}, n)
		b, _ := json.Marshal(list)
		return string(b)
	}
	const search, bulk = "/graph/v1/paper/search?query=flow&", "/graph/v1/paper/search/bulk?query=flow&"
	const batch, lists = "/graph/v1/paper/batch", "/recommendations/v1/papers/"
	for _, tt := range []struct {
		method, target, body string
		status               int
		want                 string
	}{
		{"GET", "/graph/v1/paper/search", "", 400, "query"},
		{"GET", "/graph/v1/paper/search?query=+", "", 400, "query"},
		{"GET", "/graph/v1/paper/search?query=a&query=b", "", 400, "query: given 2 times"},
		{"GET", "/graph/v1/paper/search?query=%ff", "", 400, "UTF-8"},
		{"GET", "/graph/v1/paper/search?query=a%00b", "", 400, "NUL"},
		{"GET", "/graph/v1/paper/search?query=%zz", "", 400, "query string"},
		{"GET", "/graph/v1/paper/search?query=" + strings.Repeat("a", paper.MaxQuestion+1), "", 400, "query: 100001 bytes"},
		{"GET", search + "limit=0", "", 400, "limit: 0 is not from 1 to 100"},
		{"GET", search + "limit=101", "", 400, "limit"},
		{"GET", search + "limit=ten", "", 400, "limit"},
		{"GET", search + "limit=1&limit=1", "", 400, "limit"},
		{"GET", search + "limit=99999999999999999999", "", 400, "limit"},
		{"GET", search + "offset=-1", "", 400, "offset"},
		{"GET", search + "offset=1000", "", 400, "offset"},
		{"GET", search + "year=soon", "", 400, "year"},
		{"GET", search + "year=2020-2010", "", 400, "year"},
		{"GET", search + "publicationDateOrYear=:", "", 400, "publicationDateOrYear"},
		{"GET", search + "publicationDateOrYear=2019-13", "", 400, "publicationDateOrYear"},
		{"GET", search + "publicationDateOrYear=2020:2019", "", 400, "publicationDateOrYear"},
		{"GET", search + "venue=" + strings.Repeat("a,", 500), "", 400, "venue"},
		{"GET", search + "venue=!", "", 400, "venue"},
		{"GET", search + "fieldsOfStudy=" + strings.Repeat("physics,", 50), "", 400, "fieldsOfStudy: "},
		{"GET", "/graph/v1/paper/search/match", "", 400, "query"},
		{"GET", "/graph/v1/paper/search/match?query=" + strings.Repeat("a", paper.MaxTitle+1), "", 400, "query: "},
		{"GET", bulk + "sort=citationCount:desc", "", 400, "sort"},
		{"GET", bulk + "sort=paperId:up", "", 400, "sort"},
		{"GET", bulk + "token=x", "", 400, "token"},
		{"GET", bulk + "token=" + strings.Repeat("A", 100_000), "", 400, "token"},
		{"GET", "/graph/v1/paper/search/bulk?query=" + url.QueryEscape(strings.Repeat("(", 1000)), "", 400, "nested"},
		{"GET", "/graph/v1/paper/search/bulk?query=" + strings.Repeat("a+", 1000), "", 400, "words"},
		{"GET", "/graph/v1/paper/search/bulk?query=()", "", 400, "no word"},
		{"GET", "/graph/v1/paper/search/bulk?query=a%00", "", 400, "NUL"},
		{"GET", "/graph/v1/paper/autocomplete", "", 400, "query"},
		{"GET", "/graph/v1/paper/", "", 404, "nothing at this path"},
		{"GET", "/graph/v1/", "", 404, "nothing at this path"},
		{"GET", "/graph/v1", "", 404, "nothing at this path"},
		{"GET", "/graph/v1/author/search?query=a", "", 404, "nothing at this path"},
		{"GET", "/graph/v1/paper/" + long, "", 400, "bytes"},
		{"GET", "/graph/v1/paper/a%00b%ff", "", 404, "not found"},
		{"GET", "/graph/v1/paper/%2F%2F..%2F", "", 404, "not found"},
		{"POST", "/graph/v1/paper/search", "{}", 405, "method"},
		{"POST", "/graph/v1/paper/p01", "{}", 405, "method"},
		{"PUT", "/graph/v1/paper/p01", "{}", 405, "method"},
		{"GET", batch, "", 405, "method"},
		{"POST", batch, "", 400, "ends early"},
		{"POST", batch, `{"ids":["p01"`, 400, "ends early"},
		{"POST", batch, `[]`, 400, "object"},
		{"POST", batch, `{}`, 400, "ids"},
		{"POST", batch, `{"ids":null}`, 400, "ids"},
		{"POST", batch, `{"ids":"p01"}`, 400, "ids"},
		{"POST", batch, `{"ids":[1]}`, 400, "ids"},
		{"POST", batch, `{"ids":[null]}`, 400, "ids"},
		{"POST", batch, `{"ids":["a"],"ids":["b"]}`, 400, "more than once"},
		{"POST", batch, `{"ids":` + ids(501, "p01") + `}`, 400, "501 ids"},
		{"POST", batch, `{"ids":["` + long + `"]}`, 400, "bytes"},
		{"POST", batch, `{"ids":` + strings.Repeat("[", 100_000), 400, "JSON"},
		{"POST", batch, `{"ids":["` + strings.Repeat("a", maxQueryBody) + `"]}`, 413, "bytes"},
		{"POST", batch, "{\"ids\":[\"\xff\"]}", 400, "UTF-8"},
		{"POST", lists, `{"negativePaperIds":["p01"]}`, 400, "positivePaperIds"},
		{"POST", lists, `{"positivePaperIds":{}}`, 400, "positivePaperIds"},
		{"POST", lists + "?limit=501", `{"positivePaperIds":["p01"]}`, 400, "limit"},
		{"POST", lists, `{"positivePaperIds":["p01"],"negativePaperIds":["none"]}`, 404, "none"},
		{"GET", lists, "", 405, "method"},
		{"GET", "/recommendations/v1/papers/forpaper/", "", 404, "nothing"},
		{"GET", "/recommendations/v1/papers/forpaper/p01?limit=0", "", 400, "limit"},
		{"GET", "/recommendations/v1/other", "", 404, "nothing"},
		{"GET", "/api", "", 404, "nothing"},
		{"GET", "/api/models", "", 404, "nothing"},
		{"GET", "/api/papers/", "", 404, "nothing"},
		{"GET", "/api/papers/search", "", 400, "q"},
		{"GET", "/api/papers/search?q=a&limit=121", "", 400, "limit"},
		{"GET", "/api/papers/search?q=%ff", "", 400, "UTF-8"},
		{"GET", "/api/papers/" + long, "", 400, "bytes"},
		{"POST", "/api/papers/p01", "{}", 405, "method"},
		{"GET", "/api/daily_papers?date=yesterday", "", 400, "date"},
		{"GET", "/api/daily_papers?date=2025-02", "", 400, "date"},
		{"GET", "/api/daily_papers?date=2025-02-30", "", 400, "date"},
		{"GET", "/api/daily_papers?week=2025-W54", "", 400, "week"},
		{"GET", "/api/daily_papers?week=2025-09", "", 400, "week"},
		{"GET", "/api/daily_papers?month=2025-02&date=2025-02-01", "", 400, "only one"},
		{"GET", "/api/daily_papers?sort=votes", "", 400, "sort"},
		{"GET", "/api/daily_papers?p=100", "", 400, "p"},
		{"GET", "/api/daily_papers?limit=-1", "", 400, "limit"},
	} {
		refusal400(t, h, tt.method, tt.target, tt.body, tt.status, tt.want)
	}

	for _, target := range []string{batch, lists} { // a form of a foreign page
		w := ask(t, h, "POST", target, strings.NewReader(`{"ids":["p01"]}`), "Content-Type", "text/plain")
		if w.Code != http.StatusUnsupportedMediaType || !strings.HasPrefix(w.Body.String(), `{"error":"`) {
			t.Errorf("%s as text: %d %s", target, w.Code, w.Body)
		}
	}
	// The largest requests there may be.
	answered(t, h, "POST", batch, `{"ids":`+ids(500, "none")+`}`, 200, nil)
	answered(t, h, "GET", search+"limit=100&offset=900&fields="+strings.Repeat("a.b.c,", 20_000), "", 200, nil)
	answered(t, h, "GET", "/graph/v1/paper/p01", "", 200, nil)
}

// TestForeignErrorsOfTheServer has what is wrong inside answered in the shape
// that clients read, without the cause.
func TestForeignErrorsOfTheServer(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	for _, tt := range []struct {
		err    error
		status int
		code   string
	}{
		{errors.New("disk secret"), 500, "500"},
		{context.DeadlineExceeded, 504, "504"},
		{paper.ErrUnavailable, 503, "503"},
	} {
		engine.before = func(context.Context) error { return tt.err }
		for _, target := range []string{"/graph/v1/paper/search?query=a", "/graph/v1/paper/p01", "/recommendations/v1/papers/forpaper/p01", "/api/papers/search?q=a", "/api/papers/p01", "/api/daily_papers"} {
			w := ask(t, s.Handler(), "GET", target, nil, "Accept", "text/html")
			var got map[string]string
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != tt.status || got["error"] == "" || strings.Contains(w.Body.String(), "secret") {
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
			if !strings.HasPrefix(target, hubPath) && (got["message"] == "" || got["code"] != tt.code) {
				t.Errorf("%s: %v", target, got)
			}
		}
	}
}

// TestForeignTooMany has what clients of Semantic Scholar read of a refusal to
// answer so many.
func TestForeignTooMany(t *testing.T) {
	c, _ := gin.CreateTestContext(httptest.NewRecorder())
	for path, want := range map[string]string{
		"/graph/v1/paper/p01":        `{"code":"429","error":"slowly","message":"slowly"}`,
		"/recommendations/v1/papers": `{"code":"429","error":"slowly","message":"slowly"}`,
		"/api/papers/p01":            `{"error":"slowly"}`,
	} {
		c.Request = httptest.NewRequest("GET", path, nil)
		body, ok := foreignShape(c, problem{Message: "slowly", status: http.StatusTooManyRequests})
		if got, err := json.Marshal(body); !ok || err != nil || string(got) != want {
			t.Errorf("%s: %s", path, got)
		}
	}
	c.Request = httptest.NewRequest("GET", "/graph/v10", nil)
	if _, ok := foreignShape(c, problem{}); ok {
		t.Error("a path that only begins alike is taken for a foreign one")
	}
}

func TestForeignRoutesAreGuarded(t *testing.T) {
	h, _ := scholarServer(t)
	for _, target := range []string{"/graph/v1/paper/p01", "/recommendations/v1/papers/forpaper/p01", "/api/papers/p01"} {
		for _, header := range [][2]string{{"Host", "evil.example"}, {"Origin", "http://evil.example"}, {"Sec-Fetch-Site", "cross-site"}} {
			if w := ask(t, h, "GET", target, nil, header[0], header[1]); w.Code != http.StatusForbidden || !strings.HasPrefix(w.Body.String(), `{"error":"`) {
				t.Errorf("%s with %s: %d %s", target, header, w.Code, w.Body)
			}
		}
		if w := ask(t, h, "GET", target, nil, "x-api-key", "whatever"); w.Code != 200 {
			t.Errorf("%s with a key: %d", target, w.Code)
		}
		if w := ask(t, h, "HEAD", target, nil); w.Code != 200 {
			t.Errorf("HEAD %s: %d", target, w.Code)
		}
	}
}

func FuzzToken(f *testing.F) {
	f.Add(encodeToken(paper.Place{Day: 20200503, ID: "p01"}, 7), uint64(7), int32(20200503), "p01")
	f.Add("", uint64(0), int32(0), "a/b ü")
	f.Add("AQ", uint64(1), int32(-1), "x")
	f.Fuzz(func(t *testing.T, s string, belongs uint64, day int32, id string) {
		if at, err := decodeToken(s, belongs); err == nil && encodeToken(*at, belongs) != s {
			t.Errorf("%q is %+v, which is %q", s, at, encodeToken(*at, belongs))
		} else if err != nil && !isA[*paper.InvalidError](err) {
			t.Error(err)
		}
		if id == "" || strings.ToValidUTF8(id, "") != id {
			return
		}
		want := paper.Place{Day: day, ID: id, Corpus: belongs ^ 5}
		token := encodeToken(want, belongs)
		if at, err := decodeToken(token, belongs); err != nil || *at != want {
			t.Errorf("%+v came back as %v %v", want, at, err)
		}
		if _, err := decodeToken(token, belongs+1); err == nil {
			t.Error("another request's token is taken")
		}
	})
}

func FuzzIDLists(f *testing.F) {
	f.Add([]byte(`{"ids":["a",null,1],"x":{"y":[]}}`))
	f.Add([]byte(`{"ids":["a"]} `))
	f.Add([]byte(`{"ids":null,"ids":[]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		lists, err := parseIDLists(body, "ids")
		if err != nil {
			if !isA[*paper.InvalidError](err) {
				t.Error(err)
			}
			return
		}
		if !json.Valid(body) || len(lists) > 1 || len(lists["ids"]) > maxScholarIDs {
			t.Errorf("%q is %v", body, lists)
		}
	})
}

// FuzzForeignPath sends any path and query to the shapes.
func FuzzForeignPath(f *testing.F) {
	for _, s := range []string{"/graph/v1/paper/DOI:10.1/x", "/graph/v1/paper/search/bulk", "/api/papers/%2F", "/api/daily_papers", "/recommendations/v1/papers/forpaper/%ff"} {
		f.Add(s, "query=a|b&fields=authors.name,embedding&limit=3&token=AA&year=2010-&q=x")
	}
	s, _ := newServer(f, newFake(foreignPapers()...), Options{})
	f.Fuzz(func(t *testing.T, path, query string) {
		r := httptest.NewRequest("GET", "http://localhost/", nil)
		u, err := url.Parse("http://localhost" + path)
		if err != nil || !isForeign(u.Path) {
			return
		}
		r.URL = u
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code >= 500 || !json.Valid(w.Body.Bytes()) {
			t.Errorf("%q %q: %d %s", path, query, w.Code, w.Body)
		}
	})
}
