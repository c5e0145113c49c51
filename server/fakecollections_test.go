package server

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"kindred/paper"
)

func (f *fakeEngine) Collections(ctx context.Context) ([]paper.Collection, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.shelves(), nil
}

func (f *fakeEngine) shelves() []paper.Collection {
	counts := map[string]paper.Collection{}
	for _, p := range f.papers {
		for _, name := range p.Corpora() {
			c := counts[name]
			c.Name, c.Papers = name, c.Papers+1
			if len(p.Corpora()) == 1 {
				c.Only++
			}
			counts[name] = c
		}
	}
	var list []paper.Collection
	for _, c := range counts {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b paper.Collection) int {
		return cmp.Or(cmp.Compare(b.Papers, a.Papers), cmp.Compare(a.Name, b.Name))
	})
	return list
}

func (f *fakeEngine) DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error) {
	d := paper.Dropped{Name: name, DryRun: dry}
	n, err := f.recollect(ctx, name, progress, func(id string, p paper.Paper) {
		switch {
		case len(p.Collections) == 0:
			if d.Deleted++; !dry {
				delete(f.papers, id)
			}
		default:
			if d.Kept++; !dry {
				f.papers[id] = p
			}
		}
	})
	if n == 0 && err == nil {
		err = fmt.Errorf("fake: secret/path: %w", paper.ErrNoCollection)
	}
	if err != nil {
		return paper.Dropped{}, err
	}
	return d, nil
}

func (f *fakeEngine) RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error) {
	if err := paper.CheckCollection(now); err != nil {
		return paper.Renamed{}, err
	}
	n, err := f.recollect(ctx, name, progress, func(id string, p paper.Paper) {
		p.Collections = append(p.Collections, now)
		p.Normalize()
		f.papers[id] = p
	})
	if n == 0 && err == nil {
		err = fmt.Errorf("fake: secret/path: %w", paper.ErrNoCollection)
	}
	if err != nil {
		return paper.Renamed{}, err
	}
	return paper.Renamed{From: name, Name: now, Papers: n}, nil
}

// recollect hands the papers of a collection to change, out of it.
func (f *fakeEngine) recollect(ctx context.Context, name string, progress func(done, total int), change func(id string, p paper.Paper)) (n int, err error) {
	if err := f.hook(ctx); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, p := range f.papers {
		if in := p.Corpora(); slices.Contains(in, name) {
			p.Collections = slices.DeleteFunc(slices.Clone(in), func(s string) bool { return s == name })
			change(id, p)
			if n++; progress != nil {
				progress(n, n)
			}
		}
	}
	return n, nil
}

// shelved puts papers into collections: "lib", "lib" and "arXiv", "arXiv" and
// none in turn.
func shelved(papers []paper.Paper) []paper.Paper {
	for i := range papers {
		papers[i].Source, papers[i].Collections = "", nil
		switch i % 4 {
		case 0:
			papers[i].Collections = []string{"my/lib, ü"}
		case 1:
			papers[i].Collections = []string{"arXiv", "my/lib, ü"}
		case 2:
			papers[i].Source = "arXiv"
		}
	}
	return papers
}
