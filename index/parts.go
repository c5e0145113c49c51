package index

import (
	"kindred/embed"
	"kindred/index/lexical"
	"kindred/index/vector"
)

// Parts are the index's own parts, for measuring each alone. They must not be
// written to.
type Parts struct {
	Terms    *lexical.Index
	Vectors  *vector.Index
	Embedder embed.Embedder
}

// Parts returns the parts that searches use now.
func (x *Index) Parts() Parts {
	gen := x.generation.Load()
	return Parts{x.lexical, gen.vectors, gen.embedder}
}
