package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"

	"github.com/rivo/uniseg"
	"golang.org/x/term"
)

// screen is where results are read by a person.
type screen struct {
	to    io.Writer
	width int   // in columns; 0 does not wrap, as in a pipe
	bold  bool  // marks are shown
	err   error // the first of a write, as of a full disk
}

func (s *screen) Write(p []byte) (int, error) {
	n, err := s.to.Write(p)
	if s.err == nil {
		s.err = err
	}
	return n, err
}

func newScreen(to *os.File) *screen {
	s := &screen{to: to}
	if onTerminal(to) {
		// https://no-color.org: any value but the empty one.
		s.bold = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
		s.width = 80
		if w, _, err := term.GetSize(int(to.Fd())); err == nil && w > 0 {
			s.width = w
		}
	}
	return s
}

func onTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// word is a run of text that is not broken over lines.
type word struct {
	text  string // with escape codes
	width int    // in columns, without them
}

// words takes text apart at white space and at LaTeX's line breaks. Marks are
// half-open ranges of code points. Signs that could steer the terminal are
// dropped: what a paper says is not ours.
func (s *screen) words(text string, marks [][2]int) []word {
	const on, off = "\x1b[1m", "\x1b[22m"
	var out []word
	var w, shown strings.Builder
	marked := false
	mark := func(to bool) {
		if marked != to && s.bold {
			w.WriteString(map[bool]string{true: on, false: off}[to])
		}
		marked = to
	}
	end := func() {
		mark(false)
		if shown.Len() > 0 {
			out = append(out, word{w.String(), uniseg.StringWidth(shown.String())})
		}
		w.Reset()
		shown.Reset()
	}
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		for len(marks) > 0 && marks[0][1] <= i {
			marks = marks[1:]
		}
		r := runes[i]
		switch {
		case r == '\\' && i+1 < len(runes) && runes[i+1] == '\\':
			i++
			end()
		case unicode.IsSpace(r) || unicode.IsControl(r):
			end()
		case unicode.Is(unicode.Bidi_Control, r):
		default:
			mark(len(marks) > 0 && marks[0][0] <= i)
			w.WriteRune(r)
			shown.WriteRune(r)
		}
	}
	end()
	return out
}

// print writes words as a paragraph: first stands before its first line, and
// as many spaces before the others.
func (s *screen) print(first string, words []word) {
	indent := uniseg.StringWidth(first)
	var b strings.Builder
	b.WriteString(first)
	column := indent
	for i, w := range words {
		switch {
		case i == 0:
		case s.width > 0 && column+1+w.width > s.width:
			b.WriteString("\n" + strings.Repeat(" ", indent))
			column = indent
		default:
			b.WriteByte(' ')
			column++
		}
		b.WriteString(w.text)
		column += w.width
	}
	fmt.Fprintln(s, b.String())
}

// paragraph prints text without marks.
func (s *screen) paragraph(first, text string) { s.print(first, s.words(text, nil)) }
