// Package paper holds the words that all of Kindred speaks: a paper, a filter,
// a query, a hit. It imports nothing else of the project, so that a client, a
// reader or another engine can use these types alone.
package paper

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of one paper. They bound memory and keep a hostile file from
// becoming a hostile corpus; the longest real abstracts stay below 20 KB.
const (
	MaxID       = 512       // bytes
	MaxTitle    = 16 << 10  // bytes
	MaxAbstract = 256 << 10 // bytes
	MaxList     = 10_000    // authors, categories, further ids
	MaxName     = 4 << 10   // bytes of one author, category, venue or link

	MaxVersion     = 9999
	MaxCollections = 100 // that one paper is in
	MaxCollection  = 200 // bytes of a collection's name
	MaxParts       = 50
	MaxPartsSize   = 1 << 20 // bytes of all their fields, so that the record of an export can be read again
)

// Paper is one title and abstract with what its source says about it. Text is
// kept as the source has it, LaTeX and line breaks included; only white space
// around it is cut.
type Paper struct {
	// ID is the source's own id, byte for byte, or a hash of the text (see
	// [Paper.Normalize]).
	ID       string   `json:"id"`
	Title    string   `json:"title,omitempty"`
	Abstract string   `json:"abstract,omitempty"`
	Authors  []string `json:"authors,omitempty"` // display order, "Given Family" or "Family, Given"
	Year     int      `json:"year,omitempty"`    // of the first version; 0 when unknown
	Date     string   `json:"date,omitempty"`    // of the first version, YYYY-MM-DD, YYYY-MM or empty
	Updated  string   `json:"updated,omitempty"` // of the last version, same forms
	Version  int      `json:"version,omitempty"` // the last one's number, where the source counts them; 0 when unknown
	Venue    string   `json:"venue,omitempty"`

	Categories []string          `json:"categories,omitempty"`
	IDs        map[string]string `json:"ids,omitempty"` // other names: "arxiv", "doi", "acl", "pmid" …
	URL        string            `json:"url,omitempty"`
	Source     string            `json:"source,omitempty"` // the corpus or file kind it came from

	// Collections are the named corpora that the paper is in, ascending; empty
	// for one that was put in none by name (see [Paper.Corpora]).
	Collections []string `json:"collections,omitempty"`
	// Parts are the paper as each of its sources has it, where several do, in
	// the order they came; the fields above are the best of them (see
	// [Combine]). A part has no parts.
	Parts []Paper `json:"parts,omitempty"`
	// Origin stands for the file that the paper came in, 0 for none, ManyFiles
	// where several files of one source have said something of it: papers of one
	// file are never taken for one.
	Origin uint64 `json:"-"`
}

// ManyFiles is the Origin of a paper that several files tell of; see [Complete].
const ManyFiles = 1<<64 - 1

// Corpora are the named corpora that p is in: those it was put in, else the one
// of its source.
func (p *Paper) Corpora() []string {
	if len(p.Collections) == 0 && p.Source != "" {
		return []string{p.Source}
	}
	return p.Collections
}

// Normalize trims p's fields, drops empty list entries, derives the year from
// the date where only that is given, and gives a paper without an id one made
// from its text. It does not check anything; see [Paper.Validate].
func (p *Paper) Normalize() {
	for _, s := range []*string{&p.Title, &p.Abstract, &p.Venue, &p.URL, &p.Date, &p.Updated, &p.Source} {
		*s = strings.TrimSpace(*s)
	}
	p.Authors = trimAll(p.Authors)
	p.Categories = trimAll(p.Categories)
	p.Collections = ascending(trimAll(p.Collections))
	if p.Year == 0 {
		p.Year = yearOf(p.Date)
	}
	if p.ID == "" {
		p.ID = TextID(p.Title, p.Abstract)
	}
	if len(p.Parts) > 0 {
		p.Parts = slices.Clone(p.Parts)
	}
	for i := range p.Parts {
		p.Parts[i].Normalize()
	}
}

// trimAll writes nothing into list, which other papers may share.
func trimAll(list []string) []string {
	clean := func(s string) bool { return s != "" && s == strings.TrimSpace(s) }
	if len(list) == 0 {
		return nil
	}
	if !slices.ContainsFunc(list, func(s string) bool { return !clean(s) }) {
		return list
	}
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" {
			out = append(out, s)
		}
	}
	return out
}

// ascending returns names in order, each once. It writes nothing into list.
func ascending(list []string) []string {
	for i := 1; i < len(list); i++ {
		if list[i-1] >= list[i] {
			list = slices.Clone(list)
			slices.Sort(list)
			return slices.Compact(list)
		}
	}
	return list
}

// Validate reports the first thing that keeps p from being a paper, as an
// [*InvalidError] that names the field. Call [Paper.Normalize] first.
func (p *Paper) Validate() error {
	switch {
	case p.Title == "" && p.Abstract == "":
		return Invalid("title", "neither a title nor an abstract")
	case p.ID == "":
		return Invalid("id", "no id")
	}
	if p.Year < 0 || p.Year > 9999 {
		return Invalid("year", "%d is not a year", p.Year)
	}
	if p.Version < 0 || p.Version > MaxVersion {
		return Invalid("version", "%d is not the number of a version", p.Version)
	}
	if err := checkDate("date", p.Date); err != nil {
		return err
	}
	if err := checkDate("updated", p.Updated); err != nil {
		return err
	}
	if err := checkText("id", p.ID, MaxID); err != nil {
		return err
	}
	if err := checkText("title", p.Title, MaxTitle); err != nil {
		return err
	}
	if err := checkText("abstract", p.Abstract, MaxAbstract); err != nil {
		return err
	}
	for _, f := range []struct{ name, value string }{{"venue", p.Venue}, {"url", p.URL}, {"source", p.Source}} {
		if err := checkText(f.name, f.value, MaxName); err != nil {
			return err
		}
	}
	for _, f := range []struct {
		name string
		list []string
	}{{"authors", p.Authors}, {"categories", p.Categories}} {
		if len(f.list) > MaxList {
			return Invalid(f.name, "%d entries; at most %d are kept", len(f.list), MaxList)
		}
		for _, s := range f.list {
			if err := checkText(f.name, s, MaxName); err != nil {
				return err
			}
		}
	}
	if len(p.IDs) > MaxList {
		return Invalid("ids", "%d entries; at most %d are kept", len(p.IDs), MaxList)
	}
	for k, v := range p.IDs {
		if err := checkText("ids", k+v, MaxName); err != nil {
			return err
		}
	}
	return p.validateKept()
}

// validateKept checks how p is kept.
func (p *Paper) validateKept() error {
	if len(p.Collections) > MaxCollections {
		return Invalid("collections", "%d entries; at most %d are kept", len(p.Collections), MaxCollections)
	}
	for _, s := range p.Collections {
		if err := CheckCollection(s); err != nil {
			return err
		}
	}
	if len(p.Parts) > MaxParts {
		return Invalid("parts", "%d entries; at most %d are kept", len(p.Parts), MaxParts)
	}
	if len(p.Parts) > 0 && p.Parts[0].ID != p.ID {
		return Invalid("parts", "the first has the id %q, the paper %q; they must be one", p.Parts[0].ID, p.ID)
	}
	if n := p.PartsSize(); n > MaxPartsSize {
		return Invalid("parts", "%d bytes; at most %d are kept", n, MaxPartsSize)
	}
	for i := range p.Parts {
		part := &p.Parts[i]
		if len(part.Parts) > 0 {
			return Invalid("parts", "a part has parts")
		}
		if err := part.Validate(); err != nil {
			return Invalid("parts", "%q: %v", part.ID, err)
		}
	}
	return nil
}

// PartsSize is how many bytes the fields of p's parts have, or its own where it
// has none.
func (p *Paper) PartsSize() (n int) {
	if len(p.Parts) == 0 {
		n = len(p.ID) + len(p.Title) + len(p.Abstract) + len(p.Venue) + len(p.URL) + len(p.Source)
		for _, list := range [...][]string{p.Authors, p.Categories, p.Collections} {
			for _, s := range list {
				n += len(s)
			}
		}
		for kind, id := range p.IDs {
			n += len(kind) + len(id)
		}
	}
	for i := range p.Parts {
		n += p.Parts[i].PartsSize()
	}
	return n
}

// CheckCollection reports what keeps a name from being a collection's: one
// line of at most [MaxCollection] bytes with a letter or digit.
func CheckCollection(name string) error {
	switch {
	case FoldName(name) == "":
		return Invalid("collection", "%q holds no letter or digit", name)
	case strings.TrimSpace(name) != name || strings.ContainsFunc(name, unicode.IsControl):
		return Invalid("collection", "%q: a name is one line without blanks around it", name)
	}
	return checkText("collection", name, MaxCollection)
}

func checkText(field, s string, limit int) error {
	switch {
	case len(s) > limit:
		return Invalid(field, "%d bytes; at most %d are allowed", len(s), limit)
	case !utf8.ValidString(s):
		return Invalid(field, "not valid UTF-8")
	case strings.IndexByte(s, 0) >= 0:
		return Invalid(field, "contains a NUL byte")
	}
	return nil
}

func checkDate(field, s string) error {
	if s == "" {
		return nil
	}
	if _, err := ParseDate(s); err != nil {
		return Invalid(field, "%q is not a date of the form 2019, 2019-03 or 2019-03-05", s)
	}
	return nil
}

// InvalidError says what is wrong with a value that came from outside: a
// paper's field, a request's parameter.
type InvalidError struct {
	Field   string // as the user wrote it: "year", "title"
	Message string // for people; does not repeat the field
}

func (e *InvalidError) Error() string {
	if e.Field == "" {
		return e.Message
	}
	return e.Field + ": " + e.Message
}

// Invalid makes an [*InvalidError].
func Invalid(field, format string, args ...any) error {
	return &InvalidError{Field: field, Message: fmt.Sprintf(format, args...)}
}
