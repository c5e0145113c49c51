package source

import (
	"bytes"
	"errors"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// record is what the JSON formats have in common: the known fields of one
// object under whatever names they come, not yet interpreted.
type record struct {
	id, title, abstract, text, year, date string
	updated, venue, url, source           string
	doi, arxiv, acl, pmid                 string
	authors, categories                   field
	parsed                                [][]string // authors_parsed: family, given, suffix
	ids                                   map[string]string
	versions                              []string // the dates of creation
	snapshot                              bool     // has the arXiv snapshot's own fields
}

// field is a string or a list of them.
type field struct {
	text string
	list []string
}

func (f *field) empty() bool { return f.text == "" && f.list == nil }

// jsonParser parses records, using its buffers again.
type jsonParser struct {
	buf bytes.Buffer
	dec *jsontext.Decoder
}

func newJSONParser() *jsonParser { return &jsonParser{dec: new(jsontext.Decoder)} }

// parse fills r from the object in text.
func (p *jsonParser) parse(text []byte, r *record) error {
	err := p.object(text, r)
	if err != nil {
		if patched, ok := replaceNaN(text); ok {
			*r = record{}
			err = p.object(patched, r)
		}
	}
	if syntax, ok := errors.AsType[*jsontext.SyntacticError](err); ok {
		return syntax.Err // without its offset in the object, which is no place in the file
	}
	return err
}

func (p *jsonParser) object(text []byte, r *record) error {
	p.buf.Reset()
	p.buf.Write(text)
	d := p.dec
	// Half a surrogate pair is no reason to lose a paper; invalid UTF-8 is
	// refused before. Of two equal names the first counts, see record.set.
	d.Reset(&p.buf, jsontext.AllowInvalidUTF8(true), jsontext.AllowDuplicateNames(true))
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := r.set(name.String(), d); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// set reads the value of the field called key. Of several names for one field
// the first that has a value counts, but for id before _id.
func (r *record) set(key string, d *jsontext.Decoder) error {
	var target *string
	switch folded := foldKey(key); folded {
	case "id":
		if key == "_id" && r.id != "" {
			return d.SkipValue()
		}
		id, err := scalar(d)
		if id != "" {
			r.id = id
		}
		return err
	case "paperid":
		target = &r.id
	case "title":
		target = &r.title
	case "abstract":
		target = &r.abstract
	case "text", "summary": // which may be more than the abstract
		target = &r.text
	case "year":
		target = &r.year
	case "date", "published", "publicationdate", "publishedat":
		target = &r.date
	case "updated", "updatedate", "updatedat":
		r.snapshot = r.snapshot || key == "update_date"
		target = &r.updated
	case "venue", "journal", "booktitle", "conference", "journalref":
		venue, err := name(d)
		if r.venue == "" {
			r.venue = venue
		}
		return err
	case "url":
		target = &r.url
	case "source":
		target = &r.source
	case "doi":
		target = &r.doi
	case "arxivid":
		target = &r.arxiv
	case "aclid":
		target = &r.acl
	case "pmid":
		target = &r.pmid
	case "authors", "author":
		return r.authors.set(d)
	case "categories", "category":
		return r.categories.set(d)
	case "keywords":
		if !r.categories.empty() {
			return d.SkipValue()
		}
		err := r.categories.set(d)
		if s := r.categories.text; s != "" { // unlike categories' codes these have spaces in them
			r.categories = field{list: splitList(s)}
		}
		return err
	case "authorsparsed":
		return r.setParsed(d)
	case "versions":
		return r.setVersions(d)
	case "ids", "externalids":
		return r.setIDs(d, folded == "externalids")
	default:
		return d.SkipValue()
	}
	text, err := scalar(d)
	if *target == "" {
		*target = text
	}
	return err
}

// foldKey makes paperId, paper_id and paper-id one.
func foldKey(name string) string {
	plain := true
	for i := 0; i < len(name) && plain; i++ {
		plain = 'a' <= name[i] && name[i] <= 'z'
	}
	if plain {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case r == '_' || r == '-' || r == ' ':
			return -1
		}
		return r
	}, name)
}

// set reads a string or a list of strings; in place of each an object may name
// a person or a thing.
func (f *field) set(d *jsontext.Decoder) error {
	if !f.empty() {
		return d.SkipValue()
	}
	if d.PeekKind() != '[' {
		var err error
		f.text, err = name(d)
		return err
	}
	return elements(d, func() error {
		s, err := name(d)
		f.list = append(f.list, s)
		return err
	})
}

func (r *record) setParsed(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	return elements(d, func() error {
		if d.PeekKind() != '[' {
			return d.SkipValue()
		}
		var parts []string
		err := elements(d, func() error {
			s, err := scalar(d)
			parts = append(parts, s)
			return err
		})
		r.parsed = append(r.parsed, parts)
		return err
	})
}

func (r *record) setVersions(d *jsontext.Decoder) error {
	if d.PeekKind() != '[' {
		return d.SkipValue()
	}
	r.snapshot = true
	return elements(d, func() error {
		if d.PeekKind() != '{' {
			return d.SkipValue()
		}
		return members(d, func(key string) error {
			if key != "created" {
				return d.SkipValue()
			}
			s, err := scalar(d)
			r.versions = append(r.versions, s)
			return err
		})
	})
}

// setIDs reads an object of ids. Semantic Scholar's names for them are put
// into ours.
func (r *record) setIDs(d *jsontext.Decoder, foreign bool) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return members(d, func(key string) error {
		s, err := scalar(d)
		if foreign {
			if key = strings.ToLower(key); key == "pubmed" {
				key = "pmid"
			}
		}
		r.addID(key, s)
		return err
	})
}

// addID keeps another id of the paper, of which some kinds have one true form.
func (r *record) addID(kind, id string) {
	switch kind {
	case "doi":
		id = cleanDOI(id)
	case "arxiv":
		id = arxivBase(id)
		if number, month := arxivNumber(id); month != "" {
			id = number
		}
	}
	if id == "" {
		return
	}
	if r.ids == nil {
		r.ids = make(map[string]string)
	}
	r.ids[kind] = id
}
