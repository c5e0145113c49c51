package server

import (
	"context"
	"slices"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// standIns is how many of the best answers stand in for liked papers where
// some are disliked and none is liked.
const standIns = 5

func (p *page) search(c *gin.Context, vals values) (string, *view, error) {
	return p.searchWith(c, vals, nil)
}

// searchWith is a list of answers; box, unless nil, makes its answer box.
func (p *page) searchWith(c *gin.Context, vals values, box func(*paper.Result) (*answerBox, error)) (string, *view, error) {
	f := formOf(vals)
	if f.Question == "" {
		return p.start(c, vals)
	}
	withYears(vals)
	r, err := parseRequest(searchParams, known(vals, searchParams))
	if err != nil {
		return "", nil, err
	}
	q := r.query()
	if err := q.Validate(); err != nil {
		return "", nil, err
	}
	v := &view{Title: f.Question, Form: formOf(vals), At: placeOf(searchPage, vals)}
	err = p.list(c, v, q.Options, nil, func(o paper.Options) (*paper.Result, error) {
		q.Options = o
		return p.engine.Search(c.Request.Context(), q)
	})
	if err != nil {
		return "", nil, err
	}
	switch {
	case v.Paged || v.Marks.Any():
	case box != nil:
		v.Box, err = box(v.Result)
	case isQuestion(f.Question):
		v.Box = p.extracted(v)
	}
	return "results", v, err
}

func (p *page) similar(c *gin.Context, vals values) (string, *view, error) {
	withYears(vals)
	s, err := parseSimilar(vals)
	if err != nil {
		return "", nil, err
	}
	v := &view{Title: "Similar papers", Form: form{}, At: placeOf(similarPage, vals)}
	if id := first(vals, "id"); id != "" {
		from, err := p.engine.Paper(c.Request.Context(), id)
		if err != nil {
			return "", nil, noPaper(err, id)
		}
		v.From = &from
	}
	err = p.list(c, v, s.Options, s.Positive, func(o paper.Options) (*paper.Result, error) {
		s.Options = o
		return p.engine.Similar(c.Request.Context(), s)
	})
	return "results", v, err
}

// parseSimilar reads a request for papers like others. One that names none but
// has marks is one for papers like those.
func parseSimilar(vals values) (paper.Similar, error) {
	vals = known(vals, append(slices.Clone(similarParams), param{name: likeParam}, param{name: unlikeParam}))
	if likes := vals[likeParam]; len(likes) > 0 && first(vals, "id")+first(vals, "title")+first(vals, "text") == "" {
		vals["positive"] = append(slices.Clone(vals["positive"]), likes...)
	}
	delete(vals, likeParam)
	delete(vals, unlikeParam)
	r, err := parseRequest(similarParams, vals)
	if err != nil {
		return paper.Similar{}, err
	}
	s, err := r.similar()
	if err == nil {
		err = s.Validate()
	}
	return s, err
}

// list fills a view with the papers that find finds, or, where papers are
// marked, with those like the liked ones and unlike the disliked ones. from are
// the papers that the list began with.
func (p *page) list(c *gin.Context, v *view, o paper.Options, from []string, find finder) error {
	ctx := c.Request.Context()
	c.Set(modeKey, string(o.Mode))
	find, err := p.follow(ctx, v, o, from, find)
	if err != nil {
		return err
	}
	asked := o
	asked.Facets, asked.Explain = facetNames, true
	if v.Result, err = find(asked); err != nil {
		return err
	}
	p.metrics.weaker(c, v.Result.Degraded)
	if v.Filters, err = newFilters(v.At, o, v.Result.Facets, find); err != nil {
		return err
	}
	v.Cards = cards(v.Result, v.At)
	v.Next = v.At.next(v.Result.NextCursor)
	v.Paged = o.Cursor != ""
	if len(v.Cards) == 0 { // what a list without hits needs to explain itself
		v.Stats, err = p.engine.Stats(ctx)
	}
	return err
}

// follow is find, or, where papers are marked, what follows the marks. Marked
// papers that are gone are passed over: a list that was passed on outlives
// them.
func (p *page) follow(ctx context.Context, v *view, o paper.Options, from []string, find finder) (finder, error) {
	var err error
	if v.Marks.Liked, err = p.marked(ctx, v.At.vals[likeParam], likeParam); err != nil {
		return nil, err
	}
	if v.Marks.Disliked, err = p.marked(ctx, v.At.vals[unlikeParam], unlikeParam); err != nil {
		return nil, err
	}
	if !v.Marks.Any() {
		return find, nil
	}
	v.Marks.Export = citeLinks(idsOf(v.Marks.Liked))
	s := paper.Similar{Positive: slices.Clone(from), Negative: idsOf(v.Marks.Disliked)}
	for _, id := range idsOf(v.Marks.Liked) {
		if !slices.Contains(s.Positive, id) {
			s.Positive = append(s.Positive, id)
		}
	}
	if len(s.Positive) == 0 {
		v.Marks.StandIn = true
		best := o
		best.Cursor, best.Sort, best.MinScore, best.Limit = "", "", 0, standIns+len(s.Negative)
		r, err := find(best)
		if err != nil {
			return nil, err
		}
		for _, h := range r.Hits {
			if len(s.Positive) < standIns && !slices.Contains(s.Negative, h.Paper.ID) {
				s.Positive = append(s.Positive, h.Paper.ID)
			}
		}
		if len(s.Positive) == 0 {
			return find, nil
		}
	}
	return func(o paper.Options) (*paper.Result, error) {
		s := s
		s.Options = o
		if err := s.Validate(); err != nil {
			return nil, err
		}
		return p.engine.Similar(ctx, s)
	}, nil
}

// marked are the papers of these ids that are there.
func (p *page) marked(ctx context.Context, ids []string, param string) ([]paper.Paper, error) {
	if len(ids) > maxMarks {
		return nil, paper.Invalid(param, "%d papers; at most %d are allowed", len(ids), maxMarks)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	found, err := findAll(ctx, p.engine, ids)
	if err != nil {
		return nil, err
	}
	var out []paper.Paper
	for _, f := range found {
		if f != nil && !slices.ContainsFunc(out, func(p paper.Paper) bool { return p.ID == f.ID }) {
			out = append(out, *f)
		}
	}
	return out, nil
}

// maxMarks bounds the marks of a list, whose ids have to fit into an address.
const maxMarks = 100

func idsOf(papers []paper.Paper) []string {
	out := make([]string, len(papers))
	for i, p := range papers {
		out[i] = p.ID
	}
	return out
}
