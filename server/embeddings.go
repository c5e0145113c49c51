package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Embedder is an [Engine] that lends the model that it searches with. An engine
// without it serves all the same.
type Embedder interface {
	// Model names the model in use and the length of its vectors; "" while
	// there is none yet.
	Model() (fingerprint string, dimension int)
	// Embed makes one vector a text. Its errors are as those of Engine's methods;
	// a length that the model does not make is a [*paper.InvalidError].
	Embed(ctx context.Context, t paper.Texts) (paper.Embeddings, error)
}

// The routes of this file speak OpenAI's shapes, errors included, so that its
// client libraries can be pointed here.
const (
	embeddingsPath = "/v1/embeddings"
	modelsPath     = "/v1/models"
)

const (
	// maxInputs is OpenAI's own limit on the texts of one request.
	maxInputs = 2048
	// maxEmbedBody fits as many abstracts of usual length, with their escapes.
	maxEmbedBody = 16 << 20

	// maxNumbers bounds the answer: some 50 MB as text.
	maxNumbers = 4 << 20

	// currentModel is always accepted as the name of the model in use.
	currentModel = "kindred"
	// querySuffix on a model's name has texts embedded as questions.
	querySuffix = ":query"
)

// lend registers the routes on the open road.
func (a *api) lend(r gin.IRoutes) {
	r.POST("/embeddings", a.json(a.embeddings))
	get(r, "/models", a.json(a.models))
}

type embeddingsRequest struct {
	Model      string          `json:"model"`
	Input      json.RawMessage `json:"input"`
	Encoding   string          `json:"encoding_format"`
	Dimensions *int            `json:"dimensions"`
}

type embedding struct {
	Object    string `json:"object"`
	Index     int    `json:"index"`
	Embedding any    `json:"embedding"` // []float32, or base64 of them in little-endian
}

type usage struct {
	PromptTokens int `json:"prompt_tokens"`
	TotalTokens  int `json:"total_tokens"`
}

type embeddingsAnswer struct {
	Object string      `json:"object"`
	Data   []embedding `json:"data"`
	Model  string      `json:"model"`
	Usage  usage       `json:"usage"`
}

func (a *api) embeddings(c *gin.Context) (any, error) {
	e, err := a.embedder()
	if err != nil {
		return nil, err
	}
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var answer *embeddingsAnswer
	err = a.withBody(c, maxEmbedBody, func(body []byte) error {
		var r embeddingsRequest
		if err := json.Unmarshal(body, &r); err != nil {
			return jsonError(err)
		}
		answer, err = embedTexts(c.Request.Context(), e, &r)
		return err
	})
	return answer, err
}

// embedder is the engine behind the gate, where that lends its model.
func (a *api) embedder() (Embedder, error) {
	e, ok := a.engine.(Embedder)
	if g, gated := a.engine.(*gate); gated {
		_, ok = g.engine.(Embedder)
	}
	if !ok {
		return nil, refuse(paper.ErrUnavailable, "", "the engine behind this server does not lend its model")
	}
	if name, _ := e.Model(); name == "" {
		return nil, refuse(paper.ErrUnavailable, "", "the papers are being loaded")
	}
	return e, nil
}

func embedTexts(ctx context.Context, e Embedder, r *embeddingsRequest) (*embeddingsAnswer, error) {
	texts, err := inputs(r.Input)
	if err != nil {
		return nil, err
	}
	name, dimension := e.Model()
	wanted, asQuestions := strings.CutSuffix(r.Model, querySuffix)
	switch {
	case r.Model == "":
		return nil, paper.Invalid("model", "a model is needed; GET /v1/models lists them")
	case wanted != currentModel && wanted != name:
		return nil, noSuchModel(r.Model)
	case r.Encoding != "" && r.Encoding != "float" && r.Encoding != "base64":
		return nil, paper.Invalid("encoding_format", "float and base64 are known, not %q", shorten(r.Encoding))
	case r.Dimensions != nil && *r.Dimensions < 1:
		return nil, paper.Invalid("dimensions", "a whole number from 1 is needed, not %d", *r.Dimensions)
	}
	t := paper.Texts{Texts: texts, AsQuestions: asQuestions}
	if r.Dimensions != nil {
		t.Dimensions = *r.Dimensions
	}
	if most := max(1, maxNumbers/max(1, dimension)); len(texts) > most {
		return nil, paper.Invalid("input", "at most %d texts at once are taken with vectors of %d numbers", most, dimension)
	}
	made, err := e.Embed(ctx, t)
	if err != nil {
		return nil, err
	}
	if wanted != currentModel && made.Model != wanted { // it learned in between
		return nil, noSuchModel(r.Model)
	}
	answer := &embeddingsAnswer{Object: "list", Data: make([]embedding, len(texts)), Model: made.Model, Usage: usage{made.Tokens, made.Tokens}}
	for i, v := range made.Vectors {
		if v == nil { // there is no other way to say that a text has none
			v = make([]float32, cmp.Or(t.Dimensions, dimension))
		}
		answer.Data[i] = embedding{Object: "embedding", Index: i, Embedding: v}
		if r.Encoding == "base64" {
			answer.Data[i].Embedding = base64Of(v)
		}
	}
	return answer, nil
}

func noSuchModel(name string) error {
	return refuse(errNoModel, "model", "this server has no model %q now; GET /v1/models lists what it has, and a model that has learned has a new name", shorten(name))
}

// inputs reads a text or a list of texts.
func inputs(raw json.RawMessage) ([]string, error) {
	var texts []string
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0 || raw[0] == 'n':
		return nil, paper.Invalid("input", "a text or a list of texts is needed")
	case raw[0] == '"':
		texts = make([]string, 1)
		if err := json.Unmarshal(raw, &texts[0]); err != nil {
			return nil, jsonError(err)
		}
	default:
		var some []*string
		if raw[0] != '[' || json.Unmarshal(raw, &some) != nil {
			return nil, paper.Invalid("input", "a text or a list of texts is needed; tokens are not taken, as each model has its own")
		}
		for _, t := range some {
			if t == nil {
				return nil, paper.Invalid("input", "a text is null")
			}
			texts = append(texts, *t)
		}
	}
	if len(texts) == 0 || len(texts) > maxInputs {
		return nil, paper.Invalid("input", "from 1 to %d texts are taken, not %d", maxInputs, len(texts))
	}
	for i, t := range texts {
		if strings.TrimSpace(t) == "" {
			return nil, paper.Invalid("input", "text %d of %d is empty", i+1, len(texts))
		}
	}
	return texts, nil
}

func base64Of(v []float32) string {
	b := make([]byte, 0, 4*len(v))
	for _, f := range v {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(f))
	}
	return base64.StdEncoding.EncodeToString(b)
}

type modelEntry struct {
	ID      string `json:"id"`
	Object  string `json:"object"`
	OwnedBy string `json:"owned_by"`
}

// models lists the names of the one model: its fingerprint first, so that who
// asks sees when it has learned.
func (a *api) models(c *gin.Context) (any, error) {
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	e, err := a.embedder()
	if err != nil {
		return nil, err
	}
	name, _ := e.Model()
	var list []modelEntry
	for _, id := range []string{name, name + querySuffix, currentModel, currentModel + querySuffix} {
		list = append(list, modelEntry{id, "model", "kindred"})
	}
	return map[string]any{"object": "list", "data": list}, nil
}

func (g *gate) Model() (string, int) { return g.engine.(Embedder).Model() }

func (g *gate) Embed(ctx context.Context, t paper.Texts) (paper.Embeddings, error) {
	return read(ctx, g, func(ctx context.Context) (paper.Embeddings, error) {
		return g.engine.(Embedder).Embed(ctx, t)
	})
}

// openAIProblem is an error in OpenAI's shape.
type openAIProblem struct {
	Message string  `json:"message"`
	Type    string  `json:"type"`
	Param   *string `json:"param"`
	Code    string  `json:"code"`
}

// speaksOpenAI reports whether the request's errors are OpenAI's.
func speaksOpenAI(c *gin.Context) bool {
	return c.FullPath() == embeddingsPath || c.FullPath() == modelsPath
}

func openAIShape(p problem) map[string]openAIProblem {
	out := openAIProblem{Message: p.Message, Type: "invalid_request_error", Code: p.Code}
	if p.Field != "" {
		out.Param = &p.Field
	}
	if p.status >= http.StatusInternalServerError {
		out.Type = "server_error"
	}
	return map[string]openAIProblem{"error": out}
}
