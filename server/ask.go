package server

import (
	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// ask answers a question in sentences of the best papers; limit says how many
// papers are looked at.
func (a *api) ask(c *gin.Context) (any, error) {
	r, err := a.request(c, searchParams)
	if err != nil {
		return nil, err
	}
	q := r.query()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	c.Set(modeKey, string(q.Mode))
	result, err := a.engine.Search(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	a.metrics.weaker(c, result)
	answer := paper.Extract(result)
	for i := range answer.Papers {
		r.fields.keep(&answer.Papers[i])
	}
	return answer, nil
}
