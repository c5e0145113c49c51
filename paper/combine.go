package paper

import (
	"cmp"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
)

// Combine makes one paper of what several sources have of it, in the order
// they came. The id is that of the first part, the text is taken whole from one
// part, so that title and abstract fit each other; of every other field the
// best is taken: the earliest date, the latest update, the fullest list of
// authors, the venue that is not a place for preprints, all categories, ids and
// collections. One part alone is that part. Parts is not kept or changed.
func Combine(parts []Paper) Paper {
	if len(parts) == 1 {
		return parts[0]
	}
	p := Paper{ID: parts[0].ID, Source: parts[0].Source, Parts: slices.Clone(parts)}
	text := &parts[0]
	for i := range parts {
		if part := &parts[i]; betterText(part, text) {
			text = part
		}
	}
	p.Title, p.Abstract, p.URL = text.Title, text.Abstract, text.URL
	in, filed := map[string]bool{}, map[string]bool{}
	for i := range parts {
		part := &parts[i]
		p.Title, p.URL = cmp.Or(p.Title, part.Title), cmp.Or(p.URL, part.URL)
		if fuller(part.Authors, p.Authors) {
			p.Authors = part.Authors
		}
		if earlier(part, &p) {
			p.Year, p.Date = part.Year, part.Date
		}
		p.Updated, p.Version = max(p.Updated, part.Updated), max(p.Version, part.Version)
		if part.Venue != "" && (p.Venue == "" || IsPreprintVenue(p.Venue) && !IsPreprintVenue(part.Venue)) {
			p.Venue = part.Venue
		}
		for _, c := range part.Categories {
			if len(p.Categories) < MaxList && !filed[c] {
				filed[c] = true
				p.Categories = append(p.Categories, c)
			}
		}
		p.IDs = withIDs(p.IDs, part.IDs)
		if doi := part.IDs["doi"]; IsPreprintDOI(p.IDs["doi"]) && doi != "" && !IsPreprintDOI(doi) {
			p.IDs["doi"] = doi
		}
		for _, c := range part.Corpora() {
			in[c] = true
		}
	}
	p.Collections = slices.Sorted(maps.Keys(in))
	p.Collections = p.Collections[:min(len(p.Collections), MaxCollections)]
	return p
}

// services give their papers in several ways, some of which tell less: a feed
// has neither the DOI nor the journal that the archive's answers have.
var services = []string{"arxiv", "openalex", "s2", "pubmed", "acl"}

// IsService reports whether a source is a service that gives each paper an id.
func IsService(source string) bool { return slices.Contains(services, source) }

// Complete is what a source says of a paper of which it said was before, and now
// in another file or answer: the later version, and where that says nothing,
// what the other has. The same file read again counts alone, unless what it said
// was completed.
func Complete(was, now *Paper) Paper {
	known := was.Origin != 0 && now.Origin != 0
	if was.Source != now.Source || was.Origin == now.Origin || !known && !IsService(now.Source) {
		return *now
	}
	p, rest := *now, was
	if was.Updated > now.Updated {
		p, rest = *was, now
	}
	p.Title, p.Abstract, p.Venue, p.URL = cmp.Or(p.Title, rest.Title), cmp.Or(p.Abstract, rest.Abstract), cmp.Or(p.Venue, rest.Venue), cmp.Or(p.URL, rest.URL)
	p.Updated, p.Version = cmp.Or(p.Updated, rest.Updated), max(p.Version, rest.Version)
	// A service corrects its authors; of two libraries one says "et al."
	if len(p.Authors) == 0 || !IsService(p.Source) && fuller(rest.Authors, p.Authors) {
		p.Authors = rest.Authors
	}
	if earlier(rest, &p) {
		p.Year, p.Date = rest.Year, rest.Date
	}
	if len(p.Categories) < len(rest.Categories) && within(p.Categories, rest.Categories) {
		p.Categories = rest.Categories
	}
	p.IDs = withIDs(maps.Clone(p.IDs), rest.IDs)
	if !reflect.DeepEqual(&p, now) && !reflect.DeepEqual(&p, was) {
		p.Origin = ManyFiles
	}
	return p
}

// withIDs adds to ids those of other kinds, while a paper may have more.
func withIDs(ids, more map[string]string) map[string]string {
	if ids == nil && len(more) > 0 {
		ids = map[string]string{}
	}
	for _, kind := range slices.Sorted(maps.Keys(more)) {
		if _, ok := ids[kind]; !ok && len(ids) < MaxList {
			ids[kind] = more[kind]
		}
	}
	return ids
}

// within reports whether all of some names are among others.
func within(some, others []string) bool {
	among := make(map[string]bool, len(others))
	for _, s := range others {
		among[s] = true
	}
	return !slices.ContainsFunc(some, func(s string) bool { return !among[s] })
}

// betterText reports whether a's text is to be taken instead of b's, which came
// first: one that has an abstract, or half as much again of it.
func betterText(a, b *Paper) bool {
	if b.Abstract == "" {
		return a.Abstract != "" || b.Title == "" && a.Title != ""
	}
	return 2*len(a.Abstract) > 3*len(b.Abstract)
}

// fuller reports whether a tells more of the authors than b: more of them, or
// as many with longer names.
func fuller(a, b []string) bool {
	if len(a) != len(b) {
		return len(a) > len(b)
	}
	letters := func(names []string) (n int) {
		for _, s := range names {
			n += len(s)
		}
		return n
	}
	return letters(a) > letters(b)
}

// earlier reports whether a's date is to be taken instead of b's: an earlier
// year, or a more exact or earlier date in the same one.
func earlier(a, b *Paper) bool {
	switch {
	case a.Year == 0:
		return false
	case b.Year == 0 || a.Year != b.Year:
		return b.Year == 0 || a.Year < b.Year
	case len(a.Date) != len(b.Date):
		return len(a.Date) > len(b.Date)
	}
	return a.Date < b.Date
}

// IsPreprintVenue reports whether a venue is a place where papers lie before
// they are published.
func IsPreprintVenue(venue string) bool {
	v := " " + FoldName(venue) + " "
	for _, place := range []string{"arxiv", "corr", "biorxiv", "medrxiv", "chemrxiv", "ssrn", "preprint", "preprints", "research square", "openreview"} {
		if strings.Contains(v, " "+place+" ") {
			return true
		}
	}
	return false
}

// preprintDOI begins the DOIs of such places: arXiv, bioRxiv and medRxiv (whose
// publisher's journals have letters behind the slash), ChemRxiv, Research Square,
// SSRN, Preprints.org, OSF, Zenodo.
var preprintDOI = regexp.MustCompile(`^10\.(48550/|1101/[0-9]|26434/|21203/|2139/ssrn|20944/preprints|31219/|31234/|5281/zenodo)`)

// IsPreprintDOI reports whether a DOI is one of a preprint.
func IsPreprintDOI(doi string) bool {
	r, _ := NewRef("doi", doi)
	return preprintDOI.MatchString(r.Value)
}

// Gave names the fields of p that are as its i-th part has them, and as no part
// before it: where each field came from.
func (p *Paper) Gave(i int) []string {
	var out []string
	for _, f := range []struct {
		name string
		has  func(part *Paper) bool
	}{
		{"title", func(part *Paper) bool { return p.Title != "" && part.Title == p.Title }},
		{"abstract", func(part *Paper) bool { return p.Abstract != "" && part.Abstract == p.Abstract }},
		{"authors", func(part *Paper) bool { return len(p.Authors) > 0 && slices.Equal(part.Authors, p.Authors) }},
		{"date", func(part *Paper) bool { return p.Year != 0 && part.Year == p.Year && part.Date == p.Date }},
		{"updated", func(part *Paper) bool { return p.Updated != "" && part.Updated == p.Updated }},
		{"version", func(part *Paper) bool { return p.Version != 0 && part.Version == p.Version }},
		{"venue", func(part *Paper) bool { return p.Venue != "" && part.Venue == p.Venue }},
		{"url", func(part *Paper) bool { return p.URL != "" && part.URL == p.URL }},
	} {
		if slices.IndexFunc(p.Parts, func(part Paper) bool { return f.has(&part) }) == i {
			out = append(out, f.name)
		}
	}
	return out
}
