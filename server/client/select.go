package client

import (
	"context"
	"errors"
	"fmt"

	"kindred/paper"
)

// errToken says that a method needs the private road.
var errToken = errors.New("the open API does not list papers: a token is needed")

// Select returns a page of all papers that match. It needs a token, as Vectors
// does.
func (c *Client) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	if c.token == "" {
		return nil, errToken
	}
	out := new(paper.Selected)
	if err := c.read(ctx, "/select", s, out); err != nil {
		return nil, err
	}
	return out, nil
}

// Vectors returns the vectors of papers, in order, nil for one that has none.
func (c *Client) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	var out paper.Embeddings
	if c.token == "" {
		return out, errToken
	}
	if err := c.read(ctx, "/vectors", map[string][]string{"ids": ids}, &out); err != nil {
		return out, err
	}
	if len(out.Vectors) != len(ids) {
		return out, fmt.Errorf("the server gave %d vectors for %d papers", len(out.Vectors), len(ids))
	}
	return out, nil
}
