package server

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"kindred/paper"
	"kindred/server/mcp"
)

// assistant lends the engine to assistants by the Model Context Protocol, as
// streamable HTTP without sessions: each request is answered by itself, so
// nothing is kept of a client that does not come back.
type assistant struct {
	*Server
	handler http.Handler
}

func newAssistant(s *Server, g *gate) *assistant {
	var engine mcp.Engine = g
	if _, ok := g.engine.(Catalog); !ok {
		engine = struct{ mcp.Engine }{g} // which finds papers by their own ids only
	}
	var collections func(context.Context) ([]paper.Collection, error)
	if c, err := curatorOf(g); err == nil {
		collections = c.Collections
	}
	return &assistant{s, mcp.New(engine, mcp.Options{
		Page: func(r *http.Request, id string) string { return baseURL(r) + "/paper?id=" + url.QueryEscape(id) },
		Explain: func(ctx context.Context, err error) string {
			p := describe(err)
			if p.status == http.StatusInternalServerError {
				s.log.ErrorContext(ctx, "a tool failed", "error", err)
			}
			return p.Message
		},
		Collections: collections,
		Logger:      s.log, Version: s.opts.Version,
	}).Handler()}
}

// register adds the one route. There are no sessions to listen to or to end, so
// GET and DELETE are refused, which clients take for that.
func (a *assistant) register(r gin.IRoutes) { r.POST(mcpPath, a.serve) }

func (a *assistant) serve(c *gin.Context) {
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		a.fail(c, err)
		return
	}
	// Read here, the body counts against the server's memory.
	err := a.withBody(c, maxQueryBody, func(body []byte) error {
		if len(bytes.TrimSpace(body)) == 0 {
			return paper.Invalid("", "the body is empty; a JSON-RPC message is needed")
		}
		r := c.Request.Clone(c.Request.Context())
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		a.handler.ServeHTTP(c.Writer, r)
		return nil
	})
	if err != nil {
		a.fail(c, err)
	}
}
