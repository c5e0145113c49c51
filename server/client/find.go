package client

import (
	"context"
	"errors"
	"fmt"

	"kindred/paper"
)

// Find returns one paper an id, in order, nil where there is none. With a token,
// an id may also be one that [paper.ParseRef] reads; the open API knows papers'
// own ids only.
func (c *Client) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	if c.token == "" {
		out := make([]*paper.Paper, len(ids))
		for i, id := range ids {
			p, err := c.Paper(ctx, id)
			_, invalid := errors.AsType[*paper.InvalidError](err)
			switch {
			case err == nil:
				out[i] = &p
			case !invalid && !errors.Is(err, paper.ErrNotFound):
				return nil, err
			}
		}
		return out, nil
	}
	var answer struct{ Papers []*paper.Paper }
	if err := c.read(ctx, "/find", map[string][]string{"ids": ids}, &answer); err != nil {
		return nil, err
	}
	if len(answer.Papers) != len(ids) {
		return nil, fmt.Errorf("the server gave %d papers for %d ids", len(answer.Papers), len(ids))
	}
	return answer.Papers, nil
}
