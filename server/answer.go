package server

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"
)

// handler answers a request with a value to be sent as JSON, a [file],
// [unchanged], or an error. It writes nothing itself; another status than 200 is set by c.Status.
type handler func(c *gin.Context) (any, error)

// json adapts a handler to Gin.
func (s *Server) json(h handler) gin.HandlerFunc {
	return func(c *gin.Context) {
		body, err := h(c)
		if err == nil {
			switch body := body.(type) {
			case file:
				err = body.send(c)
			case unchanged:
				c.Status(http.StatusNotModified)
			default:
				err = writeJSON(c, c.Writer.Status(), body)
			}
		}
		if err != nil {
			s.fail(c, err)
		}
	}
}

func (s *Server) failing(err error) gin.HandlerFunc {
	return func(c *gin.Context) { s.fail(c, err) }
}

// fail renders err: as a page to a browser that asked for one, else as JSON.
func (s *Server) fail(c *gin.Context, err error) {
	c.Abort()
	p := *s.problemOf(c, err)
	if c.Writer.Written() {
		return
	}
	if p.status == http.StatusServiceUnavailable {
		c.Header("Retry-After", "1")
	}
	page := wantsPage(c)
	switch {
	case p.status == http.StatusUnauthorized && page: // the browser asks for it
		c.Header("WWW-Authenticate", `Basic realm="Kindred: any name, and a key as the password", charset="UTF-8"`)
	case p.status == http.StatusUnauthorized:
		c.Header("WWW-Authenticate", `Bearer realm="kindred"`)
	}
	body, ok := foreignShape(c, p)
	if !ok && page {
		s.writeProblemPage(c, p)
		return
	}
	if !ok {
		body = map[string]problem{"error": p}
	}
	if err := writeJSON(c, p.status, body); err != nil {
		s.log.ErrorContext(c.Request.Context(), "error not sent", "request_id", requestID(c), "error", err)
	}
}

// problemOf is err as it is sent. The cause of an internal one goes into the
// log.
func (s *Server) problemOf(c *gin.Context, err error) *problem {
	p := describe(err)
	if p.Code == "unavailable" && strings.HasPrefix(c.FullPath(), privatePath) {
		// What keeps the owner of the folder from working on it is no secret.
		p.Message = shortText(err.Error(), maxMessage)
	}
	if p.status == http.StatusInternalServerError {
		s.log.ErrorContext(c.Request.Context(), "request failed",
			"request_id", requestID(c), "method", c.Request.Method, "route", c.FullPath(), "error", err)
	}
	return &p
}

// wantsPage reports whether the error is a page's, or of a request that a
// person's browser makes outside the API.
func wantsPage(c *gin.Context) bool {
	if _, ok := c.Get(formKey); ok {
		return true
	}
	return strings.HasPrefix(c.GetHeader("Accept"), "text/html") &&
		!strings.HasPrefix(c.Request.URL.Path, "/v1/") && !strings.HasPrefix(c.Request.URL.Path, privatePath)
}

var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// maxPooled keeps one large answer from being held for ever.
const maxPooled = 1 << 20

// writeJSON encodes the whole answer before it sends a byte of it, so that
// what cannot be encoded is an error and not half an answer.
func writeJSON(c *gin.Context, status int, body any) error {
	buf := buffers.Get().(*bytes.Buffer)
	defer func() {
		if buf.Cap() <= maxPooled {
			buffers.Put(buf)
		}
	}()
	buf.Reset()
	enc := json.NewEncoder(buf)
	enc.SetEscapeHTML(false) // nosniff and the content type keep JSON from being read as HTML
	if err := enc.Encode(body); err != nil {
		return fmt.Errorf("encoding the answer: %w", err)
	}
	return send(c, status, "application/json; charset=utf-8", buf.Bytes())
}

// send writes a whole answer. A client that does not take it is not an error
// of ours.
func send(c *gin.Context, status int, contentType string, body []byte) error {
	h := c.Writer.Header()
	h.Set("Content-Type", contentType)
	h.Set("Content-Length", strconv.Itoa(len(body)))
	c.Writer.WriteHeader(status)
	if _, err := c.Writer.Write(body); err != nil && !errors.Is(err, http.ErrBodyNotAllowed) {
		_ = c.Error(err)
	}
	return nil
}
