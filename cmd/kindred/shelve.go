package main

import (
	"path/filepath"
	"slices"
	"strings"
	"unicode"

	"kindred/paper"
)

// libraryEndings are what a library's file name ends in, besides its name.
var libraryEndings = []string{".bib", ".bibtex", ".biblatex", ".ris", ".json", ".csl", ".txt", ".gz", ".zst", ".xz", ".zip"}

// collectionOf is the collection that a file's papers go into unless they name
// one themselves: for a reference manager's library the file's name, for others
// none.
func collectionOf(file, format string) string {
	switch format {
	case "bibtex", "ris", "csl":
	default:
		return ""
	}
	name := filepath.Base(file)
	for ext := filepath.Ext(name); slices.Contains(libraryEndings, strings.ToLower(ext)); ext = filepath.Ext(name) {
		name = strings.TrimSuffix(name, ext)
	}
	name = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(name, " "))
	if len(name) > paper.MaxCollection {
		name = strings.ToValidUTF8(name[:paper.MaxCollection], "")
	}
	name = strings.TrimSpace(name)
	if paper.CheckCollection(name) != nil {
		return "library" // a name without a letter
	}
	return name
}

// shelve puts a paper with its parts into a collection. One that a file's name
// suggests is for papers that name none, and are no export of ours, which tells
// where they came from.
func (in *intake) shelve(p *paper.Paper, format, collection string) {
	if in.collection == "" && (len(p.Collections) > 0 || p.Source != format) {
		return
	}
	// The lists may be shared.
	p.Collections = append(slices.Clone(p.Collections), collection)
	for i := range p.Parts {
		p.Parts[i].Collections = append(slices.Clone(p.Parts[i].Collections), collection)
	}
}
