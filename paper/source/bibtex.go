package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"

	"kindred/paper"
)

// bibtexFormat is BibTeX and BibLaTeX databases, as Zotero, Mendeley, JabRef,
// Google Scholar and the ACL Anthology write them (Patashnik, BibTeXing, 1988,
// section 2; https://ctan.org/pkg/biblatex, section 2). Accents become
// Unicode, braces go, formulas stay as they are. A citation key names a paper
// in one library only, so a paper's id is its DOI or the like, else made of
// its text.
//
// Text between entries is passed over, as BibTeX does it, but told where it is
// records of another format. An entry whose
// braces do not match ends where a line begins the next one.
func bibtexFormat() *format {
	return &format{name: "bibtex", sniff: sniffBibTeX, read: readBibTeX}
}

// sniffBibTeX takes a text in which one of the first lines begins an entry.
func sniffBibTeX(head []byte) bool {
	if isBinary(head) {
		return false
	}
	for _, line := range beginning(head, 200) {
		if word, _ := entryStart(bytes.TrimLeft(line, " \t")); word != "" {
			return true
		}
	}
	return false
}

// entryStart reads "@article{" at the start of s: the word in lower case and
// the length up to the brace; empty if s begins otherwise.
func entryStart(s []byte) (word string, n int) {
	if len(s) == 0 || s[0] != '@' {
		return "", 0
	}
	for n = 1; n < len(s) && ('a' <= s[n]|0x20 && s[n]|0x20 <= 'z'); n++ {
	}
	end := n
	for n < len(s) && (s[n] == ' ' || s[n] == '\t') {
		n++
	}
	if n == len(s) || s[n] != '{' && s[n] != '(' {
		return "", 0
	}
	return strings.ToLower(string(s[1:end])), n
}

func readBibTeX(text *bufio.Reader, out *sink) error {
	b := &bibReader{window: newWindow(text), out: out, macros: make(map[string]string), bibParents: bibParents{parents: make(map[string]map[string]string)}}
	for {
		if _, ok := b.at(0); !ok {
			if err := b.release(true); err != nil {
				return err
			}
			return out.end(b.line, b.err)
		}
		if err := b.next(); err != nil {
			return err
		}
	}
}

type bibReader struct {
	window
	out    *sink
	macros map[string]string // @string
	size   int               // of macros
	after  bool              // an entry has ended on this line
	stray  bool              // a record of another format has been told since the last entry
	bibParents
}

// maxMacros bounds the memory of @string, in bytes; real files have some 10 KB.
const maxMacros = 1 << 20

// maxEntryStart is how much of a line is looked at for the start of an entry.
const maxEntryStart = 256

// next takes one entry, or the line at pos if it begins none.
func (b *bibReader) next() error {
	b.at(maxEntryStart)
	rest := b.buf[b.pos:min(len(b.buf), b.pos+maxEntryStart)]
	blank := 0
	for blank < len(rest) && (rest[blank] == ' ' || rest[blank] == '\t' || b.after && rest[blank] == ',') {
		blank++
	}
	word, start := entryStart(rest[blank:])
	if word == "" {
		kind := ""
		if !b.stray && !b.after {
			kind = recordStart(rest[blank:])
		}
		line := b.line
		b.after = false
		b.skipLine()
		if kind == "" {
			return nil
		}
		b.stray = true
		return b.reject(line, "a record of %s among entries of BibTeX; put what is not BibTeX into a file of its own", kind)
	}
	b.stray = false
	b.skip(blank)
	line := b.line
	n, broken := b.entryEnd(start)
	if broken != nil {
		if broken == errEntryCut && !errors.Is(b.err, io.EOF) {
			b.skip(len(b.buf) - b.pos) // what a failed read has cut off is no entry
			return nil
		}
		b.after = false
		b.skip(n)
		b.skipLine()
		if word == "comment" {
			return nil
		}
		return b.reject(line, "%v", broken)
	}
	entry, ok := decodeRecord(b.buf[b.pos : b.pos+n])
	body := ""
	if ok && word != "comment" && word != "preamble" {
		body = string(entry[start+1 : len(entry)-1])
	}
	b.skip(n)
	b.after = true
	switch {
	case word == "comment" || word == "preamble":
		return nil
	case !ok:
		return b.reject(line, "not valid UTF-8")
	}
	return b.entry(line, word, body)
}

const errEntryCut = brokenError("the entry does not end")

// entryEnd is the length of the entry at pos whose brace is at start. Where it
// does not end, n is the length of what can be passed over.
func (b *bibReader) entryEnd(start int) (n int, err error) {
	depth, round := 0, b.buf[b.pos+start] == '('
	if round {
		start++
	}
	p := b.buf[b.pos:]
	for i := start; ; i++ {
		if i >= len(p) {
			if i > MaxRecord {
				return i - 1, brokenError(tooLong)
			}
			if !b.more() {
				return max(0, i-1), errEntryCut
			}
			p = b.buf[b.pos:]
		}
		switch p[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 && !round {
				return i + 1, nil
			}
		case ')':
			if round && depth <= 0 {
				return i + 1, nil
			}
		case '@':
			blank := i - 1
			for p[blank] == ' ' || p[blank] == '\t' {
				blank--
			}
			if p[blank] != '\n' {
				continue
			}
			b.at(i + maxEntryStart)
			p = b.buf[b.pos:]
			if word, _ := entryStart(p[i:min(len(p), i+maxEntryStart)]); word != "" {
				return blank, brokenError("the entry does not end before the next begins")
			}
		}
	}
}

// entry takes the inside of an entry's braces.
func (b *bibReader) entry(line int, word, body string) error {
	key, size := "", len(body)
	if word != "string" {
		var fields string
		var ok bool
		if key, fields, ok = strings.Cut(body, ","); !ok {
			return b.reject(line, "@%s has no fields", word)
		}
		body = fields
	}
	fields, err := b.fields(body)
	switch {
	case err != nil:
		return b.reject(line, "%v", err)
	case word != "string":
		return b.take(word, key, &bibEntry{line: line, size: size, fields: fields})
	}
	for name, value := range fields {
		if b.size += len(name) + len(value); b.size <= maxMacros {
			b.macros[name] = value
		}
	}
	return nil
}

// fields reads name = value, name = value. Of two with one name the first
// counts.
func (b *bibReader) fields(s string) (map[string]string, error) {
	fields := make(map[string]string)
	for {
		if s = strings.TrimLeft(s, " \t\r\n,"); s == "" {
			return fields, nil
		}
		name, rest, ok := strings.Cut(s, "=")
		name = strings.ToLower(strings.TrimSpace(name))
		if !ok || name == "" || strings.ContainsAny(name, " \t\n{}\",") {
			return nil, brokenError("not a field with a value: " + quoteClip(s))
		}
		var value strings.Builder
		for {
			part, after, err := b.value(strings.TrimLeft(rest, " \t\r\n"))
			if err != nil {
				return nil, brokenError(name + ": " + err.Error())
			}
			value.WriteString(part)
			if rest, ok = strings.CutPrefix(strings.TrimLeft(after, " \t\r\n"), "#"); !ok {
				s = after
				break
			}
			if value.Len() > MaxRecord {
				return nil, brokenError(tooLong)
			}
		}
		if _, twice := fields[name]; !twice {
			fields[name] = value.String()
		}
	}
}

// value reads one {…}, "…", number or macro.
func (b *bibReader) value(s string) (value, rest string, err error) {
	if s == "" {
		return "", "", errors.New("no value")
	}
	if s[0] != '{' && s[0] != '"' {
		n := strings.IndexAny(s, " \t\r\n,#{}\"=")
		if n < 0 {
			n = len(s)
		}
		if n == 0 {
			return "", "", errors.New("no value")
		}
		word := s[:n]
		if text, ok := b.macros[strings.ToLower(word)]; ok {
			word = text
		}
		return word, s[n:], nil
	}
	depth := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '{':
			depth++
		case c == '}':
			if depth--; depth == 0 && s[0] == '{' {
				return s[1:i], s[i+1:], nil
			}
		case c == '"' && i > 0 && depth == 0 && s[0] == '"':
			return s[1:i], s[i+1:], nil
		}
	}
	return "", "", errors.New("the value does not end")
}

// bibRecord is what an entry's fields say.
func bibRecord(fields map[string]string) *record {
	first := func(names ...string) string {
		for _, name := range names {
			if s := paper.PlainText(fields[name]); s != "" {
				return s
			}
		}
		return ""
	}
	r := &record{
		shape: citationShape,
		title: first("title"), abstract: first("abstract"), year: first("year"),
		venue: first("journal", "journaltitle", "booktitle", "school", "institution"),
		url:   strings.TrimSpace(fields["url"]), carried: strings.TrimSpace(fields["kindred"]),
	}
	if subtitle := first("subtitle"); subtitle != "" {
		r.title += ": " + subtitle
	}
	people := fields["author"]
	if strings.TrimSpace(people) == "" {
		people = fields["editor"]
	}
	for _, one := range splitAtDepth0(people, " and ") {
		one = strings.TrimSpace(one)
		name := displayName(paper.PlainText(one))
		if strings.HasPrefix(one, "{") && strings.HasSuffix(one, "}") && strings.Count(one, "{") == 1 {
			name = paper.PlainText(one) // a group, with its commas
		}
		if name != "others" && name != "" {
			r.authors.list = append(r.authors.list, name)
		}
	}
	r.categories.list = splitList(first("keywords"))
	date, _, _ := strings.Cut(first("date"), "/") // of a range the beginning
	if r.date = isoDate(date); r.date == "" {
		month := first("month") // "10~" # oct is a day and a month
		r.date = joinDate(r.year, month[strings.LastIndexByte(month, ' ')+1:], first("day"))
	}
	if len(r.date) == len("2019") {
		r.year, r.date = r.date, ""
	}
	for kind, names := range map[string][]string{"doi": {"doi"}, "pmid": {"pmid"}, "pmcid": {"pmcid"}, "acl": {"acl_id"}, "arxiv": {"arxivid", "arxiv"}} {
		r.addID(kind, first(names...))
	}
	eprint := first("eprint")
	switch archive := strings.ToLower(first("archiveprefix", "eprinttype")); {
	case archive == "pubmed":
		r.addID("pmid", eprint)
	case archive == "arxiv", archive == "":
		if _, month := arxivNumber(arxivBase(eprint)); month != "" {
			r.addID("arxiv", eprint)
		}
	}
	return r
}

// splitAtDepth0 splits s at sep outside of braces, where any white space
// counts as a space.
func splitAtDepth0(s, sep string) (parts []string) {
	s = oneLine(s)
	depth, from := 0, 0
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '{':
			depth++
		case '}':
			depth--
		case sep[0]:
			if depth == 0 && strings.HasPrefix(s[i:], sep) {
				parts = append(parts, s[from:i])
				i += len(sep) - 1
				from = i + 1
			}
		}
	}
	return append(parts, s[from:])
}
