package source

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
	"unicode/utf8"

	"kindred/paper"
)

// jsonlFormat is JSON lines (https://jsonlines.org) of papers: Kindred's own
// [paper.Paper] and the names that others use for the same things.
//
//	id         id, _id (BEIR), paper_id, paperId; a string or a number
//	title      title
//	abstract   abstract, text (BEIR), summary
//	authors    authors, author: names, objects with a name or its parts, or one string
//	year       year
//	date       date, published, publication_date, publicationDate, publishedAt
//	updated    updated, update_date, updatedAt
//	venue      venue, journal, booktitle, conference, journal_ref
//	categories categories, category, keywords: a list, or one string of them
//	ids        ids, externalIds (Semantic Scholar), doi, arxiv_id, acl_id, pmid
//	url        url
//	source     source
//
// Case, underscores and hyphens in names make no difference; other fields are
// passed over. The objects may also be printed over several lines or stand in
// an array. A line of the arXiv snapshot among them is read as such.
func jsonlFormat() *format {
	return &format{name: "jsonl", sniff: sniffJSON, read: func(text *bufio.Reader, out *sink) error {
		return readJSON(text, out, func(r *record) *paper.Paper {
			if r.isSnapshot() {
				return r.snapshotPaper()
			}
			return r.paper()
		})
	}}
}

// sniffJSON takes a text in which one of the first lines begins like an object
// or an array of objects. LaTeX groups begin with a brace too, titles with a
// bracket.
func sniffJSON(head []byte) bool {
	lines := beginning(head, 20)
	for i, line := range lines {
		inner := bytes.TrimLeft(line, "[, \t\r")
		if len(inner) == 0 || inner[0] != '{' {
			continue
		}
		inner = bytes.TrimSpace(append(bytes.Clone(inner[1:]), bytes.Join(lines[i+1:], nil)...))
		if len(inner) > 0 && (inner[0] == '"' || inner[0] == '}') {
			return true
		}
	}
	return false
}

// readJSON reads the objects of text, of each of which paper makes a paper.
func readJSON(text *bufio.Reader, out *sink, paper func(*record) *paper.Paper) error {
	split := newJSONSplitter(text)
	parser := newJSONParser()
	for {
		object, line, err := split.next()
		broken, isBroken := errors.AsType[brokenError](err)
		switch {
		case isBroken:
			err = out.reject(line, "%v", broken)
		case err != nil:
			return out.end(line, err)
		case !utf8.Valid(object):
			err = out.reject(line, "not valid UTF-8")
		default:
			var r record
			if err = parser.parse(object, &r); err != nil {
				err = out.reject(line, "broken JSON: %v", err)
			} else {
				err = out.paper(line, paper(&r))
			}
		}
		if err != nil {
			return err
		}
	}
}

// paper is the paper of an object that is not one of the arXiv snapshot.
func (r *record) paper() *paper.Paper {
	p := &paper.Paper{
		ID: r.id, Title: r.title, Abstract: r.abstract,
		Year: yearNumber(r.year), Date: isoDate(r.date), Updated: isoDate(r.updated),
		Venue: r.venue, URL: r.url, Source: r.source,
		Authors: r.authors.list, Categories: r.categories.list,
	}
	if p.Abstract == "" {
		p.Abstract = r.text
	}
	if p.Source == "" {
		p.Source = "jsonl"
	}
	if p.Year == 0 && p.Date == "" {
		p.Year = yearNumber(p.Updated)
	}
	if isPlaceholder(p.ID) {
		p.ID = ""
	}
	if p.Authors == nil {
		p.Authors = splitAuthors(r.authors.text)
	}
	if p.Categories == nil {
		p.Categories = splitCategories(r.categories.text)
	}
	kinds := []string{"arxiv", "doi", "acl", "pmid"}
	for i, id := range []string{r.arxiv, r.doi, r.acl, r.pmid} {
		r.addID(kinds[i], id)
	}
	p.IDs = r.ids
	for _, kind := range kinds {
		if p.ID == "" {
			p.ID = p.IDs[kind]
		}
	}
	return p
}

// isPlaceholder reports whether an id, or its part after a colon, is what
// programs write where there is none: such an id stands for many papers.
func isPlaceholder(id string) bool {
	switch id[strings.LastIndexByte(id, ':')+1:] {
	case "None", "null", "nan", "NaN", "undefined":
		return true
	}
	return false
}

// cleanDOI is the DOI without the ways of writing it as a link, in lower case,
// since DOIs are equal whatever their case. Of several it is the first.
func cleanDOI(s string) string {
	s, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(s)), " ")
	for _, prefix := range []string{"https://", "http://", "dx.", "doi.org/", "doi:"} {
		s = strings.TrimPrefix(s, prefix)
	}
	return s
}

// splitCategories reads one string of categories: separated by commas or
// semicolons if there are any, else by spaces.
func splitCategories(s string) []string {
	if strings.ContainsAny(s, ",;") {
		return splitList(s)
	}
	return strings.Fields(s)
}

func splitList(s string) []string {
	return strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ';' })
}
