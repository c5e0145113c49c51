package server

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

func (s *scholar) paper(c *gin.Context, vals values) (any, error) {
	id, err := idAfter(c, "/paper/")
	if err != nil {
		return nil, err
	}
	ctx := c.Request.Context()
	found, err := findAll(ctx, s.engine, []string{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, unlessPart(id)
	}
	papers, err := s.papers(ctx, baseURL(c.Request), found, parseScholarFields(vals))
	if err != nil {
		return nil, err
	}
	return papers[0], nil
}

// unlessPart is the error for an id that is unknown, or names a part of a
// paper that this server does not keep.
func unlessPart(id string) error {
	for _, part := range []string{"citations", "references", "authors"} {
		if of, ok := strings.CutSuffix(id, "/"+part); ok {
			return refuse(errNoRoute, "", "this server has no list of %s of a paper; /graph/v1/paper/%s gives what it knows", part, shorten(of))
		}
	}
	return noSuchPaper(id)
}

func (s *scholar) batch(c *gin.Context, vals values) (any, error) {
	lists, err := s.idLists(c, "ids")
	if err != nil {
		return nil, err
	}
	ids := lists["ids"]
	if len(ids) == 0 {
		return nil, paper.Invalid("ids", "a list of ids is needed")
	}
	found, err := findAll(c.Request.Context(), s.engine, ids)
	if err != nil {
		return nil, err
	}
	return s.papers(c.Request.Context(), baseURL(c.Request), found, parseScholarFields(vals))
}

func (s *scholar) forPaper(c *gin.Context, vals values) (any, error) {
	id, err := idAfter(c, "/papers/forpaper/")
	if err != nil {
		return nil, err
	}
	positive, err := s.find(c, id)
	if err != nil {
		return nil, err
	}
	return s.recommend(c, vals, positive, nil)
}

func (s *scholar) fromLists(c *gin.Context, vals values) (any, error) {
	lists, err := s.idLists(c, "positivePaperIds", "negativePaperIds")
	if err != nil {
		return nil, err
	}
	if len(lists["positivePaperIds"]) == 0 {
		return nil, paper.Invalid("positivePaperIds", "a list of ids is needed")
	}
	positive, err := s.find(c, lists["positivePaperIds"]...)
	if err != nil {
		return nil, err
	}
	negative, err := s.find(c, lists["negativePaperIds"]...)
	if err != nil {
		return nil, err
	}
	return s.recommend(c, vals, positive, negative)
}

// recommend answers both routes. A paper may stand in both lists.
func (s *scholar) recommend(c *gin.Context, vals values, positive, negative []string) (any, error) {
	limit, err := within(vals, "limit", 1, maxScholarPage, maxScholarIDs)
	if err != nil {
		return nil, err
	}
	ask := paper.Similar{Positive: once(positive), Negative: once(negative), Options: paper.Options{Limit: limit}}
	if err := ask.Validate(); err != nil {
		return nil, err
	}
	c.Set(modeKey, string(ask.Mode))
	found, err := s.engine.Similar(c.Request.Context(), ask)
	if err != nil {
		return nil, err
	}
	s.metrics.weaker(c, found.Degraded)
	papers, err := s.papers(c.Request.Context(), baseURL(c.Request), papersOf(found.Hits), parseScholarFields(vals))
	if err != nil {
		return nil, err
	}
	return map[string]any{"recommendedPapers": papers}, nil
}

// once drops what stands in a list already: two names may be one paper's.
func once(list []string) []string {
	var out []string
	for _, s := range list {
		if !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// idLists reads the named lists of ids of a body; null is none, other members
// are passed over.
func (s *scholar) idLists(c *gin.Context, names ...string) (lists map[string][]string, err error) {
	if _, err := mediaType(c.Request, mediaJSON); err != nil {
		return nil, err
	}
	err = s.withBody(c, maxQueryBody, func(body []byte) error {
		lists, err = parseIDLists(body, names...)
		return err
	})
	return lists, err
}

func parseIDLists(body []byte, names ...string) (map[string][]string, error) {
	lists := make(map[string][]string)
	err := eachMember(body, func(name string, value json.RawMessage) error {
		if !slices.Contains(names, name) {
			return nil
		}
		var some []*string
		if json.Unmarshal(value, &some) != nil || slices.Contains(some, nil) {
			return paper.Invalid(name, "a list of strings is needed")
		}
		if len(some) > maxScholarIDs {
			return paper.Invalid(name, "%d ids; at most %d are allowed", len(some), maxScholarIDs)
		}
		for _, id := range some {
			if err := checkID(*id); err != nil {
				return err
			}
			lists[name] = append(lists[name], *id)
		}
		return nil
	})
	return lists, err
}
