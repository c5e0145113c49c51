package paper

import "slices"

// Passes reports whether one paper passes a valid filter: what a filter means.
// An index has faster ways for many.
func (f *Filter) Passes(p *Paper) bool {
	if y := f.Years; y != (Years{}) && (p.Year == 0 || y.From > 0 && p.Year < y.From || y.To > 0 && p.Year > y.To) {
		return false
	}
	if f.From != "" || f.To != "" {
		span, ok := p.Published()
		if !ok {
			return false
		}
		if from, err := ParseDate(f.From); f.From != "" && (err != nil || span.First < from.First) {
			return false
		}
		if to, err := ParseDate(f.To); f.To != "" && (err != nil || span.Last > to.Last) {
			return false
		}
	}
	var venue []string
	if p.Venue != "" {
		venue = []string{FoldName(p.Venue)}
	}
	return anyMatches(f.Categories, p.Categories, MatchCategory) &&
		anyMatches(f.Authors, p.Authors, func(has, want string) bool { return MatchAuthor(FoldName(has), FoldName(want)) }) &&
		anyMatches(f.Venues, venue, func(has, want string) bool { return MatchVenue(has, FoldName(want)) }) &&
		anyMatches(f.Collections, p.Corpora(), MatchCollection) &&
		(len(f.NotCollections) == 0 || !anyMatches(f.NotCollections, p.Corpora(), MatchCollection))
}

// anyMatches reports whether a paper has one of the wanted values, or none is
// wanted.
func anyMatches(wanted, has []string, match func(has, want string) bool) bool {
	return len(wanted) == 0 || slices.ContainsFunc(wanted, func(want string) bool {
		return slices.ContainsFunc(has, func(has string) bool { return match(has, want) })
	})
}
