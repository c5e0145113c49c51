package paper

import (
	"net/url"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// citation is a paper as all formats cite it: names parsed, the venue
// understood, ids bare, links checked. Title, venue and abstract still have
// the source's LaTeX; everything else is plain text on one line.
type citation struct {
	of                     *Paper // what it was made from
	key                    string
	kind                   venueKind
	title, venue, abstract string
	authors                []name
	year, month, day       int // 0 where unknown
	arxiv, doi, pmid, url  string
	category               string // the first
	export                 bool   // with all that the paper is; see NewExportWriter
}

func newCitation(p *Paper) *citation {
	c := &citation{
		of: p, title: oneLine(p.Title), venue: oneLine(p.Venue), abstract: oneLine(p.Abstract),
		arxiv: bareID(p.IDs["arxiv"], "https://arxiv.org/abs/", "http://arxiv.org/abs/", "arxiv:"),
		doi:   bareID(p.IDs["doi"], "https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/", "doi:"),
		pmid:  bareID(p.IDs["pmid"], "pmid:"),
		url:   webLink(p.URL),
	}
	for _, s := range p.Authors {
		if n := parseName(plainText(s)); n != (name{}) {
			c.authors = append(c.authors, n)
		}
	}
	c.year, c.month, c.day = published(p)
	if len(p.Categories) > 0 {
		c.category = oneLine(p.Categories[0])
	}
	c.kind = kindOfVenue(c.venue, c.arxiv)
	c.key = citationKey(c)
	return c
}

// published is the day the paper came out, as far as it is known. The year
// decides where it and the date do not agree.
func published(p *Paper) (year, month, day int) {
	d, err := ParseDate(p.Date)
	if err != nil || p.Year > 0 && p.Year != int(d.First/10000) {
		return max(p.Year, 0), 0, 0
	}
	year, month, day = int(d.First/10000), int(d.First/100%100), int(d.First%100)
	switch len(p.Date) {
	case len("2006"):
		return year, 0, 0
	case len("2006-01"):
		return year, month, 0
	}
	return year, month, day
}

// publishedIn is the venue in plain text.
func (c *citation) publishedIn() string {
	if c.venue == "" && c.arxiv != "" {
		return "arXiv"
	}
	return plainText(c.venue)
}

// accession is the paper's number in the archive that has it.
func (c *citation) accession() string {
	if c.arxiv != "" {
		return "arXiv:" + c.arxiv
	}
	return c.pmid
}

// bareID is an id without the first of the prefixes that it has.
func bareID(id string, prefixes ...string) string {
	id = oneLine(id)
	for _, prefix := range prefixes {
		if len(id) >= len(prefix) && strings.EqualFold(id[:len(prefix)], prefix) {
			return strings.TrimSpace(id[len(prefix):])
		}
	}
	return id
}

// notInURL percent-encodes what RFC 3986 has no place for and what would end a
// field of a citation.
var notInURL = strings.NewReplacer(" ", "%20", `"`, "%22", "<", "%3C", ">", "%3E", `\`, "%5C", "^", "%5E", "`", "%60", "{", "%7B", "|", "%7C", "}", "%7D")

// webLink is s if a browser can open it, else empty: what a corpus gives as a
// link may be a script.
func webLink(s string) string {
	s = notInURL.Replace(oneLine(s))
	if u, err := url.Parse(s); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return ""
	}
	return s
}

// oneLine makes every run of white space and control characters one space,
// drops the signs that would turn the direction of what stands behind them,
// and puts accents on their letters (NFC).
func oneLine(s string) string {
	var b strings.Builder
	b.Grow(len(s))
	space := false
	for _, r := range s {
		switch {
		case unicode.IsSpace(r) || unicode.IsControl(r):
			space = true
			continue
		case '\u202a' <= r && r <= '\u202e', '\u2066' <= r && r <= '\u2069', r == '\ufeff':
			continue
		}
		if space && b.Len() > 0 {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return norm.NFC.String(b.String())
}
