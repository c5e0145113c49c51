package paper

import (
	"strconv"
	"strings"
)

// CitationKey is the key under which a paper is cited: first author's family
// name, year, first telling word of the title, as in "dinh2016density". It
// consists of small letters a to z and digits, begins with a letter, and
// depends on the paper alone; other papers may have the same.
func CitationKey(p *Paper) string { return newCitation(p).key }

// maxKeyPart bounds the name and the word in a key, in bytes.
const maxKeyPart = 32

func citationKey(c *citation) string {
	var key string
	if len(c.authors) > 0 {
		if first := c.authors[0]; first.literal != "" {
			key = telling(first.literal)
		} else {
			key = keyPart(first.familyName())
		}
	}
	if c.year > 0 {
		key += strconv.Itoa(c.year)
	}
	key += telling(proseOf(c.title))
	if key == "" || key[0] < 'a' {
		key = "paper" + key
	}
	return key
}

// silent are words that tell papers apart badly.
var silent = wordSet(`a an the on of in for to and or with at by from as is are do does can how what when where why who
	towards toward via using some new not it its we our le la les un une der die das ein eine`)

// telling is the first word of s that says something, else the first that has
// Latin letters or digits.
func telling(s string) string {
	fallback := ""
	for w := range strings.FieldsSeq(FoldName(s)) {
		part := keyPart(w)
		if len(part) > 1 && !silent[w] {
			return part
		}
		if fallback == "" {
			fallback = part
		}
	}
	return fallback
}

// proseOf is a title without formulas and commands, as plain text.
func proseOf(title string) string {
	var b strings.Builder
	for _, t := range lexTeX(plainText(title)) {
		if t.kind == texText || t.kind == texSpace {
			b.WriteString(t.text)
		}
	}
	return b.String()
}

// keyPart is the Latin letters and digits of s, accents taken off.
func keyPart(s string) string {
	var b strings.Builder
	for _, r := range FoldName(s) {
		if b.Len() < maxKeyPart && ('a' <= r && r <= 'z' || '0' <= r && r <= '9') {
			b.WriteRune(r)
		}
	}
	return b.String()
}

// uniqueKey is key, with the first of a, b … z, aa … behind it that makes it
// one that the file does not have yet.
func (c *CitationWriter) uniqueKey(key string) string {
	for n := c.keys[key]; ; n++ {
		unique := key + letters(n)
		if _, taken := c.keys[unique]; taken {
			continue
		}
		c.keys[unique] = 0
		c.keys[key] = n + 1
		return unique
	}
}

// letters counts "", a, b … z, aa, ab …
func letters(n int) string {
	s := ""
	for ; n > 0; n = (n - 1) / 26 {
		s = string(rune('a'+(n-1)%26)) + s
	}
	return s
}
