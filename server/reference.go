package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// reference is the OpenAPI document as the page /docs shows it.
type reference struct {
	Version, Summary, Description string
	Groups                        []referenceGroup
	Schemas                       []referenceSchema
}

// referenceGroup holds the operations of a tag.
type referenceGroup struct {
	Name, Description string
	Operations        []referenceOperation
}

type referenceOperation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []referenceField
	Bodies                                 []referenceBody
	Responses                              []referenceResponse
	Curl                                   string
}

// referenceField is a parameter, or a property of a schema.
type referenceField struct {
	Name, In, Description, Default, Example string
	Required                                bool
	Type                                    []typePart
}

type referenceBody struct {
	Media, Example string
	Type           []typePart
}

type referenceResponse struct {
	Status, Description string
	Bodies              []referenceBody
}

type referenceSchema struct {
	Name, Description string
	Type              []typePart
	Fields            []referenceField
}

// typePart is a piece of a type's description; Ref is the schema it names.
type typePart struct{ Text, Ref string }

func newReference() (*reference, error) {
	raw, err := assets.ReadFile("openapi.json")
	if err != nil {
		return nil, err
	}
	r, err := readReference(raw)
	if err != nil {
		return nil, fmt.Errorf("openapi.json: %w", err)
	}
	return r, nil
}

// readReference reads the document. Paths, parameters and properties stay in
// its order. What it lacks is left out; what it refers to must be there.
func readReference(raw []byte) (*reference, error) {
	var d openAPI
	if err := json.Unmarshal(raw, &d); err != nil {
		return nil, err
	}
	out := &reference{Version: d.Info.Version, Summary: d.Info.Summary, Description: d.Info.Description}
	for _, t := range d.Tags {
		out.Groups = append(out.Groups, referenceGroup{Name: t.Name, Description: t.Description})
	}
	err := d.Paths.each(func(path string, item json.RawMessage) error {
		return d.path(out, path, item)
	})
	if err != nil {
		return nil, err
	}
	err = d.Components.Schemas.each(func(name string, raw json.RawMessage) error {
		s, err := readSchema(raw)
		if err != nil {
			return err
		}
		entry := referenceSchema{Name: name, Description: s.Description, Type: s.describe()}
		entry.Fields, err = s.fields()
		out.Schemas = append(out.Schemas, entry)
		return err
	})
	return out, err
}

// openAPI is what of the document is shown.
type openAPI struct {
	Info       struct{ Version, Summary, Description string }
	Tags       []struct{ Name, Description string }
	Paths      members
	Components struct {
		Schemas    members
		Parameters map[string]json.RawMessage
		Responses  map[string]json.RawMessage
	}
}

// members is a JSON object whose order counts.
type members struct{ raw json.RawMessage }

func (m *members) UnmarshalJSON(raw []byte) error {
	m.raw = slices.Clone(raw)
	return nil
}

func (m members) each(f func(name string, value json.RawMessage) error) error {
	if m.raw == nil {
		return nil
	}
	return eachMember(m.raw, f)
}

func (d *openAPI) path(out *reference, path string, raw json.RawMessage) error {
	var shared []json.RawMessage
	return members{raw}.each(func(method string, raw json.RawMessage) error {
		if method == "parameters" {
			return json.Unmarshal(raw, &shared)
		}
		var op struct {
			OperationID, Summary, Description string
			Tags                              []string
			Parameters                        []json.RawMessage
			RequestBody                       struct{ Content members }
			Responses                         members
		}
		if err := json.Unmarshal(raw, &op); err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		o := referenceOperation{ID: op.OperationID, Method: strings.ToUpper(method), Path: path, Summary: op.Summary, Description: op.Description}
		for _, raw := range slices.Concat(shared, op.Parameters) {
			p, err := d.parameter(raw)
			if err != nil {
				return fmt.Errorf("%s %s: %w", method, path, err)
			}
			o.Parameters = append(o.Parameters, p)
		}
		var err error
		if o.Bodies, err = readBodies(op.RequestBody.Content); err != nil {
			return err
		}
		err = op.Responses.each(func(status string, raw json.RawMessage) error {
			r, err := d.response(status, raw)
			o.Responses = append(o.Responses, r)
			return err
		})
		if err != nil {
			return err
		}
		o.Curl = o.curl()
		for i := range out.Groups {
			if slices.Contains(op.Tags, out.Groups[i].Name) {
				out.Groups[i].Operations = append(out.Groups[i].Operations, o)
				return nil
			}
		}
		return fmt.Errorf("%s %s has no tag of the document", method, path)
	})
}

func (d *openAPI) parameter(raw json.RawMessage) (referenceField, error) {
	raw, err := resolve(raw, "#/components/parameters/", d.Components.Parameters)
	if err != nil {
		return referenceField{}, err
	}
	var p struct {
		Name, In, Description string
		Required              bool
		Schema, Example       json.RawMessage
	}
	if err := json.Unmarshal(raw, &p); err != nil {
		return referenceField{}, err
	}
	s, err := readSchema(p.Schema)
	return referenceField{
		Name: p.Name, In: p.In, Description: p.Description, Required: p.Required,
		Type: s.describe(), Default: plain(s.Default), Example: plain(p.Example),
	}, err
}

func (d *openAPI) response(status string, raw json.RawMessage) (referenceResponse, error) {
	raw, err := resolve(raw, "#/components/responses/", d.Components.Responses)
	if err != nil {
		return referenceResponse{}, err
	}
	var r struct {
		Description string
		Content     members
	}
	if err := json.Unmarshal(raw, &r); err != nil {
		return referenceResponse{}, err
	}
	bodies, err := readBodies(r.Content)
	return referenceResponse{status, r.Description, bodies}, err
}

func readBodies(content members) (list []referenceBody, err error) {
	err = content.each(func(media string, raw json.RawMessage) error {
		var c struct{ Schema, Example json.RawMessage }
		if err := json.Unmarshal(raw, &c); err != nil {
			return err
		}
		s, err := readSchema(c.Schema)
		list = append(list, referenceBody{Media: media, Type: s.describe(), Example: indented(c.Example)})
		return err
	})
	return list, err
}

// resolve follows a reference.
func resolve(raw json.RawMessage, prefix string, to map[string]json.RawMessage) (json.RawMessage, error) {
	var ref struct {
		Ref string `json:"$ref"`
	}
	if err := json.Unmarshal(raw, &ref); err != nil || ref.Ref == "" {
		return raw, err
	}
	found, ok := to[strings.TrimPrefix(ref.Ref, prefix)]
	if !ok {
		return nil, fmt.Errorf("%s leads nowhere", ref.Ref)
	}
	return found, nil
}

// curl is a command that makes the request with the document's examples; none
// for what a browser opens.
func (o *referenceOperation) curl() string {
	if !strings.HasPrefix(o.Path, "/v1/") {
		return ""
	}
	path, query := o.Path, url.Values{}
	for _, p := range o.Parameters {
		switch {
		case p.In == "path":
			path = strings.ReplaceAll(path, "{"+p.Name+"}", p.Example)
		case p.In == "query" && p.Required:
			query.Set(p.Name, p.Example)
		}
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	command := "curl"
	if o.Method != "GET" && o.Method != "POST" {
		command += " -X " + o.Method
	}
	command += " 'http://127.0.0.1:8080" + path + "'"
	if len(o.Bodies) > 0 {
		var body bytes.Buffer
		if json.Compact(&body, []byte(o.Bodies[0].Example)) == nil {
			command += " \\\n  -H 'Content-Type: " + o.Bodies[0].Media + "' \\\n  -d '" + strings.ReplaceAll(body.String(), "'", `'\''`) + "'"
		}
	}
	return command
}

// plain writes a value as it stands in a URL: a text without its quotation
// marks, a list joined by commas.
func plain(raw json.RawMessage) string {
	var s string
	var list []string
	switch {
	case json.Unmarshal(raw, &s) == nil:
		return s
	case json.Unmarshal(raw, &list) == nil:
		return strings.Join(list, ",")
	}
	return string(raw)
}

// indented writes an example for people; one that is a text is it already.
func indented(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return ""
	}
	return b.String()
}
