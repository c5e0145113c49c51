package client

import (
	"context"
	"fmt"
	"net/http"

	"kindred/paper"
)

// Limits of one request with many questions, as the server has them.
const (
	batchQuestions = 100
	batchHits      = 10_000
)

// Outcome is what one question of many found, or why it found nothing.
type Outcome struct {
	Result *paper.Result // nil where Err is not
	Err    error         // of the kinds that Search returns
}

// SearchMany answers questions, in order, many a request. A question that cannot
// be answered does not keep the others from being; the error is that of a
// request.
func (c *Client) SearchMany(ctx context.Context, questions []paper.Query) ([]Outcome, error) {
	out := make([]Outcome, len(questions))
	for done := 0; done < len(questions); {
		var bodies []searchBody
		var places []int // of bodies, in questions
		for hits := 0; done < len(questions) && len(bodies) < batchQuestions; done++ {
			q := questions[done]
			if err := q.Validate(); err != nil {
				out[done].Err = err
				continue
			}
			if hits += q.Limit; hits > batchHits {
				break
			}
			bodies, places = append(bodies, bodyOf(q)), append(places, done)
		}
		if len(bodies) == 0 {
			continue
		}
		var answer struct {
			Results []struct {
				paper.Result
				Error *struct{ Code, Message, Field string }
			}
		}
		if err := c.read(ctx, "/search/batch", bodies, &answer); err != nil {
			return nil, err
		}
		if len(answer.Results) != len(bodies) {
			return nil, fmt.Errorf("the server gave %d results for %d questions", len(answer.Results), len(bodies))
		}
		for i := range answer.Results {
			r := &answer.Results[i]
			if e := r.Error; e != nil {
				out[places[i]].Err = &Error{Status: statusOf(e.Code), Code: e.Code, Message: e.Message, Field: e.Field}
				continue
			}
			out[places[i]].Result = &r.Result
		}
	}
	return out, nil
}

// statusOf is the status that an error of a batch would have alone; 0 where it
// is not known.
func statusOf(code string) int {
	return map[string]int{
		invalidArgument: http.StatusBadRequest, "unavailable": http.StatusServiceUnavailable, "busy": http.StatusServiceUnavailable,
		"deadline_exceeded": http.StatusGatewayTimeout, "internal": http.StatusInternalServerError,
	}[code]
}
