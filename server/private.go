package server

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// privatePath begins the routes of the command line.
const privatePath = "/internal/v1"

// registerPrivate adds what only the command line needs: the API's own routes
// do the rest. server/client speaks this road when it has a token.
func (a *api) registerPrivate(r gin.IRoutes) {
	r.POST("/delete", a.json(a.deleteMany))
	r.POST("/learn", a.learn)
	r.POST("/collections", a.recollect)
	r.POST("/find", a.json(a.findMany))
	a.registerJoiner(r)
	r.POST("/select", a.json(a.selectMany))
	r.POST("/vectors", a.json(a.vectorsOf))
}

// bodyIDs are the ids of a body {"ids":[…]}.
func bodyIDs(c *gin.Context) ([]string, error) {
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var body struct {
		IDs []string `json:"ids"`
	}
	if err := json.NewDecoder(c.Request.Body).Decode(&body); err != nil {
		return nil, paper.Invalid("ids", "a list of strings is needed")
	}
	return body.IDs, nil
}

// deleteMany removes the papers of a body {"ids":[…]}; unknown ids are no
// error.
func (a *api) deleteMany(c *gin.Context) (any, error) {
	ids, err := bodyIDs(c)
	if err != nil {
		return nil, err
	}
	n, err := a.engine.Delete(c.Request.Context(), ids)
	if err != nil {
		return nil, err
	}
	return deleted{n}, nil
}
