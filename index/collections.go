package index

import (
	"context"
	"fmt"
	"slices"

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
	// change is shown what each source has of a paper, no more in the
	// collection. It may put it into another, and says whether it stays.
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
	r.x.writing.Lock()
	defer r.x.writing.Unlock()
	j := r.x.emptyJoiner(false, nil)
	if err := j.readAhead(ctx, docs); err != nil {
		return err
	}
	deleted, kept := 0, 0
	for _, doc := range docs {
		rec, err := j.load(ctx, doc)
		if err != nil {
			return err
		}
		if rec == nil {
			continue
		}
		if r.record(rec); len(rec.parts) == 0 {
			deleted++
		} else if rec.changed {
			kept++
		}
	}
	if !r.dry {
		if err := r.x.commit(ctx, j); err != nil {
			return err
		}
	}
	r.deleted, r.kept = r.deleted+deleted, r.kept+kept
	return nil
}

// record takes what each source has of a paper out of the collection. A part
// that goes leaves its id to one that had it with its source behind, so that the
// paper is still called by it.
func (r *recollecting) record(rec *record) {
	var rest []paper.Paper
	var gone []string
	changed := false
	for _, part := range rec.parts {
		if in := part.Corpora(); slices.Contains(in, r.name) {
			changed = true
			part.Collections = slices.DeleteFunc(slices.Clone(in), func(s string) bool { return s == r.name })
			if !r.change(&part) {
				gone = append(gone, part.ID)
				continue
			}
		}
		rest = append(rest, part)
	}
	for _, id := range gone {
		if i := slices.IndexFunc(rest, func(p paper.Paper) bool { return p.ID == nameBySource(&paper.Paper{ID: id, Source: p.Source}) }); i >= 0 {
			rest[i].ID = id
		}
	}
	if changed {
		rec.set(rest)
	}
}
