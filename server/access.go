package server

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/gin-gonic/gin"
)

const (
	requestIDHeader = "X-Request-Id"
	requestIDKey    = "request id"
	modeKey         = "mode" // of a search, for the metrics
)

func requestID(c *gin.Context) string { return c.GetString(requestIDKey) }

// access gives each request an id, logs it when it is done, and counts it.
// The log has the route and never the URL: questions are the users' own.
func (s *Server) access(c *gin.Context) {
	start := time.Now()
	id := c.GetHeader(requestIDHeader)
	if !plainID(id) {
		var b [8]byte
		_, _ = rand.Read(b[:]) // never fails, see crypto/rand
		id = hex.EncodeToString(b[:])
	}
	c.Set(requestIDKey, id)
	c.Header(requestIDHeader, id)
	c.Next()

	took, status := time.Since(start), c.Writer.Status()
	route := c.FullPath()
	if route == "" {
		route = "none"
	}
	s.metrics.observe(c.Request.Method, route, c.GetString(modeKey), status, took)
	level := slog.LevelInfo
	switch route {
	case "/healthz", "/readyz", "/metrics", statePath: // asked every few seconds by machines
		level = slog.LevelDebug
	}
	attrs := []slog.Attr{
		slog.String("request_id", id),
		slog.String("method", c.Request.Method),
		slog.String("route", route),
		slog.Int("status", status),
		slog.Int("bytes", max(0, c.Writer.Size())),
		slog.Float64("ms", float64(took.Microseconds())/1000),
	}
	if name := c.GetString(keyName); name != "" {
		attrs = append(attrs, slog.String("key", name))
	}
	s.log.LogAttrs(c.Request.Context(), level, "request", attrs...)
}

// plainID reports whether a request id given by the client can stand in a log
// and a header.
func plainID(s string) bool {
	if s == "" || len(s) > 64 {
		return false
	}
	for _, b := range []byte(s) {
		switch {
		case 'a' <= b && b <= 'z', 'A' <= b && b <= 'Z', '0' <= b && b <= '9', b == '-', b == '_', b == '.':
		default:
			return false
		}
	}
	return true
}

// recover turns a panic in a handler into a 500 and leaves the server up.
func (s *Server) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v) // net/http's own way of ending a request
		}
		s.fail(c, fmt.Errorf("panic: %v\n%s", v, debug.Stack()))
	}()
	c.Next()
}
