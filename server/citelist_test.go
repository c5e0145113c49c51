package server

import (
	"encoding/json"
	"fmt"
	"mime"
	"net/url"
	"strings"
	"testing"

	"kindred/paper"
)

// countIn says how many papers a file has.
var countIn = map[paper.CitationFormat]func(file string) int{
	paper.BibTeX: func(s string) int { return strings.Count("\n"+s, "\n@") },
	paper.RIS:    func(s string) int { return strings.Count(s, "ER  - \r\n") },
	paper.CSL: func(s string) int {
		var items []any
		_ = json.Unmarshal([]byte(s), &items)
		return len(items)
	},
	paper.CSV:   func(s string) int { return strings.Count(s, "\r\n") - 1 },
	paper.JSONL: func(s string) int { return strings.Count(s, "\n") },
}

// TestListsAreCited asks each route that answers with papers for each format:
// by name in the URL, by name in a body, by Accept.
func TestListsAreCited(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	type request struct {
		method, target, body string
		accept               string
		papers               int
	}
	for format, count := range countIn {
		for _, r := range []request{
			{"GET", "/v1/search?q=flow&limit=3&format=" + string(format), "", "", 3},
			{"GET", "/v1/search?q=flow&limit=3", "", format.MediaType(), 3},
			{"GET", "/v1/search?q=flow&limit=3&format=" + string(format), "", "application/json", 3},
			{"GET", "/v1/search?q=nothing+at+all&format=" + string(format), "", "", 0},
			{"POST", "/v1/search", fmt.Sprintf(`{"q":"flow","limit":3,"format":%q}`, format), "", 3},
			{"POST", "/v1/search", `{"q":"flow","limit":3,"format":null}`, format.MediaType(), 3},
			{"GET", "/v1/similar?id=p01&limit=4&format=" + string(format), "", "", 4},
			{"POST", "/v1/similar", fmt.Sprintf(`{"positive":["p01"],"limit":4,"format":%q}`, format), "", 4},
			{"GET", "/v1/papers?id=p01&id=p00&id=" + url.QueryEscape("100% odd id?#ü+x") + "&format=" + string(format), "", "", 3},
			{"GET", "/v1/papers?id=p01", "", "application/json;q=0.5, " + format.MediaType(), 1},
			{"GET", "/v1/papers/p01", "", format.MediaType() + ", */*", 1},
		} {
			w := ask(t, s.Handler(), r.method, r.target, strings.NewReader(r.body), "Content-Type", "application/json", "Accept", r.accept)
			if w.Code != 200 || count(w.Body.String()) != r.papers || !strings.HasPrefix(w.Header().Get("Content-Type"), format.MediaType()+";") {
				t.Errorf("%s %+v: %d %v %s", format, r, w.Code, w.Header(), w.Body)
			}
			if kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition")); err != nil || kind != "attachment" || !strings.HasSuffix(params["filename"], format.Extension()) {
				t.Errorf("%s %+v: %v", format, r, w.Header())
			}
			if vary := strings.Join(w.Header().Values("Vary"), ","); !strings.Contains(vary, "Accept") {
				t.Errorf("%s %+v: Vary is %q", format, r, vary)
			}
		}
	}
}

func TestKeysOfAListAreUnique(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	w := ask(t, s.Handler(), "GET", "/v1/papers?id=p01&id=p02&id=p01&format=bibtex&fields=title,year", nil)
	for _, key := range []string{"{paper2011paper,", "{paper2012paper,", "{paper2011papera,"} {
		if !strings.Contains(w.Body.String(), key) {
			t.Errorf("no %s in %s", key, w.Body)
		}
	}
}

// TestCitedPages follows Link from page to page.
func TestCitedPages(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	pages, papers := 0, 0
	for target := "/v1/search?q=flow&limit=4&format=jsonl"; target != ""; pages++ {
		w := ask(t, s.Handler(), "GET", target, nil)
		papers += countIn[paper.JSONL](w.Body.String())
		target = ""
		if link := w.Header().Get("Link"); link != "" {
			var ok bool
			if target, ok = strings.CutSuffix(strings.TrimPrefix(link, "<"), `>; rel="next"`); !ok {
				t.Fatalf("Link is %q", link)
			}
		}
	}
	if pages != 4 || papers != 15 {
		t.Errorf("%d pages of %d papers", pages, papers)
	}
}

func TestWhatAcceptMeans(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for accept, want := range map[string]string{
		"":    "application/json",
		"*/*": "application/json",
		"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8": "application/json",
		"text/html":                              "application/json", // nothing else is spoken
		"text/csv":                               "text/csv",
		"TEXT/CSV; charset=utf-8":                "text/csv",
		"text/csv;q=0.5, application/json":       "application/json",
		"application/json;q=0.5, text/csv;q=0.6": "text/csv",
		"text/csv;q=0":                           "application/json",
		"text/csv;q=NaN, text/csv;q=2":           "application/json",
		"text/csv;q=x":                           "application/json",
		"application/json, text/csv":             "application/json",
		";;,,/":                                  "application/json",
		"application/vnd.citationstyles.csl+json;q=0.5, application/x-bibtex":  "application/x-bibtex",
		strings.Repeat("text/csv;q=0.1,", 1000) + "application/x-bibtex;q=0.2": "application/x-bibtex",
	} {
		w := ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil, "Accept", accept)
		if got, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); w.Code != 200 || got != want {
			t.Errorf("%.80q: %d %q, want %q", accept, w.Code, got, want)
		}
	}
}

func TestWeakerFilesAreNotKept(t *testing.T) {
	engine := &revised{newFake(samplePapers()...), "one"}
	s, _ := newServer(t, engine, Options{})
	const target = "/v1/search?q=flow"
	plain := ask(t, s.Handler(), "GET", target, nil).Header().Get("ETag")
	file := ask(t, s.Handler(), "GET", target, nil, "Accept", "text/csv").Header().Get("ETag")
	if plain == "" || file == "" || plain == file {
		t.Errorf("JSON has the tag %q, CSV %q", plain, file)
	}
	if w := ask(t, s.Handler(), "GET", target, nil, "Accept", "text/csv", "If-None-Match", plain); w.Code != 200 {
		t.Errorf("JSON is taken for CSV: %d", w.Code)
	}
	engine.change = func(r *paper.Result) { r.Degraded = "the embedder is out of reach" }
	if w := ask(t, s.Handler(), "GET", target+"&format=csv", nil); w.Code != 200 || w.Header().Get("ETag") != "" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
}

func TestSeveralPapers(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	w := ask(t, s.Handler(), "GET", "/v1/papers?id=p02&id=hep-th/9901001&fields=title", nil)
	if want := `{"papers":[{"id":"p02","title":"Paper 2"},{"id":"hep-th/9901001","title":"Gauge flow"}]}` + "\n"; w.Code != 200 || w.Body.String() != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	many := strings.Repeat("id=p01&", maxPapers)
	if w := ask(t, s.Handler(), "GET", "/v1/papers?"+many+"format=csv", nil); w.Code != 200 || countIn[paper.CSV](w.Body.String()) != maxPapers {
		t.Errorf("%d ids: %d", maxPapers, w.Code)
	}
	for target, status := range map[string]int{
		"/v1/papers": 400, "/v1/papers?id=": 400, "/v1/papers?" + many + "id=p02": 400, "/v1/papers?id=p01&format=word": 400,
		"/v1/papers?id=p01&id=nobody": 404, "/v1/papers?id=p01&nonsense=1": 400,
	} {
		if w := ask(t, s.Handler(), "GET", target, nil); w.Code != status {
			t.Errorf("%.60s: %d %.200s", target, w.Code, w.Body)
		}
	}
}
