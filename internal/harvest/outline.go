package harvest

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
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

// outline reads the elements down to depth of a whole document with one of the
// roots. What is cut off, or is not such a document, is an error. The records,
// which are deeper, are passed over: they are read by package source. Entities
// that the document defines are not expanded.
func outline(body []byte, depth int, roots ...string) ([]*element, error) {
	clean := bytes.ToValidUTF8(controls.ReplaceAllLiteral(body, []byte(" ")), []byte("?"))
	d := xml.NewDecoder(bytes.NewReader(clean))
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
	return fmt.Errorf("<%s> and not <%s>", short(name), strings.Join(roots, "> or <"))
}
