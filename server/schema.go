package server

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// schema is what of a JSON Schema is told to people.
type schema struct {
	Ref                  string          `json:"$ref"`
	Description          string          `json:"description"`
	Type                 oneOrMore       `json:"type"`
	Enum                 []any           `json:"enum"`
	Minimum              json.Number     `json:"minimum"`
	Maximum              json.Number     `json:"maximum"`
	MaxLength            int             `json:"maxLength"`
	MaxItems             int             `json:"maxItems"`
	Pattern              string          `json:"pattern"`
	Default              json.RawMessage `json:"default"`
	Items                *schema         `json:"items"`
	AnyOf                []*schema       `json:"anyOf"`
	OneOf                []*schema       `json:"oneOf"`
	Required             []string        `json:"required"`
	Properties           members         `json:"properties"`
	AdditionalProperties json.RawMessage `json:"additionalProperties"`
}

// oneOrMore is a type or a list of types; null among them is left out.
type oneOrMore []string

func (t *oneOrMore) UnmarshalJSON(raw []byte) error {
	var one string
	if json.Unmarshal(raw, &one) == nil {
		*t = oneOrMore{one}
		return nil
	}
	var list []string
	if err := json.Unmarshal(raw, &list); err != nil {
		return err
	}
	*t = slices.DeleteFunc(list, func(s string) bool { return s == "null" })
	return nil
}

func readSchema(raw json.RawMessage) (*schema, error) {
	s := &schema{}
	if len(raw) == 0 {
		return s, nil
	}
	return s, json.Unmarshal(raw, s)
}

// typeNames are the types in words.
var typeNames = map[string]string{
	"string": "text", "integer": "whole number", "number": "number", "boolean": "true or false", "object": "object", "array": "list",
}

// describe says in words which values are meant.
func (s *schema) describe() []typePart {
	switch some := slices.Concat(s.AnyOf, s.OneOf); {
	case s.Ref != "":
		name := strings.TrimPrefix(s.Ref, "#/components/schemas/")
		return []typePart{{Text: name, Ref: name}}
	case len(s.Enum) > 0:
		list := make([]string, len(s.Enum))
		for i, v := range s.Enum {
			list[i] = fmt.Sprint(v)
		}
		return []typePart{{Text: strings.Join(list, ", ")}}
	case len(s.Type) == 0 && len(some) > 0:
		var out []typePart
		for _, one := range some {
			if part := one.describe(); len(part) > 0 {
				if len(out) > 0 {
					out = append(out, typePart{Text: " or "})
				}
				out = append(out, part...)
			}
		}
		return out
	case len(s.Type) == 0:
		return nil
	}
	if s.Type[0] == "null" {
		return nil
	}
	text := typeNames[s.Type[0]]
	if s.Items != nil {
		out := append([]typePart{{Text: "list of "}}, s.Items.describe()...)
		if last := &out[len(out)-1]; last.Text == typeNames["string"] {
			last.Text = "texts"
		}
		if s.MaxItems > 0 {
			out = append(out, typePart{Text: fmt.Sprintf(", at most %d", s.MaxItems)})
		}
		return out
	}
	switch {
	case s.Minimum != "" && s.Maximum != "":
		text += fmt.Sprintf(" from %s to %s", s.Minimum, s.Maximum)
	case s.Minimum != "":
		text += fmt.Sprintf(" from %s", s.Minimum)
	case s.MaxLength > 0:
		text += fmt.Sprintf(", at most %d characters", s.MaxLength)
	}
	return []typePart{{Text: text}}
}

// fields are an object's properties.
func (s *schema) fields() (list []referenceField, err error) {
	err = s.Properties.each(func(name string, raw json.RawMessage) error {
		p, err := readSchema(raw)
		if err != nil {
			return err
		}
		list = append(list, referenceField{
			Name: name, Description: p.Description, Type: p.describe(), Default: plain(p.Default), Required: slices.Contains(s.Required, name),
		})
		return nil
	})
	return list, err
}
