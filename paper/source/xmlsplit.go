package source

import (
	"bytes"
	"errors"
	"io"
)

// xmlSplitter cuts a stream into the texts of its elements of some names,
// wherever in the tree they stand; it looks at nothing else, so documents may
// follow each other, and a document type with its entities is passed over. Such
// an element is broken where another of its name begins before it ends, and
// the search goes on there, so that one broken record costs one record.
type xmlSplitter struct {
	window
	whole map[string]bool // names without prefix; true: the element, false: only its start tag
}

const errElementCut = brokenError("the element does not end")

// next is the next element, or start tag, and the line it begins on. text is
// valid until the next call. A brokenError is for this element only; io.EOF and
// any other error is the end.
func (s *xmlSplitter) next() (text []byte, line int, err error) {
	for {
		n := bytes.IndexByte(s.buf[s.pos:], '<')
		if n < 0 {
			s.skip(len(s.buf) - s.pos)
			if !s.more() {
				return nil, s.line, s.err
			}
			continue
		}
		s.skip(n)
		const longest = 64 // of names, with prefix
		s.at(longest)
		full := tagName(s.buf[s.pos+1 : min(len(s.buf), s.pos+longest)])
		_, local, prefixed := bytes.Cut(full, []byte(":"))
		if !prefixed {
			local = full
		}
		whole, wanted := s.whole[string(local)]
		switch {
		case bytes.HasPrefix(s.buf[s.pos:], []byte("<!--")):
			s.passBehind("-->")
			continue
		case !wanted:
			s.skip(1)
			continue
		}
		line = s.line
		n, err = s.elementEnd(string(full), whole)
		if err == errElementCut && !errors.Is(s.err, io.EOF) {
			s.skip(len(s.buf) - s.pos) // what a failed read has cut off is no record
			continue
		}
		text = s.buf[s.pos : s.pos+n]
		s.skip(n)
		if err != nil {
			return nil, line, err
		}
		return text, line, nil
	}
}

// tagName is the name that text begins with.
func tagName(text []byte) []byte {
	for i, c := range text {
		switch c {
		case ' ', '\t', '\r', '\n', '>', '/':
			return text[:i]
		}
	}
	return nil
}

// elementEnd is the length of the element that begins at pos; of a broken one,
// what is to be passed over.
func (s *xmlSplitter) elementEnd(name string, whole bool) (int, error) {
	start, err := s.find(1, ">")
	if err != nil || !whole || s.buf[s.pos+start-2] == '/' {
		return start, err
	}
	closing := []byte("</" + name)
	opening := []byte("<" + name)
	for from := start; ; {
		p := s.buf[s.pos:]
		n := bytes.IndexByte(p[from:], '<')
		if n < 0 {
			from = len(p)
		} else {
			from += n
			if len(p) < from+len(closing)+1 {
				n = -1 // the name may be cut
			}
		}
		if n < 0 {
			if from > MaxRecord {
				return start, brokenError(tooLong)
			}
			if !s.more() {
				return len(s.buf) - s.pos, errElementCut
			}
			continue
		}
		if from > MaxRecord {
			return start, brokenError(tooLong)
		}
		switch rest := p[from:]; {
		case bytes.HasPrefix(rest, closing) && len(tagName(rest[2:])) == len(name):
			return s.find(from, ">")
		case bytes.HasPrefix(rest, opening) && len(tagName(rest[1:])) == len(name):
			return from, brokenError("the element does not end before the next begins")
		}
		from++
	}
}

// find is the place behind the first end that stands at or behind from.
func (s *xmlSplitter) find(from int, end string) (int, error) {
	for {
		if n := bytes.Index(s.buf[s.pos+from:], []byte(end)); n >= 0 {
			return from + n + len(end), nil
		}
		if len(s.buf)-s.pos > MaxRecord {
			return from, brokenError(tooLong)
		}
		if !s.more() {
			return len(s.buf) - s.pos, errElementCut
		}
	}
}

// passBehind moves pos behind end, or to the end of the input.
func (s *xmlSplitter) passBehind(end string) {
	for {
		if n := bytes.Index(s.buf[s.pos:], []byte(end)); n >= 0 {
			s.skip(n + len(end))
			return
		}
		s.skip(max(0, len(s.buf)-s.pos-len(end)+1))
		if !s.more() {
			s.skip(len(s.buf) - s.pos)
			return
		}
	}
}
