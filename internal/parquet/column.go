package parquet

import (
	"errors"
	"fmt"
	"io"
)

// Limits of one row.
const (
	maxValues = 64 << 10 // in one column
	maxText   = 4 << 20  // bytes in one column
)

// Value is one of a row's values in a column.
type Value struct {
	Text string
	Null bool // of any level: the value, or a group that it would stand in
}

// ColumnReader gives a column's rows of one group, one after the other.
type ColumnReader struct {
	f      *File
	column *Column
	chunk  chunk
	at     int64 // of the next page, in the file
	left   int64 // values that are still to come in pages not begun

	dict   []scalar
	dictOf int64 // bytes held for it
	page   page
	row    []Value

	rep, def int // levels of the value at hand
	ahead    bool
}

// Reader begins with the first row of a group in a column, both counted from 0.
func (f *File) Reader(group, column int) (*ColumnReader, error) {
	c := f.Groups[group].chunks[column]
	r := &ColumnReader{f: f, column: &f.Columns[column], chunk: c, at: c.start, left: c.values}
	if c.start < int64(len(Magic)) || c.length < 0 || c.values < 0 || c.start > f.size || c.length > f.size-c.start {
		return nil, r.explain(errors.New("its place is not in the file"))
	}
	return r, nil
}

// Close gives the memory of its pages back to the file's limit.
func (c *ColumnReader) Close() {
	c.f.held -= c.page.size + c.dictOf
	c.page, c.dict, c.dictOf = page{}, nil, 0
}

func (c *ColumnReader) explain(err error) error {
	return fmt.Errorf("column %s: %w", c.column.Name(), err)
}

// Row is the next row's values: one where the column is not repeated, else one
// for each time that it is, a single null where it is empty. They are valid
// until the next call. At the end of the group the error is io.EOF.
func (c *ColumnReader) Row() ([]Value, error) {
	row, err := c.next()
	if err != nil && err != io.EOF {
		return nil, c.explain(err)
	}
	return row, err
}

func (c *ColumnReader) next() ([]Value, error) {
	c.row = c.row[:0]
	text := 0
	for {
		if err := c.peek(); err != nil {
			if err == io.EOF && len(c.row) > 0 {
				return c.row, nil
			}
			return nil, err
		}
		if len(c.row) > 0 && c.rep == 0 {
			return c.row, nil
		}
		c.ahead = false
		v := Value{Null: c.def < c.column.maxDef}
		if !v.Null {
			s, err := c.page.values.next()
			if err != nil {
				return nil, err
			}
			v.Text = c.column.text(s)
			text += len(v.Text)
		}
		if text > maxText || len(c.row) >= maxValues {
			return nil, fmt.Errorf("a row of more than %d bytes or %d values", maxText, maxValues)
		}
		c.row = append(c.row, v)
		if c.column.maxRep == 0 {
			return c.row, nil
		}
	}
}

// peek reads the levels of the next value.
func (c *ColumnReader) peek() (err error) {
	if c.ahead {
		return nil
	}
	for c.page.left == 0 {
		if c.left == 0 {
			return io.EOF
		}
		if err := c.nextPage(); err != nil {
			return err
		}
	}
	c.page.left--
	c.rep, c.def = 0, c.column.maxDef
	if c.column.maxRep > 0 {
		if c.rep, err = c.page.rep.nextInt(); err != nil {
			return fmt.Errorf("repetition levels: %w", err)
		}
	}
	if c.column.maxDef > 0 {
		if c.def, err = c.page.def.nextInt(); err != nil {
			return fmt.Errorf("definition levels: %w", err)
		}
	}
	if c.rep > c.column.maxRep || c.def > c.column.maxDef {
		return errors.New("a level that the column has not")
	}
	c.ahead = true
	return nil
}
