package index

import (
	"cmp"
	"context"
	"iter"
	"maps"
	"slices"

	"kindred/embed"
	"kindred/paper"
)

// changes are the records to write, with vectors of gen's embedder, the ids of
// those to delete, and by doc number the papers that they replace.
func (j *joiner) changes(ctx context.Context, gen *generation) (puts []put, deletes []string, old map[uint32]*paper.Paper, err error) {
	var again []*analysed
	a := j.x.analyzers.get()
	defer j.x.analyzers.put(a)
	old = map[uint32]*paper.Paper{}
	had := map[string]uint32{} // by the ids of what is replaced, its number
	has := map[string]bool{}   // the ids of what is written
	for r := range j.changed() {
		for _, o := range r.old {
			old[o.doc] = o.paper
			for _, id := range idsOf(o.paper) {
				had[id] = o.doc
			}
		}
		for i := range r.parts {
			has[r.parts[i].ID] = true
		}
	}
	var replaced [][]uint32 // by each of puts
	for r := range j.changed() {
		var numbers []uint32
		for _, o := range r.old {
			numbers = append(numbers, o.doc)
			if !slices.ContainsFunc(idsOf(o.paper), func(id string) bool { return has[id] }) {
				deletes = append(deletes, o.paper.ID)
			}
		}
		if len(r.parts) == 0 {
			continue
		}
		for i := range r.parts {
			if doc, ok := had[r.parts[i].ID]; ok {
				numbers = append(numbers, doc)
			}
		}
		replaced = append(replaced, numbers)
		p := put{analysed: &analysed{paper: &r.paper}}
		from := r.prepared()
		if from != nil {
			p.doc = from.doc
		} else {
			a.Doc(&p.doc, r.paper.Title, r.paper.Abstract)
		}
		var vector embed.Vector
		if vector, p.kept = r.keptVector(gen); vector != nil {
			p.vector = vector
		} else if from != nil && from.embedded && j.prepared == gen {
			p.vector, p.embedded = from.vector, true
		} else {
			p.embedded = true
			again = append(again, p.analysed)
		}
		if from != nil && len(r.parts) == 1 && sameNames(from.paper, &r.paper) {
			p.keys = from.keys
		} else {
			p.keys = keysOf(&r.paper)
		}
		puts = append(puts, p)
	}
	if len(again) > 0 {
		err = j.x.embedAll(ctx, gen.embedder, again)
	}
	return inGroups(puts, replaced), deletes, old, err
}

// changed are the records that are to be written, or go.
func (j *joiner) changed() iter.Seq[*record] {
	return func(yield func(*record) bool) {
		for _, r := range j.order {
			if r.into == nil && r.changed && !yield(r) {
				return
			}
		}
	}
}

// inGroups puts those one after the other that replace a common paper, of which
// all but the last of each are to be written with the next: a crash in between
// must not leave a paper without what the other took.
func inGroups(puts []put, replaced [][]uint32) []put {
	group := make([]int, len(puts)) // the first put of the same, or on the way to it
	first := func(i int) int {
		for group[i] != i {
			i = group[i]
		}
		return i
	}
	of := map[uint32]int{} // the first put that replaces a paper
	several := false
	for i := range puts {
		group[i] = i
		for _, doc := range replaced[i] {
			k, ok := of[doc]
			if !ok {
				of[doc] = i
				continue
			}
			a, b := first(i), first(k)
			group[max(a, b)] = min(a, b)
			several = several || a != b
		}
	}
	if !several {
		return puts
	}
	order := make([]int, len(puts))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(first(a), first(b)) })
	out := make([]put, len(puts))
	for i, k := range order {
		out[i] = puts[k]
		out[i].withNext = i+1 < len(order) && first(k) == first(order[i+1])
	}
	return out
}

// idsOf are the ids that lead to a record.
func idsOf(p *paper.Paper) []string {
	all := parts(p)
	ids := make([]string, len(all))
	for i := range all {
		ids[i] = all[i].ID
	}
	return ids
}

// parts are what p's sources say, or p itself.
func parts(p *paper.Paper) []paper.Paper {
	if len(p.Parts) == 0 {
		return []paper.Paper{*p}
	}
	return p.Parts
}

// replaces reports whether writing r replaces p: some id of p's is one of r's.
func (r *record) replaces(p *paper.Paper) bool {
	return slices.ContainsFunc(idsOf(p), func(id string) bool { return r.find(id) >= 0 })
}

// prepared is the work on a paper with r's text, nil where there is none.
func (r *record) prepared() *analysed {
	for _, w := range r.work {
		if sameText(w.paper, &r.paper) {
			return w
		}
	}
	return nil
}

// keptVector is the vector of a replaced paper with r's text; kept tells
// whether there is such a paper, which may have no vector.
func (r *record) keptVector(gen *generation) (v embed.Vector, kept bool) {
	for _, o := range r.old {
		if r.replaces(o.paper) && sameText(o.paper, &r.paper) {
			return gen.vectors.Vector(o.doc), true
		}
	}
	return nil, false
}

func sameNames(a, b *paper.Paper) bool {
	return a.ID == b.ID && a.URL == b.URL && maps.Equal(a.IDs, b.IDs)
}

func sameText(a, b *paper.Paper) bool { return a.Title == b.Title && a.Abstract == b.Abstract }
