package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"kindred/paper"
)

// holdToDocument fails the test when an answer is not as the document says.
// Routes that are not in it, and methods a route does not take, must answer
// with its Error.
func holdToDocument(t testing.TB, method, target string, w *httptest.ResponseRecorder) {
	t.Helper()
	kind, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";")
	if method == http.MethodHead || w.Code == statusClientGone || w.Code == http.StatusNotModified || w.Code == http.StatusNoContent ||
		strings.HasPrefix(target, "/internal/") || isForeign(target) || w.Header().Get("Content-Encoding") != "" {
		return
	}
	if kind == "text/html" && w.Code != 200 {
		return // an error page
	}
	pointer := "/components/schemas/Error"
	path, known := contract().pathOf(target)
	op, takes := contract().operation(t, path, method)
	status := fmt.Sprint(w.Code)
	own404 := op.Responses["404"].Content != nil // not the one that every route may answer
	if known && takes && (w.Code != http.StatusNotFound || own404) || w.Code < 400 {
		answer, ok := op.Responses[status]
		if !ok {
			status = "default"
			answer, ok = op.Responses[status]
		}
		if !ok {
			t.Errorf("%s %s answers %s, which the document does not have: %.300s", method, target, status, w.Body)
			return
		}
		if answer.Ref == "" {
			if _, ok := answer.Content[kind]; !ok {
				t.Errorf("%s %s answers %s as %q, which the document does not have", method, target, status, kind)
				return
			}
			pointer = "/paths/" + escapePointer(path) + "/" + strings.ToLower(method) + "/responses/" + status + "/content/" + escapePointer(kind) + "/schema"
		}
	}
	if kind != "application/json" {
		return
	}
	body, err := jsonschema.UnmarshalJSON(bytes.NewReader(w.Body.Bytes()))
	if err != nil {
		t.Errorf("%s %s: %v in %s", method, target, err, w.Body)
		return
	}
	schema, err := schemaAt(pointer)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(body); err != nil {
		t.Errorf("%s %s: the answer is not as the document says: %v\n%s", method, target, err, w.Body)
	}
}

func TestDocumentAndRouterHaveTheSameRoutes(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	served := make(map[string]bool)
	for _, r := range s.router.Routes() {
		switch {
		case strings.HasPrefix(r.Path, "/internal/"): // the command line's, by design in no document
		case isForeign(r.Path): // whose services have documents of their own
		case r.Method == http.MethodHead: // with every GET, said once in the document's info
		case strings.HasPrefix(r.Path, "/static/"):
			served["GET /static/{file}"] = true
		default:
			path := regexp.MustCompile(`[*:](\w+)`).ReplaceAllString(r.Path, "{$1}")
			served[r.Method+" "+path] = true
		}
	}
	written := make(map[string]bool)
	for path, methods := range contract().Paths {
		for m := range methods {
			if m != "parameters" {
				written[strings.ToUpper(m)+" "+path] = true
			}
		}
	}
	if !maps.Equal(served, written) {
		for r := range served {
			if !written[r] {
				t.Errorf("%s is served and not in the document", r)
			}
		}
		for r := range written {
			if !served[r] {
				t.Errorf("%s is in the document and not served", r)
			}
		}
	}
}

func TestDocumentAndHandlersTakeTheSameParameters(t *testing.T) {
	for _, tt := range []struct {
		method, path string
		table        []param
	}{
		{"GET", "/v1/search", searchParams},
		{"POST", "/v1/search", searchParams},
		{"POST", "/v1/ask", askParams},
		{"GET", "/v1/similar", similarParams},
		{"POST", "/v1/similar", similarParams},
		{"GET", "/v1/papers", papersParams},
		{"GET", "/v1/papers/{id}", paperParams},
		{"PUT", "/v1/papers/{id}", nil},
		{"DELETE", "/v1/papers/{id}", nil},
		{"GET", "/v1/stats", nil},
		{"GET", "/v1/collections", nil},
		{"DELETE", "/v1/collections/{name}", dropParams},
	} {
		op, ok := contract().operation(t, tt.path, tt.method)
		if !ok {
			t.Fatalf("%s %s is not in the document", tt.method, tt.path)
		}
		types := make(map[string]string)
		for _, p := range op.Parameters {
			p = contract().resolve(p)
			if p.In == "query" {
				types[p.Name] = schemaType(t, p.Schema)
			}
		}
		if tt.method == "POST" {
			for name, schema := range properties(t, op.RequestBody.Content["application/json"].Schema) {
				types[name] = schemaType(t, schema)
			}
		}
		var want []string
		for _, p := range tt.table {
			want = append(want, p.name)
			got := types[p.name]
			wantType := map[kind]string{text: "string", integer: "integer", number: "number", boolean: "boolean", years: "string", list: "array", commaList: "array"}[p.kind]
			if got != wantType {
				t.Errorf("%s %s: %s is %q in the document, %q in the handler", tt.method, tt.path, p.name, got, wantType)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(types)); !slices.Equal(got, want) {
			t.Errorf("%s %s: the document has the parameters %v, the handler %v", tt.method, tt.path, got, want)
		}
	}
	want := make([]string, len(paperFields))
	for i, f := range paperFields {
		want[i] = f.name
	}
	slices.Sort(want)
	for _, name := range []string{"Paper", "PaperInput"} {
		got := slices.Sorted(maps.Keys(properties(t, json.RawMessage(`{"$ref":"#/components/schemas/`+name+`"}`))))
		if !slices.Equal(got, want) {
			t.Errorf("%s has the properties %v, a paper the fields %v", name, got, want)
		}
	}
}

// TestDocumentExamplesHold checks every example against its schema, and sends
// the requests that they make.
func TestDocumentExamplesHold(t *testing.T) {
	seen := 0
	var walk func(at any, pointer string)
	walk = func(at any, pointer string) {
		switch at := at.(type) {
		case map[string]any:
			if example, ok := at["example"]; ok && at["schema"] != nil {
				seen++
				checkExample(t, pointer+"/schema", example)
			}
			if some, ok := at["examples"].([]any); ok {
				for _, example := range some {
					seen++
					checkExample(t, pointer, example)
				}
			}
			for k, v := range at {
				if k != "example" && k != "examples" {
					walk(v, pointer+"/"+escapePointer(k))
				}
			}
		case []any:
			for i, v := range at {
				walk(v, fmt.Sprintf("%s/%d", pointer, i))
			}
		}
	}
	walk(contract().raw, "")
	if seen < 40 {
		t.Errorf("%d examples found; the document should have more", seen)
	}

	engine := newFake(append(samplePapers(), paper.Paper{ID: "1605.08803", Title: "Real NVP"})...)
	s, _ := newServer(t, engine, Options{})
	for path, methods := range contract().Paths {
		for method := range methods {
			if method == "parameters" {
				continue
			}
			op, _ := contract().operation(t, path, method)
			if op.RequestBody == nil {
				continue
			}
			for kind, body := range op.RequestBody.Content {
				if body.Example == nil {
					continue
				}
				sent, ok := body.Example.(string)
				if !ok {
					b, err := json.Marshal(body.Example)
					if err != nil {
						t.Fatal(err)
					}
					sent = string(b)
				}
				target := strings.ReplaceAll(path, "{id}", "1605.08803")
				w := ask(t, s.Handler(), strings.ToUpper(method), target, strings.NewReader(sent), "Content-Type", kind)
				if w.Code >= 300 {
					t.Errorf("%s %s with the document's %s example: %d %s", method, path, kind, w.Code, w.Body)
				}
			}
		}
	}
}

func checkExample(t *testing.T, pointer string, example any) {
	t.Helper()
	schema, err := schemaAt(pointer)
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(example); err != nil {
		t.Errorf("the example of %s: %v", pointer, err)
	}
}

// TestEveryFieldIsInTheDocument fills every field of what an engine can
// answer, so that a field added to package paper is added to the document.
func TestEveryFieldIsInTheDocument(t *testing.T) {
	for name, v := range map[string]any{
		"Result": &paper.Result{}, "Stats": &paper.Stats{}, "Paper": &paper.Paper{}, "PutResult": &paper.PutResult{},
	} {
		fill(reflect.ValueOf(v).Elem())
		switch v := v.(type) {
		case *paper.Paper:
			v.Date, v.Updated = "2019", "2020-02"
		case *paper.PutResult:
			v.Status = paper.Added
		case *paper.Result:
			v.Facets = map[string][]paper.FacetCount{"year": {{Value: "2019", Count: 1}}}
			v.Hits[0].Paper.Date, v.Hits[0].Paper.Updated = "2019", "2020-02"
		}
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		body, err := jsonschema.UnmarshalJSON(bytes.NewReader(b))
		if err != nil {
			t.Fatal(err)
		}
		checkExample(t, "/components/schemas/"+name, body)
	}
}

// fill sets everything in v to 1, "1", true or a list of one.
func fill(v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if parts, ok := v.Field(i).Addr().Interface().(*[]paper.Paper); ok && v.Type() == reflect.TypeFor[paper.Paper]() {
				*parts = []paper.Paper{{ID: "1", Title: "1"}} // which have no parts again
				continue
			}
			fill(v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0))
	case reflect.Array:
		for i := range v.Len() {
			fill(v.Index(i))
		}
	case reflect.Map:
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(key)
		fill(value)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(key, value)
	case reflect.String:
		v.SetString("1")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(1)
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(1)
	default:
		v.SetInt(1)
	}
}
