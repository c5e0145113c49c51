package sink

import (
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"kindred/paper"
)

// row is a paper as Parquet has it. What is empty is null.
type row struct {
	ID         string   `parquet:"id"`
	Title      string   `parquet:"title,optional"`
	Abstract   string   `parquet:"abstract,optional"`
	Authors    []string `parquet:"authors,list"`
	Year       int32    `parquet:"year,optional"`
	Date       string   `parquet:"date,optional"`
	Updated    string   `parquet:"updated,optional"`
	Venue      string   `parquet:"venue,optional"`
	Categories []string `parquet:"categories,list"`
	IDs        []idOf   `parquet:"ids,list"`
	URL        string   `parquet:"url,optional"`
	Source     string   `parquet:"source,optional"`
	More       string   `parquet:"more,optional"` // see paper.Paper.More
}

// idOf is one of the ids that others gave the paper. A list of them has an
// order, which Parquet's map has not.
type idOf struct {
	Kind string `parquet:"kind"`
	ID   string `parquet:"id"`
}

type rowWithVector struct {
	row
	Vector []float32 `parquet:"vector,list"`
}

// The names under which the file's metadata says what it is.
const (
	formatKey = "kindred"       // paper.ExportFormat
	modelKey  = "kindred.model" // fingerprint of the vectors' model
)

// A group of rows is what the writer holds in memory: some ten megabytes, and
// as much again of vectors. Readers take a group at a time too.
const (
	groupRows  = 8192
	batchRows  = 64
	pageBuffer = 256 << 10
)

// parquetWriter writes rows of type R (https://parquet.apache.org/docs/file-format).
type parquetWriter[R any] struct {
	w     *parquet.GenericWriter[R]
	rows  []R
	rowOf func(p *paper.Paper, vector []float32) R
}

func newParquet(w io.Writer, o Options) Writer {
	if o.Model == "" {
		return newRows(w, func(p *paper.Paper, _ []float32) row { return rowOf(p) })
	}
	return newRows(w, func(p *paper.Paper, vector []float32) rowWithVector { return rowWithVector{rowOf(p), vector} },
		parquet.KeyValueMetadata(modelKey, o.Model))
}

func newRows[R any](w io.Writer, rowOf func(*paper.Paper, []float32) R, extra ...parquet.WriterOption) Writer {
	options := append([]parquet.WriterOption{
		parquet.Compression(&zstd.Codec{}),
		parquet.MaxRowsPerRowGroup(groupRows),
		parquet.PageBufferSize(pageBuffer),
		// They stand in the page's header, which a paper with much to say would make
		// longer than readers take.
		parquet.DataPageStatistics(false),
		parquet.CreatedBy("kindred", "", ""),
		parquet.KeyValueMetadata(formatKey, strconv.Itoa(paper.ExportFormat)),
	}, extra...)
	return &parquetWriter[R]{w: parquet.NewGenericWriter[R](w, options...), rows: make([]R, 0, batchRows), rowOf: rowOf}
}

func (w *parquetWriter[R]) Write(p *paper.Paper, vector []float32) error {
	if w.rows = append(w.rows, w.rowOf(p, vector)); len(w.rows) < batchRows {
		return nil
	}
	return w.flush()
}

func (w *parquetWriter[R]) flush() error {
	_, err := w.w.Write(w.rows)
	clear(w.rows)
	w.rows = w.rows[:0]
	return err
}

func (w *parquetWriter[R]) Close() error {
	if err := w.flush(); err != nil {
		return err
	}
	return w.w.Close()
}

func rowOf(p *paper.Paper) row {
	r := row{
		ID: p.ID, Title: p.Title, Abstract: p.Abstract, Authors: p.Authors, Year: int32(p.Year), Date: p.Date, Updated: p.Updated,
		Venue: p.Venue, Categories: p.Categories, URL: p.URL, Source: p.Source, More: p.More(),
	}
	for _, kind := range slices.Sorted(maps.Keys(p.IDs)) {
		r.IDs = append(r.IDs, idOf{kind, p.IDs[kind]})
	}
	return r
}
