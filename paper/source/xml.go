package source

import (
	"bufio"
	"bytes"
	"errors"
	"strings"
)

// sniffXML takes XML whose first lines have one of these in them.
func sniffXML(marks ...string) func(head []byte) bool {
	return func(head []byte) bool {
		if !bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) {
			return false
		}
		for _, mark := range marks {
			if bytes.Contains(head[:min(len(head), 8<<10)], []byte(mark)) {
				return true
			}
		}
		return false
	}
}

// readXML gives each element of the names in whole to take; see xmlSplitter.
func readXML(text *bufio.Reader, out *sink, whole map[string]bool, take func(line int, e *element) error) error {
	s := &xmlSplitter{window: newWindow(text), whole: whole}
	for {
		raw, line, err := s.next()
		broken, isBroken := errors.AsType[brokenError](err)
		switch {
		case isBroken:
			err = out.reject(line, "%v", broken)
		case err != nil:
			return out.end(line, err)
		default:
			err = takeXML(raw, line, out, whole, take)
		}
		if err != nil {
			return err
		}
	}
}

func takeXML(raw []byte, line int, out *sink, whole map[string]bool, take func(line int, e *element) error) error {
	text, ok := decodeRecord(raw)
	if !ok {
		return out.reject(line, "not valid UTF-8")
	}
	s := string(text)
	if name := localName(string(tagName(text[1:]))); !whole[name] && !strings.HasSuffix(s, "/>") {
		s = strings.TrimSuffix(s, ">") + "/>" // a start tag alone
	}
	e, err := parseXML(s)
	if err != nil {
		return out.reject(line, "broken XML: %v", err)
	}
	return take(line, e)
}
