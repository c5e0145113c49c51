package server

import (
	"embed"
	"net/http"
	"path"

	"github.com/gin-gonic/gin"
)

//go:embed openapi.json static templates box
var assets embed.FS

// registerStatic adds a route for each file of static/.
func registerStatic(r gin.IRoutes) {
	files, err := assets.ReadDir("static")
	if err != nil {
		panic(err) // embedded above, so it is there or the build is broken
	}
	for _, f := range files {
		get(r, "/static/"+f.Name(), serveFile("static/"+f.Name()))
	}
}

// contentTypes are written here because the mime package asks the machine,
// and machines differ.
var contentTypes = map[string]string{
	".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".json": "application/json",
	".svg": "image/svg+xml", ".txt": "text/plain; charset=utf-8",
}

// serveFile serves one embedded file. Clients may keep it, and ask each time
// whether it has changed.
func serveFile(name string) gin.HandlerFunc {
	body, err := assets.ReadFile(name)
	if err != nil {
		panic(err)
	}
	tag := tagOf(body)
	contentType := contentTypes[path.Ext(name)]
	return func(c *gin.Context) {
		c.Header("ETag", tag)
		c.Header("Cache-Control", "no-cache")
		if hasTag(c.Request, tag) {
			c.Status(http.StatusNotModified)
			return
		}
		_ = send(c, http.StatusOK, contentType, body)
	}
}
