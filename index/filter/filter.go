// Package filter answers from memory which papers pass a filter and how a set
// of papers is spread over years, categories, venues, authors and collections.
// It is derived from the store's records; a [Snapshot] of it spares reading them
// all.
//
// Papers are known by their doc numbers. Years and dates are columns, one
// entry a doc number; the other fields are dictionaries of the values as written, each value with its papers and each paper with its
// values. Author and venue names are found by their folded words.
package filter

import (
	"math/bits"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/paper"
)

// Index holds what filters and facets need of each paper. Its methods are
// safe for concurrent use. Readers share a lock for as long as a filter takes;
// writers take it alone for a few papers at a time, so a reader may see part
// of an Add, but a paper only whole.
type Index struct {
	mu     sync.RWMutex
	live   set
	count  int
	years  []uint16     // by doc number; 0 when unknown
	dates  []paper.Date // by doc number; zero when unknown
	fields [fieldCount]values
	words  [fieldCount]words // of the fields that are named

	// liveBitmap is live as callers get it; nil after a change. It is set
	// under a read lock and cleared under the write lock.
	liveBitmap atomic.Pointer[roaring.Bitmap]
}

// The fields with dictionaries.
const (
	categories = iota
	venues
	authors
	collections

	fieldCount
)

// named reports whether a field's values are names, found by their words.
func named(field int) bool { return field == venues || field == authors }

// New returns an index without papers.
func New() *Index { return new(Index) }

// papersPerLock is how many papers change under one write lock: well under a
// millisecond.
const papersPerLock = 64

// Add makes papers known: papers[i] under the doc number docs[i], in any
// order. One that is there already stays as it is.
func (x *Index) Add(docs []uint32, papers []*paper.Paper) {
	for from := 0; from < len(docs); from += papersPerLock {
		to := min(from+papersPerLock, len(docs))
		x.mu.Lock()
		for i := from; i < to; i++ {
			x.add(docs[i], papers[i])
		}
		x.liveBitmap.Store(nil)
		x.mu.Unlock()
	}
}

func (x *Index) add(doc uint32, p *paper.Paper) {
	if x.live.has(doc) {
		return
	}
	x.live.grow(doc)
	x.live.add(doc)
	x.count++
	x.years = extend(x.years, doc)
	x.years[doc] = uint16(max(0, min(p.Year, 9999)))
	x.dates = extend(x.dates, doc)
	x.dates[doc], _ = p.Published()
	x.addValues(categories, doc, p.Categories)
	x.addValues(authors, doc, p.Authors)
	if p.Venue != "" {
		x.addValues(venues, doc, []string{p.Venue})
	}
	x.addValues(collections, doc, p.Corpora())
}

func (x *Index) addValues(field int, doc uint32, list []string) {
	f := &x.fields[field]
	if fresh := f.add(doc, list); fresh > 0 && named(field) {
		for _, name := range f.text[len(f.text)-fresh:] {
			x.words[field].add(paper.FoldName(name))
		}
	}
}

// extend makes a column long enough for doc.
func extend[T any](column []T, doc uint32) []T {
	if int(doc) < len(column) {
		return column
	}
	column = slices.Grow(column, int(doc)+1-len(column))
	return column[:doc+1]
}

// Remove forgets papers; unknown doc numbers are passed over.
func (x *Index) Remove(docs ...uint32) {
	for chunk := range slices.Chunk(docs, papersPerLock) {
		x.mu.Lock()
		for _, doc := range chunk {
			if !x.live.has(doc) {
				continue
			}
			x.live.remove(doc)
			x.count--
			for i := range x.fields {
				x.fields[i].remove(doc)
			}
		}
		x.liveBitmap.Store(nil)
		x.mu.Unlock()
	}
}

// Live returns all papers. The bitmap is shared: it must not be changed.
func (x *Index) Live() *roaring.Bitmap {
	x.mu.RLock()
	defer x.mu.RUnlock()
	b := x.liveBitmap.Load()
	if b == nil {
		b = x.live.clone().bitmap()
		x.liveBitmap.Store(b)
	}
	return b
}

// Bitmap returns the papers that pass f, all of them where f is nil or empty.
// The bitmap may be shared: it must not be changed. f is taken to be valid; a
// date that cannot be read passes nothing.
func (x *Index) Bitmap(f *paper.Filter) *roaring.Bitmap {
	if f == nil || f.Empty() {
		return x.Live()
	}
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.pass(f).bitmap()
}

// Count is the number of papers that pass f.
func (x *Index) Count(f *paper.Filter) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	if f == nil || f.Empty() {
		return x.count
	}
	n := 0
	for _, w := range x.pass(f) {
		n += bits.OnesCount64(w)
	}
	return n
}

// pass needs the read lock.
func (x *Index) pass(f *paper.Filter) set {
	out := x.live.clone()
	if f.Years != (paper.Years{}) {
		out.and(x.inYears(f.Years))
	}
	if f.From != "" || f.To != "" {
		out.and(x.inDates(f.From, f.To))
	}
	for field, wanted := range [fieldCount][]string{categories: f.Categories, venues: f.Venues, authors: f.Authors, collections: f.Collections} {
		if len(wanted) > 0 {
			out.and(x.having(field, wanted))
		}
	}
	if len(f.NotCollections) > 0 {
		out.andNot(x.having(collections, f.NotCollections))
	}
	return out
}

// having returns the papers that have any of the wanted values.
func (x *Index) having(field int, wanted []string) set {
	out := make(set, len(x.live))
	for _, want := range wanted {
		x.match(field, want, func(value uint32) { x.fields[field].docs[value].addTo(out) })
	}
	return out
}

// match calls fn with the values of a field that a filter's value takes, some
// of them more than once.
func (x *Index) match(field int, want string, fn func(value uint32)) {
	each := func(matches func(value, want string) bool) {
		for i, text := range x.fields[field].text {
			if matches(text, want) {
				fn(uint32(i))
			}
		}
	}
	switch field {
	case categories:
		each(paper.MatchCategory)
	case collections:
		each(paper.MatchCollection)
	case venues:
		x.words[venues].phrase(paper.FoldName(want), fn)
	case authors:
		x.words[authors].person(paper.FoldName(want), fn)
	}
}

func (x *Index) inYears(y paper.Years) set {
	from, to := max(y.From, 1), y.To
	if to == 0 {
		to = 9999
	}
	out := make(set, len(x.live))
	for doc, year := range x.years {
		if int(year) >= from && int(year) <= to {
			out.add(uint32(doc))
		}
	}
	return out
}

// inDates takes the papers whose whole span lies within the bounds.
func (x *Index) inDates(from, to string) set {
	out := make(set, len(x.live))
	within := paper.Date{First: 1, Last: 1<<31 - 1}
	if from != "" {
		d, err := paper.ParseDate(from)
		if err != nil {
			return out
		}
		within.First = d.First
	}
	if to != "" {
		d, err := paper.ParseDate(to)
		if err != nil {
			return out
		}
		within.Last = d.Last
	}
	for doc, d := range x.dates {
		if d.First >= within.First && d.Last <= within.Last {
			out.add(uint32(doc))
		}
	}
	return out
}

// Dates returns when each paper came out, by doc number; zero where that is
// unknown. It must not be changed, and only be asked about papers that were
// there when it was returned.
func (x *Index) Dates() []paper.Date {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.dates
}

// YearRange returns the first and the last year of any paper; zeros when none
// has one.
func (x *Index) YearRange() (first, last int) {
	x.mu.RLock()
	defer x.mu.RUnlock()
	for doc, year := range x.years {
		if year == 0 || !x.live.has(uint32(doc)) {
			continue
		}
		if first == 0 || int(year) < first {
			first = int(year)
		}
		last = max(last, int(year))
	}
	return first, last
}
