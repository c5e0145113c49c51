package server

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// page is what people open in a browser: every view is a URL, rendered here
// whole, and works without JavaScript.
type page struct {
	*Server
	engine  Engine
	reviser Reviser // nil: the start page's papers are looked up each time
	recent  recent
}

// The paths that templates and views lead to.
const (
	searchPage  = "/search"
	similarPage = "/similar"
	paperPage   = "/paper"
	askPage     = "/ask"
	citePage    = "/cite"
)

func (p *page) register(r gin.IRoutes) {
	get(r, "/", p.html(p.start))
	get(r, searchPage, p.html(p.search))
	get(r, similarPage, p.html(p.similar))
	get(r, paperPage, p.html(p.paper))
	get(r, askPage, p.ask)
	get(r, citePage, p.json(p.cite))
	get(r, mapPath, p.html(p.mapped))
	get(r, tilePath, p.mapSquare("application/json; charset=utf-8", tile))
	get(r, picturePath, p.mapSquare("image/png", picture))
	get(r, statePath, p.state)
	get(r, "/docs", p.html(p.docs))
	registerStatic(r)
	registerBox(r)
}

// views are the templates by name: the layout with each view's own blocks.
type views map[string]*template.Template

func parseViews() views {
	v := make(views)
	for _, name := range []string{"start", "results", "paper", "map", "docs", "problem"} {
		v[name] = template.Must(template.New("layout.html").Funcs(viewFuncs).
			ParseFS(assets, "templates/layout.html", "templates/parts.html", "templates/beside.html", "templates/"+name+".html"))
	}
	return v
}

// partHeader is sent by app.js, which wants of a view what changes from one to
// the next: its main element.
const partHeader = "Kindred-Part"

func (v views) write(c *gin.Context, status int, name string, data *view) error {
	c.Writer.Header().Add("Vary", partHeader) // beside that of compression
	whole := "layout.html"
	if c.GetHeader(partHeader) != "" {
		whole = "part"
	}
	var buf bytes.Buffer
	if err := v[name].ExecuteTemplate(&buf, whole, data); err != nil {
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
		status := http.StatusOK
		if errors.Is(err, paper.ErrUnavailable) {
			// What the index is doing says more than that it cannot answer.
			if st, failed := p.engine.Stats(c.Request.Context()); failed == nil && !st.Ready {
				name, v, err = "start", &view{Title: "Kindred", Form: formOf(vals), Stats: st}, nil
				status = http.StatusServiceUnavailable
				c.Header("Retry-After", "1")
			}
		}
		if err == nil {
			v.Live = p.live(c.Request.Context())
			err = p.views.write(c, status, name, v)
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
	v := &view{Title: "Something is wrong", Problem: &p, At: place{path: "/" + strings.TrimLeft(c.Request.URL.RequestURI(), "/")}}
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
