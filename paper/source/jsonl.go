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
	return &format{name: "jsonl", sniff: sniffJSON, read: readShape(plainShape)}
}

// cslFormat is CSL-JSON, as Zotero, Mendeley and Crossref write it: an array
// of items (https://github.com/citation-style-language/schema). An item's id
// is a citation key, which in another library stands for another paper, so a
// paper's id is its DOI or the like, else made of its text.
func cslFormat() *format {
	return &format{name: "csl", sniff: sniffShape(citationShape), read: readShape(citationShape)}
}

// openalexFormat is works of OpenAlex: the snapshot's JSON lines or answers of
// the API with a list of results
// (https://docs.openalex.org/api-entities/works/work-object). The id is the
// work's, W and a number; the abstract is put together from its inverted index.
func openalexFormat() *format {
	return &format{name: "openalex", sniff: sniffShape(openalexShape), read: readShape(openalexShape)}
}

// s2Format is papers of Semantic Scholar: answers of the API with a list of
// data (https://api.semanticscholar.org/api-docs/graph) or lines of the bulk
// data sets papers and abstracts (https://api.semanticscholar.org/api-docs/datasets).
func s2Format() *format {
	return &format{name: "s2", sniff: sniffShape(s2Shape), read: readShape(s2Shape)}
}

// readShape reads JSON in which records that do not tell their shape have this
// one. So the JSON formats may be mixed in one input.
func readShape(usual shape) func(*bufio.Reader, *sink) error {
	return func(text *bufio.Reader, out *sink) error {
		return readJSON(text, out, func(r *record, line int) error {
			switch {
			case r.isSnapshot():
				return out.arxiv(line, r)
			case r.shape == plainShape || r.shape == snapshotShape:
				r.shape = usual
			}
			return out.record(line, r)
		})
	}
}

// sniffShape recognises JSON by its first record, even if head ends within it.
func sniffShape(want shape) func(head []byte) bool {
	return func(head []byte) bool {
		r, ok := firstRecord(head)
		return ok && r.shape == want && !r.isSnapshot()
	}
}

// firstRecord reads the first whole record of head, else as much as there is
// of one that head cuts off.
func firstRecord(head []byte) (r record, ok bool) {
	if !sniffJSON(head) {
		return r, false
	}
	split := newJSONSplitter(bytes.NewReader(head))
	parser := newJSONParser()
	for {
		object, _, err := split.next()
		_, isBroken := errors.AsType[brokenError](err)
		switch {
		case err == nil && parser.parse(object, &r) == nil:
			return r, true
		case split.cut != nil:
			r = record{}
			_ = parser.parse(split.cut, &r) // of course it does not end
			return r, len(head) == headSize
		case err != nil && !isBroken:
			return r, false
		}
		r = record{}
	}
}

// sniffJSON takes a text in which one of the first lines begins like an object
// or an array of objects. LaTeX groups begin with a brace too, titles with a
// bracket.
func sniffJSON(head []byte) bool {
	lines := beginning(head, 20)
	for i, line := range lines {
		if isEntry(line) {
			return false // BibTeX, with JSON pasted behind it
		}
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

// readJSON reads the objects of text, each of which but those of an export of
// ours goes to give.
func readJSON(text *bufio.Reader, out *sink, give func(r *record, line int) error) error {
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
			switch err = parser.parse(object, &r); {
			case err != nil:
				err = out.reject(line, "broken JSON: %v", err)
			case r.own != nil:
				err = out.own(line, r.own)
			default:
				err = give(&r, line)
			}
		}
		if err != nil {
			return err
		}
	}
}

// paper is the paper of a record that is not one of the arXiv snapshot.
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
	if p.Year == 0 && p.Date == "" {
		if p.Year = yearNumber(r.date); p.Year == 0 {
			p.Year = yearNumber(p.Updated)
		}
	}
	if p.Authors == nil {
		p.Authors = splitAuthors(r.authors.text)
	}
	if p.Categories == nil {
		p.Categories = splitCategories(r.categories.text)
	}
	for i, k := range idKinds {
		r.addID(k.kind, r.oneID[i])
	}
	r.byShape(p)
	if isPlaceholder(p.ID) {
		p.ID = ""
	}
	p.IDs = r.ids
	for _, k := range idKinds {
		if p.ID == "" {
			p.ID = p.IDs[k.kind]
		}
	}
	return p
}

// byShape does what the records of one source need.
func (r *record) byShape(p *paper.Paper) {
	if p.Source == "" {
		p.Source = shapeNames[r.shape]
	}
	switch r.shape {
	case plainShape, snapshotShape:
		return
	case openalexShape:
		r.addID("openalex", r.id)
		p.ID = r.ids["openalex"]
	case s2Shape:
		r.addID("s2", r.id)
		if p.ID == "" && r.ids["corpusid"] != "" {
			p.ID = "CorpusId:" + r.ids["corpusid"]
		}
	case citationShape:
		p.ID = ""
		r.linkedIDs()
	case tableShape:
		for i, name := range p.Authors {
			p.Authors[i] = displayName(name)
		}
		r.linkedIDs()
	}
	if r.carried != "" { // it has no markup
		return
	}
	p.Title, p.Abstract, p.Venue = plainMarkup(p.Title), plainMarkup(p.Abstract), plainMarkup(p.Venue)
	p.Categories = unique(p.Categories)
}

// shapeNames are the sources of papers whose records do not name one; where
// there is none it is the format.
var shapeNames = map[shape]string{plainShape: "jsonl", snapshotShape: "jsonl", openalexShape: "openalex", s2Shape: "s2"}

// linkedIDs adds the ids that stand in a link or another id.
func (r *record) linkedIDs() {
	if ref, ok := paper.NewRef("url", r.url); ok && ref.Kind != "url" {
		id := ref.Value
		if (ref.Kind == "acl" || ref.Kind == "openalex") && id != "" && id[0] >= 'a' {
			id = strings.ToUpper(id[:1]) + id[1:]
		}
		if r.ids[ref.Kind] == "" {
			r.addID(ref.Kind, id)
		}
	}
	if number, ok := strings.CutPrefix(r.ids["doi"], "10.48550/arxiv."); ok && r.ids["arxiv"] == "" {
		r.addID("arxiv", number)
	}
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
