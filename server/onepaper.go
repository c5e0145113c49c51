package server

import (
	"errors"
	"fmt"
	"slices"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

const (
	// similarOnPaper is how many similar papers stand under a paper.
	similarOnPaper = 10
	// similarOnTimeline is how many the timeline is drawn from.
	similarOnTimeline = 60
)

// paper is the page of one paper, with the similar ones under its filters.
func (p *page) paper(c *gin.Context, vals values) (string, *view, error) {
	withYears(vals)
	vals = values(placeOf(paperPage, vals).vals)
	id := first(vals, "id")
	if id == "" {
		return "", nil, paper.Invalid("id", "the id of a paper is needed")
	}
	found, err := p.engine.Paper(c.Request.Context(), id)
	if err != nil {
		return "", nil, noPaper(err, id)
	}
	v := &view{Title: displayTitle(found), From: &found, At: placeOf(paperPage, vals)}
	if v.Cite, err = citeForms(&found); err != nil {
		return "", nil, err
	}
	// Those marked or on further pages are on the list of similar papers.
	for _, name := range []string{"title", "text", "positive", "negative", likeParam, unlikeParam, "cursor", "limit", "q", "verbatim"} {
		delete(v.At.vals, name)
	}
	s, err := parseSimilar(v.At.vals)
	if err != nil {
		return "", nil, err
	}
	s.Limit = similarOnTimeline
	err = p.list(c, v, s.Options, s.Positive, func(o paper.Options) (*paper.Result, error) {
		s.Options = o
		return p.engine.Similar(c.Request.Context(), s)
	})
	if errors.Is(err, paper.ErrNotFound) { // deleted just now
		return "", nil, noPaper(err, id)
	}
	if err != nil {
		return "", nil, err
	}
	v.Timeline = newTimeline(&found, v.Cards)
	v.Next = ""
	if len(v.Cards) > similarOnPaper {
		v.Cards, v.Next = v.Cards[:similarOnPaper], v.At.On(similarPage)
	}
	return "paper", v, nil
}

// timeline is the papers like one by their years, a dot each.
type timeline struct {
	Width, Height int
	Dots          []dot
	Years         []yearMark
	Words         string
}

// dot is a paper of a timeline.
type dot struct {
	X, Y  int
	Title string
	URL   string // empty for the paper itself
}

type yearMark struct{ X, Year int }

// The drawing's measures, in units of which a dot takes dotStep.
const (
	dotStep       = 10
	timelineWidth = 500 // at least
	timelineTop   = 8   // dots above one another; the rest of a year lies on the topmost
	yearsShown    = 80  // further back, the dots lie at the left end
)

// newTimeline draws the cards of papers like p that have a year; nil where
// there are too few to say anything.
func newTimeline(p *paper.Paper, like []card) *timeline {
	years := make([]int, 0, len(like)+1)
	for _, c := range like {
		if c.Year > 0 {
			years = append(years, c.Year)
		}
	}
	if len(years) < 3 {
		return nil
	}
	if p.Year > 0 {
		years = append(years, p.Year)
	}
	from, to := slices.Min(years), slices.Max(years)
	from = max(from, to-yearsShown+1)
	t := &timeline{Width: max(timelineWidth, (to-from+1)*dotStep)}
	spread := t.Width / (to - from + 1)
	at := func(year int) int { return (max(year, from)-from)*spread + spread/2 }
	stacked := make(map[int]int)
	put := func(year int, title, url string) {
		x := at(year)
		t.Dots = append(t.Dots, dot{x, stacked[x], title, url})
		stacked[x] = min(stacked[x]+1, timelineTop-1)
	}
	if p.Year > 0 {
		put(p.Year, "This paper", "")
	}
	for _, c := range like {
		if c.Year > 0 {
			put(c.Year, fmt.Sprintf("%d: %s", c.Year, displayTitle(c.Paper)), place{paperPage, values{"id": {c.ID}}}.String())
		}
	}
	rows := 0
	for _, d := range t.Dots {
		rows = max(rows, d.Y+1)
	}
	for i := range t.Dots { // from the ground up
		t.Dots[i].Y = (rows-1-t.Dots[i].Y)*dotStep + dotStep/2
	}
	t.Height = rows * dotStep
	for _, y := range []int{from, (from + to) / 2, to} {
		if n := len(t.Years); n == 0 || t.Years[n-1].Year != y {
			t.Years = append(t.Years, yearMark{at(y), y})
		}
	}
	t.Words = fmt.Sprintf("The %d most similar papers by year, %d to %d", len(like), from, to)
	return t
}
