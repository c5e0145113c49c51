package paper

import (
	"bytes"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// writeBibTeX writes one entry, a field a line. Names are plain text in UTF-8;
// title, venue and abstract keep their LaTeX, and what in them is none is
// escaped.
func writeBibTeX(b *bytes.Buffer, c *citation) {
	kind, place := "misc", "howpublished"
	switch {
	case c.kind == journal:
		kind, place = "article", "journal"
	case c.kind == proceedings:
		kind, place = "inproceedings", "booktitle"
	case c.arxiv != "":
		place = "" // the eprint says it
	}
	b.WriteString("@" + kind + "{" + c.key + ",")
	between := "\n  "
	write := func(name, value string) {
		b.WriteString(between + name + " = " + value)
		between = ",\n  "
	}
	field := func(name, value string) {
		if name != "" && value != "" {
			write(name, "{"+value+"}")
		}
	}
	field("title", texTitle(c.title))
	field("author", texNames(c.authors))
	field(place, texPassage(c.venue))
	if c.year > 0 {
		field("year", strconv.Itoa(c.year))
	}
	if c.month > 0 {
		write("month", months[c.month-1]) // a macro that every style defines
	}
	if c.arxiv != "" {
		field("eprint", verbatim.Replace(c.arxiv))
		field("archivePrefix", "arXiv")
		if arxivCategory.MatchString(c.category) {
			field("primaryClass", c.category)
		}
	}
	field("doi", verbatim.Replace(c.doi))
	field("url", verbatim.Replace(c.url))
	field("abstract", texPassage(c.abstract))
	if c.export {
		field("keywords", texPlain(oneLine(strings.Join(c.of.Categories, ", "))))
		field("kindred", carried(c))
	}
	b.WriteString("\n}\n")
}

var months = [12]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}

// arxivCategory has the form of arXiv's: "hep-th", "cs.CL", "q-bio.PE".
var arxivCategory = regexp.MustCompile(`^[a-z]+(-[a-z]+)?(\.[A-Za-z]+(-[a-z]+)?)?$`)

// verbatim is for fields that styles do not set as LaTeX but as a link.
var verbatim = strings.NewReplacer(`\`, "%5C", "{", "%7B", "}", "%7D", " ", "%20")

// texSigns are the signs that LaTeX, in its default encoding too, would take
// for something else.
var texSigns = map[rune]string{
	'&': `\&`, '%': `\%`, '#': `\#`, '_': `\_`, '$': `\$`, '~': `\textasciitilde{}`, '^': `\textasciicircum{}`,
	'\\': `\textbackslash{}`, '{': `\textbraceleft{}`, '}': `\textbraceright{}`, '<': `\textless{}`, '>': `\textgreater{}`, '|': `\textbar{}`,
}

func writeTexRune(b *strings.Builder, r rune) {
	if sign, ok := texSigns[r]; ok {
		b.WriteString(sign)
	} else {
		b.WriteRune(r)
	}
}

// texPlain escapes text that holds no LaTeX.
func texPlain(s string) string {
	var b strings.Builder
	for _, r := range s {
		writeTexRune(&b, r)
	}
	return b.String()
}

// texPassage escapes what in s is no LaTeX.
func texPassage(s string) string {
	toks := lexTeX(s)
	var b strings.Builder
	for i := range toks {
		b.WriteString(texOf(toks, i))
	}
	return b.String()
}

// texOf is the token at i as it stands in a field.
func texOf(toks []texToken, i int) string {
	t := toks[i]
	switch {
	case t.kind == texText:
		return texPlain(t.text)
	case t.text == `\{`: // BibTeX would count it
		return `\textbraceleft{}`
	case t.text == `\}`:
		return `\textbraceright{}`
	}
	if t.isAccent() && (i == len(toks)-1 || toks[i+1].kind != texText && toks[i+1].kind != texOpen && toks[i+1].kind != texCommand) {
		return t.text + "{}" // else it would take what closes the field
	}
	return t.text
}

// texTitle is a title in which the capitals are protected that styles would
// make small: BibTeX knows neither names nor formulas nor, outside of braces,
// commands. A first capital is left to the style, and so are the words of a
// title all in capitals.
func texTitle(s string) string {
	toks := lexTeX(s)
	w := titleWriter{shouted: !slices.ContainsFunc(toks, func(t texToken) bool {
		return t.kind == texText && strings.ContainsFunc(t.text, unicode.IsLower)
	})}
	for i, t := range toks {
		tex := texOf(toks, i)
		switch {
		case t.kind == texOpen:
			w.depth++
			w.add(tex, false)
		case t.kind == texClose:
			w.add(tex, false)
			w.depth--
		case w.depth > 0:
			w.add(tex, false)
		case t.kind == texSpace && i > 0 && toks[i-1].kind == texCommand && w.protect: // ends the command's name
			w.add(tex, false)
		case t.kind == texSpace || t.kind == texTie:
			w.end()
			w.out.WriteString(tex)
		case t.kind == texText:
			w.text(t.text)
		default:
			w.add(tex, strings.ContainsFunc(tex, unicode.IsUpper))
		}
	}
	w.end()
	return w.out.String()
}

type titleWriter struct {
	out, word strings.Builder
	depth     int
	shouted   bool
	signs     int  // letters and the like in the word
	capitals  int  // outside of braces
	protect   bool // the word
}

// text adds text outside of braces, which may begin and end words.
func (w *titleWriter) text(s string) {
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.M, unicode.N) && !strings.ContainsRune(`'’_^\`, r) {
			w.end()
			writeTexRune(&w.out, r)
			continue
		}
		if unicode.IsUpper(r) || unicode.IsTitle(r) {
			w.capitals++
			w.protect = w.protect || w.signs > 0 && !w.shouted
		}
		w.signs++
		writeTexRune(&w.word, r)
	}
}

// add adds LaTeX to the word.
func (w *titleWriter) add(tex string, protect bool) {
	w.word.WriteString(tex)
	w.protect = w.protect || protect
	if tex[0] != '\\' || len(tex) > 2 { // not an accent, which is part of a letter
		w.signs++
	}
}

func (w *titleWriter) end() {
	word := w.word.String()
	// A letter alone is a name: of a group, a vitamin, a ray.
	if w.protect || w.signs == 1 && w.capitals == 1 && word != "A" && !w.shouted {
		if word[0] == '\\' { // {\ begins what BibTeX takes for an accented letter
			word = "{" + word + "}"
		}
		word = "{" + word + "}"
	}
	w.out.WriteString(word)
	w.word.Reset()
	w.signs, w.capitals, w.protect = 0, 0, false
}

// texNames joins names as BibTeX has them: "von Last, Jr, First and …".
func texNames(names []name) string {
	var b strings.Builder
	for i, n := range names {
		if i > 0 {
			b.WriteString(" and ")
		}
		switch {
		case n.literal != "":
			b.WriteString("{" + texPlain(n.literal) + "}")
		case n.suffix != "":
			b.WriteString(texPlain(n.familyName() + ", " + n.suffix + ", " + n.given))
		case n.given != "":
			b.WriteString(texPlain(n.familyName() + ", " + n.given))
		default:
			b.WriteString(texPlain(n.familyName()))
		}
	}
	return b.String()
}
