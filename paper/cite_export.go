package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ExportFormat is the version of exports in JSON lines and Parquet. A reader
// refuses those of a later one, which may hold what it does not know.
const ExportFormat = 1

// ExportLine is a line of an export in JSON lines: the paper itself under a
// mark that says so, so that reading it changes nothing.
type ExportLine struct {
	Format int `json:"kindred"` // ExportFormat
	*Paper
	Files  []string  `json:"files,omitempty"`  // see origins
	Model  string    `json:"model,omitempty"`  // the fingerprint of the vector's model
	Vector []float32 `json:"vector,omitempty"` // of unit length
}

// NewExportLine is the line of a paper without its vector.
func NewExportLine(p *Paper) *ExportLine {
	return &ExportLine{Format: ExportFormat, Paper: p, Files: p.origins()}
}

// Restore puts back into a paper that was read what its fields do not say.
func (l *ExportLine) Restore() error { return l.setOrigins(l.Files) }

// origins are the Origin of p and of its parts, in hexadecimal digits; nil where
// none is known.
func (p *Paper) origins() []string {
	list := []string{strconv.FormatUint(p.Origin, 16)}
	known := p.Origin != 0
	for i := range p.Parts {
		list = append(list, strconv.FormatUint(p.Parts[i].Origin, 16))
		known = known || p.Parts[i].Origin != 0
	}
	if !known {
		return nil
	}
	return list
}

func (p *Paper) setOrigins(list []string) error {
	if len(list) == 0 {
		return nil
	}
	if len(list) != 1+len(p.Parts) {
		return fmt.Errorf("%d files of a paper with %d parts", len(list), len(p.Parts))
	}
	for i, s := range list {
		origin, err := strconv.ParseUint(s, 16, 64)
		if err != nil {
			return fmt.Errorf("files: %q is no hash", s)
		}
		if i == 0 {
			p.Origin = origin
		} else {
			p.Parts[i-1].Origin = origin
		}
	}
	return nil
}

// exportColumns are those of an export as CSV: a paper's fields as they are.
var exportColumns = []struct {
	name string
	cell func(p *Paper) (string, error)
	set  func(p *Paper, cell string) error
}{
	textColumn("id", func(p *Paper) *string { return &p.ID }),
	textColumn("title", func(p *Paper) *string { return &p.Title }),
	listColumn("authors", func(p *Paper) *[]string { return &p.Authors }),
	{"year", func(p *Paper) (string, error) {
		if p.Year == 0 {
			return "", nil
		}
		return strconv.Itoa(p.Year), nil
	}, func(p *Paper, cell string) (err error) {
		if cell != "" {
			p.Year, err = strconv.Atoi(cell)
		}
		return err
	}},
	textColumn("date", func(p *Paper) *string { return &p.Date }),
	textColumn("updated", func(p *Paper) *string { return &p.Updated }),
	textColumn("venue", func(p *Paper) *string { return &p.Venue }),
	listColumn("categories", func(p *Paper) *[]string { return &p.Categories }),
	{"ids", func(p *Paper) (string, error) { return jsonCell(p.IDs, len(p.IDs) == 0) },
		func(p *Paper, cell string) error { return setJSONCell(cell, &p.IDs) }},
	textColumn("url", func(p *Paper) *string { return &p.URL }),
	textColumn("source", func(p *Paper) *string { return &p.Source }),
	textColumn("abstract", func(p *Paper) *string { return &p.Abstract }),
	{"more", func(p *Paper) (string, error) { return p.More(), nil },
		func(p *Paper, cell string) error { return p.SetMore(cell) }},
}

type exportColumn = struct {
	name string
	cell func(p *Paper) (string, error)
	set  func(p *Paper, cell string) error
}

func textColumn(name string, field func(*Paper) *string) exportColumn {
	return exportColumn{name,
		func(p *Paper) (string, error) { return *field(p), nil },
		func(p *Paper, cell string) error { *field(p) = cell; return nil },
	}
}

// listColumn has entries separated by "; ", as people read them, and where one
// of them has such a sign in it a JSON array.
func listColumn(name string, field func(*Paper) *[]string) exportColumn {
	const between = "; "
	return exportColumn{name,
		func(p *Paper) (string, error) {
			list := *field(p)
			joined := strings.Join(list, between)
			if strings.HasPrefix(joined, "[") || slices.ContainsFunc(list, func(s string) bool { return strings.Contains(s, ";") }) {
				return jsonCell(list, false)
			}
			return joined, nil
		},
		func(p *Paper, cell string) error {
			switch {
			case cell == "":
			case cell[0] == '[':
				return setJSONCell(cell, field(p))
			default:
				*field(p) = strings.Split(cell, between)
			}
			return nil
		},
	}
}

func jsonCell(v any, empty bool) (string, error) {
	if empty {
		return "", nil
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

func setJSONCell(cell string, v any) error {
	if cell == "" {
		return nil
	}
	return json.Unmarshal([]byte(cell), v)
}

func exportHeader() string {
	names := make([]string, len(exportColumns))
	for i, column := range exportColumns {
		names[i] = column.name
	}
	return strings.Join(names, ",") + "\n"
}

// writeExportRow writes one row. Lines end with LF alone: the line breaks
// within cells stay as they are.
func writeExportRow(b *bytes.Buffer, p *Paper) {
	row := make([]string, len(exportColumns))
	for i, column := range exportColumns {
		cell, _ := column.cell(p) // strings into memory: nothing can fail
		row[i] = inert(cell)
	}
	w := csv.NewWriter(b)
	_ = w.Write(row)
	w.Flush()
}

// IsExportHeader reports whether a table's columns are those of an export, so
// that [ParseExportRow] reads its rows.
func IsExportHeader(names []string) bool {
	return slices.EqualFunc(names, exportColumns, func(name string, c exportColumn) bool { return name == c.name })
}

// ParseExportRow is the paper of a row of an export as CSV, which has as many
// cells as the header.
func ParseExportRow(cells []string) (*Paper, error) {
	if len(cells) != len(exportColumns) {
		return nil, errors.New("not as many cells as columns")
	}
	p := new(Paper)
	for i, column := range exportColumns {
		if err := column.set(p, Armed(cells[i])); err != nil {
			return nil, fmt.Errorf("%s: %w", column.name, err)
		}
	}
	return p, nil
}
