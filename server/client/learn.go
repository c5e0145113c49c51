package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"kindred/paper"
)

// Learn has the server teach its model the papers, and returns when that is in
// use. It needs [Options.Token]. progress, unless nil, is told the stage and
// how far it is. When ctx ends, so does the learning. The error wraps
// [paper.ErrLearning] while the model is learning for somebody else, and
// [paper.ErrCannotLearn] where there is nothing to learn.
func (c *Client) Learn(ctx context.Context, o paper.LearnOptions, progress func(stage string, done, total int)) error {
	if c.token == "" {
		return errors.New("learning is asked for on the private road, which needs a token")
	}
	body, err := json.Marshal(o)
	if err != nil {
		return err
	}
	resp, err := c.ask(ctx, http.MethodPost, "/learn", mediaJSON, bytes.NewReader(body))
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	for answer := json.NewDecoder(resp.Body); ; {
		var line struct {
			Stage       string
			Done, Total int
			Learned     bool
			Error       *Error
		}
		switch err := answer.Decode(&line); {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.Is(err, io.EOF):
			err = io.ErrUnexpectedEOF
			fallthrough
		case err != nil:
			return fmt.Errorf("the server broke off, and the learning with it: %w", err)
		case line.Error != nil:
			line.Error.RequestID = resp.Header.Get("X-Request-Id")
			return line.Error
		case line.Learned:
			return nil
		case progress != nil:
			progress(line.Stage, line.Done, line.Total)
		}
	}
}
