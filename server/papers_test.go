package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

// TestIDsOfEveryShape puts, reads, searches from and deletes papers under ids
// that a URL can mangle.
func TestIDsOfEveryShape(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	ids := []string{
		"a", "hep-th/9901001", "10.1000/182/x", "http://example.org/a//b?c=d#e", "/leading", "trailing/", "a b", "100%", "%2F", "%252F",
		"a+b", "ünï/çødé", "論文", "😀", "..", "../../etc/passwd", "a/./b", "~", "a\tb", `back\slash`, `"quoted"`, "<b>", "a&b=c;d", "search", "a,b",
		strings.Repeat("ü", paper.MaxID/2),
	}
	for _, id := range ids {
		for _, path := range []string{url.PathEscape(id), strings.ReplaceAll(url.PathEscape(id), "%2F", "/")} {
			target := "/v1/papers/" + path
			if w := askJSON(t, s.Handler(), "PUT", target, `{"title":"T"}`); w.Code != 201 {
				t.Errorf("PUT %s: %d %s", target, w.Code, w.Body)
				continue
			}
			w := ask(t, s.Handler(), "GET", target, nil)
			var p paper.Paper
			if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil || w.Code != 200 || p.ID != id {
				t.Errorf("GET %s: %d %s", target, w.Code, w.Body)
			}
			if w := ask(t, s.Handler(), "GET", "/v1/similar?id="+url.QueryEscape(id), nil); w.Code != 200 {
				t.Errorf("similar to %q: %d %s", id, w.Code, w.Body)
			}
			if w := ask(t, s.Handler(), "GET", "/paper?id="+url.QueryEscape(id), nil); w.Code != 200 {
				t.Errorf("page of %q: %d", id, w.Code)
			}
			if w := ask(t, s.Handler(), "DELETE", target, nil); w.Code != 200 {
				t.Errorf("DELETE %s: %d %s", target, w.Code, w.Body)
			}
			if w := ask(t, s.Handler(), "DELETE", target, nil); w.Code != 404 || sentError(t, w.Body.Bytes()).Field != "id" {
				t.Errorf("DELETE %s again: %d %s", target, w.Code, w.Body)
			}
		}
	}
}

func TestBadPapers(t *testing.T) {
	engine := newFake()
	s, _ := newServer(t, engine, Options{})
	for _, tt := range []struct {
		body  string
		field string
	}{
		{``, ""},
		{`{`, ""},
		{`[]`, ""},
		{`{"title":"T"}{"title":"U"}`, ""},
		{"{\"title\":\"\xff\"}", ""},
		{`{}`, "title"},
		{`{"title":" \n"}`, "title"},
		{`{"title":7}`, "title"},
		{`{"title":"a\u0000b"}`, "title"},
		{`{"title":"` + strings.Repeat("a", paper.MaxTitle+1) + `"}`, "title"},
		{`{"title":"a","title":"b"}`, "title"},
		{`{"abstract":"` + strings.Repeat("a", paper.MaxAbstract+1) + `"}`, "abstract"},
		{`{"title":"T","id":"other"}`, "id"},
		{`{"title":"T","id":7}`, "id"},
		{`{"title":"T","year":"2019"}`, "year"},
		{`{"title":"T","year":2019.5}`, "year"},
		{`{"title":"T","year":1e99}`, "year"},
		{`{"title":"T","year":-3}`, "year"},
		{`{"title":"T","date":"May"}`, "date"},
		{`{"title":"T","authors":"Ada"}`, "authors"},
		{`{"title":"T","authors":[{"name":"Ada"}]}`, "authors"},
		{`{"title":"T","ids":{"doi":5}}`, "ids"},
		{`{"title":"T","ids":[]}`, "ids"},
		{`{"title":"T","abstrct":"misspelled"}`, "abstrct"},
		{`{"title":"T","Title":"U"}`, "Title"},
		{`{"title":` + strings.Repeat("[", 20_000), ""},
	} {
		w := askJSON(t, s.Handler(), "PUT", "/v1/papers/x", tt.body)
		if w.Code != 400 {
			t.Errorf("%.80s: %d %.200s", tt.body, w.Code, w.Body)
			continue
		}
		if p := sentError(t, w.Body.Bytes()); p.Field != tt.field {
			t.Errorf("%.80s: field %q, want %q: %+v", tt.body, p.Field, tt.field, p)
		}
	}
	if w := askJSON(t, s.Handler(), "PUT", "/v1/papers/x", `{"abstract":"`+strings.Repeat("a", maxPaperBody)+`"}`); w.Code != 413 {
		t.Errorf("a huge body: %d %.200s", w.Code, w.Body)
	}
	for _, target := range []string{"/v1/papers/", "/v1/papers//"} {
		if w := askJSON(t, s.Handler(), "PUT", target, `{"title":"T"}`); target == "/v1/papers/" && w.Code != 404 {
			t.Errorf("PUT %s: %d %s", target, w.Code, w.Body)
		}
	}
	delete(engine.papers, "/")
	if len(engine.papers) != 0 {
		t.Errorf("something was written: %v", engine.papers)
	}
}

func TestBatches(t *testing.T) {
	for _, tt := range []struct {
		name, kind, body string
		status           int
		want             []paper.PutResult
	}{
		{"array", mediaJSON, ` [ {"id":"a","title":"A"}, {"id":"b","title":"B"} ] `, 200,
			[]paper.PutResult{{ID: "a", Status: paper.Added}, {ID: "b", Status: paper.Added}}},
		{"lines", mediaNDJSON, "{\"id\":\"a\",\"title\":\"A\"}\n\r\n\n{\"id\":\"a\",\"title\":\"A2\"}", 200,
			[]paper.PutResult{{ID: "a", Status: paper.Added}, {ID: "a", Status: paper.Updated}}},
		{"a broken line", mediaJSONL, "{\"id\":\"a\",\"title\":\"A\"}\n{\"id\":\"b\",\n[]\n{\"id\":\"c\",\"title\":\"C\"}\n", 200,
			[]paper.PutResult{{ID: "a", Status: paper.Added}, {ID: "b", Status: paper.Rejected, Error: "line 2: the JSON ends early"},
				{Status: paper.Rejected, Error: "line 3: a JSON object is needed"}, {ID: "c", Status: paper.Added}}},
		{"papers that are none", mediaJSON, `[{"id":"a"},7,{"id":"b","title":"B","year":"x"},{"id":"c","title":"C"}]`, 200,
			[]paper.PutResult{{ID: "a", Status: paper.Rejected, Error: "title: neither a title nor an abstract"},
				{Status: paper.Rejected, Error: "a JSON object is needed"},
				{ID: "b", Status: paper.Rejected, Error: "year: a whole number is needed"}, {ID: "c", Status: paper.Added}}},
		{"empty array", mediaJSON, `[]`, 200, []paper.PutResult{}},
		{"no lines", mediaNDJSON, "\n\n", 200, []paper.PutResult{}},
		{"nothing", mediaJSON, ``, 400, nil},
		{"an object", mediaJSON, `{"id":"a","title":"A"}`, 400, nil},
		{"a cut array", mediaJSON, `[{"id":"a","title":"A"},{"id":"b"`, 400, nil},
		{"an open array", mediaJSON, `[{"id":"a","title":"A"}`, 400, nil},
		{"more after it", mediaJSON, `[{"id":"a","title":"A"}] {}`, 400, nil},
		{"no comma", mediaJSON, `[{"id":"a","title":"A"} {"id":"b","title":"B"}]`, 400, nil},
		{"too many", mediaNDJSON, strings.Repeat("{\"title\":\"A\"}\n", maxBatch+1), 413, nil},
		{"too large", mediaNDJSON, strings.Repeat(" ", maxBatchBody+1), 413, nil},
		{"deep", mediaJSON, strings.Repeat("[", 50_000), 400, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			engine := newFake()
			s, _ := newServer(t, engine, Options{})
			w := ask(t, s.Handler(), "POST", "/v1/papers", strings.NewReader(tt.body), "Content-Type", tt.kind)
			if w.Code != tt.status {
				t.Fatalf("%d %.300s", w.Code, w.Body)
			}
			if tt.status != 200 {
				sentError(t, w.Body.Bytes())
				if len(engine.papers) != 0 {
					t.Errorf("refused, and yet written: %v", engine.papers)
				}
				return
			}
			var got batchAnswer
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, got.Results); d != "" {
				t.Error(d)
			}
			total := 0
			for _, n := range got.Counts {
				total += n
			}
			if total != len(tt.want) {
				t.Errorf("counts %v for %d papers", got.Counts, len(tt.want))
			}
		})
	}
}

// TestBodyOfUnknownLength has no Content-Length to refuse it by.
func TestBodyOfUnknownLength(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	for _, tt := range []struct {
		body   io.Reader
		status int
	}{
		{io.MultiReader(strings.NewReader(`[{"id":"a","title":"A"}]`)), 200},
		{io.MultiReader(strings.NewReader("["), strings.NewReader(strings.Repeat(" ", maxBatchBody))), 413},
		{io.MultiReader(strings.NewReader("["), brokenReader{}), 400},
	} {
		r := httptest.NewRequest("POST", "/v1/papers", tt.body)
		r.Host, r.ContentLength = "localhost", -1
		r.Header.Set("Content-Type", mediaJSON)
		w := httptest.NewRecorder()
		s.Handler().ServeHTTP(w, r)
		if w.Code != tt.status {
			t.Errorf("%d %.200s, want %d", w.Code, w.Body, tt.status)
		}
	}
	if !s.bodies.TryAcquire(bodyBudget) {
		t.Error("the budget for bodies is not given back")
	}
}

type brokenReader struct{}

func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

func TestLineOverTheLimitIsRejectedAlone(t *testing.T) {
	long := io.LimitReader(repeat('x'), maxLine+10)
	body := io.MultiReader(strings.NewReader("{\"id\":\"a\",\"title\":\"A\"}\n"), long, strings.NewReader("\n{\"id\":\"b\",\"title\":\"B\"}\n"))
	var got []string
	for e, err := range jsonLines(body) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%s %v", e.paper.ID, e.err))
	}
	want := []string{"a <nil>", fmt.Sprintf(" line 2 is over %d bytes", maxLine), "b <nil>"}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// repeat is a reader of one byte without end.
type repeat byte

func (r repeat) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = byte(r)
	}
	return len(p), nil
}

func FuzzDecodePaper(f *testing.F) {
	for _, seed := range []string{`{"id":"a","title":"T","authors":["x"],"year":2019,"ids":{"doi":"1"}}`, `{"title":null}`, `{"title":"a","title":"b"}`, `{"year":"2019"}`, `[1]`, "{\"title\":\"\xff\"}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := decodePaper(raw)
		checkInvalid(t, err)
		if err != nil {
			return
		}
		var want paper.Paper
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatalf("taken, though encoding/json says %v: %q", err, raw)
		}
		if d := cmp.Diff(want, p); d != "" {
			t.Fatalf("%q: %s", raw, d)
		}
	})
}

func FuzzBatch(f *testing.F) {
	for _, seed := range []string{`[{"id":"a","title":"T"},{}]`, "{\"title\":\"T\"}\n\n{", `[`, `[1,2`, `[]x`, "\r\n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		for e, err := range jsonArray(bytes.NewReader(body)) {
			checkInvalid(t, err)
			checkInvalid(t, e.err)
		}
		lines := 0
		for e, err := range jsonLines(bytes.NewReader(body)) {
			if err != nil {
				t.Fatalf("a body in memory could not be read: %v", err)
			}
			lines++
			if e.err != nil && !utf8.ValidString(e.err.Error()) {
				t.Fatalf("%q", e.err)
			}
		}
		if most := bytes.Count(body, []byte("\n")) + 1; lines > most {
			t.Fatalf("%d papers from %d lines", lines, most)
		}
	})
}
