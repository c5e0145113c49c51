package server

import (
	"bytes"
	"encoding/json"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// document is the OpenAPI document as the tests read it.
type document struct {
	Paths      map[string]map[string]json.RawMessage
	Components struct{ Parameters map[string]parameter }
}

type operation struct {
	Parameters  []parameter
	RequestBody *struct{ Content map[string]content }
	Responses   map[string]struct {
		Ref     string `json:"$ref"`
		Content map[string]content
	}
}

type parameter struct {
	Ref      string `json:"$ref"`
	Name, In string
	Required bool
	Example  any
	Schema   json.RawMessage
}

type content struct {
	Schema  json.RawMessage
	Example any
}

const documentURL = "mem:///openapi.json"

// contract is the document, parsed and with a schema compiler, once for all
// tests.
var contract = sync.OnceValue(func() (c struct {
	document
	raw      any
	compiler *jsonschema.Compiler
}) {
	body, err := assets.ReadFile("openapi.json")
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(body, &c.document); err != nil {
		panic(err)
	}
	if c.raw, err = jsonschema.UnmarshalJSON(bytes.NewReader(body)); err != nil {
		panic(err)
	}
	c.compiler = jsonschema.NewCompiler()
	if err := c.compiler.AddResource(documentURL, c.raw); err != nil {
		panic(err)
	}
	return c
})

var compiling sync.Mutex

// schemaAt compiles the schema at a JSON pointer of the document.
func schemaAt(pointer string) (*jsonschema.Schema, error) {
	compiling.Lock()
	defer compiling.Unlock()
	return contract().compiler.Compile(documentURL + "#" + pointer)
}

func escapePointer(s string) string {
	return url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(s))
}

func (d document) operation(t testing.TB, path, method string) (op operation, ok bool) {
	t.Helper()
	raw, ok := d.Paths[path][strings.ToLower(method)]
	if ok {
		if err := json.Unmarshal(raw, &op); err != nil {
			t.Fatal(err)
		}
	}
	return op, ok
}

func (d document) resolve(p parameter) parameter {
	if name, ok := strings.CutPrefix(p.Ref, "#/components/parameters/"); ok {
		return d.Components.Parameters[name]
	}
	return p
}

// pathOf is the document's path for a request's.
func (d document) pathOf(target string) (string, bool) {
	path, _, _ := strings.Cut(target, "?")
	if _, ok := d.Paths[path]; ok {
		return path, true
	}
	for _, prefix := range []string{"/v1/papers/", "/v1/collections/", "/static/", "/map/tiles/", "/map/pictures/"} {
		if strings.HasPrefix(path, prefix) && path != prefix {
			for p := range d.Paths {
				if strings.HasPrefix(p, prefix+"{") {
					return p, true
				}
			}
		}
	}
	return "", false
}

// follow looks up a schema's reference.
func follow(t testing.TB, raw json.RawMessage) map[string]any {
	t.Helper()
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	ref, ok := schema["$ref"].(string)
	if !ok {
		return schema
	}
	at := contract().raw
	for _, step := range strings.Split(strings.TrimPrefix(ref, "#/"), "/") {
		at = at.(map[string]any)[step]
	}
	b, err := json.Marshal(at)
	if err != nil {
		t.Fatal(err)
	}
	return follow(t, b)
}

func properties(t testing.TB, raw json.RawMessage) map[string]json.RawMessage {
	t.Helper()
	out := make(map[string]json.RawMessage)
	for name, schema := range follow(t, raw)["properties"].(map[string]any) {
		b, err := json.Marshal(schema)
		if err != nil {
			t.Fatal(err)
		}
		out[name] = b
	}
	return out
}

// schemaType is a schema's first type, its references and alternatives
// followed.
func schemaType(t testing.TB, raw json.RawMessage) string {
	t.Helper()
	schema := follow(t, raw)
	switch kind := schema["type"].(type) {
	case string:
		return kind
	case []any:
		return kind[0].(string)
	}
	if some, ok := schema["anyOf"].([]any); ok {
		b, err := json.Marshal(some[0])
		if err != nil {
			t.Fatal(err)
		}
		return schemaType(t, b)
	}
	return ""
}
