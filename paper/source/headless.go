package source

import (
	"bytes"
	"errors"
	"strings"
)

// headless is the separator of what is plainly a table, 0 for other texts. It is
// asked of texts whose first line names no known columns: as lines, the records
// would be read for titles and abstracts.
func headless(head []byte) byte {
	if isBinary(head) {
		return 0
	}
	for _, sep := range []byte("\t,;|") {
		if isTable(head, sep) {
			return sep
		}
	}
	return 0
}

// isTable reports whether nearly all records of head are of one width. Prose has
// separators too, and now and then as many in one line as in the next, but blanks
// behind them; two records will do where each has a cell in quotes, else it takes
// three.
func isTable(head []byte, sep byte) bool {
	const most = 50 // records that are looked at
	t := &tableReader{window: newWindow(bytes.NewReader(head)), sep: sep}
	rows, width, same, quoted, blanks, inset := 0, 0, 0, 0, 0, 0
	// The last record of a head that is not the whole text is cut off.
	for rows < most && (len(head) < headSize || t.pos < headSize/2) {
		cells, _, err := t.next()
		if _, broken := errors.AsType[brokenError](err); err != nil && !broken {
			break
		}
		if rows++; width == 0 {
			width = len(cells) // 0 of a broken record
		}
		if len(cells) == 0 || len(cells) != width {
			continue
		}
		same++
		if t.quoted > 0 {
			quoted++
		}
		if cells[0] == "" {
			inset++
		}
		for _, cell := range cells[1:] {
			if strings.HasPrefix(cell, " ") {
				blanks++
			}
		}
	}
	switch {
	case width < 2 || 10*same < 9*rows || 2*inset > same:
		return false
	case sep == '\t':
		return rows >= 2
	case 2*blanks > same*(width-1):
		return false
	case quoted == rows:
		return rows >= 2
	}
	return rows >= 3 && width >= 3
}

// nameColumns says what to do about a table without known columns.
func nameColumns(sep byte) string {
	if sep == '\t' {
		return "put a line of column names above it: title, abstract, authors, year, separated by tabs"
	}
	return "put a line of column names above it, such as " + strings.ReplaceAll("title,abstract,authors,year", ",", string(sep))
}
