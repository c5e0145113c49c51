package server

import (
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	// maxScholarPage is Semantic Scholar's own limit, and the usual page.
	maxScholarPage = 100
	// maxScholarReach is how far its relevance search can be paged.
	maxScholarReach = 1000
	// scholarBulkPage is the size of its bulk pages.
	scholarBulkPage = 1000
	// completions is how many titles are offered, for as much as is read of what is typed.
	completions, maxTyped = 10, 100
)

// question is the query parameter, which most routes need.
func question(vals values) (string, error) {
	q, err := single(vals, "query")
	if err == nil && q == "" {
		err = paper.Invalid("query", "what to look for is needed")
	}
	return q, err
}

func (s *scholar) search(c *gin.Context, vals values) (any, error) {
	text, err := question(vals)
	if err != nil {
		return nil, err
	}
	offset, err := within(vals, "offset", 0, 0, maxScholarReach-1)
	if err != nil {
		return nil, err
	}
	limit, err := within(vals, "limit", 1, maxScholarPage, maxScholarPage)
	if err != nil {
		return nil, err
	}
	filter, err := scholarFilter(vals)
	if err != nil {
		return nil, err
	}
	q := paper.Query{Text: text, Options: paper.Options{Filter: filter, Limit: min(offset+limit, maxScholarReach)}}
	if err := q.Validate(); err != nil {
		return nil, renamed(err, "q", "query")
	}
	c.Set(modeKey, string(q.Mode))
	found, err := s.engine.Search(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	s.metrics.weaker(c, found.Degraded)
	papers, err := s.papers(c.Request.Context(), baseURL(c.Request), papersOf(found.Hits[min(offset, len(found.Hits)):]), parseScholarFields(vals))
	if err != nil {
		return nil, err
	}
	out := map[string]any{"total": found.Total, "offset": offset, "data": papers}
	// Clients ask for a further page where next is offset plus limit.
	if next := offset + limit; found.NextCursor != "" && next < maxScholarReach {
		out["next"] = next
	}
	return out, nil
}

// match finds the one paper whose title is meant. Clients send offset and limit
// here too.
func (s *scholar) match(c *gin.Context, vals values) (any, error) {
	title, err := question(vals)
	if err != nil {
		return nil, err
	}
	filter, err := scholarFilter(vals)
	if err != nil {
		return nil, err
	}
	ask := paper.Similar{Title: title, Options: paper.Options{Limit: 1}}
	if err := ask.Validate(); err != nil {
		return nil, renamed(err, "title", "query")
	}
	found, err := s.engine.Similar(c.Request.Context(), ask)
	if err != nil {
		return nil, err
	}
	noMatch := refuse(paper.ErrNotFound, "", "Title match not found")
	if found.Resolved == nil {
		return nil, noMatch
	}
	p, err := s.engine.Paper(c.Request.Context(), found.Resolved.ID)
	if err != nil {
		return nil, err
	}
	if !filter.Passes(&p) {
		return nil, noMatch
	}
	papers, err := s.papers(c.Request.Context(), baseURL(c.Request), []*paper.Paper{&p}, parseScholarFields(vals))
	if err != nil {
		return nil, err
	}
	papers[0]["title"] = p.Title
	papers[0]["matchScore"] = found.Resolved.Confidence
	return map[string]any{"data": papers}, nil
}

// bulk lists all papers that match a boolean query. Clients send offset and
// limit here too, which mean nothing.
func (s *scholar) bulk(c *gin.Context, vals values) (any, error) {
	text, err := single(vals, "query")
	if err != nil {
		return nil, err
	}
	match, err := paper.ParseBoolean(text)
	if err != nil {
		return nil, err
	}
	ask := paper.Selection{Match: match, Limit: scholarBulkPage}
	if ask.Filter, err = scholarFilter(vals); err != nil {
		return nil, err
	}
	sort, err := single(vals, "sort")
	if err == nil {
		err = scholarOrder(&ask, sort)
	}
	if err != nil {
		return nil, err
	}
	belongs := tokenKey(&ask)
	token, err := single(vals, "token")
	if err == nil && token != "" {
		ask.After, err = decodeToken(token, belongs)
	}
	if err != nil {
		return nil, err
	}
	catalog, err := catalogOf(s.engine)
	if err != nil {
		return nil, err
	}
	found, err := catalog.Select(c.Request.Context(), ask)
	if err != nil {
		return nil, renamed(err, "after", "token")
	}
	papers, err := s.papers(c.Request.Context(), baseURL(c.Request), pointers(found.Papers), parseScholarFields(vals))
	if err != nil {
		return nil, err
	}
	out := map[string]any{"total": found.Total, "token": nil, "data": papers}
	if found.Next != nil {
		out["token"] = encodeToken(*found.Next, belongs)
	}
	return out, nil
}

// scholarOrder reads "publicationDate:desc"; "" is by id.
func scholarOrder(ask *paper.Selection, sort string) error {
	field, way, _ := strings.Cut(sort, ":")
	switch field {
	case "", "paperId":
	case "publicationDate":
		ask.Order = paper.ByDate
	default:
		return paper.Invalid("sort", "%q is not paperId or publicationDate, which are all this server can sort by", shorten(field))
	}
	switch way {
	case "", "asc":
	case "desc":
		ask.Descending = true
	default:
		return paper.Invalid("sort", "%q is not asc or desc", shorten(way))
	}
	return nil
}

func (s *scholar) autocomplete(c *gin.Context, vals values) (any, error) {
	typed, err := question(vals)
	if err != nil {
		return nil, err
	}
	if runes := []rune(typed); len(runes) > maxTyped {
		typed = string(runes[:maxTyped])
	}
	catalog, err := catalogOf(s.engine)
	if err != nil {
		return nil, err
	}
	found, err := catalog.Complete(c.Request.Context(), typed, completions)
	if err != nil {
		return nil, err
	}
	matches := []map[string]string{}
	for _, p := range found {
		matches = append(matches, map[string]string{"id": p.ID, "title": p.Title, "authorsYear": authorsYear(&p)})
	}
	return map[string]any{"matches": matches}, nil
}

// authorsYear is "Beltagy et al., 2019".
func authorsYear(p *paper.Paper) string {
	var parts []string
	if len(p.Authors) > 0 {
		name := familyName(p.Authors[0])
		switch len(p.Authors) {
		case 1:
		case 2:
			name += " & " + familyName(p.Authors[1])
		default:
			name += " et al."
		}
		parts = append(parts, name)
	}
	if p.Year > 0 {
		parts = append(parts, strconv.Itoa(p.Year))
	}
	return strings.Join(parts, ", ")
}

// familyName is the last word of "Given Family", or what is before the comma of
// "Family, Given".
func familyName(name string) string {
	if family, _, ok := strings.Cut(name, ","); ok {
		return family
	}
	if words := strings.Fields(name); len(words) > 0 {
		return words[len(words)-1]
	}
	return name
}
