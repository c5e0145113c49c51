package source

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kindred/paper"
)

// clean takes out of p's text what no reader can have meant and what can harm
// a terminal: control characters. Line breaks become \n and tabs stay. NUL
// stays too, for [paper.Paper.Validate] to reject: it is the sign of a file
// that is not what it seems. The id is not touched; see checkID.
func clean(p *paper.Paper) {
	for _, s := range []*string{&p.Title, &p.Abstract, &p.Venue, &p.URL, &p.Source} {
		*s = cleanText(*s)
	}
	for _, list := range [][]string{p.Authors, p.Categories} {
		for i, s := range list {
			list[i] = cleanText(s)
		}
	}
}

// cleanText removes the control characters of ASCII and reads U+0080 to U+009F
// as Windows-1252, as the WHATWG Encoding Standard does: in scraped abstracts
// they are that code's quotes and dashes.
func cleanText(s string) string {
	if !hasControl(s) || !utf8.ValidString(s) { // the latter is for Validate to refuse
		return s
	}
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\r':
			return '\n'
		case r == '\n' || r == '\t' || r == 0:
			return r
		case r < ' ' || r == 0x7f:
			return -1
		case 0x80 <= r && r <= 0x9f:
			if r = charmap.Windows1252.DecodeByte(byte(r)); unicode.IsControl(r) || r == unicode.ReplacementChar {
				return -1
			}
		}
		return r
	}, s)
}

// suspect has the bytes at which cleanText may have to do something: the
// control characters but \n and \t, and the first byte of U+0080 to U+009F.
var suspect = func() (t [256]bool) {
	for c := range ' ' {
		t[c] = c != '\n' && c != '\t'
	}
	t[0x7f], t[0xc2] = true, true
	return t
}()

func hasControl(s string) bool {
	for i := 0; i < len(s); i++ {
		if suspect[s[i]] && (s[i] != 0xc2 || i+1 < len(s) && s[i+1] < 0xa0) {
			return true
		}
	}
	return false
}

// checkID refuses ids that could not be given back byte for byte: in a TREC
// run, a URL, a terminal.
func checkID(id string) error {
	for _, r := range id {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return errors.New("id: contains a control character or one that was lost in an earlier conversion")
		}
	}
	return nil
}
