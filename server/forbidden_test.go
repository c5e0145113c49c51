package server

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kindred/paper"
)

// oddValues are of every type, at and beyond what schemas usually bound.
func oddValues() []any {
	many := make([]any, 501)
	for i := range many {
		many[i] = fmt.Sprint("x", i)
	}
	return []any{
		nil, true, json.Number("7"), json.Number("-1"), json.Number("0"), json.Number("1.5"), json.Number("1001"), json.Number("10000"), json.Number("1e300"),
		"", "nonsense", "2016-2020", "2020-2016", "2019-13", "lexical", strings.Repeat("x", 600), "\u0000", "ü ' \" <b> %2F /",
		[]any{}, []any{"nonsense"}, []any{json.Number("7")}, []any{nil}, []any{"title", []any{}}, many,
		map[string]any{}, map[string]any{"a": json.Number("1")}, map[string]any{"a": "b"},
	}
}

// TestWhatTheDocumentForbids goes through the document and sends each
// operation values of every kind. What its schema does not allow must be
// refused, with a status that the document has (see ask); nothing may be a
// fault of the program.
func TestWhatTheDocumentForbids(t *testing.T) {
	engine := newFake(append(samplePapers(), paper.Paper{ID: "1605.08803", Title: "Real NVP"})...)
	s, log := newServer(t, engine, Options{})
	send := func(method, target, kind string, body io.Reader, forbidden bool, what string) {
		t.Helper()
		w := ask(t, s.Handler(), method, target, body, "Content-Type", kind)
		switch {
		case w.Code >= 500:
			t.Errorf("%s %.100s, %s: %d %.200s", method, target, what, w.Code, w.Body)
		case forbidden && w.Code < 400:
			t.Errorf("%s %.100s, %s: %d", method, target, what, w.Code)
		}
	}
	seen := 0
	for _, path := range slices.Sorted(maps.Keys(contract().Paths)) {
		for _, method := range slices.Sorted(maps.Keys(contract().Paths[path])) {
			if method == "parameters" {
				continue
			}
			op, _ := contract().operation(t, path, method)
			pointer := "/paths/" + escapePointer(path) + "/" + method
			method = strings.ToUpper(method)
			target := strings.NewReplacer("{id}", "1605.08803", "{name}", "arXiv", "{file}", "style.css").Replace(path)
			if op.RequestBody == nil {
				seen += sendParameters(t, op, target, func(query url.Values, forbidden bool, what string) {
					send(method, target+"?"+query.Encode(), "", nil, forbidden, what)
				}, strings.HasPrefix(path, "/v1/"))
				continue
			}
			for kind, content := range op.RequestBody.Content {
				if !strings.HasSuffix(kind, "json") || content.Schema == nil || kind == mediaNDJSON || kind == mediaJSONL {
					continue
				}
				schema, err := schemaAt(pointer + "/requestBody/content/" + escapePointer(kind) + "/schema")
				if err != nil {
					t.Fatal(err)
				}
				seen += sendBodies(t, content, schema, func(body any, forbidden bool, what string) {
					b, err := json.Marshal(body)
					if err != nil {
						t.Fatal(err)
					}
					send(method, target, kind, strings.NewReader(string(b)), forbidden, what)
				})
				example, err := json.Marshal(content.Example)
				if err != nil {
					t.Fatal(err)
				}
				for _, other := range []string{"", "text/plain", "application/xml", "application/json; charset=latin1", "multipart/form-data", "application/x-www-form-urlencoded", "nonsense;;"} {
					send(method, target, other, strings.NewReader(string(example)), true, "as "+other)
				}
				for what, text := range map[string]string{
					"nothing": "", "cut": string(example[:len(example)-1]), "twice": string(example) + string(example), "a text": `"x"`, "a number": `7`, "null": `null`,
					"not UTF-8": "{\"q\":\"\xff\"}", "a BOM": "\ufeff" + string(example), "deep": strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
					"deep objects": strings.Repeat(`{"q":`, 1000) + "1" + strings.Repeat("}", 1000), "no JSON": "<xml/>", "a comma too many": strings.TrimSuffix(string(example), "}") + ",}",
				} {
					_, list := content.Example.([]any) // whose entries may be wrong
					send(method, target, kind, strings.NewReader(text), !list || what != "deep", what)
				}
			}
		}
	}
	if seen < 1000 {
		t.Errorf("%d requests only", seen)
	}
	if strings.Contains(log.String(), "panic") {
		t.Error("a handler panicked")
	}
}

// sendParameters gives each parameter of a GET each value, the others being
// what the document's examples are.
func sendParameters(t *testing.T, op operation, target string, send func(query url.Values, forbidden bool, what string), strict bool) (n int) {
	t.Helper()
	base := url.Values{}
	for _, p := range op.Parameters {
		if p = contract().resolve(p); p.In == "query" && (p.Required || p.Name == "q") {
			base.Set(p.Name, plain(mustMarshal(t, p.Example)))
		}
	}
	with := func(name string, values ...string) url.Values {
		q := maps.Clone(base)
		q[name] = values
		return q
	}
	for _, p := range op.Parameters {
		if p = contract().resolve(p); p.In != "query" {
			continue
		}
		schema := compileSchema(t, p.Schema)
		kind := schemaType(t, p.Schema)
		for _, value := range oddValues() {
			text, ok := inURL(value)
			if !ok {
				continue
			}
			// In a URL everything is text: what would be a number there is one.
			var typed any = text
			switch {
			case kind == "array":
				typed = []any{text}
			case kind != "string" && json.Valid([]byte(text)):
				typed, _ = jsonschema.UnmarshalJSON(strings.NewReader(text))
			}
			forbidden := strict && strings.TrimSpace(text) != "" && schema.Validate(typed) != nil && !(kind == "boolean" && text == "0")
			send(with(p.Name, text), forbidden, fmt.Sprintf("%s=%.60q", p.Name, text))
			n++
		}
		if kind != "array" {
			send(with(p.Name, "1", "1"), strict, p.Name+" twice")
		}
		if p.Required {
			q := maps.Clone(base)
			q.Del(p.Name)
			send(q, strict, "without "+p.Name)
			send(with(p.Name, ""), strict, p.Name+" empty")
		}
		n += 3
	}
	if strict {
		send(with("nonsense", "1"), true, "an unknown name")
		send(with("Q", "1"), true, "a name in another case")
		send(with("\x00", "1"), true, "a name that is none")
	}
	return n
}

// sendBodies replaces each member of the example by each value, leaves each
// out, and adds one.
func sendBodies(t *testing.T, c content, schema *jsonschema.Schema, send func(body any, forbidden bool, what string)) (n int) {
	t.Helper()
	try := func(body any, empty bool, what string) { // an empty text is as good as none
		again, err := jsonschema.UnmarshalJSON(strings.NewReader(string(mustMarshal(t, body))))
		if err != nil {
			t.Fatal(err)
		}
		send(body, schema.Validate(again) != nil && !empty, what)
		n++
	}
	example, ok := c.Example.(map[string]any)
	if !ok { // a batch answers for each of its entries
		for _, value := range oddValues() {
			if _, list := value.([]any); !list {
				try(value, false, fmt.Sprintf("%.60v", value))
			}
		}
		return n
	}
	required, _ := follow(t, c.Schema)["required"].([]any)
	for name := range properties(t, c.Schema) {
		for _, value := range oddValues() {
			body := maps.Clone(example)
			body[name] = value
			try(body, value == any("") && !slices.Contains(required, any(name)), fmt.Sprintf("%s: %.60v", name, value))
		}
	}
	for name := range example {
		body := maps.Clone(example)
		delete(body, name)
		try(body, false, "without "+name)
	}
	body := maps.Clone(example)
	body["nonsense"] = true
	try(body, false, "an unknown name")
	return n
}

func mustMarshal(t *testing.T, v any) json.RawMessage {
	t.Helper()
	b, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// inURL is a value as a query string has it; lists and objects are no values
// there.
func inURL(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		return fmt.Sprint(v), true
	}
	return "", false
}

// compileSchema compiles a schema that stands somewhere in the document.
func compileSchema(t *testing.T, raw json.RawMessage) *jsonschema.Schema {
	t.Helper()
	if name, ok := strings.CutPrefix(string(raw), `{"$ref": "#`); ok {
		s, err := schemaAt(strings.TrimSuffix(name, `"}`))
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	parsed, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.ReplaceAll(string(raw), `"$ref": "#`, `"$ref": "`+documentURL+`#`)))
	if err != nil {
		t.Fatal(err)
	}
	compiling.Lock()
	defer compiling.Unlock()
	at := "mem:///" + url.PathEscape(string(raw))
	if err := contract().compiler.AddResource(at, parsed); err != nil {
		if _, exists := err.(*jsonschema.ResourceExistsError); !exists {
			t.Fatal(err)
		}
	}
	s, err := contract().compiler.Compile(at)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestOddPaths asks for ids and routes that no link has.
func TestOddPaths(t *testing.T) {
	s, _ := newServer(t, newFake(samplePapers()...), Options{})
	for _, path := range []string{
		"/v1/papers/%2e%2e/%2e%2e/etc/passwd", "/v1/papers//", "/v1/papers/%00", "/v1/papers/%ff", "/v1/papers/a%2Fb%2F", "/v1/papers/%25", "/v1/papers/%252F",
		"/v1/papers/" + strings.Repeat("x", paper.MaxID+1), "/v1/papers/ü/世界", "/v1/papers/a b?x=y", "/v1/papers/%20", "/v1/papers/;a=b", "/v1/papers/..",
		"/v1//search", "/v1/search/", "/V1/search?q=a", "/v1/search/batch/more", "/static/..%2fopenapi.json", "/static/../openapi.json", "/static/", "//evil.example/",
		"/v1/search?q=a;b", "/v1/search?q=%zz", "/v1/search?%ff=1", "/v1/search?q=%ff", "/v1/search?q=a&q=b", "/docs/", "/docs/x",
	} {
		for _, method := range []string{"GET", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "NONSENSE"} {
			r := httptest.NewRequest("GET", "/", strings.NewReader(`{"title":"A"}`))
			r.Method, r.Host = method, "localhost"
			r.Header.Set("Content-Type", "application/json")
			u, err := url.Parse(strings.ReplaceAll(path, " ", "%20"))
			if err != nil {
				u = &url.URL{Path: path}
			}
			r.URL = u
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if w.Code >= 500 || w.Code >= 300 && w.Code < 400 {
				t.Errorf("%s %.80s: %d %s", method, path, w.Code, w.Body)
			}
			if w.Code >= 400 && method != http.MethodHead {
				sentError(t, w.Body.Bytes())
			}
		}
	}
}
