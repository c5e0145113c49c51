package server

import (
	"bytes"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strings"

	"kindred/paper"
)

type paperField struct {
	name string
	at   func(p *paper.Paper) any // a pointer to the field
}

// paperFields are a paper's fields by their JSON names, in their order.
var paperFields = []paperField{
	{"id", func(p *paper.Paper) any { return &p.ID }},
	{"title", func(p *paper.Paper) any { return &p.Title }},
	{"abstract", func(p *paper.Paper) any { return &p.Abstract }},
	{"authors", func(p *paper.Paper) any { return &p.Authors }},
	{"year", func(p *paper.Paper) any { return &p.Year }},
	{"date", func(p *paper.Paper) any { return &p.Date }},
	{"updated", func(p *paper.Paper) any { return &p.Updated }},
	{"version", func(p *paper.Paper) any { return &p.Version }},
	{"venue", func(p *paper.Paper) any { return &p.Venue }},
	{"categories", func(p *paper.Paper) any { return &p.Categories }},
	{"ids", func(p *paper.Paper) any { return &p.IDs }},
	{"url", func(p *paper.Paper) any { return &p.URL }},
	{"source", func(p *paper.Paper) any { return &p.Source }},
	{"collections", func(p *paper.Paper) any { return &p.Collections }},
	{partsField, func(p *paper.Paper) any { return &p.Parts }},
}

// partsField is the one field that holds papers itself.
const partsField = "parts"

func fieldNames() string {
	list := make([]string, len(paperFields))
	for i, f := range paperFields {
		list[i] = f.name
	}
	return strings.Join(list, ", ")
}

// fields are the names of the paper fields to send; nil sends all.
type fields []string

func parseFields(list []string) (fields, error) {
	for _, name := range list {
		if !slices.ContainsFunc(paperFields, func(f paperField) bool { return f.name == name }) {
			return nil, paper.Invalid("fields", "a paper has no %q; it has %s", shorten(name), fieldNames())
		}
	}
	return list, nil
}

// keep empties the fields of p that were not asked for; the id always stays.
func (f fields) keep(p *paper.Paper) {
	if f == nil {
		return
	}
	for _, field := range paperFields {
		if field.name != "id" && !slices.Contains(f, field.name) {
			reflect.ValueOf(field.at(p)).Elem().SetZero()
		}
	}
}

// decodePaper reads one paper from a JSON object. Errors are
// [*paper.InvalidError] and name the field; whether the paper is one is for
// paper.Validate to say.
func decodePaper(raw []byte) (paper.Paper, error) { return decodeFields(raw, false) }

// decodeFields reads a paper or a part of one, which has no parts.
func decodeFields(raw []byte, isPart bool) (paper.Paper, error) {
	var p paper.Paper
	err := eachMember(raw, func(name string, value json.RawMessage) error {
		if name == partsField && !isPart {
			return decodeParts(&p, value)
		}
		for _, f := range paperFields {
			if f.name != name || name == partsField {
				continue
			}
			if json.Unmarshal(value, f.at(&p)) != nil || hasNull(value) {
				return paper.Invalid(name, "%s is needed", jsonType(f.at(&p)))
			}
			return nil
		}
		return paper.Invalid(shorten(name), "a paper has no such field; it has %s", fieldNames())
	})
	return p, err
}

// decodeParts reads what each of p's sources says.
func decodeParts(p *paper.Paper, raw json.RawMessage) error {
	var list []json.RawMessage
	if json.Unmarshal(raw, &list) != nil || len(list) > paper.MaxParts {
		return paper.Invalid(partsField, "a list of at most %d papers is needed", paper.MaxParts)
	}
	for _, raw := range list {
		part, err := decodeFields(raw, true)
		if err != nil {
			return paper.Invalid(partsField, "%v", err)
		}
		p.Parts = append(p.Parts, part)
	}
	return nil
}

// hasNull reports whether a list or an object holds null, which would be read
// as an empty text.
func hasNull(raw json.RawMessage) bool {
	if raw[0] == '"' || !bytes.Contains(raw, []byte("null")) {
		return false // nearly always, and batches are large
	}
	var list []any
	var object map[string]any
	return json.Unmarshal(raw, &list) == nil && slices.Contains(list, nil) ||
		json.Unmarshal(raw, &object) == nil && slices.Contains(slices.Collect(maps.Values(object)), nil)
}

func jsonType(at any) string {
	switch at.(type) {
	case *string:
		return "a string"
	case *int:
		return "a whole number"
	case *[]string:
		return "a list of strings"
	}
	return "an object of strings"
}
