// Package static is the built-in embedder. It knows one vector a stemmed
// word; a text's vector is the sum of its words' vectors made unit length, so
// a word's own length is its weight. The vectors are learned by contrast from
// titles and abstracts alone (learn.go): first a base from many fields, which
// the program carries, then on the user's own corpus.
package static

import (
	"encoding/hex"

	"kindred/embed"
	"kindred/internal/simd"
	"kindred/internal/text"
)

// Model is a vocabulary and its vectors. It never changes once made and is
// safe for concurrent use.
type Model struct {
	info    Info
	terms   []string
	row     map[string]int32 // term -> its row
	rows    []int8           // len(terms) rows of info.Dimension numbers
	scales  []float32        // what a row's numbers are multiplied by
	unknown float32          // the size of each number of an unknown word's vector
	hash    [32]byte         // of everything that changes a vector
}

// Info says what a model is and where it came from.
type Info struct {
	Dimension int               `json:"dimension"`
	Terms     int               `json:"terms"`
	Analysis  int               `json:"analysis"`       // text.Version of its terms
	Unknown   float32           `json:"unknown"`        // length of an unknown word's vector
	Papers    int               `json:"papers"`         // learned from, in the last learning
	Steps     int               `json:"steps"`          // of the last learning
	Batch     int               `json:"batch"`          // pairs a step
	Seed      uint64            `json:"seed"`           // of the last learning
	Base      embed.Fingerprint `json:"base,omitempty"` // what the last learning started from
}

// Info returns the model's provenance.
func (m *Model) Info() Info { return m.info }

// Fingerprint names the model after its vocabulary and weights.
func (m *Model) Fingerprint() embed.Fingerprint {
	return embed.NewFingerprint("static", hex.EncodeToString(m.hash[:6]), m.info.Dimension)
}

// Dimension is the length of every vector.
func (m *Model) Dimension() int { return m.info.Dimension }

// Has reports whether the model has a vector of the term's own.
func (m *Model) Has(term string) bool {
	_, ok := m.row[term]
	return ok
}

// Known counts the terms that the model has vectors of their own for.
func (m *Model) Known(terms []string) int {
	n := 0
	for _, t := range terms {
		if m.Has(t) {
			n++
		}
	}
	return n
}

// titleWeight is how often a title's words count (docs/quality.md).
const titleWeight = 2

// EmbedDoc writes the vector of an analysed paper to dst, whose length is the
// model's dimension, and reports whether it has one: a paper without a word
// has none, and dst then holds nothing of use.
func (m *Model) EmbedDoc(dst embed.Vector, d *text.Doc) bool {
	clear(dst)
	m.add(dst, d.Title, titleWeight)
	m.add(dst, d.Body, 1)
	return embed.Normalize(dst)
}

// EmbedTerms is EmbedDoc for the terms of any text.
func (m *Model) EmbedTerms(dst embed.Vector, terms []string) bool {
	clear(dst)
	m.add(dst, terms, 1)
	return embed.Normalize(dst)
}

func (m *Model) add(dst embed.Vector, terms []string, weight float32) {
	dim := m.info.Dimension
	for _, t := range terms {
		if i, ok := m.row[t]; ok {
			simd.AddInt8(weight*m.scales[i], m.rows[int(i)*dim:][:dim], dst)
		} else {
			m.addUnknown(dst, t, weight)
		}
	}
}
