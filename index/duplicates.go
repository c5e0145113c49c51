package index

import (
	"context"
	"errors"
	"runtime"
	"slices"

	"kindred/index/kin"
	"kindred/index/vector"
	"kindred/internal/parallel"
	"kindred/paper"
)

// What one call for duplicates looks at: some tenths of a second, of which the
// writers wait for a batch at a time.
const (
	duplicatesPapers = 4096
	duplicatesBatch  = 256

	nearestOf = 4 // vectors, a paper's own among them
)

// Take puts papers as [Index.Ingest] does: one that is there from another source
// becomes one record with it, and one that is gone is taken out.
func (x *Index) Take(ctx context.Context, a paper.Arrivals) ([]paper.PutResult, error) {
	results := make([]paper.PutResult, 0, len(a.Papers))
	for some := range slices.Chunk(a.Papers, batchPapers) {
		b := &batch{arrivals: make([]arrival, len(some)), merge: !a.NoMerge, apart: a.NoMerge}
		for i, one := range some {
			p := one.Paper
			if p.Origin = one.FromFile; len(p.Parts) > 0 {
				p.Parts = slices.Clone(p.Parts)
			}
			for k := range p.Parts {
				p.Parts[k].Origin = one.FromFile
			}
			b.arrivals[i] = arrival{paper: p, gone: one.Gone}
		}
		err := x.prepare(ctx, b)
		if err == nil {
			err = x.write(ctx, b)
		}
		if err != nil {
			return results, err
		}
		results = b.appendResults(results)
	}
	return results, nil
}

// Duplicates tells of papers that several sources have, or makes one of those
// that are still two.
func (x *Index) Duplicates(ctx context.Context, q paper.DuplicateQuery) (*paper.DuplicateAnswer, error) {
	if err := q.Validate(); err != nil {
		return nil, err
	}
	if q.From == 0 && q.Mode != paper.ReviewJoined { // the nearest are found by lists
		if err := x.Settle(ctx); err != nil {
			return nil, err
		}
	}
	out := &paper.DuplicateAnswer{Found: []paper.Duplicate{}, Next: q.From}
	found := x.emptyJoiner(true, nil) // what nothing writes, later papers must be told of
	it := x.filters.Live().Iterator()
	it.AdvanceIfNeeded(q.From)
	for out.Looked < duplicatesPapers && it.HasNext() {
		var numbers []uint32
		for len(numbers) < duplicatesBatch && it.HasNext() {
			numbers = append(numbers, it.Next())
		}
		var err error
		switch q.Mode {
		case paper.ReviewJoined:
			err = x.reviewJoined(ctx, numbers, out)
		case paper.FindSame:
			err = x.joinSame(ctx, found, numbers, false)
		default:
			j := x.emptyJoiner(true, nil)
			err = x.joinSame(ctx, j, numbers, true)
			j.tell(0, out)
		}
		if err != nil {
			return nil, err
		}
		out.Looked += len(numbers)
		out.Next = numbers[len(numbers)-1] + 1
	}
	found.tell(q.From, out)
	it = x.filters.Live().Iterator() // what was joined meanwhile has come behind all
	it.AdvanceIfNeeded(out.Next)
	out.More = it.HasNext()
	return out, nil
}

func (x *Index) reviewJoined(ctx context.Context, numbers []uint32, out *paper.DuplicateAnswer) error {
	papers, err := x.store.PapersAscending(ctx, numbers)
	for _, p := range papers {
		if p != nil && len(p.Parts) > 0 {
			out.Found = append(out.Found, duplicateOf(p))
		}
	}
	return err
}

// joinSame looks for each paper among those before it, and writes what becomes
// of them or leaves it in j.
func (x *Index) joinSame(ctx context.Context, j *joiner, numbers []uint32, write bool) error {
	near, err := x.nearBefore(ctx, numbers)
	if err != nil {
		return err
	}
	x.writing.Lock()
	defer x.writing.Unlock()
	if err := j.readAhead(ctx, slices.Concat(numbers, slices.Concat(near...))); err != nil {
		return err
	}
	for i, doc := range numbers {
		r, err := j.load(ctx, doc)
		if err != nil {
			return err
		}
		if r == nil || r.old[0].doc != doc { // gone, or part of another by now
			continue
		}
		k := keysOf(&r.paper)
		others := slices.DeleteFunc(x.docs.mayBe(k), func(other uint32) bool { return other >= doc })
		if _, err := j.meet(ctx, r, k, append(others, near[i]...)); err != nil {
			return err
		}
	}
	if !write {
		return nil
	}
	return x.commit(ctx, j)
}

// tell says which papers are one now. Those before from were looked at by a
// former call, which has counted them where they are one.
func (j *joiner) tell(from uint32, out *paper.DuplicateAnswer) {
	for _, r := range j.order {
		if r.into != nil || !r.changed {
			continue
		}
		out.Found = append(out.Found, duplicateOf(&r.paper))
		for _, o := range r.old {
			if o.doc >= from {
				out.Joined++
			}
		}
		if r.old[0].doc >= from {
			out.Joined--
		}
	}
}

// nearBefore returns for each of some papers those before it that are nearest
// to it: a rewritten abstract has other keys. An index without lists does
// without.
func (x *Index) nearBefore(ctx context.Context, numbers []uint32) ([][]uint32, error) {
	near := make([][]uint32, len(numbers))
	if x.opt.Exact {
		return near, ctx.Err()
	}
	vectors := x.generation.Load().vectors
	errs := make([]error, len(numbers))
	err := parallel.Each(ctx, len(numbers), runtime.GOMAXPROCS(0), func() func(int) {
		var nearest []vector.Scored
		return func(i int) {
			v := vectors.Vector(numbers[i])
			if v == nil {
				return
			}
			nearest, errs[i] = vectors.Search(ctx, nearest[:0], v, nearestOf, nil)
			for _, s := range nearest {
				if s.Doc < numbers[i] {
					near[i] = append(near[i], s.Doc)
				}
			}
		}
	})
	return near, errors.Join(err, errors.Join(errs...))
}

func duplicateOf(p *paper.Paper) paper.Duplicate {
	d := paper.Duplicate{ID: p.ID, Title: p.Title, Parts: make([]paper.DuplicatePart, len(p.Parts))}
	for i := range p.Parts {
		part := &p.Parts[i]
		d.Parts[i] = paper.DuplicatePart{
			ID: part.ID, Title: part.Title, Authors: part.Authors, Year: part.Year, Venue: part.Venue, Source: part.Source,
			Why: whyPart(p.Parts, i), Gave: p.Gave(i),
		}
	}
	return d
}

// whyPart says why the i-th part is one with a part before it.
func whyPart(parts []paper.Paper, i int) string {
	for k := range i {
		if why := kin.Why(&parts[k], &parts[i]); why != "" {
			return string(why)
		}
	}
	return ""
}
