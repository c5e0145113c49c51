package source

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"

	"kindred/paper"
)

// arxivFormat is the arXiv metadata snapshot, one JSON object a paper
// (https://www.kaggle.com/datasets/Cornell-University/arxiv): id, authors,
// authors_parsed, title, journal-ref, doi, categories (separated by spaces),
// abstract, versions[{version, created}], update_date. A paper's id is the
// arXiv id without its version; its date that of the first version, else the
// month that the id tells. An id that was damaged on the way (see arxivNumber)
// stays the paper's id as it is; ids and url have the true one.
//
// Withdrawn papers are reported (see isNotice). Lines without an arXiv id are
// read as those of jsonl.
func arxivFormat() *format {
	return &format{name: "arxiv", sniff: sniffArxiv, read: func(text *bufio.Reader, out *sink) error {
		return readJSON(text, out, func(r *record, line int) error {
			if r.hasArxivID() {
				return out.arxiv(line, r)
			}
			return out.record(line, r)
		})
	}}
}

// sniffArxiv takes JSON of which the first whole object is the snapshot's.
func sniffArxiv(head []byte) bool {
	r, ok := firstRecord(head)
	return ok && r.isSnapshot()
}

// isSnapshot reports whether the record is one of the arXiv snapshot: its
// fields' names and its id's form say so.
func (r *record) isSnapshot() bool {
	return r.shape == snapshotShape && r.categories.text != "" && r.ids == nil && r.hasArxivID()
}

func (r *record) hasArxivID() bool {
	_, month := arxivNumber(arxivBase(r.id))
	return month != ""
}

// snapshotPaper is the paper of a record that has an arXiv id.
func (r *record) snapshotPaper() *paper.Paper {
	id := arxivBase(r.id)
	number, month := arxivNumber(id)
	p := &paper.Paper{
		ID: id, Title: r.title, Abstract: r.abstract, Venue: r.venue,
		Categories: strings.Fields(r.categories.text),
		IDs:        map[string]string{"arxiv": number},
		URL:        "https://arxiv.org/abs/" + number,
		Updated:    isoDate(r.updated),
		Source:     "arxiv",
	}
	if len(p.Categories) == 0 {
		p.Categories = r.categories.list
	}
	if doi := cleanDOI(r.oneID[doiPlace]); doi != "" {
		p.IDs["doi"] = doi
	}
	for _, parts := range r.parsed {
		parts = append(parts, "", "", "")
		p.Authors = append(p.Authors, joinName(parts[1], parts[0], parts[2]))
	}
	switch {
	case p.Authors != nil:
	case r.authors.list != nil:
		p.Authors = r.authors.list
	default:
		p.Authors = splitNames(r.authors.text)
	}
	if r.version <= paper.MaxVersion {
		p.Version = r.version
	}
	if len(r.versions) > 0 {
		p.Date = isoDate(r.versions[0])
		if p.Updated == "" {
			p.Updated = isoDate(r.versions[len(r.versions)-1])
		}
	}
	if p.Date == "" {
		p.Date = month
	}
	return p
}

// arxivBase is an arXiv id without "arXiv:", a link before it and the version
// after it.
func arxivBase(id string) string {
	id = strings.TrimSpace(id)
	for _, prefix := range []string{"https://", "http://", "arxiv.org/abs/", "arXiv:", "arxiv:"} {
		id = strings.TrimPrefix(id, prefix)
	}
	base, _ := cutVersion(id)
	return base
}

// arxivVersion is the version behind an arXiv id, 0 where none stands there.
func arxivVersion(id string) int {
	_, version := cutVersion(id)
	n, err := strconv.Atoi(version)
	if err != nil {
		return 0
	}
	return n
}

func cutVersion(id string) (base, version string) {
	if i := strings.LastIndexByte(id, 'v'); i > 0 && i+1 < len(id) && allDigits(id[i+1:]) {
		return id[:i], id[i+1:]
	}
	return id, ""
}

// arxivNumber reads an arXiv id without a version, of one of arXiv's two forms
// (https://info.arxiv.org/help/arxiv_identifier.html): 0704.0001 and
// 1501.00001, or hep-th/9901001 and math.GT/0309136. month, YYYY-MM, is when it
// was given out, empty if id is none.
//
// Ids of the first form are often damaged by programs that take them for
// decimal numbers: 704.0001, 1501.0001 for 1501.00010, 1802.0649600000002.
// number is the id before that.
func arxivNumber(id string) (number, month string) {
	if archive, digits, ok := strings.Cut(id, "/"); ok {
		for _, c := range archive {
			if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '-' || c == '.') {
				return "", ""
			}
		}
		if archive == "" || len(digits) != 7 || !allDigits(digits) {
			return "", ""
		}
		return checkMonth(id, digits[:4])
	}
	digits, serial, ok := strings.Cut(id, ".")
	if !ok || serial == "" || !allDigits(digits) || !allDigits(serial) {
		return "", ""
	}
	if len(digits) == 3 {
		digits = "0" + digits
	}
	width := 4
	if digits >= "1501" {
		width = 5
	}
	switch {
	case len(digits) != 4:
		return "", ""
	case len(serial) >= 10: // no id is so long: a binary number's rounding error
		f, _ := strconv.ParseFloat("0."+serial, 64)
		if serial, ok = strings.CutPrefix(strconv.FormatFloat(f, 'f', width, 64), "0."); !ok {
			return "", ""
		}
	case len(serial) > width:
		return "", ""
	}
	serial += "00000"[:width-len(serial)]
	return checkMonth(digits+"."+serial, digits)
}

// checkMonth gives back an arXiv id and the month that its first digits, yymm,
// tell. arXiv began in 1991.
func checkMonth(id, digits string) (number, month string) {
	year, _ := strconv.Atoi(digits[:2])
	if year += 2000; year >= 2091 {
		year -= 100
	}
	if mm := digits[2:]; "01" <= mm && mm <= "12" {
		return id, fmt.Sprintf("%d-%s", year, mm)
	}
	return "", ""
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
