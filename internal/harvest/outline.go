package harvest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"kindred/internal/quote"
)

// element is one of those that stand near the root of an XML document.
type element struct {
	path string // names without prefix, such as OAI-PMH/ListRecords/resumptionToken
	attr map[string]string
	text string // directly in it
}

// controls are what XML does not allow and archives send all the same, in
// characters and in references. They are for package source to deal with.
var controls = regexp.MustCompile(`[\x00-\x08\x0b\x0c\x0e-\x1f]|&#(?:0*(?:[0-8]|1[12]|1[4-9]|2[0-9]|3[01])|[xX]0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));`)

// readable is body as package xml reads it.
func readable(body []byte) []byte {
	control := func(c byte) bool { return c < ' ' && c != '\t' && c != '\n' && c != '\r' }
	if slices.ContainsFunc(body, control) || bytes.Contains(body, []byte("&#")) {
		body = controls.ReplaceAllLiteral(body, []byte(" "))
	}
	return bytes.ToValidUTF8(body, []byte("?"))
}

// withoutRecords is an XML document without its elements of a name, how many
// they were, and the first of them. A record that does not end does so where the
// next begins, or at one of the names in behind, which stand after all records.
// So one broken record breaks no page: package source, which is given the whole
// document, passes over it. A document that is cut off within a record still is.
func withoutRecords(body []byte, name string, behind ...string) (around []byte, n int, first []byte) {
	start, kept := -1, 0 // of the record that pos is in, of what is not yet in around
	for pos := 0; ; pos++ {
		next := bytes.IndexByte(body[pos:], '<')
		if next < 0 {
			break
		}
		pos += next
		local, closing := tagAt(body[pos:])
		switch {
		case local == name && !closing:
			if start < 0 {
				around = append(around, body[kept:pos]...)
			}
			if n++; n == 2 && first == nil {
				first = body[start:pos]
			}
			start = pos
		case start >= 0 && local == name:
			kept = len(body)
			if end := bytes.IndexByte(body[pos:], '>'); end >= 0 {
				kept = pos + end + 1
			}
			if n == 1 {
				first = body[start:kept]
			}
			start = -1
		case start >= 0 && slices.Contains(behind, local):
			kept, start = pos, -1
		}
	}
	if start >= 0 {
		kept = start
	}
	return append(around, body[kept:]...), n, first
}

// tagAt is the name, without its prefix, of the tag that text begins with.
func tagAt(text []byte) (local string, closing bool) {
	const longest = 64
	text = text[1:min(len(text), longest)]
	text, closing = bytes.CutPrefix(text, []byte("/"))
	end := bytes.IndexAny(text, " \t\r\n>/")
	if end < 0 {
		return "", closing
	}
	text = text[:end]
	return string(text[bytes.IndexByte(text, ':')+1:]), closing
}

// outline reads the elements down to depth of a whole document with one of the
// roots. What is cut off, or is not such a document, is an error. Entities that
// the document defines are not expanded.
func outline(body []byte, depth int, roots ...string) ([]*element, error) {
	d := xml.NewDecoder(bytes.NewReader(readable(body)))
	d.Strict = false
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // it is UTF-8 by now
	var (
		all  []*element
		open []*element
		deep int
	)
	for {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, fmt.Errorf("broken XML: %w", err)
		}
		switch t := token.(type) {
		case xml.StartElement:
			if deep++; deep > depth {
				continue
			}
			e := &element{path: t.Name.Local, attr: map[string]string{}}
			if len(open) > 0 {
				e.path = open[len(open)-1].path + "/" + e.path
			} else if err := rootIn(t.Name.Local, roots); err != nil {
				return nil, err
			}
			for _, a := range t.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			if deep == 0 {
				return nil, fmt.Errorf("broken XML: </%s> closes nothing", t.Name.Local)
			}
			if deep <= depth {
				open = open[:len(open)-1]
			}
			deep--
		case xml.CharData:
			if deep > 0 && deep <= depth {
				open[len(open)-1].text += string(t)
			}
		}
	}
	switch {
	case len(all) == 0:
		return nil, errors.New("no XML")
	case deep > 0:
		return nil, errors.New("XML that is cut off")
	}
	return all, nil
}

func rootIn(name string, roots []string) error {
	for _, root := range roots {
		if name == root {
			return nil
		}
	}
	return fmt.Errorf("<%s> and not <%s>", quote.Line(name, ""), strings.Join(roots, "> or <"))
}
