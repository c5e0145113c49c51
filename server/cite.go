package server

import (
	"bytes"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// file is an answer that a client saves and not one in JSON.
type file struct {
	name, mediaType string
	body            []byte
	degraded        bool // it rests on a weaker answer than it could
}

func (f file) send(c *gin.Context) error {
	c.Header("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": f.name}))
	return send(c, c.Writer.Status(), f.mediaType+"; charset=utf-8", f.body)
}

// citationFile is papers as one file of that name, without its ending.
func citationFile(name string, format paper.CitationFormat, papers ...paper.Paper) (file, error) {
	var body bytes.Buffer
	if err := paper.WriteCitations(&body, format, papers...); err != nil {
		return file{}, err
	}
	return file{name: name + format.Extension(), mediaType: format.MediaType(), body: body.Bytes()}, nil
}

// listName is the name of a file with many papers.
const listName = "papers"

// inFormat is what an engine found as the request wants it: as JSON, or its
// papers as a file, of which Link names the next (RFC 8288).
func inFormat(c *gin.Context, result *paper.Result, r *request) (any, error) {
	result = finish(result, r.fields)
	format := formatOf(c, r)
	if format == "" {
		return result, nil
	}
	papers := make([]paper.Paper, len(result.Hits))
	for i := range result.Hits {
		papers[i] = result.Hits[i].Paper
	}
	if next := nextPage(c.Request.URL, result.NextCursor); next != "" && c.Request.Method != http.MethodPost {
		c.Header("Link", "<"+next+`>; rel="next"`)
	}
	f, err := citationFile(listName, format, papers...)
	f.degraded = result.Degraded != ""
	return f, err
}

// nextPage is the address of the page that begins at cursor; "" where there is
// none.
func nextPage(u *url.URL, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := u.Query()
	q.Set("cursor", cursor)
	return u.Path + "?" + q.Encode()
}

// formatOf is the format that a request names, else the one that its Accept
// prefers; "" is JSON.
func formatOf(c *gin.Context, r *request) paper.CitationFormat {
	c.Writer.Header().Add("Vary", "Accept")
	if r.citation != "" {
		return r.citation
	}
	return accepted(c.Request)
}

// accepted is the format that a request's Accept prefers (RFC 9110, section
// 12.5.1), the first of equals; "" is JSON, also where nothing that is accepted
// is spoken here.
func accepted(r *http.Request) paper.CitationFormat {
	var best paper.CitationFormat
	most := 0.0
	for _, line := range r.Header.Values("Accept") {
		for one := range strings.SplitSeq(line, ",") {
			kind, params, err := mime.ParseMediaType(one)
			if err != nil {
				continue
			}
			weight := 1.0
			if q, ok := params["q"]; ok {
				if weight, err = strconv.ParseFloat(q, 64); err != nil || weight > 1 {
					continue
				}
			}
			format, ok := paper.CitationFormatOf(kind)
			ok = ok || kind == mediaJSON || kind == "application/*" || kind == "*/*"
			if ok && weight > most {
				best, most = format, weight
			}
		}
	}
	return best
}
