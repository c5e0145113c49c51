package server

import (
	"fmt"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// paperID is the rest of the path, decoded: slashes in it may have come raw
// or as %2F, which makes no difference.
func paperID(c *gin.Context) (string, error) {
	id := strings.TrimPrefix(c.Param("id"), "/")
	switch {
	case id == "":
		return "", errNoRoute
	case len(id) > paper.MaxID:
		return "", paper.Invalid("id", "%d bytes; at most %d are allowed", len(id), paper.MaxID)
	case !utf8.ValidString(id) || strings.IndexByte(id, 0) >= 0:
		return "", paper.Invalid("id", "not valid UTF-8, or with a NUL byte")
	}
	return id, nil
}

func (a *api) getPaper(c *gin.Context) (any, error) {
	id, err := paperID(c)
	if err != nil {
		return nil, err
	}
	r, err := a.urlParams(c, paperParams)
	if err != nil {
		return nil, err
	}
	p, err := a.engine.Paper(c.Request.Context(), id)
	if err != nil {
		return nil, noPaper(err, id)
	}
	r.fields.keep(&p)
	if format := formatOf(c, r); format != "" {
		return citationFile(paper.CitationKey(&p), format, p)
	}
	return p, nil
}

// maxPapers is how many papers one call reads.
const maxPapers = 500

type papersAnswer struct {
	Papers []paper.Paper `json:"papers"`
}

// getPapers answers several papers in the order of their ids.
func (a *api) getPapers(c *gin.Context) (any, error) {
	r, err := a.urlParams(c, papersParams)
	if err != nil {
		return nil, err
	}
	if n := len(r.ids); n == 0 || n > maxPapers {
		return nil, paper.Invalid("id", "%d ids; from 1 to %d are taken", n, maxPapers)
	}
	papers := make([]paper.Paper, len(r.ids))
	for i, id := range r.ids {
		if papers[i], err = a.engine.Paper(c.Request.Context(), id); err != nil {
			return nil, noPaper(err, id)
		}
		r.fields.keep(&papers[i])
	}
	if format := formatOf(c, r); format != "" {
		return citationFile(listName, format, papers...)
	}
	return papersAnswer{papers}, nil
}

func (a *api) putPaper(c *gin.Context) (any, error) {
	id, err := paperID(c)
	if err != nil {
		return nil, err
	}
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	var result paper.PutResult
	err = a.withBody(c, maxPaperBody, func(body []byte) error {
		p, err := decodePaper(body)
		if err != nil {
			return err
		}
		if p.ID != "" && p.ID != id {
			return paper.Invalid("id", "the body says %q, the path %q", shorten(p.ID), shorten(id))
		}
		p.ID = id
		p.Normalize()
		if err := p.Validate(); err != nil {
			return err
		}
		results, err := a.engine.Put(c.Request.Context(), []paper.Paper{p})
		a.intake.add(results)
		if err != nil {
			return err
		}
		if len(results) != 1 {
			return fmt.Errorf("the engine gave %d results for one paper", len(results))
		}
		result = results[0]
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case result.Status == paper.Rejected:
		return nil, paper.Invalid("", "%s", result.Error)
	case result.Status == paper.Added:
		c.Status(http.StatusCreated)
	}
	return result, nil
}

type deleted struct {
	Deleted int `json:"deleted"`
}

func (a *api) deletePaper(c *gin.Context) (any, error) {
	id, err := paperID(c)
	if err != nil {
		return nil, err
	}
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	n, err := a.engine.Delete(c.Request.Context(), []string{id})
	if err != nil {
		return nil, noPaper(err, id)
	}
	if n == 0 {
		return nil, noPaper(paper.ErrNotFound, id)
	}
	return deleted{n}, nil
}

func (a *api) stats(c *gin.Context) (any, error) {
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	return a.engine.Stats(c.Request.Context())
}

// urlParams reads the parameters of a route that has them in its URL alone.
func (a *api) urlParams(c *gin.Context, table []param) (*request, error) {
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return parseRequest(table, vals)
}

// noPaper names the id in an error that says a paper is unknown.
func noPaper(err error, id string) error {
	if describe(err).status == http.StatusNotFound {
		return refuse(err, "id", "no paper has the id %q", shorten(id))
	}
	return err
}
