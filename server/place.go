package server

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// place is a view's address, and makes those of the views beside it: another
// filter, another order, a paper marked. The page under way is left behind, as
// another list has other pages.
type place struct {
	path string
	vals values
}

// viewParams are what the lists' addresses may hold; a link that was passed on
// picks up others, which are dropped.
var viewParams = []string{
	"q", "verbatim", "id", "title", "text", "positive", "negative", likeParam, unlikeParam,
	"mode", "year", "from", "to", "category", "author", "venue", "collection", "not_collection", "sort", "min_score", "limit", "cursor",
}

// notCollection are the collections whose papers are left out.
const notCollection = "not_collection"

// The papers that somebody marked on a list, by their ids.
const (
	likeParam   = "like"
	unlikeParam = "unlike"
)

func placeOf(path string, vals values) place {
	at := place{path, make(values)}
	for _, name := range viewParams {
		for _, v := range vals[name] {
			if strings.TrimSpace(v) != "" {
				at.vals[name] = append(at.vals[name], v)
			}
		}
	}
	// Categories may come joined by commas; a link takes away one of them.
	if c := at.vals["category"]; len(c) > 0 {
		at.vals["category"] = strings.FieldsFunc(strings.Join(c, ","), func(r rune) bool { return r == ',' })
	}
	return at
}

func (p place) String() string {
	if len(p.vals) == 0 {
		return p.path
	}
	return p.path + "?" + url.Values(p.vals).Encode()
}

// clone is p to be changed, at its first page.
func (p place) clone() place {
	vals := make(values, len(p.vals))
	for name, list := range p.vals {
		vals[name] = slices.Clone(list)
	}
	delete(vals, "cursor")
	return place{p.path, vals}
}

// With is the address where the parameter has that one value; "" takes it away.
func (p place) With(name, value string) string {
	q := p.clone()
	delete(q.vals, name)
	if value != "" {
		q.vals[name] = []string{value}
	}
	return q.String()
}

// Toggle is the address with one value of a parameter added, or taken away
// where it is there.
func (p place) Toggle(name, value string) string {
	q := p.clone()
	q.toggle(name, value)
	return q.String()
}

func (p place) toggle(name, value string) {
	if i := slices.Index(p.vals[name], value); i >= 0 {
		p.vals[name] = slices.Delete(p.vals[name], i, i+1)
		if len(p.vals[name]) == 0 {
			delete(p.vals, name)
		}
		return
	}
	p.vals[name] = append(p.vals[name], value)
}

// Mark is the address with a paper liked or disliked, or neither where it was
// marked so; one paper is never both. Marks on a paper's own page lead to the
// list of papers similar to it.
func (p place) Mark(name, id string) string {
	other := likeParam
	if name == likeParam {
		other = unlikeParam
	}
	q := p.either(name, other, id)
	if q.path == paperPage {
		q.path = similarPage
	}
	return q.String()
}

// Either is the address with a value added to a parameter, or taken away where
// it is there; it is no more one of the other parameter's.
func (p place) Either(name, other, value string) string { return p.either(name, other, value).String() }

func (p place) either(name, other, value string) place {
	q := p.clone()
	if slices.Contains(q.vals[other], value) {
		q.toggle(other, value)
	}
	q.toggle(name, value)
	return q
}

// Without is the address with all values of some parameters gone.
func (p place) Without(names ...string) string {
	q := p.clone()
	for _, name := range names {
		delete(q.vals, name)
	}
	return q.String()
}

// On is the same list under another path.
func (p place) On(path string) string {
	q := p.clone()
	q.path = path
	return q.String()
}

// next is the address of the page behind a cursor; "" where there is none.
func (p place) next(cursor string) string {
	if cursor == "" {
		return ""
	}
	q := p.clone()
	q.vals["cursor"] = []string{cursor}
	return q.String()
}

// longAddress bounds what a list's many links repeat of its own address.
const longAddress = 4 << 10

// long reports whether the address is so long that a view has to do with few
// links: those that only narrow it are left out.
func (p place) long() bool {
	n := 0
	for _, list := range p.vals {
		for _, v := range list {
			n += len(v)
		}
	}
	return n > longAddress
}

func (p place) has(name, value string) bool { return slices.Contains(p.vals[name], value) }

// Path is where a form of the view leads.
func (p place) Path() string { return p.path }

// field is a hidden field of a form.
type field struct{ Name, Value string }

// Fields are the parameters that a form has to pass on besides its own, by
// name.
func (p place) Fields(own ...string) []field {
	var out []field
	for _, name := range slices.Sorted(maps.Keys(p.vals)) {
		if name == "cursor" || slices.Contains(own, name) {
			continue
		}
		for _, v := range p.vals[name] {
			out = append(out, field{name, v})
		}
	}
	return out
}
