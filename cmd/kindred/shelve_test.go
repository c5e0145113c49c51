package main

import (
	"strings"
	"testing"

	"kindred/paper"
)

func TestCollectionOf(t *testing.T) {
	for _, tt := range []struct{ file, format, want string }{
		{"My Library.bib", "bibtex", "My Library"},
		{"/a/b/My Library.BIB.gz", "bibtex", "My Library"},
		{"thesis.v2.json.zst", "csl", "thesis.v2"},
		{"references", "ris", "references"},
		{"Bücher & mehr.ris.xz", "ris", "Bücher & mehr"},
		{".bib", "bibtex", "library"},
		{"---.bib", "bibtex", "library"},
		{" a\nb\x01 .bib", "bibtex", "a b"},
		{"a\xffb.bib", "bibtex", "a b"},
		{strings.Repeat("ü", 150) + ".bib", "bibtex", strings.Repeat("ü", 100)},
		{"papers.jsonl", "jsonl", ""},
		{"scopus.csv", "csv", ""},
	} {
		got := collectionOf(tt.file, tt.format)
		if got != tt.want {
			t.Errorf("%q, %s: %q, want %q", tt.file, tt.format, got, tt.want)
		}
		if err := paper.CheckCollection(got); got != "" && err != nil {
			t.Errorf("%q: %v", tt.file, err)
		}
	}
}
