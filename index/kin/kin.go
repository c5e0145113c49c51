// Package kin tells whether two records are one paper: the preprint and the
// published version, the ACL Anthology's and arXiv's, one with a DOI and one
// without. It finds nothing by itself: what may be one paper is found by ids,
// titles and the bands of [Bands], and [Why] decides.
package kin

import (
	"cmp"
	"slices"
	"strings"

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
	if ofOneFile(a, b) {
		return ""
	}
	as, bs := sides(a), sides(b)
	if idsDiffer(as, bs) {
		return ""
	}
	var best Reason
	for _, p := range as {
		for _, q := range bs {
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

// Apart reports whether a and b are surely two papers: they came in one file
// with different ids of their own, or one giver of ids tells them apart.
func Apart(a, b *paper.Paper) bool { return ofOneFile(a, b) || idsDiffer(sides(a), sides(b)) }

// ofOneFile reports whether a and b have parts of one file with different ids.
func ofOneFile(a, b *paper.Paper) bool {
	bs := parts(b)
	for _, p := range parts(a) {
		for _, q := range bs {
			if oneFile(p, q) && p.ID != q.ID && ownID(p) && ownID(q) {
				return true
			}
		}
	}
	return false
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
var givers = [...]string{"arxiv", "acl", "pmid", "pmcid", "openalex", "s2", "corpusid", "mag"}

// idsDiffer reports whether a giver has given two of them an id, and not the
// same, or two journals a DOI.
func idsDiffer(as, bs []*side) bool {
	for _, a := range as {
		for _, b := range bs {
			for i := range a.only {
				if a.only[i] != "" && b.only[i] != "" && a.only[i] != b.only[i] {
					return true
				}
			}
		}
	}
	return false
}

// Refs are the ids by which others know p, its own among them where its form
// tells whose it is; links say too little to be among them.
func Refs(p *paper.Paper) []paper.Ref {
	refs := slices.DeleteFunc(p.Refs(), func(r paper.Ref) bool { return r.Kind == "url" })
	if r, ok := paper.ParseRef(p.ID); ok && r.Speaks() {
		refs = append(refs, r)
	}
	slices.SortFunc(refs, compareRefs)
	return slices.Compact(refs)
}

func compareRefs(a, b paper.Ref) int {
	return cmp.Or(strings.Compare(a.Kind, b.Kind), strings.Compare(a.Value, b.Value))
}

// compare compares what two sources say.
func compare(a, b *side) Reason {
	alike := titles(a, b)
	known := len(a.Authors) > 0 && len(b.Authors) > 0
	author := known && shareAuthor(a, b)
	// An id may be wrong, a DOI of the volume that both are in; then neither fits.
	// One title may be without its subtitle.
	if shared, sure := shareRef(a, b); shared && (a.Title == "" || b.Title == "" || alike >= loosely ||
		author && (sure || strings.HasPrefix(a.key, b.key) || strings.HasPrefix(b.key, a.key) || texts(a, b) >= rewritten)) {
		return SameID
	}
	if known && !author {
		return ""
	}
	if alike == 1 && author && yearsNear(a, b, yearsApart) && signs(a.Title) == signs(b.Title) {
		if !saysNothing(a.Title) || (a.Abstract != "" && b.Abstract != "" && texts(a, b) >= rewritten) {
			return SameTitle
		}
	}
	if !yearsNear(a, b, textYears) {
		return ""
	}
	like := texts(a, b)
	// What is measured again, or goes on, and is told in the same words differs by
	// a number; under another title altogether the number says less.
	if a.Title != "" && b.Title != "" && (alike >= alikeTitles || like < identical) && !slices.Equal(a.numbers(), b.numbers()) {
		return ""
	}
	if like >= sameText || like >= alikeText && alike >= alikeTitles {
		return SameText
	}
	return ""
}

// shareRef reports whether both have an id, and whether it is one that only one
// paper has.
func shareRef(a, b *side) (shared, sure bool) {
	for i, k := 0, 0; i < len(a.refs) && k < len(b.refs); {
		switch c := compareRefs(a.refs[i], b.refs[k]); {
		case c < 0:
			i++
		case c > 0:
			k++
		default:
			shared, sure = true, sure || slices.Contains(givers[:], a.refs[i].Kind)
			i, k = i+1, k+1
		}
	}
	return shared, sure
}

func yearsNear(a, b *side, apart int) bool {
	if a.Year == 0 || b.Year == 0 {
		return true
	}
	return max(a.Year-b.Year, b.Year-a.Year) <= apart
}

// shareAuthor reports whether some name stands in both lists, in any of the
// ways in which one name is written.
func shareAuthor(a, b *side) bool {
	for _, s := range a.names() {
		for _, t := range b.names() {
			if paper.MatchAuthor(s, t) || paper.MatchAuthor(t, s) {
				return true
			}
		}
	}
	return false
}
