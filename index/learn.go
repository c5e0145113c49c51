package index

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/index/store"
	"kindred/index/vector"
	"kindred/internal/text"
	"kindred/paper"
)

// LearnOptions say how the built-in model learns the corpus.
type LearnOptions = paper.LearnOptions

// Stages of learning, as told to progress.
const (
	StageReading   = "reading"
	StageLearning  = "learning"
	StageEmbedding = "embedding"
)

// Learn teaches the built-in model this corpus: the model goes on learning
// from the base on the papers' own texts, a new generation of vectors is
// filled beside the one in use, and one small write switches over. Searches
// go on meanwhile, and so do writes. Where [LearnOptions.Embedder] names
// another embedder, its vectors are filled in likewise. When it ends early nothing is lost: a
// generation that was being filled is filled on by the next call. progress,
// unless nil, is told the stage and how far it is.
//
// The error wraps [paper.ErrCannotLearn] when there is too little to learn from
// or the embedder does not learn, and [ErrLearning] when another call is at
// work.
func (x *Index) Learn(ctx context.Context, o LearnOptions, progress func(stage string, done, total int)) error {
	if !x.learning.TryLock() {
		return ErrLearning
	}
	defer x.learning.Unlock()
	defer x.progress.clear()
	tell := func(stage string, done, total int) {
		x.progress.set(stage, done, total)
		if progress != nil {
			progress(stage, done, total)
		}
	}
	to, err := target(o)
	if err != nil {
		return err
	}
	if to != nil && to.Provider != embed.Static {
		return x.change(ctx, *to, tell)
	}
	if to == nil && x.opt.Embedder != nil {
		return fmt.Errorf("%w: %s does not learn, only the built-in model does", paper.ErrCannotLearn, x.opt.Embedder.Fingerprint())
	}
	next, err := x.unfinished(ctx, func(g store.Generation) bool {
		return g.Learned || to == nil && g.Embedder != nil // a change that was cut short
	})
	if err != nil {
		return err
	}
	from := x.generation.Load()
	elsewhere := from.Generation.Embedder != nil
	if to == nil && next == nil && elsewhere {
		return fmt.Errorf("%w: %s does not learn, only the built-in model does; kindred learn --embedder static goes over to that",
			paper.ErrCannotLearn, from.Fingerprint)
	}
	if next == nil {
		from := lesson{papers: x.store.Len(), next: x.store.NextDoc()}
		model, err := x.teach(ctx, o, tell)
		if elsewhere && errors.Is(err, paper.ErrCannotLearn) {
			return x.toBase(ctx, tell)
		}
		if err != nil {
			return err
		}
		if string(model.Fingerprint()) == x.generation.Load().Fingerprint {
			return x.learnedAgain(model, from)
		}
		if next, err = x.createGeneration(model, from); err != nil {
			return err
		}
	}
	return x.fill(ctx, next, tell)
}

// unfinished returns the first generation that an earlier call began to fill
// and did not switch to, of those that are wanted, or nil. All others but the
// current one are dropped.
func (x *Index) unfinished(ctx context.Context, wanted func(store.Generation) bool) (*generation, error) {
	var found *generation
	current := x.generation.Load().Number
	for _, g := range x.store.Generations() {
		if g.Number == current {
			continue
		}
		if found == nil && g.Number > current && wanted(g) {
			if model, err := x.modelOf(ctx, g); err == nil {
				if found, err = x.newGeneration(g, model); err != nil {
					return nil, err
				}
				continue
			}
		}
		if err := x.drop(g); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// teach reads the corpus and learns from it.
func (x *Index) teach(ctx context.Context, o LearnOptions, tell func(string, int, int)) (*static.Model, error) {
	var corpus static.Corpus
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	var d text.Doc
	n, total := 0, x.store.Len()
	err := x.store.Each(ctx, 1, func(_ int, _ uint32, p *paper.Paper) error {
		group := ""
		if len(p.Categories) > 0 {
			group = p.Categories[0]
		}
		a.Doc(&d, p.Title, p.Abstract)
		corpus.Add(&d, group)
		if n++; n%loadBatch == 0 {
			tell(StageReading, n, total)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	base, err := x.base()
	if err != nil {
		return nil, err
	}
	m, err := static.Learn(ctx, base, &corpus, static.LearnOptions{
		Steps:    o.Steps,
		Progress: func(done, total int) { tell(StageLearning, done, total) },
	})
	if errors.Is(err, static.ErrTooSmall) {
		err = fmt.Errorf("%w: %w", paper.ErrCannotLearn, err)
	}
	return m, err
}

// lesson is what a model learns from: so many papers, all below a doc number.
type lesson struct {
	papers int
	next   uint32
}

// learnedAgain notes that the current model is what the papers teach. Where it
// could not be read, it is m that is saved in its place.
func (x *Index) learnedAgain(m *static.Model, from lesson) error {
	x.writing.Lock()
	defer x.writing.Unlock()
	g := *x.generation.Load()
	if _, isLost := g.embedder.(*lost); isLost {
		if err := m.Save(filepath.Join(x.store.ModelsDir(), g.Model)); err != nil {
			return err
		}
		g.embedder = m
	}
	g.Papers, g.NextDoc = from.papers, from.next
	if err := x.store.UpdateGeneration(g.Generation); err != nil {
		return err
	}
	x.generation.Store(&g)
	x.revision.changes.Add(1)
	return nil
}

// createGeneration keeps the model and makes an empty generation for it.
func (x *Index) createGeneration(m *static.Model, from lesson) (*generation, error) {
	// The file is named before the generation that needs it is written.
	name := fileName(string(m.Fingerprint())) + modelSuffix
	if err := m.Save(filepath.Join(x.store.ModelsDir(), name)); err != nil {
		return nil, err
	}
	g, err := x.store.CreateGeneration(store.Generation{
		Fingerprint: string(m.Fingerprint()), Dimension: m.Dimension(), Model: name, Learned: true,
		Papers: from.papers, NextDoc: from.next,
	})
	if err != nil {
		return nil, err
	}
	return x.newGeneration(g, m)
}

func fileName(fingerprint string) string {
	out := []byte(fingerprint)
	for i, c := range out {
		if c == ':' {
			out[i] = '-'
		}
	}
	return string(out)
}

// fill gives every paper its vector in next and switches to it.
func (x *Index) fill(ctx context.Context, next *generation, tell func(string, int, int)) (err error) {
	// What an earlier call has filled is read back. From here on, whatever is
	// deleted is deleted from next as well.
	x.writing.Lock()
	err = x.loadVectors(ctx, next)
	x.filling = next
	x.writing.Unlock()
	defer func() {
		if err != nil {
			x.writing.Lock()
			x.filling = nil
			x.writing.Unlock()
		}
	}()
	if err != nil {
		return err
	}
	from := x.store.NextDoc() // every paper below will have its vector
	if err := x.fillMissing(ctx, next, 0, tell); err != nil {
		return err
	}
	if !x.opt.Exact { // while the former vectors answer
		if err := next.vectors.Build(ctx, vector.Settled); err != nil {
			return err
		}
	}
	// Papers that were written meanwhile, in rounds that have less to do each
	// time. Where writers are faster than the embedder there is no such round, so
	// they are held up a little longer every time.
	for round := 0; ; round++ {
		before := from
		from = x.store.NextDoc()
		if err := x.fillMissing(ctx, next, before, tell); err != nil {
			return err
		}
		most, patience := lastPapers<<min(round, 10), lastPatience<<min(round, 5)
		if switched, err := x.switchOver(ctx, next, from, most, patience); switched || err != nil {
			return err
		}
	}
}

// The last papers before a switch are embedded while writers wait: so many, in
// so much time.
const (
	lastPapers   = 64
	lastPatience = 2 * time.Second
)

// fillMissing embeds the papers from a doc number on that have no vector in
// next yet.
func (x *Index) fillMissing(ctx context.Context, next *generation, from uint32, tell func(string, int, int)) error {
	for done := next.vectors.Len(); ; {
		numbers, err := x.store.Missing(ctx, next.Number, from, 8*batchPapers)
		if err != nil || len(numbers) == 0 {
			return err
		}
		placed := func(int) {}
		if _, paid := bare(next.embedder).(embed.Streamer); paid { // so many take minutes
			some := done
			placed = func(n int) {
				some += n
				tell(StageEmbedding, min(some, x.store.Len()), x.store.Len())
			}
		}
		if err := x.fillSome(ctx, next, numbers, placed); err != nil {
			return err
		}
		from = numbers[len(numbers)-1] + 1
		done += len(numbers)
		tell(StageEmbedding, min(done, x.store.Len()), x.store.Len())
	}
}

// switchOver makes next the current generation, with the papers from a doc
// number on that have no vector in it yet. It does not where these are more than
// most, or take longer than patience; what was embedded of them is not lost.
func (x *Index) switchOver(ctx context.Context, next *generation, from uint32, most int, patience time.Duration) (switched bool, err error) {
	x.writing.Lock()
	defer x.writing.Unlock()
	numbers, err := x.store.Missing(ctx, next.Number, from, most+1)
	if err != nil || len(numbers) > most {
		return false, err
	}
	if len(numbers) > 0 {
		limited, cancel := context.WithTimeout(ctx, patience)
		defer cancel()
		work, numbers, err := x.embedDocs(limited, next, numbers)
		if err != nil && ctx.Err() == nil && limited.Err() != nil {
			return false, nil
		}
		if err == nil {
			err = x.place(ctx, next, numbers, work)
		}
		if err != nil {
			return false, err
		}
	}
	before := x.generation.Load()
	next.Complete = true
	if err := x.store.UpdateGeneration(next.Generation); err != nil {
		return false, err
	}
	if err := x.store.SwitchTo(next.Number); err != nil {
		return false, err
	}
	x.generation.Store(next)
	x.stir()
	x.filling = nil
	if err := x.drop(before.Generation); err != nil {
		x.log.Warn("dropping the former generation failed; it takes room until the next start", "error", err)
	}
	return true, nil
}

// fillSome embeds papers on all cores and writes their vectors; placed is told
// how many were written, by one goroutine at a time.
func (x *Index) fillSome(ctx context.Context, next *generation, numbers []uint32, placed func(n int)) error {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	var telling sync.Mutex // and not writing: who is told may write
	for len(numbers) > 0 {
		n := min(batchPapers, len(numbers))
		some := numbers[:n]
		numbers = numbers[n:]
		g.Go(func() error {
			work, some, err := x.embedDocs(ctx, next, some)
			if err != nil {
				return err
			}
			x.writing.Lock()
			err = x.place(ctx, next, some, work)
			x.writing.Unlock()
			if err != nil {
				return err
			}
			telling.Lock()
			defer telling.Unlock()
			placed(len(some))
			return nil
		})
	}
	return g.Wait()
}

// embedDocs reads, analyses and embeds papers; those that are gone are left out.
func (x *Index) embedDocs(ctx context.Context, gen *generation, numbers []uint32) ([]*analysed, []uint32, error) {
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, nil, err
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	var work []*analysed
	var there []uint32
	for i, p := range papers {
		if p != nil {
			work, there = append(work, newAnalysed(a, p)), append(there, numbers[i])
		}
	}
	return work, there, x.embedAll(ctx, gen.embedder, work)
}

// place writes vectors of papers that are still there. Called with writing held.
func (x *Index) place(ctx context.Context, gen *generation, numbers []uint32, work []*analysed) error {
	all := make([][]float32, len(work))
	for i, w := range work {
		all[i] = w.vector
	}
	if err := x.store.WriteVectors(ctx, gen.Number, numbers, all); err != nil {
		return err
	}
	live := x.filters.Live()
	var docs []uint32
	var vectors [][]float32
	for i, v := range all {
		if v != nil && live.Contains(numbers[i]) {
			docs, vectors = append(docs, numbers[i]), append(vectors, v)
		}
	}
	return gen.vectors.Add(ctx, docs, vectors)
}

// sweep clears away what a stop at the end of a learning has left: former
// generations, and models of none.
func (x *Index) sweep() error {
	current := x.generation.Load().Number
	wanted := map[string]bool{}
	for _, g := range x.store.Generations() {
		if g.Number >= current {
			wanted[g.Model] = true
		} else if err := x.drop(g); err != nil {
			return err
		}
	}
	files, err := os.ReadDir(x.store.ModelsDir())
	if err != nil {
		return err
	}
	for _, f := range files {
		// One that was being written when the process was killed has more behind
		// the suffix.
		if wanted[f.Name()] || !strings.Contains(f.Name(), modelSuffix) {
			continue
		}
		if err := os.Remove(filepath.Join(x.store.ModelsDir(), f.Name())); err != nil {
			return err
		}
	}
	return nil
}

// modelSuffix ends the names of models' files.
const modelSuffix = ".kvec"

// drop removes a generation and its model's file.
func (x *Index) drop(g store.Generation) error {
	if err := x.store.DropGeneration(g.Number); err != nil {
		return err
	}
	if g.Model == "" {
		return nil
	}
	for _, other := range x.store.Generations() {
		if other.Model == g.Model {
			return nil
		}
	}
	err := os.Remove(filepath.Join(x.store.ModelsDir(), g.Model))
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	return err
}
