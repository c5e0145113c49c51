// Package embed says what an embedder is: something that turns texts into
// vectors, and names itself so that vectors of different models never meet.
package embed

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
)

// Vector is a text's place among the others. A vector handed out by an
// Embedder has the embedder's dimension and unit length, and all its numbers
// are finite; nil is the stated absence of one (a text without a known word),
// never compared with anything.
type Vector = []float32

// Document is what an embedder reads of a paper.
type Document struct {
	Title    string
	Abstract string
}

// Embedder turns documents and questions into vectors of one space. Methods
// are safe for concurrent use.
type Embedder interface {
	// Fingerprint names the embedder: the same texts get the same vectors
	// from two embedders of one fingerprint.
	Fingerprint() Fingerprint
	// Dimension is the length of every vector.
	Dimension() int
	// EmbedDocuments returns one vector a document, in order; nil where a
	// document has none.
	EmbedDocuments(ctx context.Context, docs []Document) ([]Vector, error)
	// EmbedQueries returns one vector a question, in order; nil where a
	// question has none.
	EmbedQueries(ctx context.Context, questions []string) ([]Vector, error)
}

// ErrUnavailable is wrapped by errors of an embedder that cannot answer now.
var ErrUnavailable = errors.New("embedder unavailable")

// Fingerprint is provider, model, dimension and whatever else changes the
// vectors, as one printable word: "static:3f9c1a2b7d10:256".
type Fingerprint string

// NewFingerprint joins the parts; a colon or space inside a part becomes "_".
func NewFingerprint(provider, model string, dimension int) Fingerprint {
	clean := strings.NewReplacer(":", "_", " ", "_", "\n", "_")
	return Fingerprint(fmt.Sprintf("%s:%s:%d", clean.Replace(provider), clean.Replace(model), dimension))
}

// Normalize makes v unit length in place and reports whether it could: not
// when a number is NaN or infinite or all are zero.
func Normalize(v Vector) bool {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 || math.IsNaN(sum) || math.IsInf(sum, 0) {
		return false
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= scale
	}
	return true
}
