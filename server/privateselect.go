package server

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// selectMany is a page of the papers that a body, a [paper.Selection] as Go
// writes it, asks for.
func (a *api) selectMany(c *gin.Context) (any, error) {
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var s paper.Selection
	if err := json.NewDecoder(c.Request.Body).Decode(&s); err != nil {
		return nil, paper.Invalid("", "a selection is needed")
	}
	catalog, err := catalogOf(a.engine)
	if err != nil {
		return nil, err
	}
	return catalog.Select(c.Request.Context(), s)
}

// vectorsOf are the vectors of the papers of a body {"ids":[…]}, null for one
// that has none.
func (a *api) vectorsOf(c *gin.Context) (any, error) {
	ids, err := bodyIDs(c)
	if err != nil {
		return nil, err
	}
	catalog, err := catalogOf(a.engine)
	if err != nil {
		return nil, err
	}
	return catalog.Vectors(c.Request.Context(), ids)
}
