package index

import (
	"context"
	"errors"
	"slices"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/internal/text"
	"kindred/paper"
)

// maxRead bounds the papers whose texts are read for one selection: some
// tenths of a second.
const maxRead = 5000

// maxPage bounds the bytes of a page's papers, but for its last one.
const maxPage = 32 << 20

// Select returns a page of the papers that a selection asks for. Its errors are
// [*paper.InvalidError], the context's, or the store's.
func (x *Index) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	if err := s.Validate(); err != nil {
		return nil, err
	}
	if s.After != nil && s.After.Corpus != x.corpus {
		return nil, paper.Invalid("after", "a place in another corpus; leave it out to begin at the first page")
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	allow := x.allowed(&s.Filter, nil)
	if allow == nil {
		allow = x.filters.Live()
	}
	l := &selecting{x: x, s: &s, a: a, maybe: allow, doubtful: roaring.New()}
	if s.Match != nil {
		m, err := x.matcher(ctx, a, s.Match, x.filters.Live())
		if err != nil {
			return nil, err
		}
		if m.surely == nil { // it says nothing, so nothing matches
			return &paper.Selected{Papers: []paper.Paper{}}, nil
		}
		l.m, l.maybe = m, roaring.And(m.maybe, allow)
		l.doubtful = roaring.AndNot(l.maybe, m.surely)
	}
	if err := l.decide(ctx); err != nil {
		return nil, err
	}
	return l.page(ctx)
}

// selecting is a selection under way.
type selecting struct {
	x *Index
	s *paper.Selection
	a *text.Analyzer
	m *matcher // nil: all match

	maybe    *roaring.Bitmap // papers that match, but for those that are
	doubtful *roaring.Bitmap // in here too and must be read

	doubts, bytes int // of the page: doubtful papers that were read, and its size
}

// decide reads the doubtful papers if they are few, so that the total is
// exact.
func (l *selecting) decide(ctx context.Context) error {
	if l.doubtful.GetCardinality() > maxRead {
		return nil
	}
	maybe := l.maybe.Clone() // the filter's bitmap may be shared
	for list := l.doubtful.ToArray(); len(list) > 0; {
		n := min(len(list), 256)
		papers, err := l.x.store.Papers(ctx, list[:n])
		if err != nil {
			return err
		}
		for i, p := range papers {
			if p == nil || !l.m.takes(read(l.a, p)) {
				maybe.Remove(list[i])
			}
		}
		list = list[n:]
	}
	l.maybe = maybe
	l.doubtful.Clear()
	return nil
}

// page collects the papers behind the place where the last page ended.
func (l *selecting) page(ctx context.Context) (*paper.Selected, error) {
	out := &paper.Selected{Papers: []paper.Paper{}, Total: int(l.maybe.GetCardinality())}
	after := l.s.After
	for {
		// One more than is missing shows whether there is more.
		places := l.places(after, l.s.Limit-len(out.Papers)+1)
		if len(places) == 0 {
			return out, nil
		}
		for some := range slices.Chunk(places, 512) {
			last, full, err := l.collect(ctx, some, after, out)
			if err != nil {
				return nil, err
			}
			if after = last; full {
				out.Next = after
				return out, nil
			}
		}
	}
}

// collect adds the papers at some places to a page, and returns the place of the
// last one that was looked at. The page is full when there are more of them than
// go into it, or than are read for it.
func (l *selecting) collect(ctx context.Context, places []placed, after *paper.Place, out *paper.Selected) (_ *paper.Place, full bool, err error) {
	docs := make([]uint32, len(places))
	for i, p := range places {
		docs[i] = p.doc
	}
	papers, err := l.x.store.Papers(ctx, docs)
	if err != nil {
		return nil, false, err
	}
	for i, p := range papers {
		if p == nil { // it has gone since, or was replaced
			if p, err = l.again(ctx, places[i].ID); err != nil {
				return nil, false, err
			}
			if p == nil {
				continue
			}
		}
		if l.doubtful.Contains(docs[i]) {
			if l.doubts++; l.doubts > maxRead {
				return after, true, nil
			}
			if !l.m.takes(read(l.a, p)) {
				after = &places[i].Place
				continue
			}
		}
		if len(out.Papers) == l.s.Limit || l.bytes >= maxPage {
			return after, true, nil
		}
		out.Papers = append(out.Papers, *p)
		l.bytes += p.PartsSize()
		after = &places[i].Place
	}
	return &places[len(places)-1].Place, false, nil
}

// again reads a paper that has another doc number now; nil if there is none, or
// if it does not match any more.
func (l *selecting) again(ctx context.Context, id string) (*paper.Paper, error) {
	p, err := l.x.Paper(ctx, id)
	switch {
	case errors.Is(err, paper.ErrNotFound):
		return nil, nil
	case err != nil:
		return nil, err
	case !l.s.Filter.Passes(&p) || l.m != nil && !l.m.takes(read(l.a, &p)):
		return nil, nil
	}
	return &p, nil
}

// placed is a paper with its place in the order.
type placed struct {
	paper.Place
	doc uint32
}

// places returns the first n places behind one.
func (l *selecting) places(after *paper.Place, n int) []placed {
	var dates []paper.Date
	if l.s.Order == paper.ByDate {
		dates = l.x.filters.Dates()
	}
	order := func(a, b placed) int { return l.s.Compare(a.Place, b.Place) }
	var first []placed
	cut := func() {
		slices.SortFunc(first, order)
		// A paper that is being replaced is there twice for a moment.
		first = slices.CompactFunc(first, func(a, b placed) bool { return a.ID == b.ID })
		first = first[:min(n, len(first))]
	}
	var worst *placed // of a full list
	l.x.docs.each(l.maybe, func(doc uint32, id string) {
		p := placed{paper.Place{ID: id, Corpus: l.x.corpus}, doc}
		if int(doc) < len(dates) {
			p.Day = dates[doc].First
		}
		if after != nil && l.s.Compare(p.Place, *after) <= 0 || worst != nil && order(p, *worst) >= 0 {
			return
		}
		if first = append(first, p); len(first) == 4*n {
			if cut(); len(first) == n {
				last := first[n-1]
				worst = &last
			}
		}
	})
	cut()
	return first
}
