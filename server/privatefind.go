package server

import "github.com/gin-gonic/gin"

// findMany looks up the papers of a body {"ids":[…]}; unknown ones are null.
func (a *api) findMany(c *gin.Context) (any, error) {
	ids, err := bodyIDs(c)
	if err != nil {
		return nil, err
	}
	papers, err := findAll(c.Request.Context(), a.engine, ids)
	if err != nil {
		return nil, err
	}
	return map[string]any{"papers": papers}, nil
}
