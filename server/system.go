package server

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// system is what machines ask to watch a server and to learn its routes. It
// asks the engine past the gate: a server with much to do is not a dead one.
type system struct {
	*Server
	engine Engine
}

// register adds the routes. Probes often bring parameters of their own, so
// these take any.
func (s *system) register(r gin.IRoutes) {
	get(r, "/healthz", s.json(s.health))
	get(r, "/readyz", s.json(s.ready))
	get(r, "/metrics", s.metrics.serve)
	get(r, "/openapi.json", serveFile("openapi.json"))
}

// state is the answer of the two probes.
type state struct {
	Status   string  `json:"status"` // "ok", or for readiness "ready"
	State    string  `json:"state"`
	Progress float64 `json:"progress,omitempty"`
	Papers   int     `json:"papers"`
}

// health runs a tiny search: a process that answers and cannot search is not
// healthy. An index that is still loading is.
func (s *system) health(c *gin.Context) (any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.opts.ReadDeadline)
	defer cancel()
	st, err := s.engine.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if st.Ready {
		q := paper.Query{Text: "paper", Options: paper.Options{Mode: paper.Lexical, Limit: 1}}
		if _, err := s.engine.Search(ctx, q); err != nil {
			return nil, err
		}
	}
	return state{"ok", st.State, st.Progress, st.Papers}, nil
}

// ready is 503 with the state while the index cannot answer yet.
func (s *system) ready(c *gin.Context) (any, error) {
	ctx, cancel := context.WithTimeout(c.Request.Context(), s.opts.ReadDeadline)
	defer cancel()
	st, err := s.engine.Stats(ctx)
	if err != nil {
		return nil, err
	}
	if !st.Ready {
		c.Header("Retry-After", "1")
		c.Status(http.StatusServiceUnavailable)
		return state{"not ready", st.State, st.Progress, st.Papers}, nil
	}
	return state{"ready", st.State, st.Progress, st.Papers}, nil
}
