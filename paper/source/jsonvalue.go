package source

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"kindred/paper"
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

// namePart is what a field of an object that names a person or a thing is.
type namePart uint8

const (
	noName namePart = iota
	wholeName
	givenName
	familyName
	suffixName
	particleName
	middleNames // Semantic Scholar's corpora: a list of them
	innerName   // OpenAlex has a name one level deeper
)

// nameParts are their names, as [foldKey] gives them.
var nameParts = map[string]namePart{
	"name": wholeName, "fullname": wholeName, "displayname": wholeName, "literal": wholeName, "category": wholeName, "term": wholeName,
	"given": givenName, "first": givenName, "firstname": givenName, "givenname": givenName, "forename": givenName,
	"family": familyName, "last": familyName, "lastname": familyName, "familyname": familyName, "surname": familyName,
	"suffix": suffixName, "nondroppingparticle": particleName, "droppingparticle": particleName,
	"middle": middleNames, "author": innerName, "source": innerName,
}

// name reads a string or an object with a name in one piece or in parts.
func name(d *jsontext.Decoder) (string, error) {
	if d.PeekKind() != '{' {
		return scalar(d)
	}
	var whole, given, particle, family, suffix string
	err := members(d, func(key string) error {
		var target *string
		part := nameParts[foldKey(key)]
		switch part {
		case wholeName:
			target = &whole
		case innerName:
			if d.PeekKind() != '{' {
				return d.SkipValue()
			}
			inner, err := name(d)
			if whole == "" {
				whole = inner
			}
			return err
		case particleName:
			s, err := scalar(d)
			particle = strings.TrimSpace(particle + " " + s)
			return err
		case givenName:
			target = &given
		case familyName:
			target = &family
		case suffixName:
			target = &suffix
		case middleNames:
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
		whole = joinName(given, joinName(particle, family, ""), suffix)
	}
	return whole, err
}

// dateValue reads a date: a text, a number, or CSL's object, which has
// date-parts, [[year, month, day]] as numbers or texts, or the date in words.
func dateValue(d *jsontext.Decoder) (string, error) {
	if d.PeekKind() != '{' {
		return scalar(d)
	}
	var parts []string
	words := ""
	err := members(d, func(key string) error {
		switch {
		case key == "date-parts" && d.PeekKind() == '[':
			return elements(d, func() error {
				first := parts == nil // the other is the end of a range
				if d.PeekKind() != '[' {
					return d.SkipValue()
				}
				return elements(d, func() error {
					s, err := scalar(d)
					if first {
						parts = append(parts, s)
					}
					return err
				})
			})
		case key == "raw" || key == "literal":
			var err error
			words, err = scalar(d)
			return err
		}
		return d.SkipValue()
	})
	if date := joinDate(parts...); date != "" {
		return date, err
	}
	return words, err
}

// invertedAbstract reads OpenAlex's abstracts: an object that has for each word
// the places, from 0, where it stands in the text
// (https://docs.openalex.org/api-entities/works/work-object).
func invertedAbstract(d *jsontext.Decoder) (string, error) {
	if d.PeekKind() != '{' {
		return "", d.SkipValue()
	}
	words := make([]string, 0, 256)
	size := 0
	err := members(d, func(word string) error {
		if d.PeekKind() != '[' {
			return d.SkipValue()
		}
		list, err := d.ReadValue() // as a whole: a token for each place is slow
		for list = list[min(1, len(list)):]; len(list) > 0; {
			at, n := smallNumber(list)
			list = list[n:]
			if size += len(word) + 1; at < 0 || at > paper.MaxAbstract || size > 2*paper.MaxAbstract {
				continue // no place in an abstract
			}
			for len(words) <= at {
				words = append(words, "")
			}
			words[at] = word
		}
		return err
	})
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " "), err
}

// smallNumber reads an element at the start of the rest of a JSON array, and the
// sign behind it. It is -1 for what is no number without a sign or a point.
func smallNumber(list []byte) (at, n int) {
	const most = 1 << 30
	digits := false
	for ; n < len(list); n++ {
		switch c := list[n]; {
		case '0' <= c && c <= '9':
			if digits = true; at >= 0 {
				at = min(10*at+int(c-'0'), most)
			}
		case c == ',' || c == ']':
			if !digits {
				at = -1
			}
			return at, n + 1
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
		default:
			at = -1
		}
	}
	return -1, n
}

// setLocation reads where OpenAlex says that a work has come out.
func (r *record) setLocation(d *jsontext.Decoder) error {
	if d.PeekKind() != '{' {
		return d.SkipValue()
	}
	return members(d, func(key string) error {
		var target *string
		switch key {
		case "source", "display_name":
			target = &r.venue
		case "landing_page_url":
			target = &r.url
		default:
			return d.SkipValue()
		}
		s, err := name(d)
		if *target == "" {
			*target = s
		}
		return err
	})
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
