package index

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"kindred/embed"
	"kindred/index/store"
	"kindred/paper"
)

// embedPaid fills in the vectors of papers from an embedder whose answers cost
// time or money: what is kept of their texts is taken, each text is asked for
// once, and every answer is kept as it comes, so that a stop loses none. A paper
// whose text is refused is reported and goes without a vector.
func (x *Index) embedPaid(ctx context.Context, e embed.Streamer, batch []*analysed) error {
	name := string(e.Fingerprint())
	var texts []store.Hash
	papers := map[store.Hash][]*analysed{}
	for _, a := range batch {
		h := store.TextHash(a.paper)
		if papers[h] == nil {
			texts = append(texts, h)
		}
		papers[h] = append(papers[h], a)
	}
	give := func(h store.Hash, v embed.Vector) {
		for _, a := range papers[h] {
			a.vector = v
		}
	}
	for len(texts) > 0 {
		mine, others, answered := x.asking.claim(name, texts)
		err := x.askFor(ctx, e, mine, func(h store.Hash) *paper.Paper { return papers[h][0].paper }, give)
		x.asking.release(name, mine)
		refused, some := errors.AsType[*embed.RefusedError](err)
		if err != nil && !some {
			return err
		}
		if some {
			for _, r := range refused.Refusals {
				for _, a := range papers[mine[r.Place]] {
					x.log.Warn("a paper has no vector and is found by its words alone", "paper", a.paper.ID, "reason", r.Reason)
				}
			}
		}
		if len(others) == 0 {
			break
		}
		select { // their answers are kept by then
		case <-answered:
		case <-ctx.Done():
			return ctx.Err()
		}
		texts = others
	}
	return nil
}

// askFor gives texts their vectors: those that are kept, else from e, which are
// kept then. Places in a [*embed.RefusedError] are those of texts.
func (x *Index) askFor(ctx context.Context, e embed.Streamer, texts []store.Hash, of func(store.Hash) *paper.Paper, give func(store.Hash, embed.Vector)) error {
	name, dimension := string(e.Fingerprint()), e.Dimension()
	kept, err := x.store.Embeddings(ctx, name, dimension, texts)
	if err != nil {
		return err
	}
	var missing []int // places in texts
	var docs []embed.Document
	for i, v := range kept {
		if v != nil {
			give(texts[i], v)
			continue
		}
		p := of(texts[i])
		missing, docs = append(missing, i), append(docs, embed.Document{Title: p.Title, Abstract: p.Abstract})
	}
	if len(docs) == 0 {
		return nil
	}
	var ours error // what went wrong here and not there
	err = e.StreamDocuments(ctx, docs, func(places []int, vectors []embed.Vector) error {
		if err := usable(e, vectors, len(places)); err != nil {
			return err
		}
		hashes := make([]store.Hash, len(places))
		for i, at := range places {
			hashes[i] = texts[missing[at]]
			var err error
			if vectors[i], err = store.Round(vectors[i]); err != nil {
				return err
			}
			give(hashes[i], vectors[i])
		}
		// What has come is kept although ctx may have ended meanwhile.
		ours = x.store.KeepEmbeddings(context.WithoutCancel(ctx), name, dimension, hashes, vectors)
		return ours
	})
	if ours == nil {
		x.counters.fault(ctx, err)
	}
	if refused, ok := errors.AsType[*embed.RefusedError](err); ok {
		out := &embed.RefusedError{}
		for _, r := range refused.Refusals {
			out.Refusals = append(out.Refusals, embed.Refusal{Place: missing[r.Place], Reason: r.Reason})
		}
		return out
	}
	return err
}

// asking are the texts that an embedder is being asked for: batches side by
// side may hold the same ones. The zero value is ready.
type asking struct {
	mu   sync.Mutex
	open map[askedText]chan struct{} // closed when the answer is kept, or none came
}

type askedText struct {
	embedder string
	text     store.Hash
}

// claim takes those of texts that nobody asks for. Of the others, answered tells
// when one is there; they are to be claimed again then.
func (a *asking) claim(embedder string, texts []store.Hash) (mine, others []store.Hash, answered <-chan struct{}) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.open == nil {
		a.open = map[askedText]chan struct{}{}
	}
	done := make(chan struct{})
	for _, t := range texts {
		key := askedText{embedder, t}
		if theirs, taken := a.open[key]; taken {
			others, answered = append(others, t), theirs
			continue
		}
		a.open[key] = done
		mine = append(mine, t)
	}
	return mine, others, answered
}

// release gives up what claim took.
func (a *asking) release(embedder string, mine []store.Hash) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for i, t := range mine {
		key := askedText{embedder, t}
		if i == 0 {
			close(a.open[key]) // one for all of them
		}
		delete(a.open, key)
	}
}

// Kept says what is kept of one embedder's vectors; see [Index.Kept].
type Kept = store.Kept

// Kept lists the vectors that are kept by text, so that they need not be asked
// for again, by embedder, the one used last first.
func (x *Index) Kept() ([]Kept, error) { return x.store.EmbeddingsKept() }

// Forget removes what is kept of an embedder; papers keep the vectors they have.
func (x *Index) Forget(ctx context.Context, fingerprint string) error {
	if err := x.store.ForgetEmbeddings(ctx, fingerprint); err != nil {
		return fmt.Errorf("forgetting the vectors of %s: %w", fingerprint, err)
	}
	return nil
}

// Work is what the embedder in use has done since the index was opened, or the
// one that the folder is going over to since that began; nil for one that does
// not count.
func (x *Index) Work() *paper.Embedded {
	var e embed.Worker
	if next := x.changing.Load(); next != nil {
		e = *next
	} else if now, ok := bare(x.generation.Load().embedder).(embed.Worker); ok {
		e = now
	} else {
		return nil
	}
	w := e.Work()
	return &paper.Embedded{
		Model: string(e.Fingerprint()), Texts: w.Texts, Tokens: w.Tokens,
		Requests: w.Requests, Again: w.Again, Cut: w.Cut, Refused: w.Refused,
	}
}
