package server

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	newestShown   = 5
	examplesShown = 4
	// newestRead is how many of the newest papers are looked through for titles
	// that ask something.
	newestRead = 200
)

// startView is what the corpus offers somebody who has not asked yet.
type startView struct {
	Newest   []paper.Paper
	Examples []string
	Shelves  *facet // the collections, where there are several
}

// recent remembers what the start page shows of one state of the papers.
type recent struct {
	mu       sync.Mutex
	revision string
	view     *startView
}

func (p *page) start(c *gin.Context, vals values) (string, *view, error) {
	ctx := c.Request.Context()
	st, err := p.engine.Stats(ctx)
	if err != nil {
		return "", nil, err
	}
	// A collection that is chosen here is the one that the question is asked in.
	vals = known(vals, []param{{name: "collection"}, {name: notCollection}})
	v := &view{Title: "Kindred", Form: formOf(vals), At: placeOf(searchPage, vals), Stats: st, Harvests: p.harvests()}
	if st.Ready && st.Papers > 0 {
		v.Mapped = p.hasMap(ctx)
		if v.Start, err = p.startView(ctx); err == nil {
			v.Start = v.Start.with(v.At, st.Collections)
		}
	}
	return "start", v, err
}

// with is the view with the collections to search in; v may be nil, and others
// read it.
func (v *startView) with(at place, list []paper.Collection) *startView {
	var now startView
	if v != nil {
		now = *v
	}
	var f filters
	counts := make([]paper.FacetCount, len(list))
	for i, c := range list {
		counts[i] = paper.FacetCount{Value: c.Name, Count: c.Papers}
	}
	if f.addCollections(at, counts); len(f.Facets) > 0 {
		now.Shelves = &f.Facets[0]
	}
	return &now
}

// startView looks through the newest papers, once a state of the papers. An
// engine that cannot list them shows none.
func (p *page) startView(ctx context.Context) (*startView, error) {
	catalog, err := catalogOf(p.engine)
	if err != nil {
		return nil, nil
	}
	revision := ""
	if p.reviser != nil {
		revision = p.reviser.Revision()
	}
	p.recent.mu.Lock()
	known := p.recent.view
	if revision == "" || revision != p.recent.revision {
		known = nil
	}
	p.recent.mu.Unlock()
	if known != nil {
		return known, nil
	}
	newest, err := catalog.Select(ctx, paper.Selection{Order: paper.ByDate, Descending: true, Limit: newestRead})
	if err != nil {
		return nil, err
	}
	v := &startView{Newest: newest.Papers[:min(newestShown, len(newest.Papers))], Examples: examples(newest.Papers)}
	p.recent.mu.Lock()
	p.recent.revision, p.recent.view = revision, v
	p.recent.mu.Unlock()
	return v, nil
}

// examples are questions that the papers themselves ask in their titles, else
// titles that are good to ask: short, plain and of different beginnings.
func examples(papers []paper.Paper) []string {
	var asking, naming []string
	for _, p := range papers {
		title := strings.Join(strings.Fields(p.Title), " ")
		if n := len(strings.Fields(title)); n < 4 || n > 14 || len(title) > 100 || strings.ContainsAny(title, `\${}<>"`) {
			continue
		}
		if i := strings.Index(title, "?"); i > 0 {
			if asks := title[:i+1]; asksFirst(asks) {
				asking = append(asking, asks)
			}
		} else if !strings.Contains(title, ": ") {
			naming = append(naming, title)
		}
	}
	var out []string
	for _, title := range append(asking, naming...) {
		word, _, _ := strings.Cut(title, " ")
		same := func(s string) bool { return strings.HasPrefix(s, word+" ") && !asksFirst(s) || s == title }
		if len(out) < examplesShown && !slices.ContainsFunc(out, same) {
			out = append(out, title)
		}
	}
	return out
}
