package server

import (
	"cmp"
	"context"
	"math"
	"net/url"
	"slices"
	"strconv"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	mapPath = "/map"
	// maxZoom is where a view's four tiles are of the last level.
	maxZoom = paper.MaxTileLevel - 1
	// mapFound is how many of a list's best papers are shown on the map.
	mapFound = 500
	// mapWidth is the view's width and height in the units of its drawing.
	mapWidth  = 1000
	mapListed = 12 // papers beside it
)

// mapView is a square window of the map: at zoom z it is 2^-z of the plane wide
// and moves by halves of itself, so that it always shows four whole tiles.
type mapView struct {
	Zoom, X, Y int
	Drawn      paper.Map
	Tiles      []mapPicture
	Labels     []mapLabel
	Dots       []mapDot
	Into       []mapInto
	Moves      []mapMove
	List       []paper.Paper
	Total      int  // papers in sight, of those that pass the filter
	Found      int  // papers of the list that the map shows; 0 where no list is asked for
	Asked      bool // a list is asked for
	Back       string
	Query      string // of the tiles
	Form       []field
	Category   string
	Year       string
}

// mapPicture is a tile's picture; Faint where it shows all papers behind those
// that pass a filter.
type mapPicture struct {
	URL   string
	X, Y  int
	Faint bool
}

type mapLabel struct {
	X, Y  int
	Text  string
	Large bool
}

type mapDot struct {
	X, Y      float64
	ID, Title string
	Found     bool // of the list that is asked for
}

// mapInto is a part of the view that leads nearer.
type mapInto struct {
	X, Y, Size int
	URL, Label string
}

type mapMove struct{ Label, Sign, URL, Name string }

// mapped is the page of the map, with the papers of a list on it where one is
// asked for.
func (p *page) mapped(c *gin.Context, vals values) (string, *view, error) {
	ctx := c.Request.Context()
	withYears(vals)
	m := &mapView{}
	var err error
	if m.Zoom, err = mapNumber(vals, "z", maxZoom); err != nil {
		return "", nil, err
	}
	for name, to := range map[string]*int{"x": &m.X, "y": &m.Y} {
		if *to, err = mapNumber(vals, name, 2<<m.Zoom-2); err != nil {
			return "", nil, err
		}
	}
	v := &view{Title: "The map", Form: formOf(vals), At: placeOf(mapPath, vals), Map: m}
	r, err := parseRequest(tileParams, known(vals, tileParams))
	if err != nil {
		return "", nil, err
	}
	if err := r.Filter.Validate(); err != nil {
		return "", nil, err
	}
	if v.Stats, err = p.engine.Stats(ctx); err != nil {
		return "", nil, err
	}
	v.Filters = &filters{At: v.At, Active: activeFilters(v.At)}
	mapper, err := mapperOf(p.engine)
	if err != nil {
		return "", nil, err
	}
	if m.Drawn, err = mapper.Map(ctx); err != nil || m.Drawn.Papers == 0 {
		return "map", v, err
	}
	if err := p.putList(c, v, mapper, vals); err != nil {
		return "", nil, err
	}
	m.Form = v.At.Fields("category", "year", "from", "to")
	m.Category, m.Year = first(v.At.vals, "category"), first(v.At.vals, "year")
	m.links(v.At)
	return "map", v, m.fill(c, mapper, r.Filter, v.At)
}

// mapNumber reads a whole number of the address; one that is not there is 0,
// one that is too large the largest.
func mapNumber(vals values, name string, most int) (int, error) {
	text := first(vals, name)
	if text == "" {
		return 0, nil
	}
	n, err := wholeNumber(name, text)
	if err == nil && n < 0 {
		err = paper.Invalid(name, "%d is negative", n)
	}
	return min(n, most), err
}

// putList puts the best papers of the list that the address asks for on the
// map.
func (p *page) putList(c *gin.Context, v *view, mapper Mapper, vals values) error {
	ctx := c.Request.Context()
	find, from, o, err := p.listOf(ctx, v, vals)
	if err != nil || find == nil {
		return err
	}
	if find, err = p.follow(ctx, v, o, from, find); err != nil {
		return err
	}
	o.Limit, o.Cursor, o.Facets, o.Explain = mapFound, "", nil, false
	if v.Result, err = find(o); err != nil {
		return err
	}
	p.metrics.weaker(c, v.Result.Degraded)
	m := v.Map
	m.Asked = true
	ids := make([]string, len(v.Result.Hits))
	for i, h := range v.Result.Hits {
		ids[i] = h.Paper.ID
	}
	places, err := mapper.Places(ctx, ids)
	if err != nil {
		return err
	}
	for i, h := range v.Result.Hits {
		if at := places[i]; at[0] >= 0 {
			x, y := m.within(at[0], at[1])
			m.Dots = append(m.Dots, mapDot{x, y, h.Paper.ID, displayTitle(h.Paper), true})
			if x >= 0 && y >= 0 && x < mapWidth && y < mapWidth && len(m.List) < mapListed {
				m.List = append(m.List, h.Paper)
			}
		}
	}
	m.Found = len(m.Dots)
	slices.Reverse(m.Dots) // the best on top
	return nil
}

// listOf is the list that an address of the map asks for, nil where it asks for
// none, with the papers that it began with and its options.
func (p *page) listOf(ctx context.Context, v *view, vals values) (finder, []string, paper.Options, error) {
	if v.Form.Question != "" {
		r, err := parseRequest(searchParams, known(vals, searchParams))
		if err != nil {
			return nil, nil, paper.Options{}, err
		}
		q := r.query()
		v.Map.Back = v.At.On(searchPage)
		return func(o paper.Options) (*paper.Result, error) {
			q.Options = o
			return p.engine.Search(ctx, q)
		}, nil, q.Options, q.Validate()
	}
	asks := false
	for _, name := range []string{"id", "title", "text", "positive", likeParam} {
		asks = asks || len(v.At.vals[name]) > 0
	}
	if !asks {
		return nil, nil, paper.Options{}, nil
	}
	s, err := parseSimilar(v.At.vals)
	v.Map.Back = v.At.On(similarPage)
	return func(o paper.Options) (*paper.Result, error) {
		s.Options = o
		return p.engine.Similar(ctx, s)
	}, s.Positive, s.Options, err
}

// within is where a place of the plane lies in the view.
func (m *mapView) within(x, y float64) (float64, float64) {
	size := math.Exp2(-float64(m.Zoom))
	at := func(f float64, column int) float64 {
		return math.Round((f-float64(column)*size/2)/size*mapWidth*10) / 10
	}
	return at(x, m.X), at(y, m.Y)
}

// fill gathers what the view's four tiles hold.
func (m *mapView) fill(c *gin.Context, mapper Mapper, f paper.Filter, at place) error {
	filter := url.Values{}
	for _, p := range tileParams {
		for _, v := range at.vals[p.name] {
			filter.Add(p.name, v)
		}
	}
	m.Query = filter.Encode()
	var labels []paper.MapName
	var some []paper.Paper
	for i := range 4 {
		t := paper.Tile{Level: m.Zoom + 1, X: m.X + i%2, Y: m.Y + i/2, Filter: f}
		content, err := listed(c, mapper, t)
		if err != nil {
			return err
		}
		m.Total += content.Total
		labels = append(labels, content.Labels...)
		picture := "/map/pictures/" + strconv.Itoa(t.Level) + "/" + strconv.Itoa(t.X) + "/" + strconv.Itoa(t.Y)
		x, y := i%2*mapWidth/2, i/2*mapWidth/2
		if m.Query != "" {
			m.Tiles = append(m.Tiles, mapPicture{picture, x, y, true})
			picture += "?" + m.Query
		}
		m.Tiles = append(m.Tiles, mapPicture{picture, x, y, m.Asked})
		for _, p := range content.Papers {
			if content.Total == len(content.Papers) && !m.Asked {
				x, y := m.within(p.X, p.Y)
				m.Dots = append(m.Dots, mapDot{x, y, p.ID, displayTitle(p.Paper), false})
			}
			some = append(some, p.Paper)
		}
	}
	if !m.Asked {
		for i := range min(mapListed, len(some)) {
			m.List = append(m.List, some[i*len(some)/min(mapListed, len(some))])
		}
	}
	m.label(labels)
	return nil
}

// The measures of labels, in the drawing's units, for the widest letters.
const (
	labelLetter, labelHeight = 26, 56
	labelsShown              = 22
)

// label writes the names of regions, the larger ones first, where they do not
// cover each other.
func (m *mapView) label(names []paper.MapName) {
	slices.SortStableFunc(names, func(a, b paper.MapName) int {
		return cmp.Or(cmp.Compare(a.Level, b.Level), cmp.Compare(b.Size, a.Size))
	})
	type box struct{ left, top, right, bottom int }
	var taken []box
	for _, n := range names {
		if n.Level > m.Zoom+1 || len(m.Labels) == labelsShown {
			break
		}
		x, y := m.within(n.X, n.Y)
		half := len([]rune(n.Text)) * labelLetter / 2
		// Moved inwards where it would be cut off.
		cx, cy := max(half+4, min(mapWidth-half-4, int(x))), max(labelHeight, min(mapWidth-labelHeight/2, int(y)))
		b := box{cx - half, cy - labelHeight/2, cx + half, cy + labelHeight/2}
		if slices.ContainsFunc(taken, func(t box) bool {
			return b.left < t.right && t.left < b.right && b.top < t.bottom && t.top < b.bottom
		}) {
			continue
		}
		taken = append(taken, b)
		m.Labels = append(m.Labels, mapLabel{cx, cy, n.Text, n.Level <= m.Zoom})
	}
}

// links makes the addresses of the views beside this one.
func (m *mapView) links(at place) {
	link := func(z, x, y int) string {
		q := at.clone()
		if z > 0 {
			q.vals["z"], q.vals["x"], q.vals["y"] = []string{strconv.Itoa(z)}, []string{strconv.Itoa(x)}, []string{strconv.Itoa(y)}
		}
		return q.String()
	}
	last := 2<<m.Zoom - 2
	move := func(ok bool, label, sign, name string, z, x, y int) {
		url := ""
		if ok {
			url = link(z, x, y)
		}
		m.Moves = append(m.Moves, mapMove{label, sign, url, name})
	}
	move(m.Zoom < maxZoom, "Zoom in", "+", "in", m.Zoom+1, 2*m.X+1, 2*m.Y+1)
	outer := func(n int) int { return max(0, min(1<<m.Zoom-2, (n+1)/2-1)) }
	move(m.Zoom > 0, "Zoom out", "−", "out", m.Zoom-1, outer(m.X), outer(m.Y))
	move(m.X > 0, "Left", "←", "left", m.Zoom, m.X-1, m.Y)
	move(m.X < last, "Right", "→", "right", m.Zoom, m.X+1, m.Y)
	move(m.Y > 0, "Up", "↑", "up", m.Zoom, m.X, m.Y-1)
	move(m.Y < last, "Down", "↓", "down", m.Zoom, m.X, m.Y+1)
	move(m.Zoom > 0, "The whole map", "Whole map", "whole", 0, 0, 0)
	if m.Zoom == maxZoom {
		return
	}
	names := [3][3]string{{"upper left", "upper middle", "upper right"}, {"middle left", "middle", "middle right"}, {"lower left", "lower middle", "lower right"}}
	for row := range 3 {
		for column := range 3 {
			from, to := column*mapWidth/3, row*mapWidth/3
			m.Into = append(m.Into, mapInto{
				from, to, mapWidth/3 + 1, link(m.Zoom+1, 2*m.X+column, 2*m.Y+row), "Zoom into the " + names[row][column],
			})
		}
	}
}
