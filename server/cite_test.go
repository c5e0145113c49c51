package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"kindred/paper"
)

// documentedPaper is the example of a paper in the OpenAPI document, and its
// answers by media type.
func documentedPaper(t *testing.T) (paper.Paper, map[string]content) {
	t.Helper()
	op, _ := contract().operation(t, "/v1/papers/{id}", "GET")
	answers := op.Responses["200"].Content
	raw, err := json.Marshal(answers["application/json"].Example)
	if err != nil {
		t.Fatal(err)
	}
	var p paper.Paper
	if err := json.Unmarshal(raw, &p); err != nil {
		t.Fatal(err)
	}
	return p, answers
}

// TestCitationsAreAsDocumented asks for the document's own example.
func TestCitationsAreAsDocumented(t *testing.T) {
	p, answers := documentedPaper(t)
	s, _ := newServer(t, newFake(p), Options{})
	for format, name := range map[paper.CitationFormat]string{
		paper.BibTeX: "dinh2016density.bib", paper.RIS: "dinh2016density.ris", paper.CSL: "dinh2016density.json",
		paper.CSV: "dinh2016density.csv", paper.JSONL: "dinh2016density.jsonl",
	} {
		target := "/v1/papers/1605.08803?format=" + string(format)
		w := ask(t, s.Handler(), "GET", target, nil)
		if w.Code != 200 {
			t.Errorf("%s: %d %s", format, w.Code, w.Body)
			continue
		}
		if got, want := w.Header().Get("Content-Type"), format.MediaType()+"; charset=utf-8"; got != want {
			t.Errorf("%s: the type %q, want %q", format, got, want)
		}
		if kind, params, err := mime.ParseMediaType(w.Header().Get("Content-Disposition")); err != nil || kind != "attachment" || params["filename"] != name {
			t.Errorf("%s: Content-Disposition %q, want the name %q", format, w.Header().Get("Content-Disposition"), name)
		}
		want := answers[format.MediaType()].Example
		var got any = w.Body.String()
		if format == paper.CSL {
			if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
				t.Fatal(err)
			}
			checkCSL(t, w)
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: -document +answer\n%s", format, d)
		}
		if h := ask(t, s.Handler(), "HEAD", target, nil); h.Code != 200 || h.Header().Get("Content-Length") != fmt.Sprint(w.Body.Len()) {
			t.Errorf("HEAD for %s: %d, %s bytes", format, h.Code, h.Header().Get("Content-Length"))
		}
	}
}

// checkCSL holds an answer to the document's schema of references.
func checkCSL(t *testing.T, w *httptest.ResponseRecorder) {
	t.Helper()
	schema, err := schemaAt("/paths/~1v1~1papers~1%7Bid%7D/get/responses/200/content/application~1vnd.citationstyles.csl+json/schema")
	if err != nil {
		t.Fatal(err)
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Fatalf("%v in %s", err, w.Body)
	}
	if err := schema.Validate(body); err != nil {
		t.Errorf("%v in %s", err, w.Body)
	}
}

// TestEveryPaperIsCited asks for papers with odd ids, without authors, with
// links that are none.
func TestEveryPaperIsCited(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, p := range samplePapers() {
		for _, format := range []string{"bibtex", "ris", "csl", "csv", "jsonl"} {
			target := "/v1/papers/" + url.PathEscape(p.ID) + "?format=" + format
			w := ask(t, s.Handler(), "GET", target, nil)
			if w.Code != 200 || format != "jsonl" && strings.Contains(w.Body.String(), "javascript:") { // JSON lines are the papers as they are
				t.Errorf("%s: %d %s", target, w.Code, w.Body)
			}
			if format == "csl" {
				checkCSL(t, w)
			}
		}
	}
}

func TestCitationParameters(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, tt := range []struct {
		target, field string
		status        int
	}{
		{"/v1/papers/p01?format=word", "format", 400},
		{"/v1/papers/p01?format=BibTeX", "format", 400},
		{"/v1/papers/p01?format=bibtex,ris", "format", 400},
		{"/v1/papers/p01?format=ris&format=ris", "format", 400},
		{"/v1/papers/p01?format=" + strings.Repeat("x", 5000), "format", 400},
		{"/v1/papers/p01?format=%ff", "format", 400},
		{"/v1/papers/nobody?format=ris", "id", 404},
		{"/v1/search?q=flow&format=word", "format", 400},
	} {
		w := ask(t, s.Handler(), "GET", tt.target, nil)
		if w.Code != tt.status || sentError(t, w.Body.Bytes()).Field != tt.field {
			t.Errorf("%.80s: %d %s", tt.target, w.Code, w.Body)
		}
		if w.Header().Get("Content-Disposition") != "" {
			t.Errorf("%.80s: an error as a file", tt.target)
		}
	}
	if w := ask(t, s.Handler(), "GET", "/v1/papers/p01?format=", nil); w.Code != 200 || !strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") {
		t.Errorf("an empty format: %d %s", w.Code, w.Body)
	}
	w := ask(t, s.Handler(), "GET", "/v1/papers/p01?format=ris&fields=title", nil)
	if want := "TY  - GEN\r\nID  - paper\r\nTI  - Paper 1\r\nER  - \r\n"; w.Body.String() != want {
		t.Errorf("the title alone: %q, want %q", w.Body, want)
	}
}
