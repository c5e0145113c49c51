package server

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

// sentError is the error of an answer.
func sentError(t testing.TB, body []byte) problem {
	t.Helper()
	var e struct{ Error problem }
	if err := json.Unmarshal(body, &e); err != nil || e.Error.Code == "" {
		t.Fatalf("not an error of the API: %s", body)
	}
	return e.Error
}

func TestGETParametersReachTheEngine(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	target := "/v1/search?" + url.Values{
		"q": {"flow & <b>"}, "mode": {"lexical"}, "limit": {"7"}, "fields": {"title,year", "id"}, "facets": {"year", "venue,author"},
		"year": {"2016-2020"}, "from": {"2016"}, "to": {"2019-03"}, "category": {"cs.LG,stat", "math"},
		"author": {"Hinton, Geoffrey", "Åse Ødegård"}, "venue": {"ICML"}, "sort": {"date"}, "min_score": {"0.25"}, "explain": {"1"},
	}.Encode()
	if w := ask(t, s.Handler(), "GET", target, nil); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := paper.Query{Text: "flow & <b>", Options: paper.Options{
		Mode: paper.Lexical, Limit: 7, Facets: []string{"year", "venue", "author"}, Sort: paper.NewestFirst, MinScore: .25, Explain: true,
		Filter: paper.Filter{Years: paper.Years{From: 2016, To: 2020}, From: "2016", To: "2019-03",
			Categories: []string{"cs.LG", "stat", "math"}, Authors: []string{"Hinton, Geoffrey", "Åse Ødegård"}, Venues: []string{"ICML"}},
	}}
	if d := cmp.Diff(want, engine.asked); d != "" {
		t.Error(d)
	}

	body := `{"q":"flow & <b>","mode":"lexical","limit":7,"fields":["title","year"],"facets":"year,venue,author","year":"2016-2020",
		"from":"2016","to":"2019-03","category":["cs.LG,stat","math"],"author":["Hinton, Geoffrey","Åse Ødegård"],"venue":"ICML",
		"sort":"date","min_score":2.5e-1,"explain":true,"cursor":null}`
	if w := askJSON(t, s.Handler(), "POST", "/v1/search", body); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if d := cmp.Diff(want, engine.asked); d != "" {
		t.Error("the same in a body:", d)
	}

	if w := askJSON(t, s.Handler(), "POST", "/v1/similar", `{"id":"p01","year":2015,"negative":"p02"}`); w.Code != 200 {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	similar := paper.Similar{Positive: []string{"p01"}, Negative: []string{"p02"}, Options: paper.Options{
		Mode: paper.Hybrid, Limit: 10, Sort: paper.Relevance, Filter: paper.Filter{Years: paper.Years{From: 2015, To: 2015}}}}
	if d := cmp.Diff(similar, engine.asked); d != "" {
		t.Error(d)
	}
}

// TestBadParameters sends what a route does not take; the answer is 400 and
// names the field.
func TestBadParameters(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	long := strings.Repeat("a", paper.MaxQuestion+1)
	for _, tt := range []struct{ target, field string }{
		{"/v1/search", "q"},
		{"/v1/search?q=", "q"},
		{"/v1/search?q=%20%09", "q"},
		{"/v1/search?q=a&q=b", "q"},
		{"/v1/search?q=a%00b", "q"},
		{"/v1/search?q=%ff%fe", "q"},
		{"/v1/search?q=" + long, "q"},
		{"/v1/search?q=a&mode=fuzzy", "mode"},
		{"/v1/search?q=a&mode=" + long, "mode"},
		{"/v1/search?q=a&" + long + "=b", strings.Repeat("a", 80) + "…"},
		{"/v1/search?q=a&mode=lexical&mode=semantic", "mode"},
		{"/v1/search?q=a&limit=ten", "limit"},
		{"/v1/search?q=a&limit=-1", "limit"},
		{"/v1/search?q=a&limit=1001", "limit"},
		{"/v1/search?q=a&limit=1.5", "limit"},
		{"/v1/search?q=a&limit=1e1", "limit"},
		{"/v1/search?q=a&limit=99999999999999999999999", "limit"},
		{"/v1/search?q=a&limit=5&limit=", "limit"},
		{"/v1/search?q=a&limit=%D9%A5", "limit"}, // an Arabic five
		{"/v1/search?q=a&cursor=nonsense", "cursor"},
		{"/v1/search?q=a&cursor=" + strings.Repeat("A", 5000), "cursor"},
		{"/v1/search?q=a&fields=title,authors,citations", "fields"},
		{"/v1/search?q=a&fields=Title", "fields"},
		{"/v1/search?q=a&facets=month", "facets"},
		{"/v1/search?q=a&year=abc", "year"},
		{"/v1/search?q=a&year=2020-2016", "year"},
		{"/v1/search?q=a&year=20160-", "year"},
		{"/v1/search?q=a&from=yesterday", "from"},
		{"/v1/search?q=a&to=2019-13", "to"},
		{"/v1/search?q=a&from=2020&to=2019", "from"},
		{"/v1/search?q=a&category=!!!", "category"},
		{"/v1/search?q=a&author=" + strings.Repeat("x", 2000), "author"},
		{"/v1/search?q=a" + strings.Repeat("&venue=v", 201), "venue"},
		{"/v1/search?q=a&sort=citations", "sort"},
		{"/v1/search?q=a&min_score=NaN", "min_score"},
		{"/v1/search?q=a&min_score=Inf", "min_score"},
		{"/v1/search?q=a&min_score=high", "min_score"},
		{"/v1/search?q=a&explain=maybe", "explain"},
		{"/v1/search?q=a&catgory=cs", "catgory"},
		{"/v1/search?q=a&Q=b", "Q"},
		{"/v1/search?q=a&title=b", "title"},
		{"/v1/search?q=a&%ff=b", "\uFFFD"},
		{"/v1/search?q=a&year[from]=2016", "year[from]"},
		{"/v1/search?q=%zz", ""},
		{"/v1/search?q=a;limit=5", ""},
		{"/v1/similar", "id"},
		{"/v1/similar?title=a&text=b", "id"},
		{"/v1/similar?id=p01&positive=p02", "id"},
		{"/v1/similar?id=p01&id=p02", "id"},
		{"/v1/similar?title=a&title=b", "title"},
		{"/v1/similar?negative=p01", "id"},
		{"/v1/similar?title=a&negative=p01", "negative"},
		{"/v1/similar?text=" + strings.Repeat("a", paper.MaxAbstract+1), "text"},
		{"/v1/similar?positive=p01" + strings.Repeat("&positive=p02", 500), "positive"},
		{"/v1/similar?q=a", "q"},
		{"/v1/papers/p01?limit=1", "limit"},
		{"/v1/papers/p01?fields=nothing", "fields"},
		{"/v1/papers/" + strings.Repeat("x", paper.MaxID+1), "id"},
		{"/v1/papers/a%00b", "id"},
		{"/v1/papers/%ff", "id"},
		{"/v1/stats?verbose=1", "verbose"},
	} {
		w := ask(t, s.Handler(), "GET", tt.target, nil)
		if w.Code != 400 {
			t.Errorf("%.80s: %d %.200s", tt.target, w.Code, w.Body)
			continue
		}
		if p := sentError(t, w.Body.Bytes()); p.Field != tt.field || p.Code != "invalid_argument" || len(p.Message) > 500 {
			t.Errorf("%.80s: field %q, want %q: %+v", tt.target, p.Field, tt.field, p)
		}
	}
}

func TestBadBodies(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	deep := strings.Repeat(`[`, 20_000) + strings.Repeat(`]`, 20_000)
	for _, tt := range []struct {
		target, body string
		status       int
		field        string
	}{
		{"/v1/search", ``, 400, ""},
		{"/v1/search", `null`, 400, ""},
		{"/v1/search", `[]`, 400, ""},
		{"/v1/search", `"flow"`, 400, ""},
		{"/v1/search", `{`, 400, ""},
		{"/v1/search", `{"q"`, 400, ""},
		{"/v1/search", `{"q":"flow"`, 400, ""},
		{"/v1/search", `{"q":"flow",}`, 400, ""},
		{"/v1/search", `{"q":"flow"}{}`, 400, ""},
		{"/v1/search", `{"q":"flow"} x`, 400, ""},
		{"/v1/search", `{q:"flow"}`, 400, ""},
		{"/v1/search", "{\"q\":\"\xff\"}", 400, ""},
		{"/v1/search", "\xef\xbb\xbf{\"q\":\"flow\"}", 400, ""}, // a byte order mark
		{"/v1/search", deep, 400, ""},
		{"/v1/search", `{"q":` + deep + `}`, 400, ""},
		{"/v1/search", strings.Repeat(`{"q":`, 5000), 400, ""},
		{"/v1/search", `{"q":[[[[[[["flow"]]]]]]]}`, 400, "q"},
		{"/v1/search", `{}`, 400, "q"},
		{"/v1/search", `{"q":null}`, 400, "q"},
		{"/v1/search", `{"q":7}`, 400, "q"},
		{"/v1/search", `{"q":["a"]}`, 400, "q"},
		{"/v1/search", `{"q":{"text":"a"}}`, 400, "q"},
		{"/v1/search", `{"q":"a","q":"b"}`, 400, "q"},
		{"/v1/search", `{"q":"a","\u0071":"b"}`, 400, "q"},
		{"/v1/search", `{"q":"a","limit":"10"}`, 400, "limit"},
		{"/v1/search", `{"q":"a","limit":10.5}`, 400, "limit"},
		{"/v1/search", `{"q":"a","limit":true}`, 400, "limit"},
		{"/v1/search", `{"q":"a","limit":1e400}`, 400, "limit"},
		{"/v1/search", `{"q":"a","min_score":1e400}`, 400, "min_score"},
		{"/v1/search", `{"q":"a","min_score":"0.5"}`, 400, "min_score"},
		{"/v1/search", `{"q":"a","explain":"true"}`, 400, "explain"},
		{"/v1/search", `{"q":"a","explain":1}`, 400, "explain"},
		{"/v1/search", `{"q":"a","year":20.5}`, 400, "year"},
		{"/v1/search", `{"q":"a","year":[2016,2020]}`, 400, "year"},
		{"/v1/search", `{"q":"a","category":{"is":"cs"}}`, 400, "category"},
		{"/v1/search", `{"q":"a","category":["cs",7]}`, 400, "category"},
		{"/v1/search", `{"q":"a","author":["x",null]}`, 400, "author"},
		{"/v1/search", `{"q":"a","author":[["x"]]}`, 400, "author"},
		{"/v1/search", `{"q":"a","page":2}`, 400, "page"},
		{"/v1/search?limit=5", `{"q":"a"}`, 400, "limit"},
		{"/v1/search", `{"q":"` + strings.Repeat("word ", 30_000) + `"}`, 400, "q"},
		{"/v1/search", `{"q":"` + strings.Repeat("a", maxQueryBody) + `"}`, 413, ""},
		{"/v1/similar", `{"positive":[1,2]}`, 400, "positive"},
		{"/v1/similar", `{"positive":[],"negative":["p01"]}`, 400, "id"},
		{"/v1/similar", `{"id":"p01","text":"b"}`, 400, "id"},
		{"/v1/similar", `{"id":"nowhere"}`, 404, "id"},
		{"/v1/similar", `{"positive":["p01","nowhere"]}`, 404, "positive"},
		{"/v1/similar", `{"positive":["p01"],"negative":["p02","gone"]}`, 404, "negative"},
	} {
		w := askJSON(t, s.Handler(), "POST", tt.target, tt.body)
		if w.Code != tt.status {
			t.Errorf("%s %.80s: %d %.200s, want %d", tt.target, tt.body, w.Code, w.Body, tt.status)
			continue
		}
		if p := sentError(t, w.Body.Bytes()); p.Field != tt.field || len(p.Message) > 500 {
			t.Errorf("%s %.80s: field %q, want %q: %+v", tt.target, tt.body, p.Field, tt.field, p)
		}
	}
}

func TestLongQuestionIsPassedOn(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	question := strings.TrimSpace(strings.Repeat("flow ", 10_000))
	if w := ask(t, s.Handler(), "GET", "/v1/search?q="+url.QueryEscape(question), nil); w.Code != 200 {
		t.Fatalf("%d %.200s", w.Code, w.Body)
	}
	if got := engine.asked.(paper.Query).Text; got != question {
		t.Errorf("%d bytes of %d reached the engine", len(got), len(question))
	}
}

func TestWrongContentType(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, tt := range []struct{ method, target, kind, encoding string }{
		{"POST", "/v1/search", "", ""},
		{"POST", "/v1/search", "text/plain", ""},
		{"POST", "/v1/search", "application/x-www-form-urlencoded", ""},
		{"POST", "/v1/search", "application/json; charset=latin1", ""},
		{"POST", "/v1/search", "application/json;;;", ""},
		{"POST", "/v1/search", "application/json", "gzip"},
		{"POST", "/v1/similar", "multipart/form-data", ""},
		{"PUT", "/v1/papers/x", "text/plain", ""},
		{"PUT", "/v1/papers/x", "application/x-ndjson", ""},
		{"POST", "/v1/papers", "text/plain", ""},
		{"POST", "/v1/papers", "application/jsonlines", ""},
	} {
		w := ask(t, s.Handler(), tt.method, tt.target, strings.NewReader(`{"q":"flow"}`), "Content-Type", tt.kind, "Content-Encoding", tt.encoding)
		if w.Code != 415 || sentError(t, w.Body.Bytes()).Message == "" {
			t.Errorf("%s %s as %q: %d %s", tt.method, tt.target, tt.kind, w.Code, w.Body)
		}
	}
	if w := ask(t, s.Handler(), "POST", "/v1/search", strings.NewReader(`{"q":"flow"}`), "Content-Type", `Application/JSON; charset="UTF-8"`); w.Code != 200 {
		t.Errorf("another spelling of the same type: %d %s", w.Code, w.Body)
	}
}

func TestFieldsChooseWhatComesBack(t *testing.T) {
	engine := newFake(samplePapers()...)
	s, _ := newServer(t, engine, Options{})
	w := ask(t, s.Handler(), "GET", "/v1/search?q=flow&limit=1&fields=year&fields=categories", nil)
	if !strings.Contains(w.Body.String(), `"paper":{"id":"100% odd id?#ü+x","year":2020,"categories":["cs.CL"]}`) {
		t.Error(w.Body)
	}
	if p := engine.papers["100% odd id?#ü+x"]; p.Title == "" {
		t.Error("the engine's own paper was emptied")
	}
}

func FuzzQueryValues(f *testing.F) {
	for _, seed := range []string{"q=flow&limit=3", "q=%ff", "year=2016-&category=a,b&category=c", "a;b", "positive=x&positive=y", "%zz=1", "limit=9&limit=8"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		for _, table := range [][]param{searchParams, similarParams, paperParams, nil} {
			vals, err := queryValues(raw)
			if err == nil {
				_, err = parseRequest(table, vals)
			}
			checkInvalid(t, err)
		}
	})
}

func FuzzJSONValues(f *testing.F) {
	for _, seed := range []string{`{"q":"flow","limit":3}`, `{"year":2016,"category":["a","b"]}`, `{"q":null}`, `{"positive":[null]}`, `{"q":"\ud800"}`, `{"a":{"b":[1]}}`, `[`, "{\"q\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		vals, err := jsonValues(body, similarParams)
		if err == nil {
			if !json.Valid(body) {
				t.Fatalf("taken, and not JSON: %q", body)
			}
			_, err = parseRequest(similarParams, vals)
		}
		checkInvalid(t, err)
	})
}

// checkInvalid fails unless err is nil or fit to be sent.
func checkInvalid(t *testing.T, err error) {
	t.Helper()
	if err == nil {
		return
	}
	if p := describe(err); p.status != 400 || p.Message == "" || !utf8.ValidString(p.Message+p.Field) {
		t.Fatalf("%+v for %v", p, fmt.Sprintf("%q", err.Error()))
	}
}
