package source

import (
	"bufio"
	"errors"
	"io"
	"regexp"
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
//   - A page begins with a banner of short lines. Of the lines before the first
//     abstract (by its length) and its title, the first is a banner if their
//     number is odd, and so is each pair that cannot be a title and an
//     abstract. The banner's last button may be glued to the first title
//     ("SubscribeJoint inversion of…").
//   - Where a line too long for a title stands in a title's place, a line was
//     left out. If the line before it is short, that one was its title, and the
//     one before that is a paper with a title alone; else the long line is a
//     paper with an abstract alone. So a missing line does no harm to what
//     follows.
func linesFormat() *format {
	return &format{name: "lines", sniff: sniffLines, read: readLines}
}

// Lengths of lines in bytes. Among 626,000 papers the longest title has 520,
// and few abstracts have less than 200; these bounds decide only where
// something is amiss.
const (
	maxTitleLine = 600
	longLine     = 200
	bannerLine   = 100
)

// maxBanner is the number of lines in which the first abstract is looked for.
const maxBanner = 32

// otherFormats recognises the first line of what is another format than this
// one: markup, JSON, BibTeX, RIS, MEDLINE, documents. Read as lines it would
// give papers that are none, so it is better refused.
var otherFormats = regexp.MustCompile(`^\s*(<[?!a-zA-Z]|[{\[]\s*"|@[a-zA-Z]+\s*[{(]|TY  -|PMID-|%PDF-|%!PS|\\documentclass)`)

// sniffLines takes any text that is not plainly something else.
func sniffLines(head []byte) bool {
	if isBinary(head) {
		return false
	}
	for _, line := range beginning(head, 20) {
		if otherFormats.Match(line) {
			return false
		}
	}
	for _, line := range beginning(head, 1) {
		return !isTableHeader(line) && headless(head) == 0
	}
	return true
}

// isTableHeader reports whether line names the columns of a table, one of them
// the titles'.
func isTableHeader(line []byte) bool {
	cells := strings.FieldsFunc(string(line), func(r rune) bool { return r == ',' || r == ';' || r == '\t' || r == '|' })
	for _, cell := range cells {
		if len(cells) > 1 && strings.EqualFold(strings.Trim(cell, " \"\r"), "title") {
			return true
		}
	}
	return false
}

func readLines(text *bufio.Reader, out *sink) error {
	p := &linePairs{in: lineScanner{r: text}, out: out}
	if err := p.banner(); err != nil {
		return err
	}
	return p.pairs()
}

// linePairs groups lines to papers, looking two lines ahead.
type linePairs struct {
	in    lineScanner
	out   *sink
	ahead []textLine // not blank
	end   error      // why no more lines come
}

// fill makes sure that n lines are ahead if the input has them.
func (p *linePairs) fill(n int) {
	for len(p.ahead) < n && p.end == nil {
		l, err := p.in.next()
		switch {
		case err != nil:
			p.end = err
		case l.length > 0:
			p.ahead = append(p.ahead, l)
		}
	}
}

// banner passes over the short lines above the first paper.
func (p *linePairs) banner() error {
	skip := p.bannerEnd()
	for _, l := range p.ahead[:skip] {
		err := p.out.reject(l.number, "neither a title nor an abstract but a line above the first: %q", clip(l.text))
		if err != nil {
			return err
		}
	}
	if p.ahead = p.ahead[skip:]; len(p.ahead) > 0 {
		p.ahead[0].text = unglue(p.ahead[0].text)
	}
	return nil
}

// bannerEnd is the number of lines above the first paper.
func (p *linePairs) bannerEnd() int {
	abstract := 0
	for {
		p.fill(abstract + 2)
		if abstract >= len(p.ahead) || abstract > maxBanner {
			return 0
		}
		n := p.ahead[abstract].length
		if n > maxTitleLine {
			break
		}
		// A long title is followed by a still longer abstract.
		if n >= longLine && (abstract+1 == len(p.ahead) || p.ahead[abstract+1].length < n) {
			break
		}
		abstract++
	}
	title := max(0, abstract-1)
	skip := title % 2
	for skip < title && p.ahead[skip+1].length <= min(p.ahead[skip].length, bannerLine) {
		skip += 2
	}
	return skip
}

// buttons are what pages of search results show above the first result.
var buttons = []string{"Subscribe", "Sign Up", "Sign up", "Sign In", "Sign in", "Log In", "Log in", "Login"}

// unglue removes a button's word that runs into a title's first word.
func unglue(title string) string {
	for _, b := range buttons {
		rest, ok := strings.CutPrefix(title, b)
		if r, _ := utf8.DecodeRuneInString(rest); ok && (unicode.IsUpper(r) || unicode.IsDigit(r)) {
			return rest
		}
	}
	return title
}

// pairs gives out the papers.
func (p *linePairs) pairs() error {
	for {
		p.fill(3)
		n := len(p.ahead)
		switch failed := p.end != nil && !errors.Is(p.end, io.EOF); {
		case n == 0, n == 1 && failed: // a title whose abstract may be what failed
			return p.out.end(p.in.number, p.end)
		case p.ahead[0].length > maxTitleLine:
			n = 1
		case n == 3 && p.ahead[1].length < longLine && p.ahead[2].length > maxTitleLine:
			n = 1
		default:
			n = min(n, 2)
		}
		if err := p.emit(p.ahead[:n]); err != nil {
			return err
		}
		p.ahead = p.ahead[n:]
	}
}

// emit gives out the paper of a title's line and an abstract's line, or of one
// of them.
func (p *linePairs) emit(lines []textLine) error {
	var pp paper.Paper
	for i, l := range lines {
		name, text := "title", &pp.Title
		if i == 1 || l.length > maxTitleLine {
			name, text = "abstract", &pp.Abstract
		}
		switch {
		case l.length > MaxRecord:
			return p.out.reject(l.number, "%s: %d bytes; at most %d are read", name, l.length, MaxRecord)
		case !utf8.ValidString(l.text):
			return p.out.reject(l.number, "%s: not valid UTF-8", name)
		case strings.IndexByte(l.text, 0) >= 0:
			return p.out.reject(l.number, "%s: contains a NUL byte", name)
		}
		*text = l.text
	}
	return p.out.paper(lines[0].number, &pp)
}

// clip shortens a text for a message.
func clip(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "…"
	}
	return strings.ToValidUTF8(s, "\ufffd")
}
