package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"kindred/internal/parquet"
	"kindred/paper"
)

// parquetFormat is Parquet (https://parquet.apache.org/docs/file-format), as
// pandas, Polars, DuckDB, Spark and Hugging Face write it: a row is a paper, its
// columns' names are those of fieldNames. Lists of strings, lists of structs
// with a name or its parts, and ids in a struct, a map or a list of pairs are
// understood; dates and times of any unit; other columns are not read at all.
// A group of rows in which a page is damaged is lost, those around it are not.
// In places and errors the line is the row, from 1.
func parquetFormat() *format {
	return &format{
		name:     "parquet",
		sniff:    isParquet,
		read:     func(*bufio.Reader, *sink) error { return errors.New("it must be read as a file") },
		readFile: readParquet,
	}
}

func isParquet(head []byte) bool { return bytes.HasPrefix(head, []byte(parquet.Magic)) }

func readParquet(file io.ReaderAt, size int64, out *sink) error {
	f, err := parquet.Open(file, size)
	if err != nil {
		return fmt.Errorf("%s: %w", out.name, err)
	}
	columns, err := parquetColumns(f)
	if err != nil {
		return fmt.Errorf("%s: %w", out.name, err)
	}
	total, done := int64(0), int64(0)
	for _, g := range f.Groups {
		total += g.Rows
	}
	for i, g := range f.Groups {
		if err := readGroup(f, i, columns, done, total, out); err != nil {
			return err
		}
		done += g.Rows
	}
	out.progress(1, 1)
	return nil
}

// parquetColumn is a column that is read.
type parquetColumn struct {
	index int
	take  func(r *parquetRow, values []parquet.Value)
}

// parquetRow is the record that a row becomes, with those of its parts that
// are put together from several columns.
type parquetRow struct {
	record
	names    [innerName + 1][]parquet.Value // authors' parts, by namePart
	kinds    []parquet.Value                // of ids, and
	ids      []parquet.Value                // the ids themselves
	own      *paper.Paper
	ownError error
}

// readGroup reads the rows of one group; first is how many came before it.
func readGroup(f *parquet.File, group int, columns []parquetColumn, first, total int64, out *sink) error {
	readers := make([]*parquet.ColumnReader, len(columns))
	defer func() {
		for _, r := range readers {
			if r != nil {
				r.Close()
			}
		}
	}()
	lost := func(done int64, err error) error {
		if errors.Is(err, io.EOF) {
			err = errors.New("it has fewer rows than it should")
		}
		return out.reject(int(first+done)+1, "row group %d of %d, from its row %d on: %v", group+1, len(f.Groups), done+1, err)
	}
	for i, c := range columns {
		var err error
		if readers[i], err = f.Reader(group, c.index); err != nil {
			return lost(0, err)
		}
	}
	for n := range f.Groups[group].Rows {
		var row parquetRow
		for i, c := range columns {
			values, err := readers[i].Row()
			if err != nil {
				return lost(n, err)
			}
			c.take(&row, values)
		}
		if err := row.give(int(first+n)+1, out); err != nil {
			return err
		}
		if n%1024 == 0 {
			out.progress(first+n, total)
		}
	}
	return nil
}

// give gives the row's paper out.
func (r *parquetRow) give(line int, out *sink) error {
	if r.own != nil {
		if r.ownError != nil {
			return out.reject(line, "%v", r.ownError)
		}
		return out.own(line, r.own)
	}
	r.shape = tableShape
	if r.authors.empty() {
		r.authors.list = r.joinNames()
	}
	for i := range min(len(r.kinds), len(r.ids)) {
		r.addID(strings.ToLower(r.kinds[i].Text), r.ids[i].Text)
	}
	return out.record(line, &r.record)
}

// joinNames puts the authors' parts together, which stand side by side.
func (r *parquetRow) joinNames() (names []string) {
	n := 0
	for _, list := range r.names {
		n = max(n, len(list))
	}
	part := func(p namePart, i int) string {
		if i < len(r.names[p]) {
			return r.names[p][i].Text
		}
		return ""
	}
	for i := range n {
		name := part(wholeName, i)
		if name == "" {
			name = joinName(part(givenName, i), joinName(part(particleName, i), part(familyName, i), ""), part(suffixName, i))
		}
		names = append(names, name)
	}
	return names
}

// parquetColumns finds what to read of a file.
func parquetColumns(f *parquet.File) ([]parquetColumn, error) {
	if version := f.Metadata[exportMark]; version != "" {
		return ownColumns(f, version)
	}
	var columns []parquetColumn
	hasText := false
	var names []string
	for i, c := range f.Columns {
		path := withoutLists(c.Path)
		kind := fieldNames[foldKey(path[0])]
		if len(path) == 1 {
			names = append(names, path[0])
		}
		if take := taker(kind, path[1:], c.Repeated); take != nil {
			columns = append(columns, parquetColumn{i, take})
			hasText = hasText || kind == titleField || kind == abstractField || kind == textField || kind == invertedField
		}
	}
	if !hasText {
		return nil, fmt.Errorf("no column is called title or abstract: %s", quoteClip(strings.Join(names, ", ")))
	}
	return columns, nil
}

// withoutLists is a column's path without the groups that only make a list or
// a map of what is in them
// (https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#nested-types).
func withoutLists(path []string) []string {
	out := path[:1:1]
	for _, name := range path[1:] {
		switch name {
		case "list", "element", "item", "array", "bag", "array_element", "key_value", "map":
		default:
			out = append(out, name)
		}
	}
	return out
}

// taker says what to do with the values of a column of a known kind; below is
// its path within that. It is nil where nothing is.
func taker(kind fieldKind, below []string, repeated bool) func(*parquetRow, []parquet.Value) {
	last := ""
	if len(below) > 0 {
		last = foldKey(below[len(below)-1])
	}
	part := nameParts[last]
	switch {
	case kind == otherField:
		return nil
	case kind == idsField || kind == foreignIDsField:
		return idTaker(below, last)
	case kind == authorsField && len(below) > 0:
		if len(below) > 2 || len(below) == 2 && nameParts[foldKey(below[0])] != innerName || part == noName || part == middleNames || part == innerName {
			return nil
		}
		return func(r *parquetRow, values []parquet.Value) { r.names[part] = keep(values) }
	case kind == locationField && last == "landingpageurl":
		return textTaker(urlField)
	case kind == locationField && part == wholeName:
		return textTaker(venueField)
	case kind == invertedField && len(below) == 0:
		return takeInverted
	case kind == parsedField, kind == versionsField, kind == locationField, kind == invertedField, kind == customField:
		return nil
	case len(below) > 0 && part != wholeName:
		return nil
	case repeated && (kind == authorsField || kind == categoriesField || kind == keywordsField):
		return func(r *parquetRow, values []parquet.Value) {
			list := &r.authors
			if kind != authorsField {
				list = &r.categories
			}
			if list.empty() {
				list.list = texts(values)
			}
		}
	}
	return textTaker(kind)
}

func textTaker(kind fieldKind) func(*parquetRow, []parquet.Value) {
	return func(r *parquetRow, values []parquet.Value) {
		for _, v := range values {
			if v.Text != "" {
				r.setText(kind, v.Text)
				return
			}
		}
	}
}

// idTaker reads ids: one text, a struct of them, a map, a list of pairs.
func idTaker(below []string, last string) func(*parquetRow, []parquet.Value) {
	switch {
	case len(below) == 0:
		return textTaker(idsField)
	case len(below) > 1:
		return nil
	case last == "key" || last == "kind" || last == "type" || last == "source":
		return func(r *parquetRow, values []parquet.Value) { r.kinds = keep(values) }
	case last == "value" || last == "id":
		return func(r *parquetRow, values []parquet.Value) { r.ids = keep(values) }
	}
	switch last { // Semantic Scholar's
	case "pubmed":
		last = "pmid"
	case "pubmedcentral":
		last = "pmcid"
	}
	return func(r *parquetRow, values []parquet.Value) {
		for _, v := range values {
			r.addID(last, v.Text)
		}
	}
}

// takeInverted reads OpenAlex's abstract where it is one text of JSON.
func takeInverted(r *parquetRow, values []parquet.Value) {
	for _, v := range values {
		if text, err := invertedAbstract(jsontext.NewDecoder(strings.NewReader(v.Text))); err == nil && r.abstract == "" {
			r.abstract = text
		}
	}
}

// keep copies values, which are valid for one row of one column.
func keep(values []parquet.Value) []parquet.Value { return append([]parquet.Value(nil), values...) }

// texts are the values without those that are null.
func texts(values []parquet.Value) (list []string) {
	for _, v := range values {
		if !v.Null {
			list = append(list, v.Text)
		}
	}
	return list
}

// ownColumns reads an export of ours.
func ownColumns(f *parquet.File, version string) ([]parquetColumn, error) {
	if n, err := strconv.Atoi(version); err != nil || n > paper.ExportFormat {
		return nil, fmt.Errorf("an export of a later Kindred (format %s; this one reads %d)", clip(version), paper.ExportFormat)
	}
	var columns []parquetColumn
	for i, c := range f.Columns {
		if set := ownTakers[strings.Join(withoutLists(c.Path), ".")]; set != nil {
			columns = append(columns, parquetColumn{i, func(r *parquetRow, values []parquet.Value) {
				if r.own == nil {
					r.own = new(paper.Paper)
				}
				set(r, r.own, values)
			}})
		}
	}
	if len(columns) != len(ownTakers) {
		return nil, fmt.Errorf("an export that lacks %d of its %d columns", len(ownTakers)-len(columns), len(ownTakers))
	}
	return columns, nil
}

// ownTakers are by a column's path; package sink writes them.
var ownTakers = map[string]func(r *parquetRow, p *paper.Paper, values []parquet.Value){
	"id":         func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.ID = v[0].Text },
	"title":      func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Title = v[0].Text },
	"abstract":   func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Abstract = v[0].Text },
	"authors":    func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Authors = texts(v) },
	"year":       func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Year = yearNumber(v[0].Text) },
	"date":       func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Date = v[0].Text },
	"updated":    func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Updated = v[0].Text },
	"venue":      func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Venue = v[0].Text },
	"categories": func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Categories = texts(v) },
	"ids.kind":   func(r *parquetRow, _ *paper.Paper, v []parquet.Value) { r.kinds = keep(v) },
	"ids.id": func(r *parquetRow, p *paper.Paper, v []parquet.Value) { // behind ids.kind
		for i := range min(len(v), len(r.kinds)) {
			if v[i].Null {
				continue
			}
			if p.IDs == nil {
				p.IDs = make(map[string]string)
			}
			p.IDs[r.kinds[i].Text] = v[i].Text
		}
	},
	"url":    func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.URL = v[0].Text },
	"source": func(_ *parquetRow, p *paper.Paper, v []parquet.Value) { p.Source = v[0].Text },
	"more":   func(r *parquetRow, p *paper.Paper, v []parquet.Value) { r.ownError = p.SetMore(v[0].Text) },
}
