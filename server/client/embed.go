package client

import (
	"context"
	"fmt"

	"kindred/paper"
)

// Embed makes vectors of texts, at most 2,048, with the model that the server
// uses. A text without a word that the built-in model knows has a vector of
// zeros.
func (c *Client) Embed(ctx context.Context, t paper.Texts) (paper.Embeddings, error) {
	body := struct {
		Model      string   `json:"model"`
		Input      []string `json:"input"`
		Dimensions int      `json:"dimensions,omitempty"`
	}{"kindred", t.Texts, t.Dimensions}
	if t.AsQuestions {
		body.Model += ":query"
	}
	var answer struct {
		Model string
		Data  []struct {
			Index     int
			Embedding []float32
		}
		Usage struct {
			Tokens int `json:"total_tokens"`
		}
	}
	if err := c.read(ctx, "/embeddings", body, &answer); err != nil {
		return paper.Embeddings{}, err
	}
	out := paper.Embeddings{Model: answer.Model, Vectors: make([][]float32, len(t.Texts)), Tokens: answer.Usage.Tokens}
	for _, d := range answer.Data {
		if d.Index < 0 || d.Index >= len(out.Vectors) || out.Vectors[d.Index] != nil {
			return paper.Embeddings{}, fmt.Errorf("the server gave a vector for text %d of %d", d.Index+1, len(t.Texts))
		}
		out.Vectors[d.Index] = d.Embedding
	}
	if len(answer.Data) != len(t.Texts) {
		return paper.Embeddings{}, fmt.Errorf("the server gave %d vectors for %d texts", len(answer.Data), len(t.Texts))
	}
	return out, nil
}
