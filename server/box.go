package server

import (
	"net/http"

	"github.com/gin-gonic/gin"
)

// The search box for other people's pages: a script that defines two elements,
// and their style sheet.
const (
	boxScript = "/embed.js"
	boxStyle  = "/embed.css"
)

// registerBox adds the box's files, which any page may load; they say nothing
// of the papers.
func registerBox(r gin.IRoutes) {
	for _, path := range []string{boxScript, boxStyle} {
		serve := serveFile("box" + path)
		get(r, path, func(c *gin.Context) {
			c.Header("Cross-Origin-Resource-Policy", "cross-origin") // or a browser keeps it from the page
			serve(c)
		})
	}
}

// ofBox reports whether a page elsewhere asks for the box itself. What the box
// then asks is for [Options.Origins] to allow.
func ofBox(r *http.Request) bool {
	return (r.Method == http.MethodGet || r.Method == http.MethodHead) && (r.URL.Path == boxScript || r.URL.Path == boxStyle)
}
