package server

import (
	"context"
	"slices"
	"strings"

	"kindred/paper"
)

// bareEngine is an engine that is nothing else.
type bareEngine struct{ Engine }

// sorted are a fake's papers by id.
func (f *fakeEngine) sorted() []paper.Paper {
	f.mu.RLock()
	defer f.mu.RUnlock()
	var list []paper.Paper
	for _, p := range f.papers {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b paper.Paper) int { return strings.Compare(a.ID, b.ID) })
	return list
}

func (f *fakeEngine) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	out := make([]*paper.Paper, len(ids))
	for i, id := range ids {
		ref, isRef := paper.ParseRef(id)
		for _, p := range f.sorted() {
			if p.ID == id || out[i] == nil && isRef && slices.Contains(p.Refs(), ref) {
				out[i] = &p
			}
		}
	}
	return out, nil
}

// Select takes a word for one that stands in the text.
func (f *fakeEngine) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.asked = s
	f.mu.Unlock()
	place := func(p paper.Paper) paper.Place {
		at := paper.Place{ID: p.ID}
		if d, ok := p.Published(); ok && s.Order == paper.ByDate {
			at.Day = d.First
		}
		return at
	}
	list := f.sorted()
	slices.SortFunc(list, func(a, b paper.Paper) int { return s.Compare(place(a), place(b)) })
	out := &paper.Selected{Papers: []paper.Paper{}}
	for _, p := range list {
		if s.Match != nil && !says(s.Match, strings.ToLower(p.Title+" "+p.Abstract)) || !s.Filter.Passes(&p) {
			continue
		}
		out.Total++
		if s.After != nil && s.Compare(place(p), *s.After) <= 0 {
			continue
		}
		if len(out.Papers) == s.Limit {
			last := place(out.Papers[s.Limit-1])
			out.Next = &last
			continue
		}
		out.Papers = append(out.Papers, p)
	}
	return out, nil
}

func says(q *paper.Boolean, text string) bool {
	switch q.Op {
	case paper.And:
		return !slices.ContainsFunc(q.Of, func(q *paper.Boolean) bool { return !says(q, text) })
	case paper.Or:
		return slices.ContainsFunc(q.Of, func(q *paper.Boolean) bool { return says(q, text) })
	case paper.Not:
		return !says(q.Of[0], text)
	}
	return strings.Contains(text, strings.ToLower(q.Text))
}

func (f *fakeEngine) Complete(ctx context.Context, typed string, limit int) ([]paper.Paper, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	var out []paper.Paper
	for _, p := range f.sorted() {
		if len(out) < limit && strings.HasPrefix(paper.TitleKey(p.Title), paper.TitleKey(typed)) {
			out = append(out, p)
		}
	}
	return out, nil
}

// Vectors gives a paper's a number that tells it from others; "title-only" has none.
func (f *fakeEngine) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	out := paper.Embeddings{Model: f.stats.Model}
	for _, id := range ids {
		if _, err := f.Paper(ctx, id); err != nil {
			return out, err
		}
		v := []float32{float32(len(id)), 1}
		if id == "title-only" {
			v = nil
		}
		out.Vectors = append(out.Vectors, v)
	}
	return out, nil
}
