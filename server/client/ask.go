package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"kindred/paper"
)

// answerTime is more than a server gives an answer.
const answerTime = 5 * time.Minute

// Ask has the server answer a question, by its chat model where it has one. say
// is handed each sentence as it comes; an error of its ends the answer and is
// returned. A query that cannot be meant is refused before anything is sent.
func (c *Client) Ask(ctx context.Context, q paper.Query, say func(paper.Sentence) error) (*paper.Answer, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	body, err := json.Marshal(struct {
		Q      string `json:"q"`
		Stream bool   `json:"stream"`
		options
	}{q.Text, true, optionsOf(q.Options)})
	if err != nil {
		return nil, err
	}
	resp, err := c.ask(ctx, http.MethodPost, "/ask", mediaJSON, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	for in := newEvents(resp.Body); ; {
		event, data, err := in.next()
		if err != nil {
			return nil, fmt.Errorf("the server broke off its answer: %w", err)
		}
		var s paper.Sentence
		var a paper.Answer
		var e struct{ Error Error }
		switch event {
		case "sentence":
			if err = json.Unmarshal(data, &s); err == nil {
				if err := say(s); err != nil {
					return nil, err
				}
			}
		case "answer":
			if err = json.Unmarshal(data, &a); err == nil {
				return &a, nil
			}
		case "error":
			if err = json.Unmarshal(data, &e); err == nil {
				e.Error.RequestID = resp.Header.Get("X-Request-Id")
				return nil, &e.Error
			}
		}
		if err != nil {
			return nil, fmt.Errorf("reading the answer: %w", err)
		}
	}
}
