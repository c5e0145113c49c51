package index

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kindred/index/kin"
	"kindred/index/store"
	"kindred/paper"
)

// find returns the record that part goes into; nil for one of its own. Where
// papers are merged, or kept apart, part may have a name in place of its id.
func (j *joiner) find(ctx context.Context, part *paper.Paper) (*record, error) {
	at, err := j.at(ctx, part.ID)
	if err != nil || !j.merge && !j.apart {
		return at, err
	}
	if at != nil {
		return j.place(ctx, at, part)
	}
	for _, name := range []string{nameBySource(part), nameByFile(part)} {
		if at, err = j.at(ctx, name); err != nil || at != nil {
			part.ID = name
			return at, err
		}
	}
	return nil, nil
}

// nameBySource is of a part whose id another source gives too, nameByFile
// of one whose id another file of its kind gives to another paper.
func nameBySource(p *paper.Paper) string { return p.ID + "@" + p.Source }

func nameByFile(p *paper.Paper) string {
	return fmt.Sprintf("%s~%08x", p.ID, uint32(p.Origin^p.Origin>>32))
}

// place returns the record that part goes into, where its id leads to r; nil for
// one of its own. An id that two sources, or two files of a kind, give does not
// always stand for one paper, and where it does, neither source must replace the
// other: then part gets a name of its own.
func (j *joiner) place(ctx context.Context, r *record, part *paper.Paper) (*record, error) {
	was := &r.parts[r.find(part.ID)]
	name := nameBySource(part)
	otherFile := was.Origin != part.Origin && was.Origin != 0 && part.Origin != 0 && !named(part)
	if was.Source == part.Source {
		if name = nameByFile(part); !otherFile {
			return r, nil
		}
	}
	if len(name) > paper.MaxID {
		return r, nil
	}
	at, err := j.at(ctx, name)
	if err != nil {
		return nil, err
	}
	same := samePaper(was, part)
	if at == nil && (same && was.Source == part.Source || !same && !otherFile) {
		return r, nil // it is completed, or the id has come to stand for another paper
	}
	part.ID = name
	if at == nil && same && !j.apart && !j.x.apart.of([]paper.Paper{*part}, r.parts) && joinable(r, &record{parts: []paper.Paper{*part}, paper: *part}) {
		return r, nil
	}
	return at, nil
}

// named reports whether p's id is one that somebody gave to it alone, and no
// number of a row or hash of a title, of which another file has the same.
func named(p *paper.Paper) bool {
	number := strings.Trim(p.ID, "0123456789") == ""
	return paper.IsService(p.Source) || !number && !paper.IsTextID(p.ID)
}

// samePaper reports whether two papers under one id are one: what speaks for it
// anywhere, or the title alone where one of them names no authors.
func samePaper(a, b *paper.Paper) bool {
	if key := paper.TitleKey(a.Title); key != "" && key == paper.TitleKey(b.Title) && (len(a.Authors) == 0 || len(b.Authors) == 0) {
		return true
	}
	return store.ContentHash(a) == store.ContentHash(b) || kin.Why(a, b) != ""
}

// another reports whether a record, but for the part with an id, is another
// paper than r: then that part alone is r's.
func (j *joiner) another(at, r *record, id string) bool {
	others := slices.DeleteFunc(slices.Clone(at.parts), func(p paper.Paper) bool { return p.ID == id })
	return len(others) > 0 &&
		(j.x.apart.of(others, r.parts) || kin.Why(&paper.Paper{Parts: others}, &paper.Paper{Parts: r.parts}) == "")
}

// takeGone takes out what a source has no more, under the id that it gives, or
// the name that the part got here.
func (j *joiner) takeGone(ctx context.Context, a *arrival) error {
	id, from := a.paper.ID, a.paper.Source
	names := []string{id}
	if from != "" {
		names = append(names, nameBySource(&a.paper))
	}
	gone := func(p *paper.Paper) bool {
		said := p.ID == id || p.ID == nameBySource(&paper.Paper{ID: id, Source: p.Source})
		return said && (from == "" || p.Source == from)
	}
	for _, name := range names {
		r, err := j.at(ctx, name)
		if err != nil {
			return err
		}
		if r != nil && slices.ContainsFunc(r.parts, func(p paper.Paper) bool { return gone(&p) }) {
			j.takeOut(r, gone)
			a.result.Status = paper.Gone
		}
	}
	return nil
}
