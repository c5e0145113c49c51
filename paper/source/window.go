package source

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// window is the part of a stream that is looked at; buf[pos:] is still to be
// taken.
type window struct {
	r    io.Reader
	err  error // why r gives no more
	buf  []byte
	pos  int
	line int // of buf[pos], from 1
}

func newWindow(r io.Reader) window { return window{r: r, buf: make([]byte, 0, headSize), line: 1} }

// more reads on behind buf[pos:], which it keeps and moves. It reports whether
// anything came.
func (w *window) more() bool {
	if w.pos > 0 {
		n := copy(w.buf, w.buf[w.pos:])
		w.buf, w.pos = w.buf[:n], 0
	}
	if len(w.buf) == cap(w.buf) {
		w.buf = append(make([]byte, 0, 2*cap(w.buf)), w.buf...)
	}
	for w.err == nil {
		var n int
		n, w.err = w.r.Read(w.buf[len(w.buf):cap(w.buf)])
		if w.buf = w.buf[:len(w.buf)+n]; n > 0 {
			return true
		}
	}
	return false
}

// skip moves pos on by n bytes of buf.
func (w *window) skip(n int) {
	w.line += bytes.Count(w.buf[w.pos:w.pos+n], []byte("\n"))
	w.pos += n
}

// skipLine moves pos to the next line, holding nothing of this one.
func (w *window) skipLine() {
	for {
		if n := bytes.IndexByte(w.buf[w.pos:], '\n'); n >= 0 {
			w.pos += n + 1
			w.line++
			return
		}
		w.pos = len(w.buf)
		if !w.more() {
			return
		}
	}
}

// at is the byte i bytes behind pos; ok is false behind the end of the stream.
func (w *window) at(i int) (c byte, ok bool) {
	for w.pos+i >= len(w.buf) {
		if !w.more() {
			return 0, false
		}
	}
	return w.buf[w.pos+i], true
}

// tooLong is the reason why a record of more than [MaxRecord] is none.
var tooLong = fmt.Sprintf("longer than %d bytes", MaxRecord)

// quoteClip is the beginning of a text, for a message.
func quoteClip(s string) string { return strconv.Quote(clip(s)) }

// decodeRecord is text as UTF-8. One that has bytes above 0x7f none of which
// belong to UTF-8 is taken for Windows-1252, which has Latin-1 in it; one in
// which only some do is damaged UTF-8, and ok is false.
func decodeRecord(text []byte) (s []byte, ok bool) {
	if utf8.Valid(text) {
		return text, true
	}
	for rest := text; len(rest) > 0; {
		_, size := utf8.DecodeRune(rest)
		if size > 1 {
			return nil, false
		}
		rest = rest[1:]
	}
	out, err := charmap.Windows1252.NewDecoder().Bytes(text)
	return out, err == nil
}
