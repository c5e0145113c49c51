package source

import (
	"html"
	"strings"
)

// markupTags are the tags of HTML, JATS (https://jats.nlm.nih.gov) and MathML
// that stand in titles and abstracts; others are left, since "a<b and c>d" is
// none. True says that the tag ends a line.
var markupTags = map[string]bool{
	"p": true, "title": true, "sec": true, "div": true, "br": true, "list": true, "list-item": true, "li": true,
	"ul": true, "ol": true, "h1": true, "h2": true, "h3": true, "h4": true, "break": true, "disp-formula": true,
	"i": false, "b": false, "u": false, "em": false, "strong": false, "sub": false, "sup": false, "span": false,
	"a": false, "italic": false, "bold": false, "sc": false, "small": false, "font": false, "tt": false, "code": false,
	"inline-formula": false, "tex-math": false, "alternatives": false, "xref": false, "ext-link": false,
	"monospace": false, "underline": false, "abstract": true, "named-content": false, "styled-content": false,
	"math": false, "mrow": false, "mi": false, "mo": false, "mn": false, "msub": false, "msup": false, "msubsup": false,
	"mfrac": false, "msqrt": false, "mtext": false, "mstyle": false, "mover": false, "munder": false, "mspace": false,
	"semantics": false, "annotation": false, "mfenced": false, "mtable": false, "mtr": false, "mtd": false,
}

// plainMarkup is s without tags and with what entities stand for. The text of
// formulas is kept, and a heading that only says "Abstract" is not.
func plainMarkup(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var b strings.Builder
	tags := false
	for rest := s; ; {
		at := strings.IndexByte(rest, '<')
		if at < 0 {
			b.WriteString(rest)
			break
		}
		n, name := tagAt(rest[at:])
		line, known := markupTags[name]
		if !known {
			b.WriteString(rest[:at+1])
			rest = rest[at+1:]
			continue
		}
		b.WriteString(rest[:at])
		if tags = true; line {
			b.WriteByte('\n')
		}
		rest = rest[at+n:]
	}
	s = b.String()
	if strings.IndexByte(s, '&') >= 0 {
		s = html.UnescapeString(s)
	}
	if !tags {
		return s
	}
	var lines []string
	for line := range strings.Lines(s) {
		if line = oneLine(line); line != "" && (len(lines) > 0 || !strings.EqualFold(line, "abstract")) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}

// tagAt is the length and the name, without its namespace and in lower case,
// of the tag at the start of s; 0 and empty if there is none.
func tagAt(s string) (n int, name string) {
	const most = 1000
	end := strings.IndexByte(s[:min(len(s), most)], '>')
	if end < 0 {
		return 0, ""
	}
	name = strings.TrimPrefix(s[1:end], "/")
	if i := strings.IndexAny(name, " \t\n/"); i >= 0 {
		name = name[:i]
	}
	return end + 1, strings.ToLower(name[strings.IndexByte(name, ':')+1:])
}
