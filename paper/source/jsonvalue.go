package source

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

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
