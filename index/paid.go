package index

import (
	"context"
	"errors"
	"fmt"

	"kindred/embed"
	"kindred/index/store"
)

// embedPaid fills in the vectors of papers from an embedder whose answers cost
// time or money: what is kept of their texts is taken, each text is asked for
// once, and every answer is kept as it comes, so that a stop loses none. A paper
// whose text is refused is reported and goes without a vector.
func (x *Index) embedPaid(ctx context.Context, e embed.Streamer, batch []*analysed) error {
	name, dimension := string(e.Fingerprint()), e.Dimension()
	var texts []store.Hash
	papers := map[store.Hash][]*analysed{}
	for _, a := range batch {
		h := store.TextHash(a.paper)
		if papers[h] == nil {
			texts = append(texts, h)
		}
		papers[h] = append(papers[h], a)
	}
	kept, err := x.store.Embeddings(ctx, name, dimension, texts)
	if err != nil {
		return err
	}
	var missing []store.Hash
	var docs []embed.Document
	give := func(h store.Hash, v embed.Vector) {
		for _, a := range papers[h] {
			a.vector = v
		}
	}
	for i, v := range kept {
		if v != nil {
			give(texts[i], v)
			continue
		}
		p := papers[texts[i]][0].paper
		missing, docs = append(missing, texts[i]), append(docs, embed.Document{Title: p.Title, Abstract: p.Abstract})
	}
	if len(docs) == 0 {
		return nil
	}
	err = e.StreamDocuments(ctx, docs, func(places []int, vectors []embed.Vector) error {
		if err := usable(e, vectors, len(places)); err != nil {
			return err
		}
		hashes := make([]store.Hash, len(places))
		for i, at := range places {
			hashes[i] = missing[at]
			var err error
			if vectors[i], err = store.Round(vectors[i]); err != nil {
				return err
			}
			give(hashes[i], vectors[i])
		}
		// What has come is kept although ctx may have ended meanwhile.
		return x.store.KeepEmbeddings(context.WithoutCancel(ctx), name, dimension, hashes, vectors)
	})
	refused, some := errors.AsType[*embed.RefusedError](err)
	if !some {
		return err
	}
	for _, r := range refused.Refusals {
		for _, a := range papers[missing[r.Place]] {
			x.log.Warn("a paper has no vector and is found by its words alone", "paper", a.paper.ID, "reason", r.Reason)
		}
	}
	return nil
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

// Work is what the embedder in use has done since the index was opened; ok is
// false for one that does not count.
func (x *Index) Work() (w embed.Work, ok bool) {
	if next := x.changing.Load(); next != nil {
		return (*next).Work(), true
	}
	e, ok := bare(x.generation.Load().embedder).(embed.Worker)
	if ok {
		w = e.Work()
	}
	return w, ok
}
