package server

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"kindred/paper"
)

// fuzzed sends what a client could never be made to send: any method, target,
// header and body.
func fuzzed(h http.Handler, method, target string, header http.Header, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
	r.Method, r.Host, r.Header = method, "localhost", header
	if u, err := url.ParseRequestURI(target); err == nil {
		r.URL = u
	} else {
		path, query, _ := strings.Cut(target, "?")
		r.URL = &url.URL{Path: "/" + strings.TrimPrefix(path, "/"), RawQuery: query}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// FuzzRequests sends anything to any route: nothing is a fault of the program,
// and every refusal of the API is an error of its shape.
func FuzzRequests(f *testing.F) {
	for _, seed := range [][5]string{
		{"GET", "/v1/search?q=%22a%20b%22+-c&year=2016-&limit=5&cursor=MTA", "", "", ""},
		{"POST", "/v1/search", "application/json", "", `{"q":"flow","facets":["year"],"explain":true}`},
		{"POST", "/v1/search/batch", "application/json", "", `[{"q":"flow"},{}]`},
		{"POST", "/v1/ask", "application/json;charset=utf-8", "https://evil.example", `{"q":"flow"}`},
		{"POST", "/v1/similar", "application/json", "", `{"positive":["p01"],"negative":["p02"]}`},
		{"POST", "/v1/papers", "application/x-ndjson", "", `{"title":"a"}`},
		{"PUT", "/v1/papers/a%2Fb%20c", "application/json", "", `{"title":"a","ids":{"doi":"1"}}`},
		{"PUT", "/v1/papers/a", "application/json", "", `{"title":"a","collections":["b"],"parts":[{"id":"a","title":"a"},{"id":"b","title":"a","parts":[]}]}`},
		{"DELETE", "/v1/papers/%00", "", "", ""}, {"DELETE", "/v1/collections/a%2Fb?dry_run=1", "", "", ""}, {"GET", "/v1/collections", "", "", ""},
		{"GET", "/v1/papers/hep-th/9901001?format=bibtex", "", "null", ""},
		{"POST", "/v1/embeddings", "application/json", "", `{"model":"kindred","input":["a"],"encoding_format":"base64"}`},
		{"OPTIONS", "/v1/search", "", "http://localhost", ""},
		{"GET", "/search?q=flow&year=x", "", "", ""}, {"GET", "/search?q=flow&collection=a&not_collection=b", "", "", ""}, {"GET", "/paper?id=p01", "", "", ""}, {"GET", "/docs", "", "", ""},
		{"GET", "/internal/v1/stats", "", "", ""}, {"HEAD", "/v1/search?q=flow", "", "", ""},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3], seed[4])
	}
	engine := newFake(samplePapers()...)
	s, _ := newServer(f, engine, Options{})
	f.Fuzz(func(t *testing.T, method, target, contentType, origin, body string) {
		header := http.Header{"Content-Type": {contentType}, "Accept-Encoding": {"gzip"}}
		if origin != "" {
			header.Set("Origin", origin)
		}
		w := fuzzed(s.Handler(), method, target, header, body)
		if w.Code >= 500 {
			t.Fatalf("%q %q %q %q: %d %s", method, target, contentType, body, w.Code, w.Body)
		}
		if w.Code >= 400 && method != http.MethodHead && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && w.Header().Get("Content-Encoding") == "" {
			sentError(t, w.Body.Bytes())
		}
	})
}

// FuzzIDs puts a paper under any id: it is refused, or found again under the
// same one.
func FuzzIDs(f *testing.F) {
	for _, seed := range []string{"a", "hep-th/9901001", "100% odd id?#ü+x", "..", "/", "a//b", " a ", "%2F", "\x00", "\xff", "世界", "a;b=c", "\u202e", strings.Repeat("x", 600)} {
		f.Add(seed)
	}
	s, _ := newServer(f, newFake(), Options{})
	f.Fuzz(func(t *testing.T, id string) {
		target := "/v1/papers/" + url.PathEscape(id)
		w := fuzzed(s.Handler(), "PUT", target, http.Header{"Content-Type": {"application/json"}}, `{"title":"A"}`)
		switch {
		case w.Code == 400 || w.Code == 404 && strings.Trim(id, "/") == "":
			sentError(t, w.Body.Bytes())
			return
		case w.Code != 201 && w.Code != 200:
			t.Fatalf("%q: %d %s", id, w.Code, w.Body)
		case !utf8.ValidString(id):
			t.Fatalf("%q is taken", id)
		}
		var put paper.PutResult
		if err := json.Unmarshal(w.Body.Bytes(), &put); err != nil {
			t.Fatal(err)
		}
		var got paper.Paper
		w = fuzzed(s.Handler(), "GET", "/v1/papers/"+url.PathEscape(put.ID), http.Header{}, "")
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 || got.ID != put.ID {
			t.Fatalf("%q was put as %q and is %d %s", id, put.ID, w.Code, w.Body)
		}
	})
}

func FuzzSearches(f *testing.F) {
	for _, seed := range []string{`[{"q":"flow"}]`, `[]`, `[null]`, `[[{"q":1}]]`, `{"q":"a"}`, `[{"q":"a","limit":1000}`, "[{\"q\":\"\xff\"}]"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		requests, outcomes, err := parseSearches(body)
		checkInvalid(t, err)
		if err != nil {
			return
		}
		if !json.Valid(body) || len(requests) != len(outcomes) || len(requests) > maxSearches {
			t.Fatalf("%d requests, %d outcomes of %q", len(requests), len(outcomes), body)
		}
		for i, r := range requests {
			if (r == nil) != (outcomes[i].Error != nil) {
				t.Fatalf("%d is neither a question nor an error: %q", i, body)
			}
		}
	})
}

func FuzzInputs(f *testing.F) {
	for _, seed := range []string{`"a"`, `["a","b"]`, `[1,2]`, `[[1]]`, `null`, `[null]`, `""`, ` `, `["\ud800"]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		texts, err := inputs(raw)
		checkInvalid(t, err)
		if err == nil && (len(texts) == 0 || len(texts) > maxInputs) {
			t.Fatalf("%d texts of %q", len(texts), raw)
		}
	})
}

// FuzzCallers reads who calls, from headers that anybody can write.
func FuzzCallers(f *testing.F) {
	f.Add("Bearer x", "y", "1.2.3.4, 5.6.7.8", "127.0.0.1:1", "https://a.example")
	f.Add("Basic eDp5", "", "[::1]:80", "[fe80::1%a]:1", "null")
	s := &Server{opts: Options{TrustProxy: true, Origins: []string{"https://a.example"}}}
	f.Fuzz(func(t *testing.T, authorization, apiKey, forwarded, remote, origin string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header = http.Header{"Authorization": {authorization}, "X-Api-Key": {apiKey}, "X-Forwarded-For": {forwarded}, "Origin": {origin}}
		r.RemoteAddr = remote
		if k := givenKey(r); len(k) > len(authorization)+len(apiKey) {
			t.Fatalf("%q of %q and %q", k, authorization, apiKey)
		}
		if a := s.address(r); len(a) > 64 || strings.ContainsAny(a, " ,\n%") {
			t.Fatalf("%q of %q", a, forwarded)
		}
		if s.listed(origin) && !strings.EqualFold(origin, "https://a.example") {
			t.Fatalf("%q is listed", origin)
		}
	})
}
