package paper

import (
	"bytes"
	"fmt"
	"strings"
)

// writeRIS writes one record: a tag a line, "XX  - value", each line ended by
// CR LF, TY first and ER last. Readers differ in their reading of the old
// specification; the tags are those that Zotero and EndNote both take.
func writeRIS(b *bytes.Buffer, c *citation) {
	line := func(tag, value string) {
		if value != "" {
			b.WriteString(tag + "  - " + value + "\r\n")
		}
	}
	kind, place := "GEN", "PB"
	switch c.kind {
	case journal:
		kind, place = "JOUR", "T2"
	case proceedings:
		kind, place = "CONF", "T2"
	case preprint:
		kind = "UNPB"
	}
	line("TY", kind)
	line("ID", c.key)
	line("TI", plainText(c.title))
	for _, n := range c.authors {
		line("AU", withoutStars(n.sorted()))
	}
	if c.year > 0 {
		line("PY", fmt.Sprintf("%04d", c.year))
		line("DA", fmt.Sprintf("%04d/%s/%s/", c.year, twoDigits(c.month), twoDigits(c.day)))
	}
	line(place, withoutStars(c.publishedIn()))
	line("AN", c.accession())
	line("DO", c.doi)
	line("UR", c.url)
	line("AB", plainText(c.abstract))
	if c.export {
		for _, category := range c.of.Categories {
			line("KW", oneLine(category))
		}
		line("C8", "kindred:"+carried(c))
	}
	b.WriteString("ER  - \r\n")
}

// twoDigits is empty for what is not known; the slashes around it stay.
func twoDigits(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%02d", n)
}

// withoutStars leaves out the one sign that RIS forbids in names of people and
// periodicals.
func withoutStars(s string) string {
	return strings.TrimSpace(strings.ReplaceAll(s, "*", ""))
}
