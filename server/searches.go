package server

import (
	"context"
	"encoding/json"
	"runtime"
	"time"

	"github.com/gin-gonic/gin"
	"golang.org/x/sync/errgroup"

	"kindred/paper"
)

// Limits of a batch of questions.
const (
	maxSearches = 100
	// maxSearchesBody fits as many questions of a page each.
	maxSearchesBody = 4 << 20
	// maxSearchesHits bounds the hits of all questions together: some 30 MB of
	// answer where all of a paper is sent.
	maxSearchesHits = 10_000
	// searchesDeadline is for the whole batch; each question has a read's
	// deadline besides.
	searchesDeadline = time.Minute
)

type searchesAnswer struct {
	Results []outcome `json:"results"`
}

// outcome is what one question of a batch found, or why it found nothing.
type outcome struct {
	*paper.Result
	Error *problem `json:"error,omitempty"`
}

// searchMany answers an array of search bodies, in order. A question that
// cannot be answered does not keep the others from being.
func (a *api) searchMany(c *gin.Context) (any, error) {
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var answer searchesAnswer
	err := a.withBody(c, maxSearchesBody, func(body []byte) error {
		requests, outcomes, err := parseSearches(body)
		if err != nil {
			return err
		}
		if err := a.spend(c, len(requests)-1); err != nil { // one is counted already
			return err
		}
		answer.Results = outcomes
		ctx, cancel := context.WithTimeout(c.Request.Context(), searchesDeadline)
		defer cancel()
		var under errgroup.Group
		under.SetLimit(runtime.GOMAXPROCS(0))
		for i, r := range requests {
			if outcomes[i].Error == nil {
				under.Go(func() error {
					result, err := a.engine.Search(ctx, r.query())
					if err != nil {
						outcomes[i].Error = a.problemOf(c, err)
						return nil
					}
					a.metrics.weaker(c, result.Degraded)
					outcomes[i].Result = finish(result, r.fields)
					return nil
				})
			}
		}
		return under.Wait()
	})
	if err == nil {
		err = c.Request.Context().Err() // nobody is there for the answer
	}
	return answer, err
}

// parseSearches reads a batch's questions. Those that cannot be meant have an
// error among the outcomes; the error returned is that of the whole.
func parseSearches(body []byte) ([]*request, []outcome, error) {
	var items []json.RawMessage
	if err := json.Unmarshal(body, &items); err != nil || items == nil {
		return nil, nil, paper.Invalid("", "a JSON array of searches is needed, such as [{\"q\": \"flows\"}]")
	}
	if len(items) > maxSearches {
		return nil, nil, paper.Invalid("", "%d questions; at most %d at once are answered", len(items), maxSearches)
	}
	requests, outcomes := make([]*request, len(items)), make([]outcome, len(items))
	hits := 0
	for i, item := range items {
		r, err := parseSearch(item)
		if err != nil {
			p := describe(err)
			outcomes[i].Error = &p
			continue
		}
		requests[i] = r
		hits += r.Limit
	}
	if hits > maxSearchesHits {
		return nil, nil, paper.Invalid("limit", "the questions ask for %d hits together; at most %d are sent at once", hits, maxSearchesHits)
	}
	return requests, outcomes, nil
}

func parseSearch(body []byte) (*request, error) {
	vals, err := jsonValues(body, questionParams)
	if err != nil {
		return nil, err
	}
	r, err := parseRequest(questionParams, vals)
	if err != nil {
		return nil, err
	}
	q := r.query()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	r.question, r.Options = q.Text, q.Options
	return r, nil
}
