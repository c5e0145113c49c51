package kin

import (
	"slices"

	"kindred/paper"
)

// side is what one source says of a paper and what of it is compared, worked out
// once for all that it is held against.
type side struct {
	*paper.Paper
	refs  []paper.Ref
	only  [len(givers) + 1]string // its ids by giver, and the DOIs that are no preprint's
	key   string                  // of the title
	words []uint64                // of the title, ascending, each once

	text    []uint64 // see shingles; worked out when asked for, as is what follows
	authors []string
	counted []string
}

// sides are those of p's parts, or of p itself.
func sides(p *paper.Paper) []*side {
	all := parts(p)
	out := make([]*side, len(all))
	for i := range all {
		out[i] = newSide(all[i])
	}
	return out
}

// maxIDs is far more ids than any source gives a paper. Of one with more, those
// of givers and the DOI are looked at.
const maxIDs = 64

func newSide(p *paper.Paper) *side {
	s := &side{Paper: p, key: paper.TitleKey(p.Title), words: distinct(words(p.Title))}
	if len(p.IDs) > maxIDs {
		few := *p
		few.IDs = map[string]string{"doi": p.IDs["doi"]}
		for _, kind := range givers {
			few.IDs[kind] = p.IDs[kind]
		}
		p = &few
	}
	s.refs = Refs(p)
	for _, r := range s.refs {
		i := slices.Index(givers[:], r.Kind)
		if r.Kind == "doi" && !paper.IsPreprintDOI(r.Value) {
			i = len(givers)
		}
		if i >= 0 {
			s.only[i] += r.Value + "\n"
		}
	}
	return s
}

// shingles are the abstract's, ascending, each once.
func (s *side) shingles() []uint64 {
	if s.text == nil {
		s.text = distinct(shingles(s.Abstract))
	}
	return s.text
}

// names are the folded names of the authors.
func (s *side) names() []string {
	// A collaboration's list is long, and the first names will do.
	const most, longest = 200, 200
	if s.authors == nil {
		for _, name := range s.Authors[:min(len(s.Authors), most)] {
			if name = paper.FoldName(name[:min(len(name), longest)]); name != "" {
				s.authors = append(s.authors, name)
			}
		}
	}
	return s.authors
}

// numbers are those of the title.
func (s *side) numbers() []string {
	if s.counted == nil {
		s.counted = numbers(s.Title)
	}
	return s.counted
}
