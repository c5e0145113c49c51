package server

import (
	"context"
	"encoding/json"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Joiner is an [Engine] that knows one paper from several sources for one. An
// engine without it serves all the same. Errors are as those of Engine's
// methods.
type Joiner interface {
	// Take puts papers as their sources have them now, those that are the same
	// as one; results are as those of Put.
	Take(ctx context.Context, a paper.Arrivals) ([]paper.PutResult, error)
	// Duplicates tells of papers that several sources have, or joins those that
	// are still two; a call answers for some of the papers.
	Duplicates(ctx context.Context, q paper.DuplicateQuery) (*paper.DuplicateAnswer, error)
	// Split makes one source's part a paper of its own, and returns the ids of
	// the parts it was joined with.
	Split(ctx context.Context, id string) ([]string, error)
}

// joiner answers a body of the command line's through a Joiner.
func joiner[In, Out any](a *api, do func(ctx context.Context, j Joiner, in In) (Out, error)) gin.HandlerFunc {
	return a.json(func(c *gin.Context) (any, error) {
		j, ok := a.engine.(Joiner)
		if !ok {
			return nil, refuse(paper.ErrUnavailable, "", "the engine behind this server joins no papers")
		}
		if _, err := mediaType(c.Request, mediaJSON); err != nil {
			return nil, err
		}
		var in In
		if err := json.NewDecoder(c.Request.Body).Decode(&in); err != nil {
			return nil, paper.Invalid("body", "%v", err)
		}
		return do(c.Request.Context(), j, in)
	})
}

type (
	arrived struct {
		Results []paper.PutResult `json:"results"`
	}
	splitID struct {
		ID string `json:"id"`
	}
	splitFrom struct {
		From []string `json:"from"`
	}
)

func (a *api) registerJoiner(r gin.IRoutes) {
	r.POST("/take", joiner(a, func(ctx context.Context, j Joiner, in paper.Arrivals) (arrived, error) {
		results, err := j.Take(ctx, in)
		return arrived{results}, err
	}))
	r.POST("/duplicates", joiner(a, func(ctx context.Context, j Joiner, q paper.DuplicateQuery) (*paper.DuplicateAnswer, error) {
		return j.Duplicates(ctx, q)
	}))
	r.POST("/split", joiner(a, func(ctx context.Context, j Joiner, in splitID) (splitFrom, error) {
		from, err := j.Split(ctx, in.ID)
		return splitFrom{from}, err
	}))
}
