package paper

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// TextID is the id of a paper whose source gives none: a hash of its folded
// title, else of its folded abstract. It is stable over changes of case,
// spacing, punctuation and accents.
func TextID(title, abstract string) string {
	key := TitleKey(title)
	if key == "" {
		key = TitleKey(abstract)
	}
	if key == "" { // nothing but signs: the text itself
		key = title + "\x00" + abstract
	}
	sum := sha256.Sum256([]byte(key))
	return textPrefix + hex.EncodeToString(sum[:10])
}

const textPrefix = "text:"

// IsTextID reports whether an id is one that [TextID] made.
func IsTextID(id string) bool { return strings.HasPrefix(id, textPrefix) }

// formatting holds the LaTeX commands that say how text looks and not what it
// says; a key leaves them out.
var formatting = strings.NewReplacer(
	`\emph`, "", `\textit`, "", `\textbf`, "", `\texttt`, "", `\textsc`, "", `\textrm`, "", `\text`, "",
	`\mathrm`, "", `\mathbf`, "", `\mathcal`, "", `\mathbb`, "", `\mathit`, "", `\mathsf`, "", `\mathfrak`, "",
	`\rm`, "", `\it`, "", `\bf`, "", `\em`, "", `\sc`, "", `\sf`, "", `\tt`, "",
)

// TitleKey folds a title to its letters and digits: case, spacing,
// punctuation, accents and LaTeX's ways of writing them make no difference,
// so "Schr\"odinger" and "Schrödinger", "CO$_2$" and "CO2" have one key.
func TitleKey(title string) string {
	if strings.IndexByte(title, '\\') >= 0 {
		title = formatting.Replace(title)
	}
	var b strings.Builder
	b.Grow(len(title))
	ascii := true
	for i := 0; i < len(title); i++ {
		c := title[i]
		switch {
		case c >= 0x80:
			ascii = false
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9':
			b.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			b.WriteByte(c + 'a' - 'A')
		}
		if !ascii {
			break
		}
	}
	if ascii {
		return b.String()
	}
	b.Reset()
	for _, r := range norm.NFKD.String(title) {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			b.WriteString(foldRune(unicode.ToLower(r)))
		}
	}
	return b.String()
}

// foldRune writes the letters that have no decomposition the way people type
// them.
func foldRune(r rune) string {
	switch r {
	case 'ø':
		return "o"
	case 'ł':
		return "l"
	case 'đ', 'ð':
		return "d"
	case 'ı':
		return "i"
	case 'ß':
		return "ss"
	case 'æ':
		return "ae"
	case 'œ':
		return "oe"
	case 'þ':
		return "th"
	}
	return string(r)
}

// FoldName folds a person's, venue's or category's name for comparing: lower
// case, no accents, every run of other signs one space.
func FoldName(name string) string {
	var b strings.Builder
	space := false
	for _, r := range norm.NFKD.String(name) {
		switch {
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			if space && b.Len() > 0 {
				b.WriteByte(' ')
			}
			space = false
			b.WriteString(foldRune(unicode.ToLower(r)))
		case unicode.Is(unicode.Mn, r) || r == '\'' || r == '’':
		default:
			space = true
		}
	}
	return b.String()
}
