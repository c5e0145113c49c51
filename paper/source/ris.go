package source

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// risFormat is RIS, as Zotero, EndNote, Mendeley, Scopus and publishers write
// it (Reference Manager's RIS format specification, 2001 and 2011,
// https://en.wikipedia.org/wiki/RIS_(file_format)): lines of a tag, two spaces,
// a hyphen and a value, from TY to ER. Lines without a tag carry on the one
// before. A record that has no ER ends where the next TY stands; at the end of
// the input it is taken for cut off.
func risFormat() *format {
	return &format{name: "ris", sniff: sniffRIS, read: readRIS}
}

func sniffRIS(head []byte) bool {
	for _, line := range beginning(head, 50) {
		if tag, _, ok := risLine(line); ok && tag == "TY" {
			return true
		}
	}
	return false
}

// risLine takes a line apart. Spaces around the hyphen may be lost.
func risLine(line []byte) (tag string, value []byte, ok bool) {
	if len(line) < 3 || line[0] < 'A' || 'Z' < line[0] || (line[1] < 'A' || 'Z' < line[1]) && (line[1] < '0' || '9' < line[1]) {
		return "", nil, false
	}
	rest := bytes.TrimLeft(line[2:], " ")
	if len(rest) == len(line)-2 || len(rest) == 0 || rest[0] != '-' || len(line)-len(rest) > 6 {
		return "", nil, false
	}
	return string(line[:2]), bytes.TrimSpace(rest[1:]), true
}

func isEntry(line []byte) bool {
	word, _ := entryStart(line)
	return word != ""
}

// tagRecord is a record of tags that is being read, of RIS or its like.
type tagRecord struct {
	line int
	size int
	tags map[string][]string
	last string // tag
	bad  string // why it is none
}

func readRIS(text *bufio.Reader, out *sink) error {
	in := lineScanner{r: text}
	var now *tagRecord
	strayed := false
	for {
		l, err := in.next()
		if err != nil {
			if now != nil && errors.Is(err, io.EOF) {
				if err := out.reject(now.line, "the record does not end: no ER"); err != nil {
					return err
				}
			}
			return out.end(in.number, err)
		}
		line, ok := decodeRecord([]byte(l.text))
		tag, value, tagged := risLine(append(line, ' ')) // "ER  -" may have lost its last space
		switch {
		case tagged && tag == "TY":
			if now != nil {
				if err := now.give(out); err != nil {
					return err
				}
			}
			now, strayed = &tagRecord{line: l.number, tags: make(map[string][]string)}, false
			continue
		case tagged && tag == "ER" && now != nil:
			if err := now.give(out); err != nil {
				return err
			}
			now = nil
			continue
		case now == nil && tagged && !strayed:
			strayed = true
			if err := out.reject(l.number, "%s stands before a record's TY", tag); err != nil {
				return err
			}
		case now == nil && !tagged && !strayed && isEntry(line):
			strayed = true
			if err := out.reject(l.number, "an entry of BibTeX among records of RIS; put what is not RIS into a file of its own"); err != nil {
				return err
			}
		}
		if now == nil {
			continue
		}
		now.take(l, ok, tag, string(value), tagged, string(line))
	}
}

// take takes a line of the record; ok is false for one that is no text.
func (r *tagRecord) take(l textLine, ok bool, tag, value string, tagged bool, line string) {
	if r.size += l.length + 1; r.size > MaxRecord {
		r.bad, r.tags = tooLong, nil
	}
	if !ok && r.bad == "" {
		r.bad = "not valid UTF-8"
	}
	if r.bad == "" {
		r.add(tag, value, tagged, line)
	}
}

func (r *tagRecord) add(tag, value string, tagged bool, line string) {
	if tagged {
		r.tags[tag] = append(r.tags[tag], value)
		r.last = tag
		return
	}
	if values := r.tags[r.last]; len(values) > 0 && strings.TrimSpace(line) != "" {
		if r.last == "KW" {
			r.tags["KW"] = append(values, line)
			return
		}
		const most = 10_000 // lines of one value
		if len(r.tags["+"+r.last]) < most {
			r.tags["+"+r.last] = append(r.tags["+"+r.last], line)
		}
	}
}

func (r *tagRecord) first(tags ...string) string {
	for _, tag := range tags {
		if values := r.tags[tag]; len(values) > 0 && values[0] != "" {
			return strings.Join(append(values[:1:1], r.tags["+"+tag]...), " ")
		}
	}
	return ""
}

// give gives the paper out.
func (r *tagRecord) give(out *sink) error {
	if r.bad != "" {
		return out.reject(r.line, "%s", r.bad)
	}
	rec := &record{
		shape: citationShape,
		title: r.first("TI", "T1", "CT", "BT"), abstract: r.first("AB", "N2"),
		venue: r.first("T2", "JF", "JO", "BT", "JA", "J2", "SO"), url: r.first("UR", "LK"),
		year: r.first("PY", "Y1"),
	}
	if rec.venue == rec.title {
		rec.venue = ""
	}
	for _, tag := range []string{"AU", "A1"} {
		if rec.authors.list != nil {
			break
		}
		for _, name := range r.tags[tag] {
			rec.authors.list = append(rec.authors.list, displayName(name))
		}
	}
	for _, words := range r.tags["KW"] {
		rec.categories.list = append(rec.categories.list, strings.Split(words, ";")...)
	}
	for _, tag := range []string{"DA", "PY", "Y1"} { // YYYY/MM/DD/other
		date := joinDate(strings.Split(r.first(tag), "/")...)
		if date == "" {
			date = isoDate(r.first(tag))
		}
		if len(date) > len(rec.date) && len(date) > len("2006") {
			rec.date = date
		}
	}
	rec.addID("doi", r.first("DO"))
	if number := r.first("AN", "M1"); strings.HasPrefix(strings.ToLower(number), "arxiv:") {
		rec.addID("arxiv", number)
	} else if number != "" && allDigits(number) && strings.EqualFold(r.first("DB"), "PubMed") {
		rec.addID("pmid", number)
	}
	if id := r.first("C2"); strings.HasPrefix(id, "PMC") {
		rec.addID("pmcid", id)
	}
	for _, custom := range r.tags["C8"] {
		if carried, ok := strings.CutPrefix(custom, "kindred:"); ok {
			rec.carried = carried
		}
	}
	return out.record(r.line, rec)
}
