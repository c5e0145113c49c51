package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxDepth is how deep a record's objects and arrays may nest. Real ones stay
// below ten. It also bounds how often a byte is read again after broken
// records.
const maxDepth = 64

// jsonSplitter cuts a stream into the texts of its JSON objects, whether they
// stand one on a line (JSON lines, https://jsonlines.org), are printed over
// several lines, follow each other directly, or are the elements of an array.
// It looks only at strings and brackets, so what it gives out is still to be
// parsed (RFC 8259).
//
// A record is broken where brackets do not match, a string runs over a line's
// end, or an object begins where none can. The search then goes on at the next
// line that begins with an object no deeper indented than the broken one, so
// that one broken line costs one record.
//
// An answer of an API is an object with a list of records in it, which may be
// longer than any record. Its elements are given out, the rest of it is not.
type jsonSplitter struct {
	window
	col int // of buf[pos] on its line, in bytes from 0

	resync bool // a record was broken: lines that do not begin with an object are its remains
	indent int  // of the broken record

	answer bool   // within an API's answer
	colon  bool   // the last thing in it was one
	cut    []byte // the record that the end of the stream cut off, until the next call
}

func newJSONSplitter(r io.Reader) *jsonSplitter { return &jsonSplitter{window: newWindow(r)} }

// answerLists are the names under which APIs put their records: OpenAlex and
// many others, Semantic Scholar (search, recommendations), Crossref and
// reference managers.
var answerLists = [][]byte{[]byte("results"), []byte("data"), []byte("recommendedPapers"), []byte("items")}

// brokenError is the reason why what begins on a line is no record.
type brokenError string

func (e brokenError) Error() string { return string(e) }

// next is the text of the next object and the line on which it begins. text is
// valid until the next call. A brokenError is for that line only; io.EOF and
// any other error is the end.
func (s *jsonSplitter) next() (text []byte, line int, err error) {
	for {
		if s.pos == len(s.buf) && !s.more() {
			return nil, s.line, s.err
		}
		if s.answer && !s.resync && s.passOver() {
			continue
		}
		switch s.buf[s.pos] {
		case '\n':
			s.line++
			s.pos++
			s.col = 0
		case ' ', '\t', '\r', ',', '[', ']':
			s.pos++
			s.col++
		case '{':
			if s.resync && s.col > s.indent {
				s.skipLine()
				continue
			}
			s.resync, s.indent = false, s.col
			line = s.line
			if text, err = s.object(); err == nil {
				return text, line, nil
			}
			if err == errAnswer {
				s.answer, s.colon = true, false
				continue
			}
			// A failed read leaves one cut record, or several behind a broken
			// one: those behind it still come, and then the failure alone.
			cut := s.err != nil && !errors.Is(s.err, io.EOF) && err == errCut
			s.resync = true
			if err == errCut {
				s.cut = s.buf[s.pos:]
			}
			s.skipLine()
			if !cut {
				return nil, line, err
			}
		default:
			line = s.line
			beginning, _, _ := bytes.Cut(s.buf[s.pos:min(len(s.buf), s.pos+100)], []byte("\n"))
			err = brokenError(fmt.Sprintf("not a JSON object: %q", clip(string(bytes.TrimSpace(beginning)))))
			if s.skipLine(); !s.resync {
				return nil, line, err
			}
		}
	}
}

const (
	errCut    = brokenError("the object does not end")
	errAnswer = brokenError("an API's answer") // pos is at the first record in it
)

// passOver takes what stands beside the records of an API's answer, and
// reports whether there was any.
func (s *jsonSplitter) passOver() bool {
	switch c := s.buf[s.pos]; {
	case c == '"':
		end, err := s.stringEnd(1)
		if err != nil {
			s.answer = false
			return false
		}
		s.pos += end
		s.col += end
		s.colon = false
		return true
	case c == ':':
		s.colon = true
	case c == '}':
		s.answer = false
	case s.colon && (c == '{' || c == '['):
		if _, err := s.object(); err != nil {
			s.answer = false
			return false
		}
		s.colon = false
		return true
	case c == ',' || c == ']':
		s.colon = false
	case !s.colon || c == '\n':
		return false
	}
	s.pos++
	s.col++
	return true
}

// object takes the object that begins at pos, or leaves pos there and says
// what is wrong with it.
func (s *jsonSplitter) object() ([]byte, error) {
	var (
		stack    [maxDepth]byte // of open brackets
		depth    int
		last     byte // of the bytes that are not white space
		newlines int
		lineEnd  = -1 - s.col // where the line before the current one ends
		list     bool         // the last name was one of answerLists
		isRecord bool         // it has a title
		p        = s.buf[s.pos:]
	)
	for i := 0; ; {
		if i >= len(p) {
			if i > MaxRecord {
				return nil, brokenError(tooLong)
			}
			if !s.more() {
				return nil, errCut
			}
			p = s.buf[s.pos:]
		}
		c := p[i]
		switch c {
		case '"':
			end, err := s.stringEnd(i + 1)
			if err != nil {
				return nil, err
			}
			from := i
			i, p = end, s.buf[s.pos:]
			if depth == 1 && last != ':' {
				name := p[from+1 : end-1]
				list = slices.ContainsFunc(answerLists, func(l []byte) bool { return bytes.Equal(l, name) })
				isRecord = isRecord || string(name) == "title"
			}
			last = c
			continue
		case '\n':
			newlines++
			lineEnd = i
			fallthrough
		case ' ', '\t', '\r':
			i++
			continue
		case '{', '[':
			if c == '{' && depth > 0 && (last != ':' && last != '[' && last != ',' || last == ',' && stack[depth-1] == '{') {
				return nil, brokenError("the object does not end before the next begins")
			}
			if depth == maxDepth {
				return nil, brokenError(fmt.Sprintf("nested more than %d deep", maxDepth))
			}
			if list && c == '{' && depth == 2 && last == '[' && stack[0] == '{' && !isRecord {
				s.pos += i
				s.line += newlines
				s.col = i - lineEnd - 1
				return nil, errAnswer
			}
			stack[depth] = c
			depth++
		case '}', ']':
			depth--
			if stack[depth] != c-2 { // '{' and '}', '[' and ']' are two apart
				return nil, brokenError("brackets do not match")
			}
			if depth == 0 {
				s.pos += i + 1
				s.line += newlines
				s.col = i - lineEnd
				return p[:i+1], nil
			}
		}
		last = c
		i++
	}
}

// stringEnd is the place, counted from pos, after the quote that ends the
// string whose first byte is at from.
func (s *jsonSplitter) stringEnd(from int) (int, error) {
	for first := from; ; {
		p := s.buf[s.pos:]
		n := bytes.IndexByte(p[from:], '"')
		part := p[from:]
		if n >= 0 {
			part = part[:n]
		}
		if bytes.IndexByte(part, '\n') >= 0 {
			return 0, brokenError("a string does not end on its line")
		}
		from += len(part)
		switch {
		case n >= 0:
			from++
			escapes := from - 2
			for escapes >= first && p[escapes] == '\\' {
				escapes--
			}
			if (from-2-escapes)%2 == 0 {
				return from, nil
			}
		case from > MaxRecord:
			return 0, brokenError(tooLong)
		case !s.more():
			return 0, errCut
		}
	}
}

// skipLine moves pos to the next line, holding nothing of this one.
func (s *jsonSplitter) skipLine() {
	s.window.skipLine()
	s.col = 0
}
