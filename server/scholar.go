package server

import (
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// scholar speaks Semantic Scholar's shapes: papers under /graph/v1, and
// recommendations. What it has a field for and this server knows nothing of
// (citations, references, open access) is null or absent, never made up.
type scholar struct {
	*Server
	engine *gate
}

// register adds one catch-all a prefix, which dispatches: ids hold slashes, and
// Gin takes no fixed path beside a catch-all.
func (s *scholar) register(r gin.IRoutes) {
	for prefix, h := range map[string]handler{graphPath: s.graph, recommendPath: s.recommendations} {
		get(r, prefix+"/*path", s.json(h))
		r.POST(prefix+"/*path", s.json(h))
	}
}

// maxScholarIDs is Semantic Scholar's own limit on the ids of one request, and
// on recommendations.
const maxScholarIDs = 500

func (s *scholar) graph(c *gin.Context) (any, error) {
	path := strings.Trim(c.Param("path"), "/")
	if path == "paper/batch" {
		return s.call(c, "POST", s.batch)
	}
	h, ok := map[string]scholarHandler{
		"paper/search": s.search, "paper/search/match": s.match, "paper/search/bulk": s.bulk, "paper/autocomplete": s.autocomplete,
	}[path]
	if !ok {
		if !strings.HasPrefix(path, "paper/") {
			return nil, errNoRoute
		}
		h = s.paper
	}
	return s.call(c, "GET", h)
}

func (s *scholar) recommendations(c *gin.Context) (any, error) {
	path := strings.Trim(c.Param("path"), "/")
	switch {
	case path == "papers":
		return s.call(c, "POST", s.fromLists)
	case strings.HasPrefix(path, "papers/forpaper/"):
		return s.call(c, "GET", s.forPaper)
	}
	return nil, errNoRoute
}

type scholarHandler func(c *gin.Context, vals values) (any, error)

func (s *scholar) call(c *gin.Context, method string, h scholarHandler) (any, error) {
	if err := only(c, method); err != nil {
		return nil, err
	}
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	return h(c, vals)
}

// idAfter is the rest of the path behind a prefix, decoded.
func idAfter(c *gin.Context, prefix string) (string, error) {
	id := strings.TrimPrefix(c.Param("path"), prefix)
	if id == "" {
		return "", errNoRoute
	}
	return id, checkID(id)
}

// checkID refuses what can be no paper's id.
func checkID(id string) error {
	if len(id) > paper.MaxName {
		return paper.Invalid("id", "%d bytes; at most %d are allowed", len(id), paper.MaxName)
	}
	return nil
}

// find looks up the papers of ids, all of which must be there.
func (s *scholar) find(c *gin.Context, ids ...string) ([]string, error) {
	papers, err := findAll(c.Request.Context(), s.engine, ids)
	if err != nil {
		return nil, err
	}
	own := make([]string, len(ids))
	for i, p := range papers {
		if p == nil {
			return nil, noSuchPaper(ids[i])
		}
		own[i] = p.ID
	}
	return own, nil
}

func noSuchPaper(id string) error {
	return refuse(paper.ErrNotFound, "", "Paper with id %s not found", shorten(id))
}
