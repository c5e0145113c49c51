package server

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// hub speaks the shapes of Hugging Face's papers under /api.
type hub struct {
	*Server
	engine *gate
}

func (h *hub) register(r gin.IRoutes) {
	get(r, hubPath+"/*path", h.json(h.dispatch))
}

const (
	// usualHubSearch and maxHubSearch are the Hub's own page of a search.
	usualHubSearch, maxHubSearch = 20, 120
	// usualDaily and maxDaily are its page of a day.
	usualDaily, maxDaily = 50, 100
	// maxDailyPage bounds how far a day can be paged, 0 being the first page.
	maxDailyPage = 99
)

func (h *hub) dispatch(c *gin.Context) (any, error) {
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	switch path := strings.Trim(c.Param("path"), "/"); {
	case path == "papers/search":
		return h.search(c, vals)
	case path == "daily_papers":
		return h.daily(c, vals)
	case strings.HasPrefix(path, "papers/"):
		return h.paper(c)
	}
	return nil, errNoRoute
}

func (h *hub) search(c *gin.Context, vals values) (any, error) {
	text, err := single(vals, "q")
	if err != nil {
		return nil, err
	}
	limit, err := within(vals, "limit", 1, usualHubSearch, maxHubSearch)
	if err != nil {
		return nil, err
	}
	q := paper.Query{Text: text, Options: paper.Options{Limit: limit}}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	c.Set(modeKey, string(q.Mode))
	found, err := h.engine.Search(c.Request.Context(), q)
	if err != nil {
		return nil, err
	}
	h.metrics.weaker(c, found.Degraded)
	return hubEntries(papersOf(found.Hits)), nil
}

func (h *hub) paper(c *gin.Context) (any, error) {
	id, err := idAfter(c, "/papers/")
	if err != nil {
		return nil, err
	}
	found, err := findAll(c.Request.Context(), h.engine, []string{id})
	if err != nil {
		return nil, err
	}
	if found[0] == nil {
		return nil, refuse(paper.ErrNotFound, "", "Paper not found: %s", shorten(id))
	}
	return hubPaper(found[0]), nil
}

// daily lists papers by the day they came out, the newest first.
func (h *hub) daily(c *gin.Context, vals values) (any, error) {
	limit, err := within(vals, "limit", 1, usualDaily, maxDaily)
	if err != nil {
		return nil, err
	}
	page, err := within(vals, "p", 0, 0, maxDailyPage)
	if err != nil {
		return nil, err
	}
	sort, err := single(vals, "sort")
	if err != nil {
		return nil, err
	}
	// Nobody votes here, so what is new is what is trending.
	if sort != "" && sort != "publishedAt" && sort != "trending" {
		return nil, paper.Invalid("sort", "%q is not publishedAt or trending", shorten(sort))
	}
	ask := paper.Selection{Order: paper.ByDate, Descending: true}
	if ask.Filter, err = hubDays(vals); err != nil {
		return nil, err
	}
	catalog, err := catalogOf(h.engine)
	if err != nil {
		return nil, err
	}
	for skip := page * limit; ; skip -= ask.Limit {
		if ask.Limit = limit; skip > 0 {
			ask.Limit = min(skip, paper.MaxLimit)
		}
		found, err := catalog.Select(c.Request.Context(), ask)
		if err != nil {
			return nil, err
		}
		if skip <= 0 {
			return hubEntries(pointers(found.Papers)), nil
		}
		if ask.After = found.Next; found.Next == nil {
			return hubEntries(nil), nil
		}
	}
}

var weekForm = regexp.MustCompile(`^([0-9]{4})-W([0-9]{2})$`)

// hubDays reads the one of date, week (2025-W09) and month (2025-02) that is
// given.
func hubDays(vals values) (f paper.Filter, err error) {
	for _, name := range []string{"date", "month", "week"} {
		s, err := single(vals, name)
		if err != nil {
			return f, err
		}
		if s == "" {
			continue
		}
		if f.From != "" {
			return f, paper.Invalid(name, "only one of date, week and month may be given")
		}
		f.From, f.To = s, s
		if m := weekForm.FindStringSubmatch(s); name == "week" && m != nil {
			f.From, f.To = weekDays(m[1], m[2])
		}
		_, err = paper.ParseDate(f.From)
		if forms := map[string]string{"date": "2025-02-28", "month": "2025-02", "week": "2025-W09"}; err != nil || len(s) != len(forms[name]) {
			return f, paper.Invalid(name, "%q is not of the form %s", shorten(s), forms[name])
		}
	}
	return f, nil
}

// weekDays are the first and the last day of a week as ISO 8601 counts them:
// the first week of a year is that of its fourth of January.
func weekDays(year, week string) (first, last string) {
	y, _ := strconv.Atoi(year) // four digits, and two
	w, _ := strconv.Atoi(week)
	monday := time.Date(y, 1, 4, 0, 0, 0, 0, time.UTC)
	monday = monday.AddDate(0, 0, -(int(monday.Weekday())+6)%7+7*(w-1))
	if gotYear, gotWeek := monday.ISOWeek(); gotYear != y || gotWeek != w {
		return fmt.Sprintf("no week %s", week), ""
	}
	const day = "2006-01-02"
	return monday.Format(day), monday.AddDate(0, 0, 6).Format(day)
}

// hubEntries is a list as the Hub's lists are: a paper, and beside it what is
// shown of it.
func hubEntries(papers []*paper.Paper) []map[string]any {
	out := make([]map[string]any, len(papers))
	for i, p := range papers {
		inner := hubPaper(p)
		out[i] = map[string]any{"paper": inner, "title": inner["title"], "summary": inner["summary"], "publishedAt": inner["publishedAt"]}
	}
	return out
}

func hubPaper(p *paper.Paper) map[string]any {
	authors := make([]map[string]any, len(p.Authors))
	for i, name := range p.Authors {
		authors[i] = map[string]any{"name": name, "hidden": false}
	}
	var published any // a moment, as clients read it
	if t, err := time.Parse("2006-01-02", p.Date); err == nil {
		published = t.Format("2006-01-02T15:04:05.000Z")
	}
	return map[string]any{
		"id": p.ID, "title": p.Title, "summary": p.Abstract, "authors": authors, "publishedAt": published, "upvotes": nil,
	}
}
