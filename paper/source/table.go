package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"kindred/paper"
)

// csvFormat is a table with a line of column names and a line for each paper
// (RFC 4180). Cells are separated by commas, semicolons or bars, whichever
// finds most known names in the first line; the names are those of fieldNames.
// Cells in quotes may hold separators and line breaks. Where quotes do not
// match, a line stands for itself, so that one broken line costs one record; a
// record with more or fewer cells than there are columns is none.
func csvFormat() *format {
	return &format{
		name:  "csv",
		sniff: func(head []byte) bool { return sniffTable(head, ",;|") },
		read:  func(text *bufio.Reader, out *sink) error { return readTable(text, out, ",;|\t") },
	}
}

// tsvFormat is the same with tabs, as IANA's text/tab-separated-values and
// spreadsheets have it. Quotes may be missing around cells that have quotes in
// them.
func tsvFormat() *format {
	return &format{
		name:  "tsv",
		sniff: func(head []byte) bool { return sniffTable(head, "\t") },
		read:  func(text *bufio.Reader, out *sink) error { return readTable(text, out, "\t") },
	}
}

// sniffTable takes a text whose first line names columns, the titles' or the
// abstracts' among them.
func sniffTable(head []byte, separators string) bool {
	if isBinary(head) {
		return false
	}
	line, sep := tableHeader(head)
	if sep != 0 {
		if (sep == '\t') != (separators == "\t") {
			return false
		}
		separators = string(sep)
	}
	_, columns := separatorOf(line, separators)
	known := 0
	hasText := false
	for _, kind := range columns {
		if kind != otherField {
			known++
		}
		hasText = hasText || kind == titleField || kind == abstractField
	}
	return hasText && len(columns) > 1 && 2*known >= min(len(columns), 4)
}

// tableHeader is the line of column names; sep is what Excel's line "sep=;"
// before it says.
func tableHeader(head []byte) (line string, sep byte) {
	lines := beginning(head, 2)
	for i, l := range lines {
		l = bytes.TrimRight(l, "\r")
		if i == 0 && len(lines) > 1 && len(l) == len("sep=;") && bytes.HasPrefix(l, []byte("sep=")) {
			sep = l[4]
			continue
		}
		return string(l), sep
	}
	return "", 0
}

// separatorOf finds the separator that gives most known names.
func separatorOf(header, separators string) (sep byte, columns []fieldKind) {
	best := -1
	for _, c := range []byte(separators) {
		var kinds []fieldKind
		known := 0
		for _, cell := range splitCells(header, c, true) {
			kind := fieldNames[foldKey(strings.TrimSpace(cell))]
			if kind != otherField {
				known++
			}
			kinds = append(kinds, kind)
		}
		if known > best {
			best, sep, columns = known, c, kinds
		}
	}
	return sep, columns
}

func readTable(text *bufio.Reader, out *sink, separators string) error {
	t := &tableReader{window: newWindow(text)}
	t.at(headSize - 1)
	if _, sep := tableHeader(t.buf); sep != 0 {
		separators = string(sep)
		t.skipLine()
	}
	head, _, _ := bytes.Cut(t.buf[t.pos:], []byte("\n"))
	t.sep, _ = separatorOf(string(bytes.TrimRight(head, "\r")), separators)
	names, line, err := t.next()
	if broken, ok := errors.AsType[brokenError](err); ok {
		return fmt.Errorf("%s:%d: the column names: %w", out.name, line, broken)
	} else if err != nil {
		return out.end(line, err)
	}
	hasText := false
	for _, name := range names {
		kind := fieldNames[foldKey(strings.TrimSpace(name))]
		t.columns = append(t.columns, kind)
		hasText = hasText || kind == titleField || kind == abstractField || kind == textField
	}
	export := paper.IsExportHeader(names)
	if !hasText {
		return fmt.Errorf("%s:%d: no column is called title or abstract: %s; %s", out.name, line, quoteClip(strings.Join(names, ", ")), nameColumns(t.sep))
	}
	for {
		cells, line, err := t.next()
		broken, isBroken := errors.AsType[brokenError](err)
		switch {
		case isBroken:
			err = out.reject(line, "%v", broken)
		case err != nil:
			return out.end(line, err)
		case export:
			if p, broken := paper.ParseExportRow(cells); broken != nil {
				err = out.reject(line, "%v", broken)
			} else {
				err = out.own(line, p)
			}
		default:
			r := record{shape: tableShape}
			for i, cell := range cells {
				if cell != "" && t.columns[i] != otherField {
					r.setText(t.columns[i], paper.Armed(cell))
				}
			}
			err = out.paper(line, r.paper())
		}
		if err != nil {
			return err
		}
	}
}

// tableReader cuts a stream into records of cells.
type tableReader struct {
	window
	sep     byte
	columns []fieldKind // none until the first record, their names, is read
	quoted  int         // cells of the last record that are in quotes
	quote   int         // where the last quote opened, behind pos
	open    int         // line of a quote that nothing closes; 0 behind a whole record
}

// next is the next record that is not blank, and its first line. A
// brokenError is for that record only.
func (t *tableReader) next() (cells []string, line int, err error) {
	for {
		c, ok := t.at(0)
		if !ok {
			return nil, t.line, t.err
		}
		if c != '\n' && c != '\r' {
			break
		}
		t.skip(1)
	}
	line = t.line
	n, quoted, end := t.recordEnd()
	t.quoted = quoted
	if end == nil {
		if cells, err = t.cells(n, quoted); err == nil || quoted == 0 {
			if err == nil {
				t.open = 0
			}
			return t.take(n, cells, err)
		}
	} else {
		t.open = line + bytes.Count(t.buf[t.pos:t.pos+t.quote], []byte("\n"))
	}
	// The line alone.
	one := t.lineEnd()
	if one > MaxRecord {
		t.skipLine()
		return nil, line, brokenError(tooLong)
	}
	if t.err != nil && !errors.Is(t.err, io.EOF) && t.pos+one == len(t.buf) {
		return nil, line, t.err // a failing read has cut it off
	}
	cells, single := t.cells(one, 1)
	if single != nil {
		cells, single = t.cells(one, 0)
	}
	if single == nil {
		if bytes.Count(t.buf[t.pos:t.pos+one], []byte(`"`))%2 == 0 {
			t.open = 0 // quotes stand in the cell, and close each other
		}
		return t.take(one, cells, nil)
	}
	if end == nil {
		if n > one {
			t.open = line // one that was closed by another's opening
		}
		_, err = t.cells(n, quoted)
		return t.take(n, nil, err)
	}
	return t.take(one, nil, single)
}

// take passes over the n bytes of a record. Where it is none, and no whole record
// came since a quote opened that nothing closes, that may be why.
func (t *tableReader) take(n int, cells []string, err error) ([]string, int, error) {
	line := t.line
	if err != nil && t.open > 0 {
		err = brokenError(fmt.Sprintf("%v: perhaps the quote that opens on line %d is not closed", err, t.open))
	}
	t.skip(n)
	return cells, line, err
}

const (
	errQuoteCut = brokenError("a quote is not closed")
	errQuote    = brokenError("a quote within a cell")
)

// recordEnd is the length of the record at pos, its line end included, if its
// quotes are those of RFC 4180; quoted is the number of cells in quotes.
func (t *tableReader) recordEnd() (n, quoted int, err error) {
	for i := 0; ; {
		c, ok := t.at(i)
		switch {
		case !ok && !errors.Is(t.err, io.EOF):
			return 0, quoted, errQuoteCut // next looks for a failed read
		case !ok:
			return i, quoted, nil
		case c == '"':
			quoted++
			t.quote = i
			if i, err = t.quoteEnd(i + 1); err != nil {
				return 0, quoted, err
			}
		default:
			i = t.cellEnd(i)
		}
		if i > MaxRecord {
			return 0, quoted, brokenError(tooLong)
		}
		switch c, ok = t.at(i); {
		case !ok:
			continue
		case c == '\n':
			return i + 1, quoted, nil
		}
		i++
	}
}

// cellEnd is the place of the separator or line end behind i, or of the end.
func (t *tableReader) cellEnd(i int) int {
	for {
		p := t.buf[t.pos:]
		for ; i < len(p); i++ {
			if p[i] == t.sep || p[i] == '\n' {
				return i
			}
		}
		if i > MaxRecord || !t.more() {
			return i
		}
	}
}

// quoteEnd is the place of the separator or line end behind the quotes that
// were opened before i.
func (t *tableReader) quoteEnd(i int) (int, error) {
	for {
		n := bytes.IndexByte(t.buf[t.pos+i:], '"')
		if n < 0 {
			i = len(t.buf) - t.pos
			if i > MaxRecord {
				return 0, brokenError(tooLong)
			}
			if !t.more() {
				return 0, errQuoteCut
			}
			continue
		}
		i += n + 1
		switch c, ok := t.at(i); {
		case !ok || c == t.sep || c == '\n':
			return i, nil
		case c == '"':
			i++
		case c == '\r':
			if next, ok := t.at(i + 1); !ok || next == '\n' {
				return i + 1, nil
			}
			return 0, errQuote
		default:
			return 0, errQuote
		}
	}
}

// lineEnd is the length of the line at pos with its end; more than MaxRecord
// for one that is longer.
func (t *tableReader) lineEnd() int {
	for i := 0; ; {
		if n := bytes.IndexByte(t.buf[t.pos+i:], '\n'); n >= 0 {
			return i + n + 1
		}
		i = len(t.buf) - t.pos
		if i > MaxRecord || !t.more() {
			return i
		}
	}
}

// cells takes the first n bytes apart, without regard to quotes if there are
// none.
func (t *tableReader) cells(n, quoted int) ([]string, error) {
	text, ok := decodeRecord(t.buf[t.pos : t.pos+n])
	if !ok {
		return nil, brokenError("not valid UTF-8")
	}
	cells := splitCells(strings.TrimRight(string(text), "\r\n"), t.sep, quoted > 0)
	if t.columns != nil && len(cells) != len(t.columns) {
		return nil, brokenError(fmt.Sprintf("%d cells in %d columns", len(cells), len(t.columns)))
	}
	return cells, nil
}

// splitCells splits a record. A quote at the start of a cell is closed by one
// before a separator or the end.
func splitCells(s string, sep byte, quotes bool) (cells []string) {
	for {
		if !quotes || s == "" || s[0] != '"' {
			n := strings.IndexByte(s, sep)
			if n < 0 {
				return append(cells, s)
			}
			cells = append(cells, s[:n])
			s = s[n+1:]
			continue
		}
		end := 1
		for end < len(s) {
			if s[end] == '"' {
				if end+1 < len(s) && s[end+1] == '"' {
					end += 2
					continue
				}
				if end+1 == len(s) || s[end+1] == sep {
					break
				}
			}
			end++
		}
		cell := s[1:min(end, len(s))]
		if strings.Contains(cell, `""`) {
			cell = strings.ReplaceAll(cell, `""`, `"`)
		}
		cells = append(cells, cell)
		if end+1 >= len(s) {
			return cells
		}
		s = s[end+2:]
	}
}
