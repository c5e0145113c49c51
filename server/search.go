package server

import (
	"errors"
	"net/http"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// api is the /v1 API on one road: the open one, or the private one of the
// command line, where bodies have no limit and the gate is not in the way.
type api struct {
	*Server
	engine  Engine
	reviser Reviser // nil: no answer carries an ETag
	private bool
}

func (a *api) register(r gin.IRoutes) {
	get(r, "/search", a.json(a.tagged(a.search)))
	r.POST("/search", a.json(a.search))
	r.POST("/search/batch", a.json(a.searchMany))
	r.POST("/ask", a.ask)
	get(r, "/similar", a.json(a.tagged(a.similar)))
	r.POST("/similar", a.json(a.similar))
	get(r, "/papers/*id", a.json(a.tagged(a.getPaper)))
	r.PUT("/papers/*id", a.json(a.putPaper))
	r.DELETE("/papers/*id", a.json(a.deletePaper))
	get(r, "/papers", a.json(a.tagged(a.getPapers)))
	r.POST("/papers", a.json(a.putBatch))
	get(r, "/collections", a.json(a.tagged(a.collections)))
	r.DELETE("/collections/*name", a.json(a.dropCollection))
	get(r, "/stats", a.json(a.stats))
}

func (a *api) search(c *gin.Context) (any, error) {
	r, err := a.request(c, searchParams)
	if err != nil {
		return nil, err
	}
	result, err := a.found(c, r)
	if err != nil {
		return nil, err
	}
	a.metrics.weaker(c, result.Degraded)
	return inFormat(c, result, r)
}

// found is what a question in words finds.
func (a *api) found(c *gin.Context, r *request) (*paper.Result, error) {
	q := r.query()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	c.Set(modeKey, string(q.Mode))
	return a.engine.Search(c.Request.Context(), q)
}

func (a *api) similar(c *gin.Context) (any, error) {
	r, err := a.request(c, similarParams)
	if err != nil {
		return nil, err
	}
	s, err := r.similar()
	if err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	c.Set(modeKey, string(s.Mode))
	result, err := a.engine.Similar(c.Request.Context(), s)
	if errors.Is(err, paper.ErrNotFound) {
		return nil, a.whichIsMissing(c, r, err)
	}
	if err != nil {
		return nil, err
	}
	a.metrics.weaker(c, result.Degraded)
	return inFormat(c, result, r)
}

// whichIsMissing names the first paper of the request that the index lacks.
func (a *api) whichIsMissing(c *gin.Context, r *request, err error) error {
	for _, from := range []struct {
		field string
		ids   []string
	}{{"id", []string{r.id}}, {"positive", r.positive}, {"negative", r.negative}} {
		for _, id := range from.ids {
			if id == "" {
				continue
			}
			if _, lookup := a.engine.Paper(c.Request.Context(), id); errors.Is(lookup, paper.ErrNotFound) {
				return refuse(err, from.field, "no paper has the id %q", shorten(id))
			}
		}
	}
	return err
}

// request reads the parameters of a GET from its query string, and those of a
// POST from its JSON body.
func (a *api) request(c *gin.Context, table []param) (r *request, err error) {
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	if c.Request.Method != http.MethodPost {
		return parseRequest(table, vals)
	}
	if len(vals) > 0 {
		return nil, paper.Invalid(shorten(sortedNames(vals)[0]), "the parameters of a POST go into its JSON body")
	}
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	err = a.withBody(c, maxQueryBody, func(body []byte) error {
		vals, err := jsonValues(body, table)
		if err != nil {
			return err
		}
		r, err = parseRequest(table, vals)
		return err
	})
	return r, err
}

// finish makes an engine's result the API's: lists that are there even when
// empty, and of each paper the fields that were asked for.
func finish(result *paper.Result, f fields) *paper.Result {
	if result.Hits == nil {
		result.Hits = []paper.Hit{}
	}
	for name, list := range result.Facets {
		if list == nil {
			result.Facets[name] = []paper.FacetCount{}
		}
	}
	for i := range result.Hits {
		hit := &result.Hits[i]
		f.keep(&hit.Paper)
		for j := range hit.Highlights {
			if hit.Highlights[j].Matches == nil {
				hit.Highlights[j].Matches = [][2]int{}
			}
		}
	}
	return result
}
