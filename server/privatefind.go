package server

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// findMany looks up the papers of a body {"ids":[…]}; unknown ones are null.
func (a *api) findMany(c *gin.Context) (any, error) {
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(c.Request.Body).Decode(&body); err != nil {
		return nil, paper.Invalid("ids", "a list of strings is needed")
	}
	papers, err := findAll(c.Request.Context(), a.engine, body.IDs)
	if err != nil {
		return nil, err
	}
	return map[string]any{"papers": papers}, nil
}
