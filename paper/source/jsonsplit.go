package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
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
type jsonSplitter struct {
	r    io.Reader
	err  error // why r gives no more
	buf  []byte
	pos  int // of the next byte in buf
	line int // of buf[pos], from 1
	col  int // of buf[pos] on its line, in bytes from 0

	resync bool // a record was broken: lines that do not begin with an object are its remains
	indent int  // of the broken record
}

func newJSONSplitter(r io.Reader) *jsonSplitter {
	return &jsonSplitter{r: r, buf: make([]byte, 0, headSize), line: 1}
}

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
			// A failed read leaves one cut record, or several behind a broken
			// one: those behind it still come, and then the failure alone.
			cut := s.err != nil && !errors.Is(s.err, io.EOF) && err == errCut
			s.resync = true
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

const errCut = brokenError("the object does not end")

// object takes the object that begins at pos, or leaves pos there and says
// what is wrong with it.
func (s *jsonSplitter) object() ([]byte, error) {
	var (
		stack    [maxDepth]byte // of open brackets
		depth    int
		last     byte // of the bytes that are not white space
		newlines int
		lineEnd  = -1 - s.col // where the line before the current one ends
		p        = s.buf[s.pos:]
	)
	for i := 0; ; {
		if i >= len(p) {
			if i > MaxRecord {
				return nil, brokenError(fmt.Sprintf("longer than %d bytes", MaxRecord))
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
			i, last, p = end, c, s.buf[s.pos:]
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
			return 0, brokenError(fmt.Sprintf("longer than %d bytes", MaxRecord))
		case !s.more():
			return 0, errCut
		}
	}
}

// skipLine moves pos to the next line, holding nothing of this one.
func (s *jsonSplitter) skipLine() {
	for {
		if n := bytes.IndexByte(s.buf[s.pos:], '\n'); n >= 0 {
			s.pos += n + 1
			s.line++
			s.col = 0
			return
		}
		s.pos = len(s.buf)
		if !s.more() {
			return
		}
	}
}

// more reads on behind buf[pos:], which it keeps and moves. It reports whether
// anything came.
func (s *jsonSplitter) more() bool {
	if s.pos > 0 {
		n := copy(s.buf, s.buf[s.pos:])
		s.buf, s.pos = s.buf[:n], 0
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = append(make([]byte, 0, 2*cap(s.buf)), s.buf...)
	}
	for s.err == nil {
		var n int
		n, s.err = s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		if s.buf = s.buf[:len(s.buf)+n]; n > 0 {
			return true
		}
	}
	return false
}
