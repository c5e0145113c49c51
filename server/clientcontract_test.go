package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kindred/paper"
	"kindred/server/client"
)

// documentHolder carries the requests of the Go client and holds them, and the
// answers, to the OpenAPI document.
type documentHolder struct {
	t    *testing.T
	seen map[string]map[string]any // the last JSON body by operation
}

func (d documentHolder) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	path, known := contract().pathOf(r.URL.EscapedPath())
	op, ok := contract().operation(d.t, path, r.Method)
	if !known || !ok || r.URL.RawQuery != "" && path != "/v1/papers" && r.URL.RawQuery != "dry_run=true" {
		d.t.Errorf("%s %s is not in the document", r.Method, r.URL)
	}
	name := r.Method + " " + path
	d.seen[name] = nil
	if kind := r.Header.Get("Content-Type"); op.RequestBody != nil {
		d.seen[name] = d.holdBody(name, kind, op.RequestBody.Content, body)
	} else if len(body) > 0 {
		d.t.Errorf("%s has a body", name)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	w := httptest.NewRecorder()
	maps.Copy(w.Header(), resp.Header)
	w.WriteHeader(resp.StatusCode)
	if _, err := io.Copy(w, resp.Body); err != nil {
		return nil, err
	}
	holdToDocument(d.t, r.Method, r.URL.EscapedPath(), w)
	return w.Result(), nil
}

// holdBody checks a body, of JSON lines each, and returns the last value.
func (d documentHolder) holdBody(name, kind string, contents map[string]content, body []byte) map[string]any {
	c, ok := contents[kind]
	if !ok {
		d.t.Errorf("%s is sent as %q", name, kind)
		return nil
	}
	schema := compileSchema(d.t, json.RawMessage(`{"$ref": "#/components/schemas/PaperInput"}`))
	if kind == mediaJSON {
		schema = compileSchema(d.t, c.Schema)
	}
	var last map[string]any
	for line := range bytes.Lines(body) {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err != nil {
			d.t.Errorf("%s: %v in %s", name, err, line)
			continue
		}
		if err := schema.Validate(value); err != nil {
			d.t.Errorf("%s sends what the document does not have: %v", name, err)
		}
		last, _ = value.(map[string]any)
	}
	return last
}

// TestClientAndDocumentAgree has the Go client do all it can on a real
// listener, every option set.
func TestClientAndDocumentAgree(t *testing.T) {
	papers := samplePapers()
	for i := range papers {
		papers[i].Authors, papers[i].Collections = []string{"A"}, []string{"lib"} // so that there are some that pass all filters
	}
	s, _ := newServer(t, newFake(papers...), Options{})
	listener := httptest.NewServer(s.Handler())
	defer listener.Close()
	holder := documentHolder{t, make(map[string]map[string]any)}
	c, err := client.New(listener.URL, client.Options{HTTPClient: &http.Client{Transport: holder}})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	options := paper.Options{
		Mode: paper.Lexical, Limit: 2, Facets: []string{"year"}, Sort: paper.NewestFirst, MinScore: 0.1, Explain: true,
		Filter: paper.Filter{Years: paper.Years{From: 2010, To: 2030}, From: "2010", To: "2030-01", Categories: []string{"cs"}, Authors: []string{"A"}, Venues: []string{"ICML"}, Collections: []string{"Lib"}, NotCollections: []string{"none"}},
	}
	first, err := c.Search(ctx, paper.Query{Text: "flow", Verbatim: true, Options: options})
	if err != nil || first.NextCursor == "" {
		t.Fatalf("%+v, %v", first, err)
	}
	options.Cursor = first.NextCursor
	if _, err := c.Search(ctx, paper.Query{Text: "flow", Verbatim: true, Options: options}); err != nil {
		t.Error(err)
	}
	checkSent(t, holder, "POST /v1/search", "fields", "format")
	options.Cursor = ""
	for _, similar := range []paper.Similar{
		{Title: "Paper 1", Options: options}, {Text: "flow", Options: options}, {Positive: []string{"p01"}, Negative: []string{"p02"}, Options: options},
	} {
		found, err := c.Similar(ctx, similar)
		if err != nil {
			t.Errorf("%+v: %v", similar, err)
			continue
		}
		similar.Cursor = found.NextCursor
		if _, err := c.Similar(ctx, similar); err != nil {
			t.Errorf("%+v: %v", similar, err)
		}
	}
	checkSent(t, holder, "POST /v1/similar", "fields", "format", "id", "title", "text")

	many, err := c.SearchMany(ctx, []paper.Query{{Text: "flow", Options: options}, {}, {Options: paper.Options{Sort: paper.NewestFirst}}, {Text: "flow", Options: paper.Options{Cursor: "no"}}})
	if err != nil || len(many) != 4 || many[0].Result == nil || many[0].Err != nil || many[2].Result == nil {
		t.Fatalf("%+v, %v", many, err)
	}
	if many[0].Result.Total != first.Total || len(many[0].Result.Hits) != len(first.Hits) {
		t.Errorf("%+v, alone %+v", many[0].Result, first)
	}
	for i, field := range map[int]string{1: "q", 3: "cursor"} {
		if bad, ok := errors.AsType[*paper.InvalidError](many[i].Err); !ok || bad.Field != field || many[i].Result != nil {
			t.Errorf("question %d: %+v", i, many[i])
		}
	}
	for _, format := range []paper.CitationFormat{paper.BibTeX, paper.RIS, paper.CSL, paper.CSV, paper.JSONL} {
		p, err := c.Papers(ctx, []string{"p03", "p01"})
		if err != nil || len(p) != 2 || p[0].ID != "p03" {
			t.Fatalf("%+v, %v", p, err)
		}
		var got, want bytes.Buffer
		if err := paper.WriteCitations(&want, format, p...); err != nil {
			t.Fatal(err)
		}
		if err := c.Cite(ctx, &got, format, []string{"p03", "p01"}); err != nil || got.String() != want.String() {
			t.Errorf("%s: %q, %v", format, got.String(), err)
		}
	}
	var list bytes.Buffer
	if err := c.CiteSearch(ctx, &list, paper.RIS, paper.Query{Text: "flow", Options: options}); err != nil || strings.Count(list.String(), "ER  -") != len(first.Hits) {
		t.Errorf("%q, %v", list.String(), err)
	}
	list.Reset()
	if err := c.CiteSimilar(ctx, &list, paper.JSONL, paper.Similar{Positive: []string{"p01"}}); err != nil || list.Len() == 0 {
		t.Errorf("%q, %v", list.String(), err)
	}
	if err := c.Cite(ctx, &list, paper.RIS, []string{"p01", "nobody"}); !errors.Is(err, paper.ErrNotFound) {
		t.Errorf("a file with a paper that is not there: %v", err)
	}
	if err := c.Cite(ctx, &list, "docx", []string{"p01"}); !errors.As(err, new(*paper.InvalidError)) {
		t.Errorf("an unknown format: %v", err)
	}
	for _, texts := range []paper.Texts{{Texts: []string{"flow", "sea"}}, {Texts: []string{"flow"}, AsQuestions: true}} {
		made, err := c.Embed(ctx, texts)
		if err != nil || len(made.Vectors) != len(texts.Texts) || len(made.Vectors[0]) == 0 || made.Model == "" {
			t.Errorf("%+v: %+v, %v", texts, made, err)
		}
	}

	n := 0
	for _, err := range c.SearchAll(ctx, paper.Query{Text: "flow", Options: paper.Options{Limit: 4}}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != len(samplePapers()) {
		t.Errorf("%d papers of all pages", n)
	}
	said := 0
	if _, err := c.Ask(ctx, paper.Query{Text: "flow", Options: paper.Options{Limit: 3}}, func(paper.Sentence) error { said++; return nil }); err != nil || said == 0 {
		t.Errorf("%d sentences, %v", said, err)
	}
	full := paper.Paper{ID: "new/1 ü", Title: "T", Abstract: "A", Authors: []string{"Ada One"}, Year: 2020, Date: "2020-01", Updated: "2021", Venue: "V",
		Categories: []string{"cs.LG"}, IDs: map[string]string{"doi": "10.1/x"}, URL: "https://e.org/x", Source: "test", Collections: []string{"new"}}
	if results, err := c.Put(ctx, []paper.Paper{full, {ID: "new/2", Title: "T"}}); err != nil || results[0].Status != paper.Added {
		t.Errorf("%+v, %v", results, err)
	}
	if got, err := c.Paper(ctx, full.ID); err != nil || got.Title != "T" {
		t.Errorf("%+v, %v", got, err)
	}
	if n, err := c.Delete(ctx, []string{full.ID, "nobody"}); err != nil || n != 1 {
		t.Errorf("%d deleted, %v", n, err)
	}
	if _, err := c.Paper(ctx, full.ID); !errors.Is(err, paper.ErrNotFound) {
		t.Errorf("a deleted paper: %v", err)
	}
	if _, err := c.Stats(ctx); err != nil {
		t.Error(err)
	}
	if list, err := c.Collections(ctx); err != nil || len(list) != 1 {
		t.Errorf("%+v, %v", list, err)
	}
	if d, err := c.DropCollection(ctx, "lib", true, nil); err != nil || d.Deleted != len(papers) {
		t.Errorf("%+v, %v", d, err)
	}
	want := []string{"DELETE /v1/collections/{name}", "DELETE /v1/papers/{id}", "GET /v1/collections", "GET /v1/papers", "GET /v1/papers/{id}", "GET /v1/stats", "POST /v1/ask", "POST /v1/embeddings", "POST /v1/papers", "POST /v1/search", "POST /v1/search/batch", "POST /v1/similar"}
	if got := slices.Sorted(maps.Keys(holder.seen)); !slices.Equal(got, want) {
		t.Errorf("the client asked %s, want %s", strings.Join(got, ", "), strings.Join(want, ", "))
	}
}

// checkSent fails the test unless the last body of an operation had all that
// its schema has, except what the client has no use for.
func checkSent(t *testing.T, d documentHolder, name string, except ...string) {
	t.Helper()
	method, path, _ := strings.Cut(name, " ")
	op, _ := contract().operation(t, path, method)
	for property := range properties(t, op.RequestBody.Content[mediaJSON].Schema) {
		if _, sent := d.seen[name][property]; sent == slices.Contains(except, property) {
			t.Errorf("%s: %s is sent: %t", name, property, sent)
		}
	}
}
