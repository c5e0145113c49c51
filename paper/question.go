package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Question is a question as people type it, taken apart: "quoted phrases" must
// occur in an answer, what follows a leading minus must not.
type Question struct {
	Text  string   // what is asked about: without the marks, and without what is excluded
	Must  []string // phrases that each answer has
	Never []string // words and phrases that no answer has
}

// MaxDemands bounds the phrases and exclusions of one question.
const MaxDemands = 32

// quotes are the marks that open a phrase, with those that close it.
var quotes = map[rune]string{'"': `"`, '“': "”“", '„': "“”", '«': "»"}

// ParseQuestion takes a question apart. Marks count only where they stand as
// such: a quotation mark that opens does so before a word and has one that
// closes it; a minus stands behind white space, right before a letter or a
// quoted phrase. So "state-of-the-art", "-1" and " - " are text like any other,
// and so is a question of which nothing but exclusions would be left.
func ParseQuestion(s string) Question {
	q := Question{}
	var text strings.Builder
	boundary := true // a mark may stand here
	for i := 0; i < len(s); {
		if boundary {
			if inside, n := quoted(s[i:]); n > 0 {
				q.Must = append(q.Must, inside)
				text.WriteString(inside)
				i += n
				boundary = false
				continue
			}
			if what, n := excluded(s[i:]); n > 0 {
				q.Never = append(q.Never, what)
				i += n
				boundary = false
				continue
			}
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		text.WriteString(s[i : i+n])
		boundary = unicode.IsSpace(r) || r == '('
		i += n
	}
	q.Text = strings.TrimSpace(text.String())
	if len(q.Must)+len(q.Never) == 0 || !strings.ContainsFunc(q.Text, isWordRune) {
		return Question{Text: s}
	}
	return q
}

// quoted reads a phrase at the beginning of s: what is inside, and how many
// bytes it takes with its marks; 0 where there is none.
func quoted(s string) (inside string, n int) {
	open, size := utf8.DecodeRuneInString(s)
	closing, ok := quotes[open]
	if !ok {
		return "", 0
	}
	first, _ := utf8.DecodeRuneInString(s[size:])
	if unicode.IsSpace(first) {
		return "", 0
	}
	for i, r := range s[size:] {
		if !strings.ContainsRune(closing, r) {
			continue
		}
		inside = s[size : size+i]
		n = size + i + utf8.RuneLen(r)
		if next, _ := utf8.DecodeRuneInString(s[n:]); n < len(s) && isWordRune(next) || !strings.ContainsFunc(inside, isWordRune) {
			return "", 0
		}
		return inside, n
	}
	return "", 0
}

// excluded reads a minus with its word or phrase at the beginning of s.
func excluded(s string) (what string, n int) {
	rest, ok := strings.CutPrefix(s, "-")
	if !ok {
		return "", 0
	}
	if what, n = quoted(rest); n > 0 {
		return what, n + 1
	}
	if first, _ := utf8.DecodeRuneInString(rest); !unicode.IsLetter(first) {
		return "", 0
	}
	n = strings.IndexFunc(rest, unicode.IsSpace)
	if n < 0 {
		n = len(rest)
	}
	return rest[:n], n + 1
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }
