package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strconv"
	"strings"
)

// csvColumns are named as a paper's fields and ids are in JSON.
var csvColumns = []struct {
	name string
	cell func(c *citation) string
}{
	{"id", func(c *citation) string { return oneLine(c.of.ID) }},
	{"title", func(c *citation) string { return plainText(c.title) }},
	{"authors", func(c *citation) string {
		names := make([]string, len(c.authors))
		for i, n := range c.authors {
			names[i] = n.sorted()
		}
		return strings.Join(names, "; ")
	}},
	{"year", func(c *citation) string {
		if c.year == 0 {
			return ""
		}
		return strconv.Itoa(c.year)
	}},
	{"date", func(c *citation) string { return oneLine(c.of.Date) }},
	{"venue", func(c *citation) string { return plainText(c.venue) }},
	{"categories", func(c *citation) string { return oneLine(strings.Join(c.of.Categories, "; ")) }},
	{"doi", func(c *citation) string { return c.doi }},
	{"arxiv", func(c *citation) string { return c.arxiv }},
	{"pmid", func(c *citation) string { return c.pmid }},
	{"url", func(c *citation) string { return c.url }},
	{"abstract", func(c *citation) string { return plainText(c.abstract) }},
}

func csvHeader() string {
	names := make([]string, len(csvColumns))
	for i, column := range csvColumns {
		names[i] = column.name
	}
	return strings.Join(names, ",") + "\r\n"
}

// writeCSV writes one row.
func writeCSV(b *bytes.Buffer, c *citation) {
	row := make([]string, len(csvColumns))
	for i, column := range csvColumns {
		row[i] = inert(column.cell(c))
	}
	w := csv.NewWriter(b)
	w.UseCRLF = true
	_ = w.Write(row) // into memory: nothing can fail
	w.Flush()
}

// inert keeps a spreadsheet from computing what a stranger's title begins: an
// apostrophe makes it text, as OWASP advises
// (https://owasp.org/www-community/attacks/CSV_Injection). The full-width
// signs are those that spreadsheets in East Asia take for the others.
func inert(cell string) string {
	if isFormula(strings.TrimLeft(cell, "'")) { // so that one apostrophe too many is always ours
		return "'" + cell
	}
	return cell
}

func isFormula(cell string) bool { return strings.IndexAny(cell, "=+-@＝＋－＠") == 0 }

// Armed is a cell of a table without the apostrophe that keeps a spreadsheet
// from computing it.
func Armed(cell string) string {
	if rest, ok := strings.CutPrefix(cell, "'"); ok && isFormula(strings.TrimLeft(rest, "'")) {
		return rest
	}
	return cell
}

// writeJSONL writes the paper itself.
func writeJSONL(b *bytes.Buffer, p *Paper) { writeLine(b, p) }

func writeExportLine(b *bytes.Buffer, p *Paper) {
	writeLine(b, NewExportLine(p))
}

func writeLine(b *bytes.Buffer, v any) {
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // strings and numbers into memory: nothing can fail
}
