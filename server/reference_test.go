package server

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// TestDocsPage holds the page to the document: all of its operations, with
// their parameters and statuses, all of its schemas, and no link that leads
// nowhere.
func TestDocsPage(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	w := ask(t, s.Handler(), "GET", "/docs", nil)
	page := w.Body.String()
	if w.Code != 200 || strings.Count(page, "<script") != 1 || strings.Contains(page, "style=") || strings.Contains(page, "<no value>") {
		t.Fatalf("%d %.300s", w.Code, page)
	}
	for path, methods := range contract().Paths {
		for method := range methods {
			if method == "parameters" {
				continue
			}
			op, _ := contract().operation(t, path, method)
			var id struct{ OperationID, Summary string }
			if err := json.Unmarshal(methods[method], &id); err != nil {
				t.Fatal(err)
			}
			_, section, found := strings.Cut(page, `id="`+id.OperationID+`"`)
			section, _, _ = strings.Cut(section, "</section>")
			if !found || !strings.Contains(section, "<code>"+path+"</code>") || !strings.Contains(section, strings.ToUpper(method)) {
				t.Errorf("%s %s is not there", method, path)
			}
			for _, p := range op.Parameters {
				if name := contract().resolve(p).Name; !strings.Contains(section, "<dt><code>"+name+"</code>") {
					t.Errorf("%s %s lacks %s", method, path, name)
				}
			}
			for status := range op.Responses {
				if !strings.Contains(section, "<dt><code>"+status+"</code>") {
					t.Errorf("%s %s lacks %s", method, path, status)
				}
			}
		}
	}
	ids := make(map[string]int)
	for _, m := range regexp.MustCompile(` id="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		ids[m[1]]++
		if ids[m[1]] > 1 {
			t.Errorf("two places are called %s", m[1])
		}
	}
	links := regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1)
	for _, m := range links {
		switch target := m[1]; {
		case strings.HasPrefix(target, "#"):
			if ids[target[1:]] == 0 {
				t.Errorf("%s leads nowhere", target)
			}
		case !strings.HasPrefix(target, "/"):
			t.Errorf("the page needs %s", target)
		}
	}
	if len(links) < 100 {
		t.Errorf("%d links only", len(links))
	}
	for _, want := range []string{
		`curl &#39;http://127.0.0.1:8080/v1/papers/hep-th/9901001&#39;`, "whole number from 0 to 1000", "hybrid, semantic, lexical", "list of <a href=\"#",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

func TestBrokenDocuments(t *testing.T) {
	for name, text := range map[string]string{
		"none":                  ``,
		"another type":          `[]`,
		"a parameter not there": `{"tags":[{"name":"a"}],"paths":{"/x":{"get":{"tags":["a"],"parameters":[{"$ref":"#/components/parameters/No"}]}}}}`,
		"a response not there":  `{"tags":[{"name":"a"}],"paths":{"/x":{"get":{"tags":["a"],"responses":{"200":{"$ref":"#/components/responses/No"}}}}}}`,
		"no tag":                `{"paths":{"/x":{"get":{}}}}`,
		"a schema of none":      `{"components":{"schemas":{"A":7}}}`,
	} {
		if r, err := readReference([]byte(text)); err == nil {
			t.Errorf("%s: %+v", name, r)
		}
	}
}

func TestTypesInWords(t *testing.T) {
	for text, want := range map[string]string{
		`{"type":"string"}`: "text", `{"type":["integer","null"],"minimum":0}`: "whole number from 0",
		`{"enum":["a",1]}`: "a, 1", `{"type":"array","items":{"type":"number"},"maxItems":3}`: "list of number, at most 3",
		`{"type":"array","items":{"type":"string"}}`:                       "list of texts",
		`{"anyOf":[{"$ref":"#/components/schemas/Year"},{"type":"null"}]}`: "Year",
		`{"anyOf":[{"type":"string"},{"type":"boolean"}]}`:                 "text or true or false",
		`{"type":"string","maxLength":5}`:                                  "text, at most 5 characters", `{}`: "",
	} {
		s, err := readSchema(json.RawMessage(text))
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, part := range s.describe() {
			got += fmt.Sprint(part.Text)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
	}
}
