package index

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"kindred/index/kin"
	"kindred/index/store"
	"kindred/paper"
)

// joiner works out which records the papers of a batch end up in: each in that
// of its id and, where papers are merged, in that of the same paper from another
// source. Records are those in the folder, read when first met, and those that
// the batch makes; nothing is written before all is worked out. For use with
// writing held.
type joiner struct {
	x        *Index
	merge    bool        // the same paper becomes one
	apart    bool        // a paper stays what it is, also beside another source's under its id
	together bool        // all changes are one, or none
	prepared *generation // whose embedder made the vectors that came

	entries map[string]store.Entry
	read    map[uint32]*paper.Paper // read ahead
	byID    map[string]*record      // met or made; by the ids of all parts
	byDoc   map[uint32]*record
	byKin   map[uint64][]*record // made, by their names, titles and bands
	order   []*record
}

// record is one paper as it will be, with all that its sources say.
type record struct {
	parts   []paper.Paper // none: it goes
	paper   paper.Paper   // what Combine makes of them
	old     []oldRecord   // in the folder, to be replaced
	work    []*analysed   // prepared; of some the text may be the paper's
	changed bool
	into    *record // that it has become part of
}

type oldRecord struct {
	doc   uint32
	paper *paper.Paper
}

func (x *Index) newJoiner(ctx context.Context, b *batch) (*joiner, error) {
	j := x.emptyJoiner(b.merge, b.generation)
	j.apart = b.apart
	ids := make([]string, 0, len(b.arrivals))
	for i := range b.arrivals {
		if a := &b.arrivals[i]; a.result.Status != paper.Rejected {
			ids = append(ids, a.paper.ID)
			for k := range a.paper.Parts {
				ids = append(ids, a.paper.Parts[k].ID)
			}
		}
	}
	if err := j.lookUp(ctx, ids); err != nil {
		return nil, err
	}
	var names []string // that parts may have got in place of their ids
	if b.merge || b.apart {
		for i := range b.arrivals {
			if a := &b.arrivals[i]; a.work != nil && !j.entries[a.paper.ID].Found {
				names = append(names, nameBySource(&a.paper), nameByFile(&a.paper))
			}
		}
	}
	if err := j.lookUp(ctx, names); err != nil {
		return nil, err
	}
	var numbers []uint32
	for i := range b.arrivals {
		a := &b.arrivals[i]
		if e := j.entries[a.paper.ID]; e.Found && (a.gone || !a.unchanged(e)) {
			numbers = append(numbers, e.Doc)
		}
	}
	slices.Sort(numbers)
	return j, j.readAhead(ctx, slices.Compact(numbers))
}

func (x *Index) emptyJoiner(merge bool, prepared *generation) *joiner {
	return &joiner{
		x: x, merge: merge, prepared: prepared, entries: map[string]store.Entry{}, read: map[uint32]*paper.Paper{},
		byID: map[string]*record{}, byDoc: map[uint32]*record{}, byKin: map[uint64][]*record{},
	}
}

func (j *joiner) lookUp(ctx context.Context, ids []string) error {
	entries, err := j.x.store.Lookup(ctx, ids)
	for i, e := range entries {
		j.entries[ids[i]] = e
	}
	return err
}

func (j *joiner) readAhead(ctx context.Context, numbers []uint32) error {
	papers, err := j.x.store.Papers(ctx, numbers)
	for i, p := range papers {
		j.read[numbers[i]] = p
	}
	return err
}

// unchanged reports whether a says no more than what is in the folder, e.
func (a *arrival) unchanged(e store.Entry) bool {
	return e.Content == a.content && len(a.paper.Parts) == 0 && (len(a.paper.Collections) == 0 || a.shelved == e.Doc+1)
}

// take brings an arrival into its record, and says in a.result what became of
// it.
func (j *joiner) take(ctx context.Context, a *arrival) error {
	if a.result.Status == paper.Rejected {
		return nil
	}
	a.result.Status = paper.Unchanged
	if a.gone {
		return j.takeGone(ctx, a)
	}
	if e := j.entries[a.paper.ID]; j.byID[a.paper.ID] == nil && e.Found && a.unchanged(e) {
		return nil
	}
	says := []paper.Paper{a.paper}
	if len(a.paper.Parts) > 0 {
		says = slices.Clone(a.paper.Parts) // some get another name
	}
	if err := j.fits(ctx, says); err != nil {
		if _, invalid := errors.AsType[*paper.InvalidError](err); invalid {
			a.result.Status, a.result.Error = paper.Rejected, err.Error()
			return nil
		}
		return err
	}
	var r *record
	for i := range says {
		part := &says[i]
		at, err := j.find(ctx, part)
		if err != nil {
			return err
		}
		switch {
		case at == nil && r == nil:
			r = j.make()
			a.result.Status = paper.Added
		case r == nil:
			r = at
		case at != r && j.x.apart.of(says[i:i+1], r.parts): // as somebody has said here
			if at == nil {
				at = j.make()
			}
			if j.bring(at, part) && a.result.Status == paper.Unchanged {
				a.result.Status = paper.Updated
			}
			continue
		case at != nil && at != r && j.another(at, r, part.ID):
			j.takeOut(at, func(p *paper.Paper) bool { return p.ID == part.ID })
		case at != nil && at != r:
			r = j.join(r, at)
		}
		had := len(r.parts)
		if !j.bring(r, part) {
			continue
		}
		if a.result.Status == paper.Unchanged {
			if a.result.Status = paper.Updated; len(r.parts) > had {
				a.result.Status = paper.Merged
			}
		}
		if len(a.paper.Parts) == 0 && len(r.parts) == had && had > 1 {
			r = j.leave(r, part.ID)
		}
	}
	if a.work != nil {
		r.work = append(r.work, a.work)
	}
	if j.merge && r.changed {
		k := a.keysOf()
		joined, err := j.meet(ctx, r, k, j.x.docs.mayBe(k))
		if err != nil {
			return err
		}
		if joined {
			a.result.Status = paper.Merged
		}
	}
	return nil
}

// keysOf are the keys of a's paper.
func (a *arrival) keysOf() *keys {
	if a.work != nil {
		return a.work.keys
	}
	return keysOf(&a.paper)
}

// fits refuses parts that lead to records which are too large to be one.
func (j *joiner) fits(ctx context.Context, says []paper.Paper) error {
	if len(says) < 2 {
		return nil
	}
	all := new(record)
	seen := map[*record]bool{}
	for i := range says {
		r, err := j.at(ctx, says[i].ID)
		if err != nil {
			return err
		}
		if r != nil && !seen[r] {
			seen[r] = true
			all.parts = append(all.parts, r.parts...)
		}
		if r == nil {
			all.parts = append(all.parts, says[i])
		}
	}
	if all.paper.Parts = all.parts; !joinable(all, new(record)) {
		return paper.Invalid("parts", "with what is there, %d; at most %d of %d MiB together are kept", len(all.parts), paper.MaxParts, paper.MaxPartsSize>>20)
	}
	return nil
}

// needsVector reports whether a's paper, as far as can be told before its turn,
// brings a text that none of the papers in the folder has that it will replace:
// where another source's text stays, its own is not embedded.
func (x *Index) needsVector(ctx context.Context, a *arrival, merge bool) (bool, error) {
	j := x.emptyJoiner(merge, nil)
	foreseen := arrival{paper: a.paper, content: a.content}
	if err := j.take(ctx, &foreseen); err != nil {
		return false, err
	}
	r := j.byID[a.paper.ID]
	if r == nil { // it may have a name of its own by now
		return true, nil
	}
	for r.into != nil {
		r = r.into
	}
	for _, o := range r.old {
		if sameText(o.paper, &r.paper) {
			return false, nil
		}
	}
	return true, nil
}

// at returns the record that an id leads to, nil where there is none.
func (j *joiner) at(ctx context.Context, id string) (*record, error) {
	if r := j.byID[id]; r != nil {
		return r.now(), nil
	}
	e, known := j.entries[id]
	if !known {
		if err := j.lookUp(ctx, []string{id}); err != nil {
			return nil, err
		}
		e = j.entries[id]
	}
	if !e.Found {
		return nil, nil
	}
	return j.load(ctx, e.Doc)
}

// load returns the record that a paper in the folder is in now, nil where it
// has gone.
func (j *joiner) load(ctx context.Context, doc uint32) (*record, error) {
	if r := j.byDoc[doc]; r != nil {
		return r.now(), nil
	}
	p := j.read[doc]
	if p == nil {
		if err := j.readAhead(ctx, []uint32{doc}); err != nil || j.read[doc] == nil {
			return nil, err
		}
		p = j.read[doc]
	}
	r := &record{parts: parts(p), paper: *p, old: []oldRecord{{doc, p}}}
	j.byDoc[doc] = r
	j.order = append(j.order, r)
	for i := range r.parts {
		j.byID[r.parts[i].ID] = r
	}
	return r, nil
}

// now is the record that r has become; nil for one that goes.
func (r *record) now() *record {
	for r.into != nil {
		r = r.into
	}
	if len(r.parts) == 0 {
		return nil
	}
	return r
}

func (j *joiner) make() *record {
	r := new(record)
	j.order = append(j.order, r)
	return r
}

func (r *record) find(id string) int {
	return slices.IndexFunc(r.parts, func(part paper.Paper) bool { return part.ID == id })
}

// set gives r other parts.
func (r *record) set(parts []paper.Paper) {
	r.parts, r.changed = parts, true
	if len(parts) > 0 {
		r.paper = paper.Combine(parts)
	}
}

// bring makes part one of r's, or the new form of the one with its id, and
// reports whether it says anything new. What is in a collection stays there.
func (j *joiner) bring(r *record, part *paper.Paper) bool {
	i := r.find(part.ID)
	if i < 0 {
		j.byID[part.ID] = r
		r.set(append(slices.Clip(r.parts), *part))
		return true
	}
	was := &r.parts[i]
	next := *part
	if j.merge && (part.Origin == was.Origin || samePaper(was, part)) {
		next = paper.Complete(was, part)
	}
	if next.Collections = was.Collections; len(part.Collections) > 0 {
		next.Collections = together(was, part)
	}
	if slices.Equal(next.Collections, was.Collections) && store.ContentHash(was) == store.ContentHash(&next) {
		return false
	}
	parts := slices.Clone(r.parts)
	parts[i] = next
	r.set(parts)
	return true
}

// together are the collections of a paper that was in some and is put into
// others.
func together(was, now *paper.Paper) []string {
	all := slices.Concat(was.Corpora(), now.Collections)
	slices.Sort(all)
	all = slices.Compact(all)
	return all[:min(len(all), paper.MaxCollections)]
}

// takeOut removes the wanted parts.
func (j *joiner) takeOut(r *record, wanted func(*paper.Paper) bool) {
	var rest []paper.Paper
	for i := range r.parts {
		part := &r.parts[i]
		if !wanted(part) {
			rest = append(rest, *part)
			continue
		}
		delete(j.byID, part.ID)
		j.entries[part.ID] = store.Entry{}
	}
	r.set(rest)
}

// leave makes the part with this id a record of its own where what it says now is
// none of the other parts' paper, and returns the record that it is in.
func (j *joiner) leave(r *record, id string) *record {
	part := r.parts[r.find(id)]
	rest := slices.DeleteFunc(slices.Clone(r.parts), func(p paper.Paper) bool { return p.ID == id })
	if kin.Why(&paper.Paper{Parts: rest}, &part) != "" {
		return r
	}
	j.takeOut(r, func(p *paper.Paper) bool { return p.ID == id })
	own := j.make()
	j.bring(own, &part)
	return own
}

// join makes one of two records, the older of which comes first.
func (j *joiner) join(a, b *record) *record {
	if len(a.old) == 0 && len(b.old) > 0 || len(a.old) > 0 && len(b.old) > 0 && b.old[0].doc < a.old[0].doc {
		a, b = b, a
	}
	a.set(slices.Concat(a.parts, b.parts))
	a.old = append(a.old, b.old...)
	a.work = append(a.work, b.work...)
	b.into, b.parts = a, nil
	return a
}

// joinable reports whether two records are small enough to be one.
func joinable(a, b *record) bool {
	return len(a.parts)+len(b.parts) <= paper.MaxParts && a.paper.PartsSize()+b.paper.PartsSize() <= paper.MaxPartsSize
}

// meet looks for other records of the paper that r is of, by the keys of what has
// just come into it and among the papers with some doc numbers; it joins them
// and reports whether there were any.
func (j *joiner) meet(ctx context.Context, r *record, k *keys, numbers []uint32) (joined bool, err error) {
	var others []*record
	for _, doc := range numbers {
		o, err := j.load(ctx, doc)
		if err != nil {
			return joined, err
		}
		others = append(others, o)
	}
	all := slices.Concat(k.names, k.bands, k.titles, []uint64{k.title})
	for _, key := range all {
		others = append(others, j.byKin[key]...)
	}
	// The likest first: a file may hold the workshop's version beside the
	// conference's, and only one of them can be joined.
	for _, o := range likest(others, r) {
		o = o.now()
		if o == nil || o == r || !joinable(o, r) || j.x.apart.of(o.parts, r.parts) {
			continue
		}
		if kin.Why(&o.paper, &r.paper) != "" {
			r, joined = j.join(o, r), true
		}
	}
	for _, key := range all {
		if key != 0 && len(j.byKin[key]) < maxKin && !slices.Contains(j.byKin[key], r) {
			j.byKin[key] = append(j.byKin[key], r)
		}
	}
	return joined, nil
}

// likest are those of others that are the same paper as r, the likest first.
func likest(others []*record, r *record) []*record {
	same := others[:0]
	like := map[*record]float64{}
	for _, o := range others {
		if o != nil {
			o = o.now()
		}
		if o == nil || o == r || slices.Contains(same, o) {
			continue
		}
		if why := kin.Why(&o.paper, &r.paper); why != "" {
			same = append(same, o)
			like[o] = kin.Texts(&o.paper, &r.paper)
			if why == kin.SameID {
				like[o]++
			}
		}
	}
	slices.SortStableFunc(same, func(a, b *record) int { return cmp.Compare(like[b], like[a]) })
	return same
}
