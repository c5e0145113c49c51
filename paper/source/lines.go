package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"kindred/paper"
)

// linesFormat is text copied from a page of search results: a title's line,
// its abstract's line, the next title's line, and so on. There is no
// specification but what such files look like:
//
//   - Blank lines mean nothing. A last title without an abstract is a paper
//     with a title alone.
//   - A page begins with a banner of short lines. Before the first long line
//     (an abstract, by its length) and that one's title, a line is a banner if
//     it stands alone, and two are if the second is not longer than the first.
//   - The banner's last button may be glued to the first title ("SubscribeJoint
//     inversion of…").
//   - Where a line too long for a title stands in a title's place, a line was
//     left out. If the line before it is short, that one was the title, and
//     the one before it is a paper with a title alone; else the long line is a
//     paper with an abstract alone. So one missing line does no harm to the
//     papers after it.
func linesFormat() *format {
	return &format{name: "lines", sniff: sniffLines, read: readLines}
}

// The longest title among 626,000 papers has 520 bytes; an abstract shorter
// than longLine is rare, and only the two rules above use it.
const (
	maxTitleLine = 600
	longLine     = 200
)

// bannerLines bounds how far the first long line is looked for.
const bannerLines = 12

// sniffLines takes any text that is not plainly something else.
func sniffLines(head []byte) bool {
	head = bytes.TrimSpace(head)
	for _, sign := range []string{"<", "%PDF-", "%!PS", "\\documentclass", "{\"", "TY  -", "PMID-", "PAR1"} {
		if bytes.HasPrefix(head, []byte(sign)) {
			return false
		}
	}
	return !bytes.HasPrefix(head, []byte("@")) || !bytes.Contains(head, []byte("{")) // BibTeX
}

func readLines(text *bufio.Reader, out *sink) error {
	p := &linePairs{in: lineScanner{r: text}, out: out}
	return p.run()
}

// linePairs groups lines to papers, looking two lines ahead.
type linePairs struct {
	in    lineScanner
	out   *sink
	ahead []textLine // owned copies of lines that are not blank
	end   error      // why no more lines come
}

// fill makes sure that n lines are ahead if the input has them.
func (p *linePairs) fill(n int) {
	for len(p.ahead) < n && p.end == nil {
		l, err := p.in.next()
		if err != nil {
			p.end = err
			return
		}
		if l.length > 0 {
			l.text = bytes.Clone(l.text)
			p.ahead = append(p.ahead, l)
		}
	}
}

func (p *linePairs) run() error {
	if err := p.banner(); err != nil {
		return err
	}
	for {
		p.fill(3)
		n := len(p.ahead)
		if p.end != nil && !errors.Is(p.end, io.EOF) && n < 3 {
			// The last pair may have lost its abstract to the failed read.
			if n == 2 {
				if err := p.emit(&p.ahead[0], &p.ahead[1]); err != nil {
					return err
				}
			}
			return p.out.end(p.in.number, p.end)
		}
		var err error
		switch {
		case n == 0:
			return nil
		case p.ahead[0].length > maxTitleLine:
			err = p.emit(nil, &p.ahead[0])
			p.ahead = p.ahead[1:]
		case n == 1 || n == 3 && p.ahead[1].length < longLine && p.ahead[2].length > maxTitleLine:
			err = p.emit(&p.ahead[0], nil)
			p.ahead = p.ahead[1:]
		default:
			err = p.emit(&p.ahead[0], &p.ahead[1])
			p.ahead = p.ahead[2:]
		}
		if err != nil {
			return err
		}
	}
}

// banner passes over the short lines before the first paper.
func (p *linePairs) banner() error {
	p.fill(bannerLines)
	long := 0
	for long < len(p.ahead) && p.ahead[long].length < longLine {
		long++
	}
	if long == len(p.ahead) || long < 2 {
		return nil
	}
	skip := 0
	if before := long - 1; before%2 == 1 {
		skip = 1
	}
	for skip+2 < long && p.ahead[skip+1].length <= p.ahead[skip].length {
		skip += 2
	}
	if skip == 0 {
		return nil
	}
	for _, l := range p.ahead[:skip] {
		if err := p.out.reject(l.number, "neither a title nor an abstract, but a line of the page above them: %q", clip(l.text)); err != nil {
			return err
		}
	}
	p.ahead = p.ahead[skip:]
	p.ahead[0].text = unglue(p.ahead[0].text)
	return nil
}

// buttons are the words that pages of search results show above the first
// result.
var buttons = []string{"Subscribe", "Sign Up", "Sign up", "Sign In", "Sign in", "Log In", "Log in", "Login"}

// unglue removes a button's word that runs into a title's first word.
func unglue(title []byte) []byte {
	for _, b := range buttons {
		rest, ok := bytes.CutPrefix(title, []byte(b))
		if r, _ := utf8.DecodeRune(rest); ok && (unicode.IsUpper(r) || unicode.IsDigit(r)) {
			return rest
		}
	}
	return title
}

// emit gives out the paper of a title's line and an abstract's line, of which
// one may be nil.
func (p *linePairs) emit(title, abstract *textLine) error {
	var pp paper.Paper
	var line int
	for _, part := range []struct {
		line *textLine
		name string
		text *string
	}{{abstract, "abstract", &pp.Abstract}, {title, "title", &pp.Title}} {
		switch l := part.line; {
		case l == nil:
			continue
		case l.tooLong():
			return p.out.reject(l.number, "%s: %d bytes; at most %d are read", part.name, l.length, MaxRecord)
		case !utf8.Valid(l.text):
			return p.out.reject(l.number, "%s: not valid UTF-8", part.name)
		case bytes.IndexByte(l.text, 0) >= 0:
			return p.out.reject(l.number, "%s: contains a NUL byte", part.name)
		default:
			*part.text, line = string(l.text), l.number
		}
	}
	return p.out.paper(line, &pp)
}

// clip shortens a line for a message.
func clip(line []byte) string {
	const most = 60
	s := strings.ToValidUTF8(string(line[:min(len(line), most)]), "\ufffd")
	if len(line) > most {
		s += "…"
	}
	return s
}
