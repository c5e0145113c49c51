package server

import (
	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// ask answers a question in sentences of the best papers; limit says how many
// papers are looked at.
func (a *api) ask(c *gin.Context) (any, error) {
	r, result, err := a.found(c)
	if err != nil {
		return nil, err
	}
	answer := paper.Extract(result)
	for i := range answer.Papers {
		r.fields.keep(&answer.Papers[i])
	}
	return answer, nil
}
