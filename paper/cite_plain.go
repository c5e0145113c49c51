package paper

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// accents are LaTeX's, as the combining characters that they become.
var accents = map[string]rune{
	"`": 0x300, "'": 0x301, "^": 0x302, "~": 0x303, "=": 0x304, "u": 0x306, ".": 0x307, `"`: 0x308, "r": 0x30a,
	"H": 0x30b, "v": 0x30c, "d": 0x323, "c": 0x327, "k": 0x328, "b": 0x331, "t": 0x361,
}

// signs are the commands that stand for one sign or for nothing.
var signs = map[string]string{
	"o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ss": "ß", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
	"i": "ı", "j": "ȷ", "dh": "ð", "DH": "Ð", "dj": "đ", "DJ": "Đ", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ",
	"textbackslash": `\`, "textasciitilde": "~", "textasciicircum": "^", "textbraceleft": "{", "textbraceright": "}",
	"textless": "<", "textgreater": ">", "textbar": "|", "textunderscore": "_", "textdollar": "$",
	"textendash": "–", "textemdash": "—", "textquoteright": "’", "textquoteleft": "‘", "textquotedblleft": "“", "textquotedblright": "”",
	"ldots": "…", "dots": "…", "textregistered": "®", "texttrademark": "™", "copyright": "©", "pounds": "£", "S": "§", "P": "¶",
	"&": "&", "%": "%", "$": "$", "#": "#", "_": "_", "{": "{", "}": "}",
	" ": " ", ",": " ", ";": " ", ":": " ", `\`: " ", "!": "", "/": "", "-": "", "@": "",
	"emph": "", "textit": "", "textbf": "", "texttt": "", "textsc": "", "textrm": "", "textsf": "", "textsl": "", "textup": "",
	"textmd": "", "textnormal": "", "text": "", "mbox": "", "hbox": "", "it": "", "bf": "", "em": "", "rm": "", "sc": "", "sf": "",
	"sl": "", "tt": "", "itshape": "", "bfseries": "", "scshape": "", "ttfamily": "", "mathrm": "", "protect": "",
}

// plainText is s on one line, with its LaTeX accents and signs as Unicode and
// without commands that only say how it looks. Formulas and commands that it
// does not know stay as they are.
func plainText(s string) string {
	s = oneLine(s)
	if !strings.ContainsAny(s, `\{}$~`) {
		return s
	}
	p := plainer{toks: lexTeX(s), keep: -1}
	for p.next() {
	}
	return oneLine(norm.NFC.String(p.out.String()))
}

type plainer struct {
	out    strings.Builder
	toks   []texToken
	at     int
	groups []bool // for each open one, whether its braces are kept
	keep   int    // they are for a group here in out: behind _, ^ and what is unknown
}

func (p *plainer) next() bool {
	if p.at == len(p.toks) {
		return false
	}
	t := p.toks[p.at]
	p.at++
	switch t.kind {
	case texSpace, texTie:
		p.out.WriteByte(' ')
	case texOpen:
		keep := p.out.Len() == p.keep
		p.groups = append(p.groups, keep)
		if keep {
			p.out.WriteByte('{')
		}
	case texClose:
		keep := p.groups[len(p.groups)-1]
		p.groups = p.groups[:len(p.groups)-1]
		if keep {
			p.out.WriteByte('}')
			p.keep = p.out.Len()
		}
	case texCommand, texSymbol:
		p.control(t)
	case texText, texMath:
		p.write(t.text)
	}
	return true
}

func (p *plainer) control(t texToken) {
	name := t.text[1:]
	if mark, ok := accents[name]; ok {
		p.accent(name, mark)
		return
	}
	sign, known := signs[name]
	if !known {
		p.out.WriteString(t.text)
		p.keep = p.out.Len()
		return
	}
	p.write(sign)
	if t.kind != texCommand {
		return
	}
	// TeX ends a command's name with a space or an empty group.
	if p.kindAt(p.at) == texSpace {
		p.at++
	} else if p.kindAt(p.at) == texOpen && p.kindAt(p.at+1) == texClose {
		p.at += 2
	}
}

// kindAt is the kind of the token at i; behind the last one, text.
func (p *plainer) kindAt(i int) texKind {
	if i < len(p.toks) {
		return p.toks[i].kind
	}
	return texText
}

// accent puts a mark on the letter that follows: o, {o}, \i or {\i}.
func (p *plainer) accent(name string, mark rune) {
	if p.kindAt(p.at) == texOpen {
		p.at++
		p.groups = append(p.groups, false)
	}
	if p.at < len(p.toks) {
		t := &p.toks[p.at]
		letter, size := utf8.DecodeRuneInString(t.text)
		switch {
		case t.text == `\i`, letter == 'ı':
			letter = 'i'
		case t.text == `\j`, letter == 'ȷ':
			letter = 'j'
		}
		if unicode.IsLetter(letter) {
			if t.kind == texCommand {
				p.at++
			} else {
				t.text = t.text[size:]
			}
			p.out.WriteRune(letter)
			p.out.WriteRune(mark)
			return
		}
	}
	if name == "^" || name == "~" { // \^{} and \~{}: the sign itself
		p.write(name)
	}
}

func (p *plainer) write(s string) {
	p.out.WriteString(s)
	p.keep = -1
	if strings.HasSuffix(s, "_") || strings.HasSuffix(s, "^") {
		p.keep = p.out.Len()
	}
}
