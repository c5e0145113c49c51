package source

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"kindred/paper"
)

// record is what the formats have in common: the known fields of one record
// under whatever names they come, not yet interpreted.
type record struct {
	id, title, abstract, text, year, date string
	updated, venue, url, source           string
	comments                              string // arXiv's
	files                                 fileState
	oneID                                 [8]string // by place in idKinds
	authors, categories                   field
	parsed                                [][]string // authors_parsed: family, given, suffix
	ids                                   map[string]string
	versions                              []string // the dates of creation
	version                               int      // the last one's number
	shape                                 shape
	carried                               string       // what an export of ours has beside the entry
	own                                   *paper.Paper // a line of an export of ours
}

// shape is what fields that only one source has tell about a record.
type shape uint8

const (
	plainShape    shape = iota
	snapshotShape       // the arXiv snapshot
	openalexShape
	s2Shape
	citationShape // its id is a citation key, which says nothing elsewhere
	tableShape    // of which the names may be "Family, Given"
	markupShape
)

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
		if name.String() == exportMark {
			return r.setOwn(text)
		}
		if err := r.set(name.String(), d); err != nil {
			return err
		}
	}
	_, err := d.ReadToken()
	return err
}

// exportMark is the field that begins the lines of an export of ours.
const exportMark = "kindred"

// setOwn reads such a line, whose fields are those of a paper as they are. Its
// vector is of a model that need not be here and is made anew.
func (r *record) setOwn(text []byte) error {
	r.own = new(paper.Paper)
	line := paper.ExportLine{Paper: r.own}
	if err := json.Unmarshal(text, &line); err != nil {
		return err
	}
	if line.Format > paper.ExportFormat {
		return fmt.Errorf("an export of a later Kindred (format %d; this one reads %d)", line.Format, paper.ExportFormat)
	}
	return line.Restore()
}

// setCustom reads CSL-JSON's object for what programs add.
func (r *record) setCustom(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return members(d, func(key string) (err error) {
		if key != exportMark {
			return d.SkipValue()
		}
		r.carried, err = scalar(d)
		return err
	})
}

// set reads the value of the field called key. Of several names for one field
// the first that has a value counts, but for id before _id.
func (r *record) set(key string, d *jsontext.Decoder) error {
	kind := fieldNames[foldKey(key)]
	r.learn(key)
	switch kind {
	case otherField:
		return d.SkipValue()
	case idField:
		if key == "_id" && r.id != "" {
			return d.SkipValue()
		}
		id, err := scalar(d)
		if id != "" {
			r.id = id
		}
		return err
	case authorsField:
		return r.authors.set(d)
	case categoriesField:
		return r.categories.set(d)
	case keywordsField:
		if !r.categories.empty() {
			return d.SkipValue()
		}
		err := r.categories.set(d)
		if s := r.categories.text; s != "" { // unlike categories' codes these have spaces in them
			r.categories = field{list: splitList(s)}
		}
		return err
	case parsedField:
		return r.setParsed(d)
	case versionsField:
		return r.setVersions(d)
	case locationField:
		return r.setLocation(d)
	case customField:
		return r.setCustom(d)
	case idsField, foreignIDsField:
		return r.setIDs(d, kind == foreignIDsField)
	}
	read := scalar
	switch kind {
	case venueField:
		read = name
	case dateField:
		read = dateValue
	case invertedField:
		kind, read = abstractField, invertedAbstract
	}
	text, err := read(d)
	if target := r.target(kind); *target == "" {
		*target = text
	}
	return err
}

// learn takes from a field's name what shape the record has.
func (r *record) learn(key string) {
	switch key {
	case "versions", "update_date":
		r.shape = snapshotShape
	case "abstract_inverted_index", "authorships", "primary_location":
		r.shape = openalexShape
	case "externalIds", "externalids", "fieldsOfStudy", "s2FieldsOfStudy", "corpusid", "corpusId":
		r.shape = s2Shape
	case "issued", "container-title", "citation-key":
		r.shape = citationShape
	}
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
			r.version = len(r.versions)
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
			key = strings.ToLower(key)
			switch key {
			case "pubmed":
				key = "pmid"
			case "pubmedcentral":
				key = "pmcid"
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
	case "openalex", "pmid", "pmcid", "mag":
		id = strings.TrimSuffix(strings.TrimSpace(id), "/")
		id = id[strings.LastIndexByte(id, '/')+1:] // OpenAlex writes them as links
	}
	if id == "" {
		return
	}
	if r.ids == nil {
		r.ids = make(map[string]string)
	}
	r.ids[kind] = id
}
