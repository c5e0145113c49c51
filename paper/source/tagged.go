package source

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// nbibFormat is PubMed's MEDLINE format, which the site saves as .nbib
// (https://www.nlm.nih.gov/bsd/mms/medlineelements.html): lines of a tag of four
// signs, a hyphen, a space and a value; what is set in carries on the line
// before. A record begins with PMID and ends with a blank line. The id is the
// PMID, as in PubMed's XML.
func nbibFormat() *format {
	return &format{
		name: "nbib",
		sniff: func(head []byte) bool {
			return anyLine(head, 20, func(line string) bool { return strings.HasPrefix(line, "PMID-") })
		},
		read: func(text *bufio.Reader, out *sink) error {
			return readTagged(text, out, taggedFormat{tagOf: nbibTag, begins: "PMID", give: giveNbib})
		},
	}
}

// wosFormat is Web of Science's plain text file, also EndNote's ISI-CE
// (https://webofscience.help.clarivate.com/en-us/Content/wos-core-collection/woscc-field-tags.htm):
// lines of a tag of two signs, a space and a value; what is set in carries on the
// line before, or is the next author. A record begins with PT and ends with ER.
// The id is the accession number (UT).
func wosFormat() *format {
	return &format{
		name: "wos",
		sniff: func(head []byte) bool {
			return anyLine(head, 3, isWoSStart)
		},
		read: func(text *bufio.Reader, out *sink) error {
			return readTagged(text, out, taggedFormat{tagOf: wosTag, begins: "PT", ends: "ER", lists: map[string]bool{"AU": true, "AF": true}, give: giveWoS})
		},
	}
}

// anyLine reports whether one of the first n lines of a text is of a kind.
func anyLine(head []byte, n int, is func(line string) bool) bool {
	for _, line := range beginning(head, n) {
		if is(strings.TrimRight(string(line), "\r ")) {
			return true
		}
	}
	return false
}

// taggedFormat is a format of records of tags.
type taggedFormat struct {
	tagOf  func(line string) (tag, value string, ok bool)
	begins string                                  // the tag that begins a record
	ends   string                                  // the tag that ends it; empty: a blank line or the end
	lists  map[string]bool                         // tags of which a further line is a further value
	give   func(line int, r *tagRecord, p *record) // fills in the record
}

// isWoSStart reports whether a line begins a record: it has a letter for the kind
// of publication, where "PT symmetry" begins titles.
func isWoSStart(line string) bool {
	return len(line) == len("PT J") && strings.HasPrefix(line, "PT ") && isTag(line[3:]+"A")
}

func nbibTag(line string) (tag, value string, ok bool) {
	if len(line) < 5 || line[4] != '-' || !isTag(strings.TrimRight(line[:4], " ")) {
		return "", "", false
	}
	return strings.TrimRight(line[:4], " "), strings.TrimSpace(line[5:]), true
}

func wosTag(line string) (tag, value string, ok bool) {
	if len(line) < 2 || !isTag(line[:2]) || len(line) > 2 && line[2] != ' ' {
		return "", "", false
	}
	return line[:2], strings.TrimSpace(line[2:]), true
}

// isTag reports whether s is of capitals and digits, a capital first.
func isTag(s string) bool {
	for i := range len(s) {
		if (s[i] < 'A' || 'Z' < s[i]) && (i == 0 || s[i] < '0' || '9' < s[i]) {
			return false
		}
	}
	return len(s) > 1
}

func readTagged(text *bufio.Reader, out *sink, f taggedFormat) error {
	in := lineScanner{r: text}
	var now *tagRecord
	end := func() error {
		r := now
		now = nil
		if r == nil {
			return nil
		}
		if r.bad != "" {
			return out.reject(r.line, "%s", r.bad)
		}
		rec := &record{shape: markupShape}
		f.give(r.line, r, rec)
		return out.record(r.line, rec)
	}
	for {
		l, err := in.next()
		if err != nil {
			if now != nil && errors.Is(err, io.EOF) {
				if f.ends != "" {
					if err := out.reject(now.line, "the record does not end: no %s", f.ends); err != nil {
						return err
					}
				} else if err := end(); err != nil {
					return err
				}
			}
			return out.end(in.number, err)
		}
		decoded, ok := decodeRecord([]byte(l.text))
		line := string(decoded)
		tag, value, tagged := f.tagOf(line)
		tagged = tagged && !l.inset
		switch {
		case tagged && tag == f.begins:
			if err := end(); err != nil {
				return err
			}
			now = &tagRecord{line: l.number, tags: make(map[string][]string)}
		case now == nil:
			continue
		case tagged && tag == f.ends, f.ends == "" && l.length == 0:
			if err := end(); err != nil {
				return err
			}
			continue
		case !tagged && f.lists[now.last]:
			tag, value, tagged = now.last, line, line != ""
		}
		now.take(l, ok, tag, value, tagged, line)
	}
}

func giveNbib(_ int, r *tagRecord, p *record) {
	p.id, p.title, p.abstract = r.first("PMID"), r.first("TI", "BTI"), r.first("AB")
	if p.title == "" {
		p.title = r.first("TT")
	}
	p.venue = r.first("JT", "TA")
	p.addID("pmid", p.id)
	p.addID("pmcid", r.first("PMC"))
	for _, tag := range []string{"LID", "AID"} {
		for _, id := range r.tags[tag] {
			if doi, ok := strings.CutSuffix(id, " [doi]"); ok && p.ids["doi"] == "" {
				p.addID("doi", doi)
			}
		}
	}
	for _, tag := range []string{"FAU", "AU"} {
		if p.authors.list != nil {
			break
		}
		for _, name := range r.tags[tag] {
			p.authors.list = append(p.authors.list, displayName(name))
		}
	}
	p.authors.list = append(p.authors.list, r.tags["CN"]...)
	for _, tag := range []string{"MH", "OT"} {
		for _, word := range r.tags[tag] {
			word, _, _ = strings.Cut(word, "/") // the heading without what of it
			p.categories.list = append(p.categories.list, strings.ReplaceAll(word, "*", ""))
		}
	}
	if p.date = eightDigits(r.first("DEP")); p.date == "" {
		p.date = isoDate(r.first("DP"))
	}
	if p.date == "" { // "2019 Mar-Apr", "2019 Spring"
		p.year, _, _ = strings.Cut(r.first("DP"), " ")
	}
	p.updated = eightDigits(r.first("LR"))
}

// eightDigits is the date of YYYYMMDD.
func eightDigits(s string) string {
	if len(s) != 8 || !allDigits(s) {
		return ""
	}
	return joinDate(s[:4], s[4:6], s[6:])
}

func giveWoS(_ int, r *tagRecord, p *record) {
	p.id, p.title, p.abstract = r.first("UT"), r.first("TI"), r.first("AB")
	p.venue, p.year = r.first("SO"), r.first("PY")
	p.addID("doi", r.first("DI"))
	p.addID("pmid", r.first("PM"))
	p.addID("wos", p.id)
	for _, tag := range []string{"AF", "AU"} {
		if p.authors.list != nil {
			break
		}
		for _, name := range r.tags[tag] {
			p.authors.list = append(p.authors.list, displayName(name))
		}
	}
	for _, tag := range []string{"DE", "ID"} {
		p.categories.list = append(p.categories.list, strings.Split(r.first(tag), ";")...)
	}
	if day := strings.Fields(r.first("PD")); len(day) > 0 { // "APR 2", "APR", "MAR-APR", "SPR"
		if date := joinDate(append([]string{p.year}, day...)...); len(date) > len("2019") {
			p.date = date
		}
	}
}
