// Package text turns titles, abstracts and questions into words, stems and
// sentences. It is the one analysis that the built-in model, the inverted
// index and the highlighting share: what one of them calls a word, all do.
package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/english"
	"golang.org/x/text/unicode/norm"
)

// Version changes whenever the same text would give other terms; everything
// derived from terms carries it and is made anew when it differs.
const Version = 1

// Token is one word of a text.
type Token struct {
	Term       string // folded and stemmed
	Start, End int    // bytes of the text it was read from, LaTeX included
}

// maxWord bounds a term's bytes; the rest of a longer word is passed over.
const maxWord = 64

// maxCached bounds the words an Analyzer remembers, about 20 MB of them.
const maxCached = 1 << 18

// Analyzer reads words. It remembers the stems it has seen, so it is made for
// one goroutine; the zero value is ready.
type Analyzer struct {
	stems map[string]string
	env   *snowballstem.Env
	word  []byte
}

// Tokens appends the words of s to dst, in order. Letters and digits of any
// script make words; case, accents and LaTeX markup make no difference
// ("Schr\"odinger" is "schroding", "CO$_2$" is "co2"); Chinese and Japanese
// characters are words of one character each.
func (a *Analyzer) Tokens(dst []Token, s string) []Token {
	sc := scanner{src: s, word: a.word[:0]}
	for sc.next() {
		dst = append(dst, Token{Term: a.stem(sc.word), Start: sc.start, End: sc.end})
	}
	a.word = sc.word
	return dst
}

// Terms appends the terms of s to dst, in order.
func (a *Analyzer) Terms(dst []string, s string) []string {
	sc := scanner{src: s, word: a.word[:0]}
	for sc.next() {
		dst = append(dst, a.stem(sc.word))
	}
	a.word = sc.word
	return dst
}

// stem returns the stem of a folded word, the same string for the same word.
func (a *Analyzer) stem(word []byte) string {
	if s, ok := a.stems[string(word)]; ok {
		return s
	}
	if a.stems == nil || len(a.stems) >= maxCached {
		a.stems = make(map[string]string, 1<<12)
		a.env = snowballstem.NewEnv("")
	}
	w := string(word)
	s := w
	if isASCIIWord(w) {
		a.env.SetCurrent(w)
		english.Stem(a.env)
		if st := a.env.Current(); st != w && st != "" {
			s = strings.Clone(st)
		}
	}
	a.stems[w] = s
	return s
}

func isASCIIWord(w string) bool {
	for i := 0; i < len(w); i++ {
		if w[i] < 'a' || w[i] > 'z' {
			return false
		}
	}
	return true
}

// scanner finds the words of a text, folded, with their places.
type scanner struct {
	src        string
	pos        int
	word       []byte
	start, end int
	math       bool // the word goes through a $ that a script follows: H$_2$O
}

const (
	other = 0
	lower = 1
	upper = 2
	digit = 3
)

var class = func() (t [128]uint8) {
	for c := 'a'; c <= 'z'; c++ {
		t[c], t[c-'a'+'A'] = lower, upper
	}
	for c := '0'; c <= '9'; c++ {
		t[c] = digit
	}
	return
}()

func (sc *scanner) add(c byte) {
	if len(sc.word) < maxWord {
		sc.word = append(sc.word, c)
	}
}

// addString adds the whole of s or, where it would be over the bound, none.
func (sc *scanner) addString(s string) {
	if len(sc.word)+len(s) <= maxWord {
		sc.word = append(sc.word, s...)
	}
}

// next reads the next word into sc.word and reports whether there was one.
func (sc *scanner) next() bool {
	s := sc.src
	sc.pos += possessive(s[sc.pos:])
	sc.word = sc.word[:0]
	sc.start, sc.end, sc.math = -1, -1, false
	i := sc.pos
	for i < len(s) {
		c := s[i]
		if c < utf8.RuneSelf {
			switch class[c] {
			case lower, digit:
				sc.begin(i)
				sc.add(c)
				i++
				sc.end = i
				continue
			case upper:
				sc.begin(i)
				sc.add(c + 'a' - 'A')
				i++
				sc.end = i
				continue
			}
			if n := sc.markup(i); n > 0 {
				i += n
				continue
			}
			if len(sc.word) > 0 {
				break
			}
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if ideograph(r) {
			if len(sc.word) == 0 {
				sc.begin(i)
				sc.addString(s[i : i+n])
				i += n
				sc.end = i
			}
			break
		}
		folded := fold(r)
		if folded == "" {
			if unicode.Is(unicode.Mn, r) || r == '\u00ad' { // an accent on its own, a soft hyphen
				i += n
				continue
			}
			if r == '’' && len(sc.word) > 0 && joins(s[i+n:]) {
				i += n
				continue
			}
			if len(sc.word) > 0 {
				break
			}
			i += n
			continue
		}
		sc.begin(i)
		sc.addString(folded)
		i += n
		sc.end = i
	}
	sc.pos = i
	return len(sc.word) > 0
}

func (sc *scanner) begin(i int) {
	if sc.start < 0 {
		sc.start = i
	}
}

// markup returns how many bytes of LaTeX at i belong to no word's letters and
// yet do not end one, or 0.
func (sc *scanner) markup(i int) int {
	s := sc.src
	inWord := len(sc.word) > 0
	switch s[i] {
	case '\\':
		return sc.command(i)
	case '{', '}':
		// {\'e}, {CO}: braces inside or before letters join.
		if inWord && i+1 < len(s) && (s[i] == '}' || s[i+1] == '\\' || isAlnum(s[i+1])) {
			return 1
		}
	case '$':
		// CO$_2$, H$_2$O: the dollar joins only with a script beside it.
		if !inWord || i+1 >= len(s) {
			return 0
		}
		if n := script(s[i+1:]); n > 0 {
			sc.math = true
			return 1 + n
		}
		if sc.math && isAlnum(s[i+1]) {
			sc.math = false
			return 1
		}
	case '_', '^':
		if inWord {
			return script(s[i:])
		}
	case '\'':
		if inWord && joins(s[i+1:]) {
			return 1
		}
	}
	return 0
}

// joins reports whether an apostrophe before s stands inside a word: O'Brien,
// don't. A possessive 's belongs to no word.
func joins(s string) bool {
	if s == "" || !isAlnum(s[0]) || class[s[0]] == digit {
		return false
	}
	return s[0] != 's' || len(s) > 1 && isAlnum(s[1])
}

// possessive returns the length of an 's that the last word ended before.
func possessive(s string) int {
	n := 0
	switch {
	case strings.HasPrefix(s, "'s"):
		n = len("'s")
	case strings.HasPrefix(s, "’s"):
		n = len("’s")
	}
	if n == 0 || n < len(s) && isAlnum(s[n]) {
		return 0
	}
	return n
}

// script returns the length of "_", "^", "_{" or "^{" before a digit, else 0.
func script(s string) int {
	if len(s) == 0 || s[0] != '_' && s[0] != '^' {
		return 0
	}
	switch {
	case len(s) > 1 && class[s[1]&127] == digit && s[1] < utf8.RuneSelf:
		return 1
	case len(s) > 2 && s[1] == '{' && s[2] < utf8.RuneSelf && class[s[2]] == digit:
		return 2
	}
	return 0
}

func isAlnum(c byte) bool { return c < utf8.RuneSelf && class[c] != other }

// command returns how many bytes of a LaTeX command at i to pass over: an
// accent (\'e, \"{o}, \v{s}) so that its letter joins the word, or a
// formatting command (\emph) so that it is not read as a word. A symbol's
// name (\alpha) is a word of its own: only its backslash is passed over, and
// only outside a word.
func (sc *scanner) command(i int) int {
	s := sc.src
	inWord := len(sc.word) > 0
	if i+1 >= len(s) {
		return 0
	}
	c := s[i+1]
	if !isAlnum(c) {
		if strings.IndexByte("'`^\"~=.", c) < 0 {
			return 0
		}
		n := 2
		for i+n < len(s) && (s[i+n] == '{' || s[i+n] == '\\') { // \'{e}, \'{\i}
			n++
		}
		if i+n < len(s) && isAlnum(s[i+n]) {
			return n
		}
		return 0
	}
	j := i + 1
	for j < len(s) && s[j] < utf8.RuneSelf && (class[s[j]] == lower || class[s[j]] == upper) {
		j++
	}
	switch s[i+1 : j] {
	case "H", "c", "v", "u", "r", "k", "d", "b", "t": // accents that take an argument
		n := j - i
		for i+n < len(s) && (s[i+n] == '{' || s[i+n] == ' ' || s[i+n] == '\\') {
			n++
		}
		if i+n < len(s) && isAlnum(s[i+n]) {
			return n
		}
		return 0
	case "o", "O", "l", "L", "ss", "ae", "AE", "oe", "OE", "aa", "AA", "i", "j": // letters
		return 1
	case "emph", "textit", "textbf", "texttt", "textsc", "textrm", "text", "mathrm", "mathbf", "mathcal",
		"mathbb", "mathit", "mathsf", "mathfrak", "operatorname", "rm", "it", "bf", "em", "sc", "sf", "tt", "cal",
		"left", "right", "big", "Big", "bigl", "bigr", "url", "cite", "citep", "citet", "ref", "label", "footnote",
		"mbox", "hbox", "ensuremath", "begin", "end", "item", "hspace", "vspace", "frac", "sqrt":
		if inWord {
			return 0
		}
		n := j - i
		for i+n < len(s) && (s[i+n] == '{' || s[i+n] == ' ') {
			n++
		}
		return n
	}
	return 0
}

func ideograph(r rune) bool {
	return r >= 0x2e80 && unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// fold lowers a letter and drops its accents; "" for what is no letter and no
// digit. Greek letters get their names, as LaTeX writes them.
func fold(r rune) string {
	if r < 0x250 {
		return folds[r]
	}
	return foldSlow(r)
}

var folds = func() (t [0x250]string) {
	for r := range t {
		t[r] = foldSlow(rune(r))
	}
	return
}()

var greek = strings.Fields("alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma sigma tau upsilon phi chi psi omega")

func foldSlow(r rune) string {
	if r == 'µ' {
		r = 'μ'
	}
	var b strings.Builder
	for _, d := range norm.NFKD.String(string(r)) {
		if !unicode.IsLetter(d) && !unicode.IsDigit(d) {
			continue
		}
		d = unicode.ToLower(d)
		switch {
		case d >= 'α' && d <= 'ω':
			b.WriteString(greek[d-'α'])
		case d == 'ø':
			b.WriteByte('o')
		case d == 'ł':
			b.WriteByte('l')
		case d == 'đ' || d == 'ð':
			b.WriteByte('d')
		case d == 'ı':
			b.WriteByte('i')
		case d == 'ß':
			b.WriteString("ss")
		case d == 'æ':
			b.WriteString("ae")
		case d == 'œ':
			b.WriteString("oe")
		case d == 'þ':
			b.WriteString("th")
		default:
			b.WriteRune(d)
		}
	}
	return b.String()
}
