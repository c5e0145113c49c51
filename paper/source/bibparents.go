package source

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// bibParents are what entries inherit by crossref and xdata (biblatex, section
// 2.4.1) wherever it stands. Entries whose parent has not come are held back, and
// those behind them, so that papers come in the order of the file. Memory is
// bounded: what is behind maxParents is inherited by nobody, and of more than
// maxHeld the first are given out as they stand.
type bibParents struct {
	parents    map[string]map[string]string // by key, in lower case
	parentSize int
	held       []*bibEntry
	heldSize   int
}

const (
	maxParents = 4 << 20 // bytes of their fields
	maxHeld    = 8 << 20 // bytes of entries, with
	entryCost  = 600     // for each, which its fields take besides their text
)

// bibEntry is an entry, or the place of one that is none.
type bibEntry struct {
	line, size int
	fields     map[string]string
	reason     string // why it is none
}

// parentWords are the kinds of entries that others refer to.
var parentWords = map[string]bool{
	"proceedings": true, "mvproceedings": true, "book": true, "mvbook": true, "collection": true, "mvcollection": true,
	"reference": true, "mvreference": true, "periodical": true, "xdata": true,
}

// dateFields are inherited together or not at all: a year of one entry and a
// month of the other are no date.
var dateFields = []string{"year", "date", "month", "day"}

// take takes an entry, which may be a parent, a child or neither.
func (b *bibReader) take(word, key string, e *bibEntry) error {
	key = strings.ToLower(strings.TrimSpace(key))
	if parentWords[word] && key != "" {
		b.addParent(key, word, e.fields)
	}
	if word == "xdata" { // fields for others
		return b.release(false)
	}
	return b.hold(e)
}

func (b *bibReader) addParent(key, word string, fields map[string]string) {
	kept := fields
	if word != "xdata" {
		kept = make(map[string]string)
		for _, name := range append([]string{"journal", "journaltitle", "booktitle"}, dateFields...) {
			if fields[name] != "" {
				kept[name] = fields[name]
			}
		}
		title := "booktitle"
		if word == "periodical" {
			title = "journaltitle"
		}
		if kept[title] == "" && fields["title"] != "" {
			kept[title] = fields["title"]
			if fields["subtitle"] != "" {
				kept[title] += ": " + fields["subtitle"]
			}
		}
	}
	size := len(key)
	for name, value := range kept {
		size += len(name) + len(value)
	}
	if _, twice := b.parents[key]; twice || b.parentSize+size > maxParents {
		return
	}
	b.parentSize += size
	b.parents[key] = kept
}

// parentsOf are the keys of the entries that e inherits from.
func parentsOf(e *bibEntry) (keys []string) {
	for _, name := range []string{"xdata", "crossref"} {
		if e.fields[name] == "" {
			continue
		}
		for key := range strings.SplitSeq(e.fields[name], ",") {
			if key = strings.ToLower(strings.TrimSpace(key)); key != "" {
				keys = append(keys, key)
			}
		}
	}
	return keys
}

// hold gives e out behind those that are held, or holds it.
func (b *bibReader) hold(e *bibEntry) error {
	if len(b.held) == 0 && !b.waits(e) {
		return b.give(e)
	}
	b.held = append(b.held, e)
	e.size += entryCost
	b.heldSize += e.size
	return b.release(false)
}

// waits reports whether a parent of e may still come.
func (b *bibReader) waits(e *bibEntry) bool {
	for _, key := range parentsOf(e) {
		if b.parents[key] == nil {
			return true
		}
	}
	return false
}

// release gives out what need not be held any more.
func (b *bibReader) release(all bool) error {
	for len(b.held) > 0 {
		e := b.held[0]
		if !all && b.heldSize <= maxHeld && b.waits(e) {
			return nil
		}
		b.held[0] = nil
		b.held = b.held[1:]
		b.heldSize -= e.size
		if err := b.give(e); err != nil {
			return err
		}
	}
	return nil
}

func (b *bibReader) give(e *bibEntry) error {
	if e.reason != "" {
		return b.out.reject(e.line, "%s", e.reason)
	}
	for _, key := range parentsOf(e) {
		inherit(e.fields, b.parents[key])
	}
	return b.out.record(e.line, bibRecord(e.fields))
}

// inherit adds the parent's fields that the child lacks.
func inherit(child, parent map[string]string) {
	dated := child["year"] != "" || child["date"] != ""
	for name, value := range parent {
		if child[name] == "" && !(dated && slices.Contains(dateFields, name)) {
			child[name] = value
		}
	}
}

// reject reports what is no entry, in the order of the file.
func (b *bibReader) reject(line int, reason string, args ...any) error {
	return b.hold(&bibEntry{line: line, reason: fmt.Sprintf(reason, args...)})
}

var jsonStart = regexp.MustCompile(`^[\[{,]*\s*{\s*"[^"]{1,40}"\s*:`)

// recordStart is the format of which a line plainly begins a record, empty for
// others.
func recordStart(line []byte) string {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	text := strings.TrimRight(string(line), " \r")
	switch tag, _, ok := risLine(append(bytes.Clone(line), ' ')); {
	case ok && tag == "TY":
		return "RIS"
	case strings.HasPrefix(text, "%0 "):
		return "EndNote"
	case strings.HasPrefix(text, "PMID- "):
		return "MEDLINE"
	case isWoSStart(text):
		return "Web of Science"
	case strings.IndexAny(strings.TrimLeft(text, " \t"), "[{,") == 0 && jsonStart.MatchString(text):
		return "JSON"
	}
	return ""
}
