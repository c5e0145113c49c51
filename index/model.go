package index

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/index/rank"
	"kindred/index/store"
	"kindred/index/vector"
	"kindred/internal/text"
	"kindred/paper"
)

// termEmbedder is an embedder that reads analysed text, so that a paper is
// analysed once for it and the inverted index.
type termEmbedder interface {
	embed.Embedder
	EmbedDoc(dst embed.Vector, d *text.Doc) bool
	EmbedTerms(dst embed.Vector, terms []string) bool
}

// ErrEmbedder says that the folder's vectors were made by another embedder
// than the one at hand.
var ErrEmbedder = errors.New("another embedder made the vectors of this folder")

// openGeneration finds the model of the folder's current generation, or makes
// the first generation. stale says that the vectors are those of a former
// release's base model and must be made again before they can be compared.
func (x *Index) openGeneration(ctx context.Context) (g *generation, stale bool, err error) {
	current, ok := x.store.Current()
	if !ok {
		g, err := x.firstGeneration(ctx)
		return g, false, err
	}
	model, err := x.modelOf(ctx, current)
	if err != nil && current.Learned && !errors.Is(err, ErrEmbedder) {
		l := &lost{current, err}
		x.log.Warn(l.advice())
		model, err = l, nil
	}
	if err != nil {
		return nil, false, err
	}
	if string(model.Fingerprint()) != current.Fingerprint {
		_, builtIn := model.(*static.Model)
		if !builtIn || !strings.HasPrefix(current.Fingerprint, "static:") {
			return nil, false, &EmbedderError{Folder: current.Fingerprint, Wanted: string(model.Fingerprint())}
		}
		stale = true
	}
	if current.Embedder == nil { // filled by a release that did not write it down
		if current, err = x.record(current, model); err != nil {
			return nil, false, err
		}
	}
	g, err = x.newGeneration(current, model)
	return g, stale, err
}

// refresh makes the vectors of a former base model again with the present one.
func (x *Index) refresh(ctx context.Context, model embed.Embedder) error {
	x.log.Warn("the built-in model is newer than the vectors of this folder; making them again", "papers", x.store.Len())
	// Drops what a killed refresh left.
	next, err := x.unfinished(ctx, func(g store.Generation) bool { return g.Learned })
	if err != nil {
		return err
	}
	if next != nil { // a learning that was cut short comes to its end
		return x.fill(ctx, next, func(string, int, int) {})
	}
	g, err := x.store.CreateGeneration(store.Generation{
		Fingerprint: string(model.Fingerprint()), Dimension: model.Dimension(),
	})
	if err != nil {
		return err
	}
	if next, err = x.newGeneration(g, model); err != nil {
		return err
	}
	return x.fill(ctx, next, func(string, int, int) {})
}

func (x *Index) firstGeneration(ctx context.Context) (*generation, error) {
	model, err := x.startModel(ctx)
	if err != nil {
		return nil, err
	}
	g, err := x.store.CreateGeneration(store.Generation{
		Fingerprint: string(model.Fingerprint()), Dimension: model.Dimension(), Embedder: recordOf(model),
	})
	if err == nil {
		g.Complete = true // there are no papers yet
		err = x.store.UpdateGeneration(g)
	}
	if err == nil {
		err = x.store.SwitchTo(g.Number)
	}
	if err != nil {
		return nil, err
	}
	return x.newGeneration(g, model)
}

// startModel is the embedder of a folder that has none of its own.
func (x *Index) startModel(ctx context.Context) (embed.Embedder, error) {
	switch {
	case x.opt.Embedder != nil:
		return x.opt.Embedder, nil
	case x.first != nil:
		return x.first, nil
	case x.wantsServer():
		return x.dial(ctx, *x.opt.Wanted)
	}
	return x.base()
}

// base is what the built-in model is before it learns.
func (x *Index) base() (*static.Model, error) {
	if x.opt.Base != nil {
		return x.opt.Base, nil
	}
	return static.Base()
}

// modelOf is the embedder of a generation; one that was asked for by
// name is never passed over for it.
func (x *Index) modelOf(ctx context.Context, g store.Generation) (embed.Embedder, error) {
	switch {
	case x.opt.Embedder != nil:
		return x.opt.Embedder, nil
	case g.Embedder != nil:
		return x.recorded(ctx, g)
	case x.wantsServer():
		return x.dialOther(ctx, g, *x.opt.Wanted)
	case g.Model == "":
		return x.base()
	}
	path := filepath.Join(x.store.ModelsDir(), g.Model)
	m, err := static.Open(path)
	if err != nil {
		return nil, err
	}
	if string(m.Fingerprint()) != g.Fingerprint {
		return nil, fmt.Errorf("%s holds the model %s, the vectors were made by %s", path, m.Fingerprint(), g.Fingerprint)
	}
	return m, nil
}

func (x *Index) newGeneration(g store.Generation, model embed.Embedder) (*generation, error) {
	v, err := vector.New(model.Dimension(), vector.Options{Exact: x.opt.Exact, Stamp: string(model.Fingerprint())})
	if err != nil {
		return nil, err
	}
	return &generation{Generation: g, embedder: x.asked(model), vectors: v}, nil
}

// settings are s for questions that g answers: the built-in model has less to
// say of a corpus that it has not learned.
func (g *generation) settings(s rank.Settings) rank.Settings {
	if _, builtIn := g.embedder.(*static.Model); builtIn && !g.Learned {
		s.Semantic = s.Unlearned
	}
	return s
}

// analysed is a paper on its way in.
type analysed struct {
	paper  *paper.Paper
	doc    text.Doc
	vector embed.Vector // as the store gives it back; nil: none

	keys     *keys // where the paper comes in
	embedded bool  // the embedder was asked, and vector is what it said
}

// embedAll fills in the vectors of papers, whose docs are analysed already.
func (x *Index) embedAll(ctx context.Context, e embed.Embedder, batch []*analysed) error {
	if len(batch) == 0 {
		return ctx.Err() // a server refuses to embed nothing
	}
	e = bare(e)
	if s, ok := e.(embed.Streamer); ok {
		return x.embedPaid(ctx, s, batch)
	}
	if t, ok := e.(termEmbedder); ok {
		for _, a := range batch {
			v := make(embed.Vector, e.Dimension())
			if !t.EmbedDoc(v, &a.doc) {
				continue
			}
			var err error
			if a.vector, err = store.Round(v); err != nil {
				return fmt.Errorf("paper %s: %w", a.paper.ID, err)
			}
		}
		return ctx.Err()
	}
	docs := make([]embed.Document, len(batch))
	for i, a := range batch {
		docs[i] = embed.Document{Title: a.paper.Title, Abstract: a.paper.Abstract}
	}
	vectors, err := e.EmbedDocuments(ctx, docs)
	if err == nil {
		err = usable(e, vectors, len(docs))
	}
	x.counters.fault(ctx, err)
	if err != nil {
		return err
	}
	for i, v := range vectors {
		if v == nil {
			continue
		}
		if batch[i].vector, err = store.Round(v); err != nil {
			return fmt.Errorf("paper %s: %w", batch[i].paper.ID, err)
		}
	}
	return nil
}

// usable checks what an embedder gave: n vectors, each nil or of its dimension
// and with a direction.
func usable(e embed.Embedder, vectors []embed.Vector, n int) error {
	if len(vectors) != n {
		return fmt.Errorf("%s gave %d vectors for %d texts", e.Fingerprint(), len(vectors), n)
	}
	for _, v := range vectors {
		var sum float64
		for _, f := range v {
			sum += float64(f) * float64(f)
		}
		if v != nil && (len(v) != e.Dimension() || !(sum > 0) || math.IsInf(sum, 0)) {
			return fmt.Errorf("%s gave a vector of dimension %d and squared length %v", e.Fingerprint(), len(v), sum)
		}
	}
	return nil
}

// embedQuery returns the vector of one question, as the embedder's EmbedQueries
// does; one that reads terms is given them by an analyzer that remembers stems.
func (x *Index) embedQuery(ctx context.Context, gen *generation, question string) ([]embed.Vector, error) {
	e, ok := gen.embedder.(termEmbedder)
	if !ok {
		return gen.embedder.EmbedQueries(ctx, []string{question})
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	v := make(embed.Vector, e.Dimension())
	if !e.EmbedTerms(v, a.Terms(nil, question)) {
		v = nil
	}
	return []embed.Vector{v}, ctx.Err()
}

// embedOne returns the vector of the one text of a request, nil where it has
// none. Hybrid mode does without it when the embedder fails, and degraded then
// says so.
func (x *Index) embedOne(ctx context.Context, gen *generation, mode paper.Mode, ask func() ([]embed.Vector, error)) (v embed.Vector, degraded string, err error) {
	vectors, err := ask()
	if err == nil {
		err = usable(gen.embedder, vectors, 1)
	}
	switch {
	case err == nil:
		return vectors[0], "", nil
	case ctx.Err() != nil:
		return nil, "", ctx.Err()
	case mode == paper.Semantic:
		return nil, "", fmt.Errorf("embedding the question: %w", err)
	}
	if _, isLost := gen.embedder.(*lost); isLost { // said when the folder was opened
		return nil, "the learned model cannot be read", nil
	}
	return nil, "embedder unavailable", nil
}
