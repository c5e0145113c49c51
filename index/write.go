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
		batch, err := x.prepare(ctx, papers[:n])
		if err == nil {
			err = x.write(ctx, batch)
		}
		if err != nil {
			return results, err
		}
		results = append(results, batch.results...)
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

// batch is a number of papers on their way in.
type batch struct {
	papers     []paper.Paper // normalised
	work       []*analysed   // one a paper; nil where it is refused or unchanged
	results    []paper.PutResult
	generation *generation // whose embedder made the vectors
}

// prepare checks, analyses and embeds papers; those that are there unchanged
// cost a comparison. It writes nothing and may run beside other prepares.
func (x *Index) prepare(ctx context.Context, papers []paper.Paper) (*batch, error) {
	papers = slices.Clone(papers) // they are normalised, and not the caller's
	b := &batch{
		papers:  papers,
		work:    make([]*analysed, len(papers)),
		results: make([]paper.PutResult, len(papers)),
	}
	ids := make([]string, len(papers))
	for i := range papers {
		p := &papers[i]
		p.Normalize()
		ids[i] = p.ID
		b.results[i].ID = p.ID
		if err := p.Validate(); err != nil {
			b.results[i] = paper.PutResult{ID: p.ID, Status: paper.Rejected, Error: err.Error()}
		}
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return nil, err
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	var fresh []*analysed
	for i, e := range entries {
		if b.results[i].Status == paper.Rejected || e.Found && e.Content == store.ContentHash(&papers[i]) {
			continue
		}
		b.work[i] = newAnalysed(a, &papers[i])
		fresh = append(fresh, b.work[i])
	}
	b.generation = x.generation.Load()
	return b, x.embedAll(ctx, b.generation.embedder, fresh)
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
	gen := x.generation.Load()

	ids := make([]string, len(b.papers))
	last := make(map[string]int, len(ids)) // of papers with one id, the last counts
	for i := range b.papers {
		ids[i] = b.papers[i].ID
		if b.results[i].Status != paper.Rejected {
			last[ids[i]] = i
		}
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return err
	}
	var puts []*analysed
	var again []*analysed
	var replaced []string
	sameText := map[*analysed]bool{}
	is := make(map[string]store.Hash, len(ids)) // what each id holds, paper after paper
	for i, e := range entries {
		p := &b.papers[i]
		if b.results[i].Status == paper.Rejected {
			continue
		}
		content := store.ContentHash(p)
		before, found := is[p.ID]
		if !found {
			before, found = e.Content, e.Found
		}
		is[p.ID] = content
		switch {
		case !found:
			b.results[i].Status = paper.Added
		case before == content:
			b.results[i].Status = paper.Unchanged
		default:
			b.results[i].Status = paper.Updated
		}
		if last[p.ID] != i || e.Found && e.Content == content {
			continue // a later one of this batch, or the one in the store, will do
		}
		w := b.work[i]
		if w == nil {
			a := x.analyzers.get()
			w = newAnalysed(a, p)
			x.analyzers.put(a)
			again = append(again, w)
		} else if b.generation != gen {
			again = append(again, w)
		}
		if e.Found {
			replaced = append(replaced, p.ID)
			sameText[w] = e.Text == store.TextHash(p)
		}
		puts = append(puts, w)
	}
	if len(puts) == 0 {
		return nil
	}
	if err := x.embedAll(ctx, gen.embedder, again); err != nil {
		return err
	}
	old, err := x.held(ctx, replaced)
	if err != nil {
		return err
	}
	return x.commit(ctx, gen, puts, sameText, old)
}

// commit writes papers whose vectors belong to gen. old holds the papers that
// they replace. Called with writing held.
func (x *Index) commit(ctx context.Context, gen *generation, puts []*analysed, sameText map[*analysed]bool, old map[uint32]*paper.Paper) error {
	sb := store.Batch{Generations: []uint32{gen.Number}, Puts: make([]store.Put, len(puts))}
	for i, w := range puts {
		sb.Puts[i] = store.Put{Paper: w.paper, Vectors: []embed.Vector{w.vector}, KeepVectors: sameText[w]}
	}
	x.leaving.add(old)
	defer x.revision.changes.Add(1)
	written, err := x.store.Write(ctx, &sb)
	// Whatever was written, before an error too, is in the folder and must be
	// found: from here on there is no turning back.
	ctx = context.WithoutCancel(ctx)
	var numbers []uint32
	var vectors [][]float32
	var gone []uint32
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
	for i, at := range written.Placed {
		docs[i], papers[i] = at.Doc, puts[i].paper
		x.docs.add(at.Doc, puts[i].paper)
	}
	x.filters.Add(docs, papers)
	if e := gen.vectors.Add(ctx, numbers, vectors); e != nil {
		return e
	}
	if e := x.lexical.Update(x.termsOf(old, gone), terms); e != nil {
		return e
	}
	if e := x.keepFilled(ctx, puts, sameText, written.Placed); e != nil {
		return e
	}
	x.forget(gone)
	x.stir()
	if len(gone) > 0 {
		x.replaced.Add(1)
	}
	return err
}

// keepFilled moves, in the generation being filled, the vectors of papers whose
// text is unchanged to their new numbers, as the store has done. Called with
// writing held.
func (x *Index) keepFilled(ctx context.Context, puts []*analysed, sameText map[*analysed]bool, placed []store.Placed) error {
	if x.filling == nil {
		return nil
	}
	var numbers []uint32
	var vectors [][]float32
	for i, at := range placed {
		if len(at.Old) == 0 || !sameText[puts[i]] {
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
