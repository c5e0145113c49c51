package kin

import (
	"testing"

	"kindred/paper"
)

func BenchmarkBands(b *testing.B) {
	text := abstract + " " + abstract + " " + abstract
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		Bands(text)
	}
}

func BenchmarkWhy(b *testing.B) {
	p := paper.Paper{ID: "1", Title: "Tidal locking of marigold looms", Abstract: abstract, Year: 2019, Authors: []string{"Maria Strix", "Göran Ström-Äng"}}
	q := p
	q.ID, q.Title, q.Authors = "2", "When looms lock", []string{"Strix, M."}
	for b.Loop() {
		if Why(&p, &q) == "" {
			b.Fatal("two papers")
		}
	}
}
