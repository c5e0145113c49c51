package client

import (
	"context"
	"net/http"

	"kindred/paper"
)

// Take puts papers as their sources have them now: those that are there from
// another source become one with it. It needs [Options.Token]. Results are as
// those of [Client.Put].
func (c *Client) Take(ctx context.Context, a paper.Arrivals) ([]paper.PutResult, error) {
	var out struct {
		Results []paper.PutResult `json:"results"`
	}
	err := c.sendJSON(ctx, http.MethodPost, "/take", a, &out)
	return out.Results, err
}

// Duplicates tells of papers that several sources have, or joins those that are
// still two. It needs [Options.Token].
func (c *Client) Duplicates(ctx context.Context, q paper.DuplicateQuery) (*paper.DuplicateAnswer, error) {
	out := new(paper.DuplicateAnswer)
	return out, c.sendJSON(ctx, http.MethodPost, "/duplicates", q, out)
}

// Split makes one source's part of a paper a paper of its own, and returns the
// ids of the others. It needs [Options.Token].
func (c *Client) Split(ctx context.Context, id string) ([]string, error) {
	var out struct {
		From []string `json:"from"`
	}
	err := c.sendJSON(ctx, http.MethodPost, "/split", map[string]string{"id": id}, &out)
	return out.From, err
}
