package text

import (
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Span is a half-open range of bytes.
type Span struct{ Start, End int }

// abbreviations end in a stop that ends no sentence.
var abbreviations = map[string]bool{
	"e.g": true, "i.e": true, "cf": true, "vs": true, "etc": true, "al": true, "fig": true, "figs": true,
	"eq": true, "eqs": true, "ref": true, "refs": true, "sec": true, "no": true, "vol": true, "dr": true,
	"prof": true, "approx": true, "resp": true, "ca": true, "st": true, "viz": true,
}

// Sentences yields the sentences of s in order, without the white space
// around them; together they hold everything in s but white space. A sentence
// ends at a stop, a question or an exclamation mark before white space and
// something that can begin a sentence. In texts that are all lower case (old
// collections), a stop between spaces ends one as well.
func Sentences(s string) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		start := 0
		emit := func(end int) bool {
			span := trim(s, start, end)
			start = end
			return span.Start == span.End || yield(span)
		}
		for i := 0; i < len(s); i++ {
			c := s[i]
			if c >= utf8.RuneSelf {
				if r, n := utf8.DecodeRuneInString(s[i:]); r == '。' || r == '！' || r == '？' {
					if !emit(i + n) {
						return
					}
				}
				continue
			}
			if c != '.' && c != '?' && c != '!' {
				continue
			}
			end := i + 1
			for end < len(s) && strings.IndexByte(`.?!)]"'`, s[end]) >= 0 {
				end++
			}
			next := end
			for next < len(s) && isSpace(s[next]) {
				next++
			}
			if next == end && next < len(s) || next == len(s) {
				continue
			}
			if !begins(s[next:], i > 0 && isSpace(s[i-1])) || c == '.' && abbreviated(s[start:i]) {
				continue
			}
			if !emit(end) {
				return
			}
			i = next - 1
		}
		emit(len(s))
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func trim(s string, start, end int) Span {
	for start < end && isSpace(s[start]) {
		start++
	}
	for end > start && isSpace(s[end-1]) {
		end--
	}
	return Span{start, end}
}

// begins reports whether a sentence can begin with s: with a capital, a digit
// or an opening sign; where the stop stood alone, with anything.
func begins(s string, loose bool) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return loose || unicode.IsUpper(r) || unicode.IsDigit(r) || strings.ContainsRune(`($[\"'“‘`, r) ||
		unicode.IsLetter(r) && !unicode.IsLower(r)
}

// abbreviated reports whether the text before a stop ends in an abbreviation
// or a single capital (an initial).
func abbreviated(s string) bool {
	i := strings.LastIndexAny(s, " \n\t(")
	w := s[i+1:]
	if len(w) == 1 && w[0] >= 'A' && w[0] <= 'Z' {
		return true
	}
	return len(w) < 8 && abbreviations[strings.ToLower(w)]
}
