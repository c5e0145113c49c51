package paper

import (
	"strings"
	"unicode/utf8"
)

// Titles and abstracts are half plain text, half LaTeX: "R&D of \emph{E. coli}
// with $\ell_2$ norms and c_0". lexTeX tells the two apart, so that what is
// LaTeX can be kept and what is not can be escaped.

type texKind uint8

const (
	texText texKind = iota // stands for itself
	texSpace
	texTie     // a ~ between two words; elsewhere it is text
	texCommand // \emph: a backslash and letters
	texSymbol  // \" or \&: a backslash and one sign
	texOpen    // a brace that
	texClose   // closes: others are left out
	texMath    // $…$ and the like, fit for LaTeX
)

type texToken struct {
	kind texKind
	text string
}

// lexTeX splits a text on one line. Braces that match nothing and commands
// that do more than show something are left out.
func lexTeX(s string) []texToken { return tidy(tokens(s)) }

func tokens(s string) []texToken {
	var toks []texToken
	var open []int
	for len(s) > 0 {
		t := firstToken(s)
		s = s[len(t.text):]
		switch t.kind {
		case texOpen:
			open = append(open, len(toks))
		case texClose:
			if len(open) == 0 {
				continue
			}
			open = open[:len(open)-1]
		case texCommand:
			if harmful[t.text[1:]] {
				continue
			}
		case texMath:
			t.text = mendMath(t.text)
		}
		toks = append(toks, t)
	}
	for _, at := range open {
		toks[at].text = ""
	}
	return toks
}

// firstToken is the token at the start of s, as it stands there.
func firstToken(s string) texToken {
	kind, n := texText, 1
	switch s[0] {
	case '\\', '$':
		if n = mathSpan(s); n > 0 {
			kind = texMath
		} else {
			kind, n = control(s)
		}
	case '{':
		kind = texOpen
	case '}':
		kind = texClose
	case ' ':
		kind = texSpace
	case '~':
		kind = texTie
	default:
		if n = strings.IndexAny(s, `\${} ~`); n < 0 {
			n = len(s)
		}
	}
	return texToken{kind, s[:n]}
}

// tidy takes out empty tokens and makes clear what belongs together: Erd\H os
// becomes Erd\H{o}s and \L odz \L{}odz, letters do not come to lengthen a
// command's name, and a tie has a word on both sides.
func tidy(toks []texToken) []texToken {
	out := make([]texToken, 0, len(toks))
	for _, t := range toks {
		last := len(out) - 1
		switch {
		case t.text == "":
			continue
		case last < 0 || out[last].kind != texCommand && out[last].kind != texSymbol:
		case t.kind == texSpace && out[last].isAccent():
			continue
		case t.kind == texText && out[last].kind == texCommand && out[last].isAccent():
			_, size := utf8.DecodeRuneInString(t.text)
			out = append(out, texToken{texOpen, "{"}, texToken{texText, t.text[:size]}, texToken{texClose, "}"})
			if t.text = t.text[size:]; t.text == "" {
				continue
			}
		case out[last].kind == texCommand && (t.kind == texSpace || isLetter(t.text[0])):
			if signs[out[last].text[1:]] != "" {
				out = append(out, texToken{texOpen, "{"}, texToken{texClose, "}"})
			} else {
				out = append(out, texToken{texSpace, " "})
			}
			if t.kind == texSpace {
				continue
			}
		}
		out = append(out, t)
	}
	isSpace := func(t texToken) bool { return t.kind == texSpace || t.text == `\ ` }
	for len(out) > 0 && isSpace(out[0]) {
		out = out[1:]
	}
	for len(out) > 0 && isSpace(out[len(out)-1]) {
		out = out[:len(out)-1]
	}
	for i := range out {
		if out[i].kind == texTie && (i == 0 || i == len(out)-1 || out[i-1].kind == texSpace || out[i+1].kind == texSpace) {
			out[i].kind = texText
		}
	}
	return out
}

func (t texToken) isAccent() bool {
	return (t.kind == texCommand || t.kind == texSymbol) && accents[t.text[1:]] != 0
}

// control is the kind and length of what the backslash at the start of s
// begins. It is a mere sign before a digit, nothing, and the fence of a
// formula that is none; so is a dollar sign.
func control(s string) (texKind, int) {
	n := 1
	for n < len(s) && isLetter(s[n]) {
		n++
	}
	switch {
	case s[0] == '$':
		return texText, 1
	case n > 1:
		return texCommand, n
	case n < len(s) && strings.IndexByte(" !\"#$%&'*+,-./:;<=>?@\\^_`{|}~", s[n]) >= 0:
		return texSymbol, 2
	}
	return texText, 1
}

// harmful commands read, write or redefine: a title has no use for them, a
// stranger's title in one's own document might.
var harmful = wordSet(`input include includeonly import subimport InputIfFileExists subfile endinput openin openout read readline
	write closein closeout immediate special catcode lccode uccode active def edef gdef xdef let futurelet csname endcsname
	expandafter newcommand renewcommand providecommand DeclareRobustCommand DeclareMathOperator NewDocumentCommand
	RenewDocumentCommand ProvideDocumentCommand DeclareDocumentCommand newenvironment renewenvironment directlua luaexec
	latelua usepackage RequirePackage documentclass makeatletter ShellEscape everypar everyjob output shipout scantokens
	lstinputlisting verbatiminput includegraphics includepdf loop repeat bibliography`)

// maxMath is the longest formula, in bytes. Formulas in titles and abstracts
// are shorter; the bound keeps one dollar sign from swallowing an abstract.
const maxMath = 2000

// mathSpan is the length of the formula at the start of s, 0 if there is none.
func mathSpan(s string) int {
	open, end := "", ""
	for _, fence := range [][2]string{{"$$", "$$"}, {"$", "$"}, {`\(`, `\)`}, {`\[`, `\]`}} {
		if strings.HasPrefix(s, fence[0]) {
			open, end = fence[0], fence[1]
			break
		}
	}
	if open == "" {
		return 0
	}
	for i := len(open); i < min(len(s), maxMath); i++ {
		switch {
		case strings.HasPrefix(s[i:], end):
			n := i + len(end)
			money := open == "$" && isDigit(s[1]) && n < len(s) && isDigit(s[n]) // $5 or $10
			if i == len(open) || money {
				return 0
			}
			return n
		case open[0] == '\\' && strings.HasPrefix(s[i:], open):
			return 0
		case s[i] == '\\':
			i++
		}
	}
	return 0
}

func isDigit(b byte) bool  { return '0' <= b && b <= '9' }
func isLetter(b byte) bool { return 'a' <= b|0x20 && b|0x20 <= 'z' }

// mendMath makes a formula one that LaTeX can set: braces match, and what
// begins comments, parameters, formulas and coded characters (^^5c) does not.
func mendMath(span string) string {
	fence := 1
	if span[0] == '\\' || span[1] == '$' {
		fence = 2
	}
	toks := tidy(withoutAccents(tokens(span[fence : len(span)-fence])))
	inner := joinMath(toks, `\{`, `\}`)
	if !bracesMatch(inner) {
		inner = joinMath(toks, `\lbrace `, `\rbrace `)
	}
	if inner == "" {
		return ""
	}
	return span[:fence] + inner + span[len(span)-fence:]
}

// withoutAccents takes accents out of a formula, where LaTeX has none: \v and
// \H without braces are names that an author's own file gives a meaning to, and
// their letters say what is left of it. \text{G\"odel} and \text{\v{C}ech} stay.
func withoutAccents(toks []texToken) []texToken {
	for i, t := range toks {
		next := texToken{}
		if i+1 < len(toks) {
			next = toks[i+1]
		}
		switch {
		case !t.isAccent(), next.kind == texOpen && next.text != "":
		case t.kind == texCommand:
			toks[i] = texToken{texText, t.text[1:]}
		case next.text == "" || next.kind != texCommand && !isLetter(next.text[0]) && next.text[0] < utf8.RuneSelf:
			toks[i].text = ""
		}
	}
	return toks
}

var mathSigns = strings.NewReplacer("#", `\#`, "%", `\%`, "$", `\$`, `\`, `\backslash `)

func joinMath(toks []texToken, lbrace, rbrace string) string {
	var b strings.Builder
	for _, t := range toks {
		switch {
		case t.kind == texText:
			b.WriteString(mathSigns.Replace(t.text))
		case t.kind == texMath:
			b.WriteString(strings.Trim(t.text, "$"))
		case t.text == `\{`:
			b.WriteString(lbrace)
		case t.text == `\}`:
			b.WriteString(rbrace)
		default:
			b.WriteString(t.text)
		}
	}
	s := strings.TrimRight(b.String(), " ")
	for strings.Contains(s, "^^") {
		s = strings.ReplaceAll(s, "^^", "^")
	}
	return s
}

// bracesMatch counts braces as BibTeX does, which knows no \{.
func bracesMatch(s string) bool {
	depth := 0
	for i := 0; i < len(s) && depth >= 0; i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		}
	}
	return depth == 0
}
