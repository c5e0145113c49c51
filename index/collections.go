package index

import (
	"context"
	"fmt"
	"slices"

	"kindred/index/store"
	"kindred/paper"
)

// Collections returns the collections that have papers, the largest first.
func (x *Index) Collections(context.Context) ([]paper.Collection, error) {
	return x.filters.Collections(), nil
}

// collection finds a collection by its name, else by one that differs in case
// only. The error wraps [paper.ErrNoCollection].
func (x *Index) collection(name string) (paper.Collection, error) {
	var like []paper.Collection
	for _, c := range x.filters.Collections() {
		if c.Name == name {
			return c, nil
		}
		if paper.MatchCollection(c.Name, name) {
			like = append(like, c)
		}
	}
	switch len(like) {
	case 0:
		return paper.Collection{}, fmt.Errorf("%w: %q", paper.ErrNoCollection, name)
	case 1:
		return like[0], nil
	}
	return paper.Collection{}, paper.Invalid("collection", "%q stands for %q and %q; write it as one of them", name, like[0].Name, like[1].Name)
}

// DropCollection deletes the papers that are in that collection alone, and
// takes the others out of it; of a paper that several sources have, the parts
// in no other collection go. dry only counts. progress, unless nil, is told how
// many papers are done, and of how many. What is done stays when the call ends
// early, and the next one goes on.
func (x *Index) DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error) {
	c, err := x.collection(name)
	if err != nil {
		return paper.Dropped{}, err
	}
	d := paper.Dropped{Name: c.Name, DryRun: dry}
	r := recollecting{x: x, name: c.Name, dry: dry, change: func(p *paper.Paper) bool { return len(p.Collections) > 0 }}
	err = r.all(ctx, progress)
	d.Deleted, d.Kept = r.deleted, r.kept
	return d, err
}

// RenameCollection gives a collection another name. Where there is one of that
// name, both are one afterwards. progress and an early end are as with
// DropCollection.
func (x *Index) RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error) {
	if err := paper.CheckCollection(now); err != nil {
		return paper.Renamed{}, err
	}
	c, err := x.collection(name)
	if err != nil {
		return paper.Renamed{}, err
	}
	r := paper.Renamed{From: c.Name, Name: now}
	if c.Name == now {
		return r, paper.Invalid("name", "the collection is called %q already", now)
	}
	r.Joined = len(x.filters.Members(now)) > 0
	re := recollecting{x: x, name: c.Name, change: func(p *paper.Paper) bool {
		p.Collections = append(p.Collections, now)
		slices.Sort(p.Collections)
		p.Collections = slices.Compact(p.Collections)
		return true
	}}
	err = re.all(ctx, progress)
	r.Papers = re.kept
	return r, err
}

// recollecting takes the papers out of a collection.
type recollecting struct {
	x    *Index
	name string
	dry  bool
	// change is shown each paper that is no more in the collection, or each of
	// its parts, may put it into another, and says whether it stays.
	change        func(*paper.Paper) bool
	deleted, kept int
}

// passes over the papers of a collection: in the first, some may be replaced by
// writers and get other doc numbers. Those that come in after the last belong to
// the collection as it is from then on.
const passes = 3

func (r *recollecting) all(ctx context.Context, progress func(done, total int)) error {
	for range passes {
		docs := r.x.filters.Members(r.name)
		done := 0
		for some := range slices.Chunk(docs, batchPapers) {
			if err := ctx.Err(); err != nil {
				return err
			}
			if err := r.batch(ctx, some); err != nil {
				return err
			}
			if done += len(some); progress != nil {
				progress(done, len(docs))
			}
		}
		if len(docs) == 0 || r.dry {
			break
		}
	}
	return nil
}

// batch does so for some papers, those of docs that are there still.
func (r *recollecting) batch(ctx context.Context, docs []uint32) error {
	x := r.x
	x.writing.Lock()
	defer x.writing.Unlock()
	papers, err := x.store.Papers(ctx, docs)
	if err != nil {
		return err
	}
	gen := x.generation.Load()
	var gone []string
	leaving, old := map[uint32]*paper.Paper{}, map[uint32]*paper.Paper{}
	var puts, again []*analysed
	sameText := map[*analysed]bool{}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	for i, p := range papers {
		if p == nil {
			continue
		}
		rest, in := r.paper(p)
		switch {
		case !in:
			continue
		case rest == nil:
			gone, leaving[docs[i]] = append(gone, p.ID), p
			continue
		}
		w := newAnalysed(a, rest)
		puts, old[docs[i]] = append(puts, w), p
		if store.TextHash(rest) == store.TextHash(p) {
			sameText[w], w.vector = true, gen.vectors.Vector(docs[i])
		} else {
			again = append(again, w)
		}
	}
	if r.dry {
		r.deleted, r.kept = r.deleted+len(gone), r.kept+len(puts)
		return nil
	}
	if len(puts) > 0 {
		if err := x.embedAll(ctx, gen.embedder, again); err != nil {
			return err
		}
		if err := x.commit(ctx, gen, puts, sameText, old); err != nil {
			return err
		}
		r.kept += len(puts)
	}
	if len(gone) == 0 {
		return nil
	}
	n, err := x.remove(ctx, gone, leaving)
	r.deleted += n
	return err
}

// remove deletes papers that have been read. Called with writing held.
func (x *Index) remove(ctx context.Context, ids []string, old map[uint32]*paper.Paper) (int, error) {
	x.leaving.add(old)
	defer x.revision.changes.Add(1)
	written, err := x.store.Write(ctx, &store.Batch{Deletes: ids})
	x.lexical.Delete(x.termsOf(old, written.Deleted))
	x.forget(written.Deleted)
	x.stir()
	return len(written.Deleted), err
}

// paper returns what is left of p, nil where nothing is; in is false where p is
// not in the collection. p itself stays as it was.
func (r *recollecting) paper(p *paper.Paper) (rest *paper.Paper, in bool) {
	if len(p.Parts) == 0 {
		if !slices.Contains(p.Corpora(), r.name) {
			return nil, false
		}
		q := *p
		q.Collections = slices.DeleteFunc(slices.Clone(p.Corpora()), func(s string) bool { return s == r.name })
		if !r.change(&q) {
			return nil, true
		}
		return &q, true
	}
	var parts []paper.Paper
	for i := range p.Parts {
		part, changed := r.paper(&p.Parts[i])
		in = in || changed
		switch {
		case !changed:
			parts = append(parts, p.Parts[i])
		case part != nil:
			parts = append(parts, *part)
		}
	}
	switch {
	case !in || len(parts) == 0:
		return nil, in
	case len(parts) == 1:
		return &parts[0], true
	}
	q := combine(parts)
	return &q, true
}

func combine(parts []paper.Paper) paper.Paper {
	p := parts[0]
	p.Collections = nil
	for i := range parts {
		p.Collections = append(p.Collections, parts[i].Corpora()...)
	}
	slices.Sort(p.Collections)
	p.Collections, p.Parts = slices.Compact(p.Collections), parts
	return p
}
