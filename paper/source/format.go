package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// headSize is how much of an input is looked at to recognise its format.
const headSize = 64 << 10

// format is one way to write papers down.
type format struct {
	name string

	// sniff reports whether an input that begins with head is of this
	// format. head is valid UTF-8 without NUL bytes, at most headSize long and
	// may end anywhere.
	sniff func(head []byte) bool

	// read gives the papers of text to out, until text ends (nil) or either
	// of them fails (that error).
	read func(text *bufio.Reader, out *sink) error
}

// formats is in the order of recognising: the first that recognises an input
// reads it, so the less particular ones stand last.
func formats() []*format {
	return []*format{arxivFormat(), jsonlFormat(), linesFormat()}
}

// Formats are the names that [Options] take.
func Formats() []string {
	names := []string{"auto"}
	for _, f := range formats() {
		names = append(names, f.name)
	}
	return names
}

// lookup finds a format by name; nil stands for "auto".
func lookup(name string) (*format, error) {
	if name == "" || name == "auto" {
		return nil, nil
	}
	for _, f := range formats() {
		if f.name == name {
			return f, nil
		}
	}
	return nil, fmt.Errorf("unknown format %q; the formats are %s", name, strings.Join(Formats(), ", "))
}

// recognise finds the format by the first bytes of text.
func recognise(text *bufio.Reader) (*format, error) {
	head, err := text.Peek(headSize)
	if err != nil && !errors.Is(err, io.EOF) && len(head) == 0 {
		return nil, err
	}
	if bytes.IndexByte(head, 0) >= 0 || !utf8.Valid(wholeRunes(head)) {
		return nil, fmt.Errorf("neither text nor compressed text; the formats are %s", strings.Join(Formats(), ", "))
	}
	for _, f := range formats() {
		if f.sniff(wholeRunes(head)) {
			return f, nil
		}
	}
	return nil, fmt.Errorf("format not recognised; the formats are %s", strings.Join(Formats(), ", "))
}

// wholeRunes is b without the beginning of a rune at its end.
func wholeRunes(b []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(b); i++ {
		if c := b[len(b)-i]; utf8.RuneStart(c) {
			if c >= utf8.RuneSelf && !utf8.FullRune(b[len(b)-i:]) {
				return b[:len(b)-i]
			}
			break
		}
	}
	return b
}
