// Package parquet reads columns of Parquet files
// (https://parquet.apache.org/docs/file-format) row by row, in memory that the
// file cannot choose: whatever its footer and its pages claim is held against
// what is there before anything is set aside for it.
//
// That is why it is here. The libraries looked at allocate what a header says
// and unpack a page however large it gets: parquet-go, which writes our files,
// and Arrow's. Values come as text, as a reader of papers wants them: numbers
// in decimal, dates and times as YYYY-MM-DD.
package parquet

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Magic begins and ends a file.
const Magic = "PAR1"

// Limits of one file. Real ones stay far below: writers begin a new page after
// a megabyte or, DuckDB, at most a hundred.
const (
	maxFooter = 32 << 20  // bytes
	maxPage   = 128 << 20 // bytes, uncompressed
	maxHeld   = 512 << 20 // bytes of all pages held at a time
	maxLeaves = 4096      // columns
	maxChunks = 1 << 21   // columns of all groups
	maxPairs  = 1000      // of metadata; others are passed over

	maxDensity = 16 // rows a byte; a row that says anything takes more than a byte
)

// File is an open file. It is for one goroutine.
type File struct {
	Columns  []Column
	Groups   []Group
	Metadata map[string]string // of the file; a key that is there twice has its last value

	r    io.ReaderAt
	size int64
	held int64 // bytes of pages, by all column readers
}

// Column is one that has values itself: a leaf of the schema.
type Column struct {
	Path     []string // the names from the outermost group down to it
	Repeated bool     // a row may have any number of values

	kind           int64 // physical type
	length         int64 // of fixed_len_byte_array
	meaning        meaning
	maxRep, maxDef int
}

// Name is the path with dots.
func (c *Column) Name() string { return strings.Join(c.Path, ".") }

// Group is a part of the file: some rows with all their columns.
type Group struct {
	Rows   int64
	chunks []chunk // one a column
}

// chunk is where a column's pages of one group are.
type chunk struct {
	codec         int64
	values        int64
	start, length int64
}

// Open reads the footer of a file of size bytes.
func Open(r io.ReaderAt, size int64) (*File, error) {
	const ends = 2*len(Magic) + 4
	if size < int64(ends) {
		return nil, errors.New("the file is cut off: it is too short for Parquet")
	}
	var head [len(Magic)]byte
	var tail [8]byte
	if err := readAt(r, head[:], 0); err != nil {
		return nil, err
	}
	if err := readAt(r, tail[:], size-8); err != nil {
		return nil, err
	}
	switch {
	case string(head[:]) != Magic:
		return nil, errors.New("no Parquet file: it does not begin with PAR1")
	case string(tail[4:]) != Magic:
		return nil, errors.New("the file is cut off: it does not end with PAR1")
	}
	n := int64(binary.LittleEndian.Uint32(tail[:4]))
	if n > size-int64(ends) {
		return nil, errors.New("the footer says that it is longer than the file")
	}
	if n > maxFooter {
		return nil, fmt.Errorf("the footer has %d bytes; at most %d are read", n, maxFooter)
	}
	footer := make([]byte, n)
	if err := readAt(r, footer, size-8-n); err != nil {
		return nil, err
	}
	f := &File{r: r, size: size, Metadata: map[string]string{}}
	if err := f.readFooter(footer); err != nil {
		return nil, fmt.Errorf("the footer is damaged: %w", err)
	}
	return f, nil
}

func readAt(r io.ReaderAt, p []byte, at int64) error {
	n, err := r.ReadAt(p, at)
	if n == len(p) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// readFooter reads FileMetaData
// (https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift).
func (f *File) readFooter(footer []byte) error {
	t := &thrift{buf: footer}
	var schema []element
	chunks := 0
	t.fields(func(id int64, kind byte) bool {
		switch {
		case id == 2 && kind == thriftList:
			t.list(func(byte) {
				if len(schema) > 4*maxLeaves {
					t.fail(errors.New("it has too many columns"))
					return
				}
				schema = append(schema, readElement(t))
			})
		case id == 4 && kind == thriftList:
			t.list(func(byte) {
				g := readGroup(t)
				if chunks += len(g.chunks) + 1; chunks > maxChunks {
					t.fail(errors.New("it has too many row groups"))
				}
				f.Groups = append(f.Groups, g)
			})
		case id == 5 && kind == thriftList:
			t.list(func(byte) {
				key, value := readPair(t)
				if len(f.Metadata) < maxPairs {
					f.Metadata[key] = value
				}
			})
		default:
			return false
		}
		return true
	})
	if t.err != nil {
		return t.err
	}
	if err := f.setColumns(schema); err != nil {
		return err
	}
	rows := int64(0)
	for i, g := range f.Groups {
		if len(g.chunks) != len(f.Columns) {
			return fmt.Errorf("row group %d has %d columns of %d", i+1, len(g.chunks), len(f.Columns))
		}
		if g.Rows < 0 {
			return fmt.Errorf("row group %d has %d rows", i+1, g.Rows)
		}
		// Rows of nulls take next to no room: a few bytes might keep a reader busy
		// for days.
		if rows += min(g.Rows, maxDensity*f.size+1); rows > maxDensity*f.size {
			return fmt.Errorf("it promises more than %d rows in %d bytes", maxDensity*f.size, f.size)
		}
	}
	return nil
}

func readPair(t *thrift) (key, value string) {
	t.fields(func(id int64, kind byte) bool {
		switch {
		case kind != thriftBinary || id != 1 && id != 2:
			return false
		case id == 1:
			key = t.string()
		default:
			value = t.string()
		}
		return true
	})
	return key, value
}

func readGroup(t *thrift) (g Group) {
	t.fields(func(id int64, kind byte) bool {
		switch {
		case id == 1 && kind == thriftList:
			t.list(func(byte) {
				if len(g.chunks) > maxLeaves {
					t.fail(fmt.Errorf("it has more than %d columns", maxLeaves))
					return
				}
				g.chunks = append(g.chunks, readChunk(t))
			})
		case id == 3 && kind == thriftI64:
			g.Rows = t.int()
		default:
			return false
		}
		return true
	})
	return g
}

func readChunk(t *thrift) (c chunk) {
	var data, dictionary int64
	t.fields(func(id int64, kind byte) bool {
		if id != 3 || kind != thriftStruct {
			return false
		}
		t.fields(func(id int64, kind byte) bool {
			if kind != thriftI32 && kind != thriftI64 {
				return false
			}
			switch id {
			case 4:
				c.codec = t.int()
			case 5:
				c.values = t.int()
			case 7:
				c.length = t.int()
			case 9:
				data = t.int()
			case 11:
				dictionary = t.int()
			default:
				return false
			}
			return true
		})
		return true
	})
	c.start = data
	if 0 < dictionary && dictionary < data {
		c.start = dictionary
	}
	return c
}
