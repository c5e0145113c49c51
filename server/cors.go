package server

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"
)

// sharedKey marks a request of a page elsewhere.
const sharedKey = "shared"

// shareWith reports whether a page elsewhere may make the request, and tells
// its browser so (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol). The
// browser's question beforehand is answered here. The private road is shared
// with nobody, and no cookies or passwords that a browser keeps are let
// through: a page that needs a key sends it.
func (s *Server) shareWith(c *gin.Context) bool {
	r := c.Request
	origins := r.Header.Values("Origin")
	if len(origins) != 1 || !s.listed(origins[0]) || strings.HasPrefix(r.URL.Path, privatePath) {
		return false
	}
	c.Set(sharedKey, true)
	h := c.Writer.Header()
	h.Add("Vary", "Origin")
	h.Set("Access-Control-Allow-Origin", origins[0])
	h.Set("Access-Control-Expose-Headers", "Content-Disposition, ETag, Link, RateLimit, RateLimit-Policy, Retry-After, X-Request-Id")
	if r.Method == http.MethodOptions && r.Header.Get("Access-Control-Request-Method") != "" {
		h.Set("Access-Control-Allow-Methods", "GET, HEAD, POST, PUT, DELETE")
		if asked := r.Header.Values("Access-Control-Request-Headers"); len(asked) > 0 {
			h.Set("Access-Control-Allow-Headers", strings.Join(asked, ", "))
		}
		h.Set("Access-Control-Max-Age", "600")
		c.AbortWithStatus(http.StatusNoContent)
	}
	return true
}

func (s *Server) listed(origin string) bool {
	return slices.ContainsFunc(s.opts.Origins, func(o string) bool { return strings.EqualFold(o, origin) })
}

// isOrigin reports whether s is an origin as browsers write it.
func isOrigin(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && s == u.Scheme+"://"+u.Host
}
