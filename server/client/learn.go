package client

import (
	"bytes"
	"context"
	"encoding/json"

	"kindred/paper"
)

// Learn has the server teach its model the papers, and returns when that is in
// use. It needs [Options.Token]. progress, unless nil, is told the stage and
// how far it is. When ctx ends, so does the learning. The error wraps
// [paper.ErrLearning] while the model is learning for somebody else, and
// [paper.ErrCannotLearn] where there is nothing to learn.
func (c *Client) Learn(ctx context.Context, o paper.LearnOptions, progress func(stage string, done, total int)) error {
	type line struct {
		Stage       string
		Done, Total int
		Learned     bool
		Error       *Error
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	_, err = watch(ctx, c, "/learn", bytes.NewReader(body), "kindred learn does the rest", func(l line) (bool, *Error) {
		if progress != nil && !l.Learned && l.Error == nil {
			progress(l.Stage, l.Done, l.Total)
		}
		return l.Learned, l.Error
	})
	return err
}
