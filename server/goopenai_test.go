package server

import (
	"errors"
	"testing"

	openai "github.com/sashabaranov/go-openai"
)

// TestGoOpenAI points the client library that Kindred itself uses at a server.
func TestGoOpenAI(t *testing.T) {
	base, _ := start(t, newFake(), Options{})
	config := openai.DefaultConfig("any key")
	config.BaseURL = base + "/v1"
	c := openai.NewClientWithConfig(config)
	models, err := c.ListModels(t.Context())
	if err != nil || len(models.Models) != 4 || models.Models[0].ID != "fake:words:0" {
		t.Fatalf("models %+v, %v", models.Models, err)
	}
	for _, format := range []openai.EmbeddingEncodingFormat{"", openai.EmbeddingEncodingFormatFloat, openai.EmbeddingEncodingFormatBase64} {
		got, err := c.CreateEmbeddings(t.Context(), openai.EmbeddingRequest{
			Input: []string{"a", "void", "ccc"}, Model: openai.EmbeddingModel(models.Models[0].ID), EncodingFormat: format,
		})
		if err != nil || len(got.Data) != 3 || got.Usage.PromptTokens == 0 {
			t.Fatalf("%q: %+v, %v", format, got, err)
		}
		for i, want := range [][]float32{{1, 0.5}, {0, 0}, {3, 0.5}} {
			if d := got.Data[i]; d.Index != i || len(d.Embedding) != 2 || d.Embedding[0] != want[0] || d.Embedding[1] != want[1] {
				t.Errorf("%q: %+v, want %v", format, d, want)
			}
		}
	}
	_, err = c.CreateEmbeddings(t.Context(), openai.EmbeddingRequest{Input: "a", Model: "gone"})
	if api, ok := errors.AsType[*openai.APIError](err); !ok || api.HTTPStatusCode != 404 || api.Code != "model_not_found" || *api.Param != "model" {
		t.Errorf("another model: %v", err)
	}
}
