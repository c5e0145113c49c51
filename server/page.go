package server

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// page is what people open in a browser: every view is a URL, rendered here
// whole, and works without JavaScript.
type page struct {
	*Server
	engine Engine
}

func (p *page) register(r gin.IRoutes) {
	get(r, "/", p.html(p.start))
	get(r, "/search", p.html(p.search))
	get(r, "/similar", p.html(p.similar))
	get(r, "/paper", p.html(p.paper))
	get(r, "/docs", p.html(p.docs))
	registerStatic(r)
	registerBox(r)
}

// similarOnPaper is how many similar papers stand under a paper.
const similarOnPaper = 5

// views are the templates by name: the layout with each view's own blocks.
type views map[string]*template.Template

func parseViews() views {
	v := make(views)
	for _, name := range []string{"start", "results", "paper", "docs", "problem"} {
		v[name] = template.Must(template.New("layout.html").Funcs(viewFuncs).
			ParseFS(assets, "templates/layout.html", "templates/parts.html", "templates/"+name+".html"))
	}
	return v
}

func (v views) write(c *gin.Context, status int, name string, data *view) error {
	var buf bytes.Buffer
	if err := v[name].Execute(&buf, data); err != nil {
		return fmt.Errorf("rendering %s: %w", name, err)
	}
	return send(c, status, "text/html; charset=utf-8", buf.Bytes())
}

// html adapts a page's handler, which names its view, to Gin.
func (p *page) html(h func(c *gin.Context, vals values) (string, *view, error)) gin.HandlerFunc {
	return func(c *gin.Context) {
		vals, err := queryValues(c.Request.URL.RawQuery)
		c.Set(formKey, formOf(vals))
		if err != nil {
			p.fail(c, err)
			return
		}
		name, v, err := h(c, vals)
		if err == nil {
			err = p.views.write(c, http.StatusOK, name, v)
		}
		if err != nil {
			p.fail(c, err)
		}
	}
}

// formKey holds the form of the page under way, so that an error can show it
// as it was filled in, to be put right.
const formKey = "form"

func (s *Server) writeProblemPage(c *gin.Context, p problem) {
	v := &view{Title: "Something is wrong", Problem: &p}
	if f, ok := c.Get(formKey); ok {
		v.Form = f.(form)
	}
	if p.status == http.StatusNotFound {
		v.Title = "Not found"
	}
	if err := s.views.write(c, p.status, "problem", v); err != nil {
		s.log.ErrorContext(c.Request.Context(), "error page not sent", "request_id", requestID(c), "error", err)
	}
}

func (p *page) start(c *gin.Context, vals values) (string, *view, error) {
	st, err := p.engine.Stats(c.Request.Context())
	if err != nil {
		return "", nil, err
	}
	return "start", &view{Title: "Kindred", Form: formOf(nil), Stats: st}, nil
}

func (p *page) search(c *gin.Context, vals values) (string, *view, error) {
	f := formOf(vals)
	if f.Question == "" {
		return p.start(c, vals)
	}
	r, err := parseRequest(searchParams, known(vals, searchParams))
	if err != nil {
		return "", nil, err
	}
	q := r.query()
	if err := q.Validate(); err != nil {
		return "", nil, err
	}
	c.Set(modeKey, string(q.Mode))
	result, err := p.engine.Search(c.Request.Context(), q)
	if err != nil {
		return "", nil, err
	}
	v := &view{Title: f.Question, Form: f, Result: result, Next: nextPage(c.Request.URL, result.NextCursor)}
	v.Paged = r.Cursor != ""
	p.metrics.weaker(c, v.Result.Degraded)
	return p.results(c, v)
}

func (p *page) similar(c *gin.Context, vals values) (string, *view, error) {
	f := formOf(vals)
	r, err := parseRequest(similarParams, known(vals, similarParams))
	if err != nil {
		return "", nil, err
	}
	s, err := r.similar()
	if err != nil {
		return "", nil, err
	}
	if err := s.Validate(); err != nil {
		return "", nil, err
	}
	c.Set(modeKey, string(s.Mode))
	v := &view{Title: "Similar papers", Form: f}
	if r.id != "" {
		from, err := p.engine.Paper(c.Request.Context(), r.id)
		if err != nil {
			return "", nil, noPaper(err, r.id)
		}
		v.From = &from
	}
	if v.Result, err = p.engine.Similar(c.Request.Context(), s); err != nil {
		return "", nil, err
	}
	v.Next = nextPage(c.Request.URL, v.Result.NextCursor)
	v.Paged = r.Cursor != ""
	p.metrics.weaker(c, v.Result.Degraded)
	return p.results(c, v)
}

// results adds what a list without hits needs to explain itself.
func (p *page) results(c *gin.Context, v *view) (string, *view, error) {
	if len(v.Result.Hits) == 0 {
		st, err := p.engine.Stats(c.Request.Context())
		if err != nil {
			return "", nil, err
		}
		v.Stats = st
	}
	return "results", v, nil
}

func (p *page) paper(c *gin.Context, vals values) (string, *view, error) {
	id := first(vals, "id")
	if id == "" {
		return "", nil, paper.Invalid("id", "the id of a paper is needed")
	}
	found, err := p.engine.Paper(c.Request.Context(), id)
	if err != nil {
		return "", nil, noPaper(err, id)
	}
	v := &view{Title: displayTitle(found), Form: formOf(nil), From: &found}
	result, err := p.engine.Similar(c.Request.Context(), paper.Similar{
		Positive: []string{id}, Options: paper.Options{Limit: similarOnPaper},
	})
	switch {
	case err == nil:
		v.Result = result
	case errors.Is(err, paper.ErrNotFound): // deleted just now
		return "", nil, noPaper(err, id)
	default:
		return "", nil, err
	}
	return "paper", v, nil
}

// docs shows what /openapi.json says.
func (p *page) docs(*gin.Context, values) (string, *view, error) {
	return "docs", &view{Title: "The API", Reference: p.reference}, nil
}

// known leaves out parameters that the table lacks: links that people pass on
// pick up strange ones.
func known(vals values, table []param) values {
	kept := make(values)
	for _, p := range table {
		if v, ok := vals[p.name]; ok {
			kept[p.name] = v
		}
	}
	return kept
}

func nextPage(u *url.URL, cursor string) string {
	if cursor == "" {
		return ""
	}
	q := u.Query()
	q.Set("cursor", cursor)
	return u.Path + "?" + q.Encode()
}
