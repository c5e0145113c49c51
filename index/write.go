package index

import (
	"context"
	"slices"

	"kindred/embed"
	"kindred/index/lexical"
	"kindred/index/store"
	"kindred/internal/text"
	"kindred/paper"
)

// batchPapers is how many papers are written at once: enough to make a
// transaction worth its sync, few enough to lose little.
const batchPapers = 512

// Put adds papers or replaces those of the same id. When it returns, searches
// see them. Results are in the order of the papers, one each; a paper that is
// refused does not keep the others out.
func (x *Index) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	results := make([]paper.PutResult, 0, len(papers))
	for len(papers) > 0 {
		n := min(len(papers), batchPapers)
		b := &batch{arrivals: make([]arrival, n)}
		for i := range b.arrivals {
			b.arrivals[i].paper = papers[i] // it is normalised, and not the caller's
		}
		err := x.prepare(ctx, b)
		if err == nil {
			err = x.write(ctx, b)
		}
		if err != nil {
			return results, err
		}
		results = b.appendResults(results)
		papers = papers[n:]
	}
	return results, nil
}

// Delete removes the papers with these ids and returns how many there were.
func (x *Index) Delete(ctx context.Context, ids []string) (int, error) {
	deleted := 0
	for some := range slices.Chunk(ids, batchPapers) {
		n, err := x.delete(ctx, some)
		deleted += n
		if err != nil {
			return deleted, err
		}
	}
	return deleted, nil
}

func (x *Index) delete(ctx context.Context, ids []string) (int, error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	old, err := x.held(ctx, ids)
	if err != nil {
		return 0, err
	}
	x.leaving.add(old)
	defer x.revision.changes.Add(1)
	written, err := x.store.Write(ctx, &store.Batch{Deletes: ids})
	x.lexical.Delete(x.termsOf(old, written.Deleted))
	x.forget(written.Deleted)
	x.stir()
	return len(written.Deleted), err
}

// arrival is a paper on its way in or, where it is gone, the id of one that its
// source has no more.
type arrival struct {
	paper paper.Paper // normalised
	gone  bool

	content store.Hash
	shelved uint32    // a doc number and 1: the paper there is in a's collections
	work    *analysed // nil where the paper is refused or unchanged
	result  paper.PutResult
}

// batch is a number of arrivals, some of which may be one paper.
type batch struct {
	arrivals   []arrival
	merge      bool        // the same paper from several sources becomes one
	apart      bool        // it stays two, also under one id
	generation *generation // whose embedder made the vectors
}

func (b *batch) appendResults(results []paper.PutResult) []paper.PutResult {
	for i := range b.arrivals {
		results = append(results, b.arrivals[i].result)
	}
	return results
}

// prepare checks, analyses and embeds papers; those that are there unchanged
// cost a comparison. It writes nothing and may run beside other prepares.
func (x *Index) prepare(ctx context.Context, b *batch) error {
	ids := make([]string, len(b.arrivals))
	for i := range b.arrivals {
		a := &b.arrivals[i]
		p := &a.paper
		p.Normalize()
		ids[i], a.result.ID = p.ID, p.ID
		if a.gone {
			continue
		}
		if err := p.Validate(); err != nil {
			a.result.Status, a.result.Error = paper.Rejected, err.Error()
			continue
		}
		a.content = store.ContentHash(p)
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return err
	}
	b.generation = x.generation.Load()
	if err := x.lookOnShelves(ctx, b, entries); err != nil {
		return err
	}
	an := x.analyzers.get()
	defer x.analyzers.put(an)
	_, paid := bare(b.generation.embedder).(embed.Streamer)
	var fresh []*analysed
	for i, e := range entries {
		a := &b.arrivals[i]
		if a.gone || a.result.Status == paper.Rejected || e.Found && a.unchanged(e) {
			continue
		}
		a.work = newAnalysed(an, &a.paper)
		a.work.keys = keysOf(&a.paper)
		if e.Found && (e.Content == a.content || e.Text == store.TextHash(&a.paper)) {
			continue // it has a vector already
		}
		if e.Found || paid && b.merge {
			if needed, err := x.needsVector(ctx, a, b.merge); err != nil || !needed {
				if err != nil {
					return err
				}
				continue
			}
		}
		a.work.embedded = true
		fresh = append(fresh, a.work)
	}
	return x.embedAll(ctx, b.generation.embedder, fresh)
}

// lookOnShelves notes which papers are in the collections already that they are
// put into. A record may be in one by another part, so the parts are asked.
func (x *Index) lookOnShelves(ctx context.Context, b *batch, entries []store.Entry) error {
	var numbers []uint32
	var of []*arrival
	for i, e := range entries {
		a := &b.arrivals[i]
		if e.Found && e.Content == a.content && len(a.paper.Collections) > 0 {
			numbers, of = append(numbers, e.Doc), append(of, a)
		}
	}
	papers, err := x.store.Papers(ctx, numbers)
	for i, p := range papers {
		if p != nil && slices.ContainsFunc(parts(p), func(part paper.Paper) bool { return part.ID == of[i].paper.ID && shelved(&part, &of[i].paper) }) {
			of[i].shelved = numbers[i] + 1
		}
	}
	return err
}

// shelved reports whether a paper is in all collections that one that comes is
// put into.
func shelved(there, comes *paper.Paper) bool {
	in := there.Corpora()
	return !slices.ContainsFunc(comes.Collections, func(name string) bool { return !slices.Contains(in, name) })
}

func newAnalysed(a *text.Analyzer, p *paper.Paper) *analysed {
	w := &analysed{paper: p}
	a.Doc(&w.doc, p.Title, p.Abstract)
	return w
}

// write stores a prepared batch and brings it into the derived structures.
// What has changed since the batch was prepared (other papers, another model)
// is looked at again.
func (x *Index) write(ctx context.Context, b *batch) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	j, err := x.newJoiner(ctx, b)
	if err != nil {
		return err
	}
	for i := range b.arrivals {
		if err := j.take(ctx, &b.arrivals[i]); err != nil {
			return err
		}
	}
	return x.commit(ctx, j)
}

// put is a record to be written.
type put struct {
	*analysed
	kept     bool // its vectors are there, under the number of a record that it replaces
	withNext bool // what it and the next one replace is the same
}

// commit writes what has become of the records that j holds. Called with
// writing held.
func (x *Index) commit(ctx context.Context, j *joiner) error {
	gen := x.generation.Load()
	puts, deletes, old, err := j.changes(ctx, gen)
	if err != nil || len(puts)+len(deletes) == 0 {
		return err
	}
	sb := store.Batch{Together: j.together, Deletes: deletes, Generations: []uint32{gen.Number}, Puts: make([]store.Put, len(puts))}
	for i, w := range puts {
		sb.Puts[i] = store.Put{Paper: w.paper, KeepVectors: w.kept, WithNext: w.withNext}
		if !w.kept || w.embedded {
			sb.Puts[i].Vectors = []embed.Vector{w.vector}
		}
	}
	x.leaving.add(old)
	defer x.revision.changes.Add(1)
	written, err := x.store.Write(ctx, &sb)
	// Whatever was written, before an error too, is in the folder and must be
	// found: from here on there is no turning back.
	ctx = context.WithoutCancel(ctx)
	var numbers []uint32
	var vectors [][]float32
	gone := slices.Clone(written.Deleted)
	terms := make([]lexical.Doc, 0, len(written.Placed))
	for i, at := range written.Placed {
		w := puts[i]
		terms = append(terms, lexical.Doc{Number: at.Doc, Title: w.doc.Title, Body: w.doc.Body})
		if w.vector != nil {
			numbers, vectors = append(numbers, at.Doc), append(vectors, w.vector)
		}
		gone = append(gone, at.Old...)
	}
	// What comes is allowed before it can be found, and what goes can be found
	// until its successor is: a search meets a replaced paper in one form or
	// the other, or in both, of which it shows one.
	papers := make([]*paper.Paper, len(written.Placed))
	docs := make([]uint32, len(written.Placed))
	going := map[uint32]bool{}
	for _, doc := range gone {
		going[doc] = true
	}
	for i, at := range written.Placed {
		docs[i], papers[i] = at.Doc, puts[i].paper
		x.docs.add(at.Doc, puts[i].paper.ID, puts[i].keys, going)
	}
	x.filters.Add(docs, papers)
	if e := gen.vectors.Add(ctx, numbers, vectors); e != nil {
		return e
	}
	if e := x.lexical.Update(x.termsOf(old, gone), terms); e != nil {
		return e
	}
	if e := x.keepFilled(ctx, written.Placed); e != nil {
		return e
	}
	x.forget(gone)
	x.stir()
	if len(gone) > len(written.Deleted) {
		x.replaced.Add(1)
	}
	return err
}

// keepFilled moves, in the generation being filled, the vectors of papers whose
// text is unchanged to their new numbers, as the store has done. Called with
// writing held.
func (x *Index) keepFilled(ctx context.Context, placed []store.Placed) error {
	if x.filling == nil {
		return nil
	}
	var numbers []uint32
	var vectors [][]float32
	for _, at := range placed {
		if !at.Moved {
			continue
		}
		if v := x.filling.vectors.Vector(at.Kept); v != nil {
			numbers, vectors = append(numbers, at.Doc), append(vectors, v)
		}
	}
	return x.filling.vectors.Add(ctx, numbers, vectors)
}

// held reads the papers with these ids that are there, by doc number.
func (x *Index) held(ctx context.Context, ids []string) (map[uint32]*paper.Paper, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	for _, e := range entries {
		if e.Found {
			numbers = append(numbers, e.Doc)
		}
	}
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	out := make(map[uint32]*paper.Paper, len(papers))
	for i, p := range papers {
		if p != nil {
			out[numbers[i]] = p
		}
	}
	return out, nil
}

// termsOf analyses papers that are gone, for taking their terms out.
func (x *Index) termsOf(old map[uint32]*paper.Paper, gone []uint32) []lexical.Doc {
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	var terms []lexical.Doc
	for _, n := range gone {
		if p := old[n]; p != nil {
			w := newAnalysed(a, p)
			terms = append(terms, lexical.Doc{Number: n, Title: w.doc.Title, Body: w.doc.Body})
		}
	}
	return terms
}

// forget takes papers that are gone from the store out of everything derived
// but the inverted index. Called with writing held.
func (x *Index) forget(gone []uint32) {
	if len(gone) == 0 {
		return
	}
	x.filters.Remove(gone...)
	x.generation.Load().vectors.Delete(gone...)
	if x.filling != nil {
		x.filling.vectors.Delete(gone...)
	}
	for _, n := range gone {
		x.docs.remove(n)
	}
}
