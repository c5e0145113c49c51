package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// textLine is one line of an input, without its line end and the white space
// around it.
type textLine struct {
	text   string // empty if the line is longer than MaxRecord
	number int    // from 1
	length int    // in bytes
	inset  bool   // white space stood before it
}

// lineScanner reads lines of any length in bounded memory.
type lineScanner struct {
	r      *bufio.Reader
	number int
	long   []byte // holds lines longer than r's buffer
}

// next is the next line, blank ones included. At the end of the input the
// error is io.EOF; a last line without a line end comes with a nil error, but
// one that a failing read cut off is dropped.
func (s *lineScanner) next() (textLine, error) {
	s.number++
	part, err := s.r.ReadSlice('\n')
	if err == nil {
		return s.trimmed(part, len(part)), nil
	}
	length := 0
	s.long = s.long[:0]
	for {
		length += len(part)
		if length <= MaxRecord {
			s.long = append(s.long, part...)
		} else {
			s.long = s.long[:0]
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
		part, err = s.r.ReadSlice('\n')
	}
	if err != nil && !(errors.Is(err, io.EOF) && length > 0) {
		return textLine{number: s.number}, err
	}
	return s.trimmed(s.long, length), nil
}

func (s *lineScanner) trimmed(line []byte, length int) textLine {
	text := string(bytes.TrimSpace(line))
	if length <= MaxRecord {
		length = len(text)
	}
	return textLine{text: text, number: s.number, length: length, inset: len(line) > 0 && (line[0] == ' ' || line[0] == '\t')}
}
