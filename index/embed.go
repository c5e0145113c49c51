package index

import (
	"context"
	"errors"
	"fmt"

	"kindred/embed"
	"kindred/paper"
)

// Model names the model in use and the length of its vectors.
func (x *Index) Model() (fingerprint string, dimension int) {
	g := x.generation.Load()
	return g.Fingerprint, g.Dimension
}

// Embed makes vectors of texts with the model in use, as of papers or, with
// asQuestions, as of questions. The error is a [*paper.InvalidError] about a text
// that the model does not take, wraps [paper.ErrUnavailable], or is the
// context's.
func (x *Index) Embed(ctx context.Context, texts []string, asQuestions bool) (paper.Embeddings, error) {
	g := x.generation.Load()
	out := paper.Embeddings{Model: g.Fingerprint}
	var err error
	if asQuestions {
		out.Vectors, err = g.embedder.EmbedQueries(ctx, texts)
	} else {
		docs := make([]embed.Document, len(texts))
		for i, t := range texts {
			docs[i].Abstract = t
		}
		out.Vectors, err = g.embedder.EmbedDocuments(ctx, docs)
	}
	if err == nil {
		err = usable(g.embedder, out.Vectors, len(texts))
	}
	if no, ok := errors.AsType[*embed.RefusedError](err); ok {
		at := 0
		if len(no.Refusals) > 0 {
			at = no.Refusals[0].Place
		}
		return out, paper.Invalid("input", "text %d of %d is refused by the model behind this server", at+1, len(texts))
	}
	if err != nil && ctx.Err() != nil {
		return out, ctx.Err()
	}
	if err != nil {
		return out, fmt.Errorf("%w: %w", paper.ErrUnavailable, err)
	}
	for _, t := range texts {
		out.Tokens += embed.Tokens(t)
	}
	return out, nil
}
