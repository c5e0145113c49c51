// Package kin tells whether two records are one paper: the preprint and the
// published version, the ACL Anthology's and arXiv's, one with a DOI and one
// without. It finds nothing by itself: what may be one paper is found by ids,
// titles and the bands of [Bands], and [Why] decides.
package kin

import (
	"slices"

	"kindred/paper"
)

// Reason says why two records are one paper; empty where they are not.
type Reason string

// The reasons, the surest first.
const (
	SameID    Reason = "id"    // an id of both, and nothing that speaks against it
	SameTitle Reason = "title" // the folded title, a shared author, years at most one apart
	SameText  Reason = "text"  // nearly the same abstract, an author where both name some
)

// What counts as the same. How the numbers were found: docs/quality.md.
const (
	yearsApart = 1 // by title
	textYears  = 3 // by text: the journal's version may take longer

	loosely     = .25 // words that two titles share, where there is an id of both
	rewritten   = .15 // shingles that two abstracts share at least under a title that says nothing
	alikeTitles = .5  // words that two titles share, of those of both
	alikeText   = .45 // shingles that two abstracts share, where the titles are alike
	sameText    = .8  // where they are not
	identical   = .95 // where they have other numbers too
)

// Why compares two papers, or what Combine made of several. What each source
// says counts by itself: one part of a and one of b that are the same make them
// one, any two that cannot be the same keep them apart.
func Why(a, b *paper.Paper) Reason {
	if Apart(a, b) {
		return ""
	}
	var best Reason
	for _, p := range parts(a) {
		for _, q := range parts(b) {
			switch why := compare(p, q); {
			case why == SameID:
				return why
			case best == "" || why == SameTitle:
				best = why
			}
		}
	}
	return best
}

// parts are p's, or p itself.
func parts(p *paper.Paper) []*paper.Paper {
	if len(p.Parts) == 0 {
		return []*paper.Paper{p}
	}
	out := make([]*paper.Paper, len(p.Parts))
	for i := range p.Parts {
		out[i] = &p.Parts[i]
	}
	return out
}

// Apart reports whether a and b are surely two papers: they came in one file
// with different ids of their own, or one giver of ids tells them apart.
func Apart(a, b *paper.Paper) bool {
	for _, p := range parts(a) {
		for _, q := range parts(b) {
			if oneFile(p, q) && p.ID != q.ID && ownID(p) && ownID(q) || idsDiffer(p, q) {
				return true
			}
		}
	}
	return false
}

// oneFile reports whether a and b came in one file, as far as is known: of papers
// from before that was kept, those of one source may have.
func oneFile(a, b *paper.Paper) bool {
	if a.Origin == 0 && b.Origin == 0 {
		return a.Source != "" && a.Source == b.Source
	}
	return a.Origin == b.Origin && a.Origin != paper.ManyFiles
}

// ownID reports whether p's source gave it an id.
func ownID(p *paper.Paper) bool { return !paper.IsTextID(p.ID) }

// givers are the kinds of ids of which one paper has one. A DOI is no such:
// preprint and journal give one each.
var givers = []string{"arxiv", "acl", "pmid", "pmcid", "openalex", "s2", "corpusid", "mag"}

func idsDiffer(a, b *paper.Paper) bool {
	as, bs := Refs(a), Refs(b)
	for _, r := range as {
		for _, s := range bs {
			if r.Kind != s.Kind || r.Value == s.Value {
				continue
			}
			if slices.Contains(givers, r.Kind) || r.Kind == "doi" && !paper.IsPreprintDOI(r.Value) && !paper.IsPreprintDOI(s.Value) {
				return true
			}
		}
	}
	return false
}

// Refs are the ids by which others know p, its own among them where its form
// tells whose it is; links say too little to be among them.
func Refs(p *paper.Paper) []paper.Ref {
	refs := slices.DeleteFunc(p.Refs(), func(r paper.Ref) bool { return r.Kind == "url" })
	if r, ok := paper.ParseRef(p.ID); ok && r.Speaks() && !slices.Contains(refs, r) {
		refs = append(refs, r)
	}
	return refs
}

// compare compares what two sources say.
func compare(a, b *paper.Paper) Reason {
	titles := Titles(a, b)
	known := len(a.Authors) > 0 && len(b.Authors) > 0
	author := known && shareAuthor(a.Authors, b.Authors)
	// A DOI may be of the volume that both are in; then neither fits.
	if shareRef(a, b) && (titles >= loosely || author || a.Title == "" || b.Title == "") {
		return SameID
	}
	if known && !author {
		return ""
	}
	if titles == 1 && author && yearsNear(a, b, yearsApart) {
		if !saysNothing(a.Title) || (a.Abstract != "" && b.Abstract != "" && Texts(a, b) >= rewritten) {
			return SameTitle
		}
	}
	if !yearsNear(a, b, textYears) {
		return ""
	}
	like := Texts(a, b)
	// What is measured again, or goes on, and is told in the same words differs by
	// a number; under another title altogether the number says less.
	if a.Title != "" && b.Title != "" && !slices.Equal(numbers(a.Title), numbers(b.Title)) &&
		(titles >= alikeTitles || like < identical) {
		return ""
	}
	if like >= sameText || like >= alikeText && titles >= alikeTitles {
		return SameText
	}
	return ""
}

func shareRef(a, b *paper.Paper) bool {
	bs := Refs(b)
	return slices.ContainsFunc(Refs(a), func(r paper.Ref) bool { return slices.Contains(bs, r) })
}

func yearsNear(a, b *paper.Paper, apart int) bool {
	if a.Year == 0 || b.Year == 0 {
		return true
	}
	return max(a.Year-b.Year, b.Year-a.Year) <= apart
}

// shareAuthor reports whether some name stands in both lists, in any of the
// ways in which one name is written.
func shareAuthor(a, b []string) bool {
	const most = 200 // a collaboration's list is long, and the first names will do
	a, b = a[:min(len(a), most)], b[:min(len(b), most)]
	folded := make([]string, len(b))
	for i, s := range b {
		folded[i] = paper.FoldName(s)
	}
	for _, s := range a {
		s = paper.FoldName(s)
		for _, t := range folded {
			if s != "" && t != "" && (paper.MatchAuthor(s, t) || paper.MatchAuthor(t, s)) {
				return true
			}
		}
	}
	return false
}
