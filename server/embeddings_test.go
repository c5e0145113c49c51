package server

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"kindred/paper"
)

func TestEmbeddings(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	for _, tt := range []struct{ name, body, want string }{
		{"one text", `{"model":"kindred","input":"abc"}`, `[[3,0.5]]`},
		{"a list", `{"model":"fake:words:0","input":["a","void","ccc"],"encoding_format":"float","user":"me","dimensions":2}`, `[[1,0.5],[0,0],[3,0.5]]`},
		{"questions", `{"model":"kindred:query","input":["abc"]}`, `[[3,-0.5]]`},
		{"shorter", `{"model":"kindred","input":["a","void"],"dimensions":1}`, `[[1],[0]]`},
		{"by its name", `{"model":"fake:words:0:query","input":["abc"],"dimensions":null}`, `[[3,-0.5]]`},
		{"base64", `{"model":"kindred","input":["a"],"encoding_format":"base64"}`, `["AACAPwAAAD8="]`},
	} {
		w := askJSON(t, s.Handler(), "POST", embeddingsPath, tt.body)
		var got struct {
			Object, Model string
			Data          []struct {
				Index     int
				Embedding json.RawMessage
			}
			Usage struct {
				Prompt int `json:"prompt_tokens"`
				Total  int `json:"total_tokens"`
			}
		}
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || w.Code != 200 {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
			continue
		}
		var vectors []string
		for i, d := range got.Data {
			if d.Index != i {
				t.Errorf("%s: the vector at %d has the index %d", tt.name, i, d.Index)
			}
			vectors = append(vectors, string(d.Embedding))
		}
		if all := "[" + strings.Join(vectors, ",") + "]"; all != tt.want || got.Model != "fake:words:0" || got.Usage.Prompt == 0 || got.Usage.Total != got.Usage.Prompt {
			t.Errorf("%s: %s %+v, want %s", tt.name, all, got, tt.want)
		}
	}
}

func TestEmbeddingsRefuse(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	many := `["x"` + strings.Repeat(`,"x"`, maxInputs) + `]`
	for _, tt := range []struct {
		name, body  string
		status      int
		code, param string
	}{
		{"no model", `{"input":"a"}`, 400, "invalid_argument", "model"},
		{"another model", `{"model":"text-embedding-3-small","input":"a"}`, 404, "model_not_found", "model"},
		{"no input", `{"model":"kindred"}`, 400, "invalid_argument", "input"},
		{"null", `{"model":"kindred","input":null}`, 400, "invalid_argument", "input"},
		{"an empty text", `{"model":"kindred","input":["a"," "]}`, 400, "invalid_argument", "input"},
		{"an empty list", `{"model":"kindred","input":[]}`, 400, "invalid_argument", "input"},
		{"a null in it", `{"model":"kindred","input":["a",null]}`, 400, "invalid_argument", "input"},
		{"tokens", `{"model":"kindred","input":[[1,2]]}`, 400, "invalid_argument", "input"},
		{"too many", `{"model":"kindred","input":` + many + `}`, 400, "invalid_argument", "input"},
		{"an encoding", `{"model":"kindred","input":"a","encoding_format":"int8"}`, 400, "invalid_argument", "encoding_format"},
		{"dimensions", `{"model":"kindred","input":"a","dimensions":3}`, 400, "invalid_argument", "dimensions"},
		{"no dimensions", `{"model":"kindred","input":"a","dimensions":0}`, 400, "invalid_argument", "dimensions"},
		{"no JSON", `{"model":`, 400, "invalid_argument", ""},
	} {
		w := askJSON(t, s.Handler(), "POST", embeddingsPath, tt.body)
		var got struct{ Error openAIProblem }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
			t.Errorf("%s: %v in %s", tt.name, err, w.Body)
		}
		param := ""
		if got.Error.Param != nil {
			param = *got.Error.Param
		}
		if w.Code != tt.status || got.Error.Code != tt.code || param != tt.param || got.Error.Message == "" || got.Error.Type != "invalid_request_error" {
			t.Errorf("%s: %d %s", tt.name, w.Code, w.Body)
		}
	}
	if w := ask(t, s.Handler(), "POST", embeddingsPath, strings.NewReader("{}"), "Content-Type", "text/plain"); w.Code != http.StatusUnsupportedMediaType {
		t.Errorf("text/plain: %d", w.Code)
	}
	if w := askJSON(t, s.Handler(), "GET", embeddingsPath, ""); w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
	if w := ask(t, s.Handler(), "GET", modelsPath, nil, "Origin", "http://evil.example"); w.Code != 403 || !strings.Contains(w.Body.String(), `"param":null`) {
		t.Errorf("another site's page: %d %s", w.Code, w.Body)
	}
}

func TestEmbeddingsWhileTheModelIsAway(t *testing.T) {
	engine := newFake()
	engine.before = func(context.Context) error {
		return fmt.Errorf("%w: http://hush.example: connection refused", paper.ErrUnavailable)
	}
	s, _ := newServer(t, engine, Options{})
	w := askJSON(t, s.Handler(), "POST", embeddingsPath, `{"model":"kindred","input":"a"}`)
	if w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "server_error") || strings.Contains(w.Body.String(), "hush") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// An engine without a model to lend serves all the same.
	s, _ = newServer(t, struct{ Engine }{newFake()}, Options{})
	for _, w := range []int{
		askJSON(t, s.Handler(), "POST", embeddingsPath, `{"model":"kindred","input":"a"}`).Code,
		ask(t, s.Handler(), "GET", modelsPath, nil).Code,
	} {
		if w != 503 {
			t.Errorf("without a model: %d", w)
		}
	}
}

func TestModels(t *testing.T) {
	s, _ := newServer(t, newFake(), Options{})
	w := ask(t, s.Handler(), "GET", modelsPath, nil)
	var got struct{ Data []struct{ ID string } }
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if s := fmt.Sprint(got.Data); s != "[{fake:words:0} {fake:words:0:query} {kindred} {kindred:query}]" {
		t.Errorf("models %s", s)
	}
}

func TestDegradedAnswersAreCounted(t *testing.T) {
	engine := newFake(samplePapers()...)
	engine.change = func(r *paper.Result) { r.Degraded = "embedder unavailable" }
	s, _ := newServer(t, engine, Options{})
	ask(t, s.Handler(), "GET", "/v1/search?q=flow", nil)
	page := ask(t, s.Handler(), "GET", "/search?q=flow", nil).Body.String()
	if !strings.Contains(page, "embedder unavailable") {
		t.Error("the page does not say it")
	}
	text := ask(t, s.Handler(), "GET", "/metrics", nil).Body.String()
	for _, route := range []string{"/v1/search", "/search"} {
		if !strings.Contains(text, `kindred_degraded_answers_total{reason="embedder unavailable",route="`+route+`"} 1`) {
			t.Errorf("%s is not counted", route)
		}
	}
}
