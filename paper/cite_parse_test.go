package paper

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/nickng/bibtex"
)

// reference is what a reference manager has read.
type reference struct {
	kind, key string
	title     string   // plain text
	authors   []string // "Family, Given, Suffix"
	fields    map[string]string
}

// readers are the three formats as strangers read them.
var readers = map[CitationFormat]func([]byte) ([]reference, error){BibTeX: readBibTeX, RIS: readRIS, CSL: readCSL}

// readBibTeX is nickng/bibtex, and what BibTeX itself does with braces and
// names. The library refuses an @ within a field, which BibTeX does not.
func readBibTeX(file []byte) ([]reference, error) {
	const at = "\ue000at\ue000"
	lines := strings.SplitAfter(string(file), "\n")
	for i, line := range lines {
		if line != "" {
			lines[i] = line[:1] + strings.ReplaceAll(line[1:], "@", at)
		}
	}
	parsed, err := bibtex.Parse(strings.NewReader(strings.Join(lines, "")))
	if err != nil {
		return nil, err
	}
	var refs []reference
	for _, e := range parsed.Entries {
		ref := reference{kind: e.Type, key: e.CiteName, fields: make(map[string]string)}
		for name, value := range e.Fields {
			ref.fields[name] = strings.ReplaceAll(value.String(), at, "@")
		}
		for _, name := range []string{"title", "author", "journal", "booktitle", "howpublished", "abstract"} {
			if err := checkTeX(ref.fields[name]); err != nil {
				return nil, fmt.Errorf("%s: %w in %q", name, err, ref.fields[name])
			}
		}
		ref.title = plainText(ref.fields["title"])
		if list := ref.fields["author"]; list != "" {
			for _, n := range splitOutside(list, " and ") {
				author, err := readBibName(n)
				if err != nil {
					return nil, err
				}
				ref.authors = append(ref.authors, author)
			}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// readBibName reads "von Last, Jr, First".
func readBibName(s string) (string, error) {
	parts := splitOutside(s, ",")
	if len(parts) > 3 {
		return "", fmt.Errorf("too many commas in the name %q", s)
	}
	if len(parts) == 3 {
		parts[1], parts[2] = parts[2], parts[1]
	}
	for i, part := range parts {
		if parts[i] = plainText(part); parts[i] == "" {
			return "", fmt.Errorf("an empty part in the name %q", s)
		}
	}
	return strings.Join(parts, ", "), nil
}

// splitOutside splits s at sep where no braces are open, whatever its case.
func splitOutside(s, sep string) []string {
	var parts []string
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '{':
			depth++
		case s[i] == '}':
			depth--
		case depth == 0 && i+len(sep) <= len(s) && strings.EqualFold(s[i:i+len(sep)], sep):
			parts, from = append(parts, s[from:i]), i+len(sep)
			i = from - 1
		}
	}
	return append(parts, s[from:])
}

// checkTeX reports what LaTeX or BibTeX would stumble over.
func checkTeX(s string) error {
	raw, depth := 0, 0
	fence := "" // that closes the formula
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			if i++; i == len(s) {
				return errors.New("a backslash at the end")
			}
			switch {
			case fence != "" && `\`+s[i:i+1] == fence:
				fence = ""
			case fence == "" && s[i] == '(':
				fence = `\)`
			case fence == "" && s[i] == '[':
				fence = `\]`
			case s[i] == '{':
				raw++
			case s[i] == '}':
				raw--
			}
			if name := texName.FindString(s[i:]); harmful[name] {
				return fmt.Errorf("the command %q", name)
			}
		case c == '{':
			raw++
			depth++
		case c == '}':
			raw--
			depth--
		case c == '$':
			switch {
			case fence == "" && strings.HasPrefix(s[i:], "$$"):
				fence = "$$"
				i++
			case fence == "":
				fence = "$"
			case strings.HasPrefix(s[i:], fence):
				i += len(fence) - 1
				fence = ""
			default:
				return errors.New("a dollar sign in a formula")
			}
		case c == '%' || c == '#', fence == "" && strings.IndexByte("&_^", c) >= 0:
			return fmt.Errorf("a bare %c", c)
		case c < ' ':
			return fmt.Errorf("the control character %q", c)
		}
		if raw < 0 || depth < 0 {
			return errors.New("a brace closed that was not open")
		}
	}
	if raw != 0 || depth != 0 || fence != "" {
		return errors.New("a brace or formula left open")
	}
	return nil
}

var texName = regexp.MustCompile(`^[A-Za-z]+`)

var risLine = regexp.MustCompile(`^([A-Z][A-Z0-9])  - (.*)$`)

// readRIS takes what the specification allows and nothing else.
func readRIS(file []byte) ([]reference, error) {
	var refs []reference
	var now *reference
	for len(file) > 0 {
		line, rest, ok := bytes.Cut(file, []byte("\r\n"))
		if !ok || bytes.ContainsAny(line, "\r\n") {
			return nil, fmt.Errorf("a line that does not end in CR LF: %q", line)
		}
		file = rest
		m := risLine.FindSubmatch(line)
		if m == nil {
			return nil, fmt.Errorf("no line of RIS: %q", line)
		}
		tag, value := string(m[1]), string(m[2])
		if (tag == "TY") != (now == nil) {
			return nil, fmt.Errorf("a record begins or goes on with %q", line)
		}
		if value == "" && tag != "ER" {
			return nil, fmt.Errorf("%s is empty", tag)
		}
		switch tag {
		case "TY":
			now = &reference{kind: value, fields: make(map[string]string)}
		case "ER":
			refs = append(refs, *now)
			now = nil
		case "ID":
			now.key = value
		case "TI":
			now.title = value
		case "AU":
			if strings.Contains(value, "*") {
				return nil, fmt.Errorf("an asterisk in %q", line)
			}
			now.authors = append(now.authors, value)
		default:
			if _, twice := now.fields[tag]; twice {
				return nil, fmt.Errorf("%s twice", tag)
			}
			now.fields[tag] = value
		}
	}
	if now != nil {
		return nil, errors.New("the last record has no ER")
	}
	return refs, nil
}

// cslTypes are the schema's that a paper can have.
var cslTypes = []string{"article", "article-journal", "document", "paper-conference"}

func readCSL(file []byte) ([]reference, error) {
	var items []struct {
		ID, Type, Title, Publisher, Number, DOI, PMID, URL, Abstract string
		ContainerTitle                                               string `json:"container-title"`
		Author                                                       []struct {
			Family, Given, Suffix, Literal string
			Particle                       string `json:"non-dropping-particle"`
		}
		Issued *struct {
			Parts [][]int `json:"date-parts"`
		}
	}
	d := json.NewDecoder(bytes.NewReader(file))
	d.DisallowUnknownFields()
	if err := d.Decode(&items); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF {
		return nil, fmt.Errorf("more than one value: %v", err)
	}
	var refs []reference
	for _, item := range items {
		if item.ID == "" || !slices.Contains(cslTypes, item.Type) {
			return nil, fmt.Errorf("id %q, type %q", item.ID, item.Type)
		}
		ref := reference{kind: item.Type, key: item.ID, title: item.Title, fields: map[string]string{
			"publisher": item.Publisher, "number": item.Number, "DOI": item.DOI, "PMID": item.PMID, "URL": item.URL,
			"abstract": item.Abstract, "container-title": item.ContainerTitle,
		}}
		for _, a := range item.Author {
			n := name{given: a.Given, particle: a.Particle, family: a.Family, suffix: a.Suffix, literal: a.Literal}
			if (n.literal == "") == (n.family == "") {
				return nil, fmt.Errorf("the author %+v", n)
			}
			ref.authors = append(ref.authors, n.sorted())
		}
		if item.Issued != nil {
			if len(item.Issued.Parts) != 1 || len(item.Issued.Parts[0]) < 1 || len(item.Issued.Parts[0]) > 3 {
				return nil, fmt.Errorf("date-parts %v", item.Issued.Parts)
			}
			ref.fields["year"] = fmt.Sprint(item.Issued.Parts[0][0])
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

// year is a reference's, whatever its format calls it.
func (r reference) year() string {
	for _, field := range []string{"year", "PY"} {
		if y := strings.TrimLeft(r.fields[field], "0"); y != "" {
			return y
		}
	}
	return ""
}
