package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// watch sends a request on the private road that takes long and is answered by
// JSON lines, hands each to see, and returns the one that see calls the last, or
// an error. left says what there is of the work when the server breaks off.
func watch[T any](ctx context.Context, c *Client, path string, body io.Reader, left string, see func(T) (last bool, failed *Error)) (line T, err error) {
	if c.token == "" {
		return line, fmt.Errorf("%s is asked for on the private road, which needs a token", path)
	}
	resp, err := c.ask(ctx, http.MethodPost, path, mediaJSON, body)
	if err != nil {
		return line, err
	}
	defer resp.Body.Close()
	for answer := json.NewDecoder(resp.Body); ; {
		var line T
		err := answer.Decode(&line)
		switch {
		case ctx.Err() != nil:
			return line, ctx.Err()
		case errors.Is(err, io.EOF):
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return line, fmt.Errorf("the server broke off; %s: %w", left, err)
		}
		last, failed := see(line)
		if failed != nil {
			failed.RequestID = resp.Header.Get("X-Request-Id")
			return line, failed
		}
		if last {
			return line, nil
		}
	}
}
