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
	id, title, abstract, year, date, updated string
	venue, url, source                       string
	doi, arxiv, acl, pmid                    string
	authors, categories                      field
	parsed                                   [][]string // authors_parsed: family, given, suffix
	ids                                      map[string]string
	versions                                 []string // the dates of creation
	snapshot                                 bool     // has the arXiv snapshot's own fields
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
	var syntax *jsontext.SyntacticError
	if errors.As(err, &syntax) {
		return syntax.Err
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
	case "abstract", "text", "summary":
		target = &r.abstract
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
	case "categories", "category", "keywords":
		return r.categories.set(d)
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

// foldKey is the name's letters and digits in lower case, so that paperId,
// paper_id and paper-id are one.
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

// scalar reads a value: a string, a number as it is written, the first of a
// list of these, or nothing.
func scalar(d *jsontext.Decoder) (string, error) {
	switch d.PeekKind() {
	case '"', '0':
		t, err := d.ReadToken()
		if err != nil {
			return "", err
		}
		return t.String(), nil
	case '[':
		var first string
		err := elements(d, func() error {
			s, err := scalar(d)
			if first == "" {
				first = s
			}
			return err
		})
		return first, err
	}
	return "", d.SkipValue()
}

// elements reads an array, each of its elements by read.
func elements(d *jsontext.Decoder, read func() error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != ']' {
		if err := read(); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// members reads an object, each of its values by read.
func members(d *jsontext.Decoder, read func(name string) error) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != '}' {
		name, err := d.ReadToken()
		if err != nil {
			return err
		}
		if err := read(name.String()); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// set reads a string, a list of strings, or a list of objects that each are a
// person or a thing with a name.
func (f *field) set(d *jsontext.Decoder) error {
	if !f.empty() {
		return d.SkipValue()
	}
	if d.PeekKind() != '[' {
		var err error
		f.text, err = scalar(d)
		return err
	}
	return elements(d, func() error {
		s, err := name(d)
		f.list = append(f.list, s)
		return err
	})
}

// name reads a string or an object with a name in one piece or in parts.
func name(d *jsontext.Decoder) (string, error) {
	if d.PeekKind() != '{' {
		return scalar(d)
	}
	var whole, given, family, suffix string
	err := members(d, func(key string) error {
		var target *string
		switch foldKey(key) {
		case "name", "fullname", "displayname", "literal", "category", "term":
			target = &whole
		case "given", "first", "firstname", "givenname", "forename":
			target = &given
		case "family", "last", "lastname", "familyname", "surname":
			target = &family
		case "suffix":
			target = &suffix
		case "middle": // Semantic Scholar's corpora: a list of middle names
			if d.PeekKind() != '[' {
				return d.SkipValue()
			}
			return elements(d, func() error {
				s, err := scalar(d)
				given += " " + s
				return err
			})
		default:
			return d.SkipValue()
		}
		s, err := scalar(d)
		if target == &given {
			s += given // middle names that came before
		}
		*target = s
		return err
	})
	if whole == "" {
		whole = joinName(given, family, suffix)
	}
	return whole, err
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

// replaceNaN writes null for the NaN and Infinity that Python's json and
// pandas put where a value is missing, and reports whether there were any.
func replaceNaN(text []byte) ([]byte, bool) {
	var out []byte
	kept := 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		case 'N', 'I', '-':
			for _, word := range []string{"NaN", "Infinity", "-Infinity"} {
				if bytes.HasPrefix(text[i:], []byte(word)) {
					out = append(append(out, text[kept:i]...), "null"...)
					i += len(word) - 1
					kept = i + 1
					break
				}
			}
		}
	}
	return append(out, text[kept:]...), kept > 0
}
