package server

import (
	"bytes"
	"mime"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// file is an answer that a client saves and not one in JSON.
type file struct {
	name, mediaType string
	body            []byte
}

func (f file) send(c *gin.Context) error {
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	return send(c, c.Writer.Status(), f.mediaType+"; charset=utf-8", f.body)
}

// citation is p as a file that a reference manager takes, named by its key.
func citation(p *paper.Paper, format paper.CitationFormat) (file, error) {
	var body bytes.Buffer
	if err := paper.WriteCitations(&body, format, *p); err != nil {
		return file{}, err
	}
	return file{paper.CitationKey(p) + format.Extension(), format.MediaType(), body.Bytes()}, nil
}
