package static

import (
	"context"

	"kindred/embed"
	"kindred/internal/text"
)

var _ embed.Embedder = (*Model)(nil)

// EmbedDocuments analyses and embeds documents. Callers that hold the
// analysed text call EmbedDoc instead.
func (m *Model) EmbedDocuments(ctx context.Context, docs []embed.Document) ([]embed.Vector, error) {
	var a text.Analyzer
	var d text.Doc
	return m.each(ctx, len(docs), func(v embed.Vector, i int) bool {
		a.Doc(&d, docs[i].Title, docs[i].Abstract)
		return m.EmbedDoc(v, &d)
	})
}

// EmbedQueries analyses and embeds questions.
func (m *Model) EmbedQueries(ctx context.Context, questions []string) ([]embed.Vector, error) {
	var a text.Analyzer
	var terms []string
	return m.each(ctx, len(questions), func(v embed.Vector, i int) bool {
		terms = a.Terms(terms[:0], questions[i])
		return m.EmbedTerms(v, terms)
	})
}

// each makes n vectors in one piece of memory; nil where embed says there is
// none.
func (m *Model) each(ctx context.Context, n int, embedOne func(v embed.Vector, i int) bool) ([]embed.Vector, error) {
	dim := m.info.Dimension
	all := make([]float32, n*dim)
	vectors := make([]embed.Vector, n)
	for i := range vectors {
		if i%256 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		if v := all[i*dim : (i+1)*dim : (i+1)*dim]; embedOne(v, i) {
			vectors[i] = v
		}
	}
	return vectors, nil
}
