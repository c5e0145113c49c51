package index

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"

	"kindred/paper"
)

// apart are the papers of which somebody has said that they are not one, by the
// ids of their parts; kept in the folder. The zero value is ready.
type apart struct {
	mu    sync.RWMutex
	pairs map[[2]string]bool // in the order of their ids
}

const (
	apartName = "apart"
	maxApart  = 4 << 20 // bytes of all ids; what somebody says by hand stays far below
)

func pairOf(a, b string) [2]string { return [2]string{min(a, b), max(a, b)} }

// of reports whether any two of these parts are known to be two papers.
func (k *apart) of(a, b []paper.Paper) bool {
	k.mu.RLock()
	defer k.mu.RUnlock()
	if len(k.pairs) == 0 {
		return false
	}
	for i := range a {
		for j := range b {
			if k.pairs[pairOf(a[i].ID, b[j].ID)] {
				return true
			}
		}
	}
	return false
}

// loadApart reads what the folder knows of.
func (x *Index) loadApart() error {
	var pairs [][2]string
	if _, err := x.store.Value(apartName, &pairs); err != nil {
		return err
	}
	x.apart.pairs = make(map[[2]string]bool, len(pairs))
	for _, p := range pairs {
		x.apart.pairs[p] = true
	}
	return nil
}

// keepApart notes that the paper id is none of the others. Called with writing
// held.
func (x *Index) keepApart(id string, others []paper.Paper) error {
	k := &x.apart
	k.mu.Lock()
	defer k.mu.Unlock()
	all := slices.Collect(maps.Keys(k.pairs))
	for i := range others {
		if p := pairOf(id, others[i].ID); !k.pairs[p] {
			all = append(all, p)
		}
	}
	size := 0
	for _, p := range all {
		size += len(p[0]) + len(p[1])
	}
	if size > maxApart {
		return fmt.Errorf("%d papers are kept apart already, and no more can be", len(k.pairs))
	}
	if err := x.store.SetValue(apartName, all); err != nil {
		return err
	}
	for _, p := range all {
		k.pairs[p] = true
	}
	return nil
}

// Split makes the part with this id, of a paper that several sources have, a
// paper of its own again, and keeps it from being joined with the others. It
// returns the ids of those. The error wraps [paper.ErrNotFound] for an unknown
// id and is a [*paper.InvalidError] for a paper that is no part.
func (x *Index) Split(ctx context.Context, id string) ([]string, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	j := x.emptyJoiner(false, nil)
	r, err := j.at(ctx, id)
	switch {
	case err != nil:
		return nil, err
	case r == nil:
		return nil, fmt.Errorf("%w: %s", paper.ErrNotFound, id)
	case len(r.parts) < 2:
		return nil, paper.Invalid("id", "%s is of one source only; there is nothing to split", id)
	}
	part := r.parts[r.find(id)]
	j.takeOut(r, func(p *paper.Paper) bool { return p.ID == id })
	// Before the papers: what is kept apart and still one does no harm, and what
	// is two and not kept apart would be joined again.
	if err := x.keepApart(id, r.parts); err != nil {
		return nil, err
	}
	var others []string
	for i := range r.parts {
		others = append(others, r.parts[i].ID)
	}
	own := j.make()
	j.bring(own, &part)
	j.together = true // one without the other would lose a part
	return others, x.commit(ctx, j)
}
