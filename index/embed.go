package index

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/paper"
)

// Model names the model in use and the length of its vectors.
func (x *Index) Model() (fingerprint string, dimension int) {
	g := x.generation.Load()
	return g.Fingerprint, g.Dimension
}

// Embed makes vectors of texts with the model in use. The built-in model's may be
// shorter, their first numbers: that its numbers stand in no order makes any as
// good, and half of them find nine tenths of what all do (docs/quality.md). The
// error is a [*paper.InvalidError] about a text or a length that the model does
// not take, wraps [paper.ErrUnavailable], or is the context's.
func (x *Index) Embed(ctx context.Context, t paper.Texts) (paper.Embeddings, error) {
	g := x.generation.Load()
	out := paper.Embeddings{Model: g.Fingerprint}
	texts, short := t.Texts, t.Dimensions != 0 && t.Dimensions != g.Dimension
	if _, builtIn := g.embedder.(*static.Model); short && (!builtIn || t.Dimensions < 0 || t.Dimensions > g.Dimension) {
		if builtIn {
			return out, paper.Invalid("dimensions", "the vectors of this model have from 1 to %d numbers, not %d", g.Dimension, t.Dimensions)
		}
		return out, paper.Invalid("dimensions", "the vectors of this model have %d numbers here, not %d; the server is told otherwise by kindred learn --embed-dimensions", g.Dimension, t.Dimensions)
	}
	var err error
	if t.AsQuestions {
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
	for i, v := range out.Vectors {
		if short && v != nil {
			if v = slices.Clone(v[:t.Dimensions]); !embed.Normalize(v) {
				v = nil
			}
			out.Vectors[i] = v
		}
		out.Tokens += embed.Tokens(texts[i])
	}
	return out, nil
}
