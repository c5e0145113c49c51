package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fill sets every field of v, those that come to be in Paper later too.
func fill(t *testing.T, v reflect.Value, path string, depth int) {
	t.Helper()
	switch v.Kind() {
	case reflect.String:
		v.SetString("text of " + path)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(int64(len(path)))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float32, reflect.Float64:
		v.SetFloat(0.5)
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		key, value := reflect.New(v.Type().Key()).Elem(), reflect.New(v.Type().Elem()).Elem()
		fill(t, key, path+"'s key", depth)
		fill(t, value, path+"'s value", depth)
		v.SetMapIndex(key, value)
	case reflect.Slice:
		if depth == 0 {
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(t, v.Index(i), fmt.Sprint(path, i), depth-1)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			if v.Type().Field(i).Tag.Get("json") == "-" {
				continue // not what the paper is but how it came here
			}
			fill(t, v.Field(i), path+"."+v.Type().Field(i).Name, depth)
		}
	default:
		t.Fatalf("%s is a %s: the test must learn to fill it", path, v.Kind())
	}
}

// TestExportsHoldEveryField takes a paper with every field there is through
// what each export keeps of it.
func TestExportsHoldEveryField(t *testing.T) {
	var p Paper
	fill(t, reflect.ValueOf(&p).Elem(), "paper", 2)

	rest := Paper{ID: p.ID, Title: p.Title, Abstract: p.Abstract, Authors: p.Authors, Year: p.Year, Date: p.Date, Updated: p.Updated,
		Venue: p.Venue, Categories: p.Categories, IDs: p.IDs, URL: p.URL, Source: p.Source}
	if err := rest.SetMore(p.More()); err != nil || !cmp.Equal(p, rest) {
		t.Errorf("in columns and more: %v\n%s", err, cmp.Diff(p, rest))
	}
	var b bytes.Buffer
	w := NewExportWriter(&b, CSV)
	if err := w.Write(&p); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&b).ReadAll()
	if err != nil || len(rows) != 2 || !IsExportHeader(rows[0]) {
		t.Fatal(err, rows)
	}
	row, err := ParseExportRow(rows[1])
	if err != nil || !cmp.Equal(p, *row) {
		t.Errorf("in CSV: %v\n%s", err, cmp.Diff(&p, row))
	}
	b.Reset()
	if err := NewExportWriter(&b, JSONL).Write(&p); err != nil {
		t.Fatal(err)
	}
	line := ExportLine{Paper: new(Paper)}
	if err := json.Unmarshal(b.Bytes(), &line); err != nil || !cmp.Equal(p, *line.Paper) || line.Format != ExportFormat {
		t.Errorf("in JSON lines: %v\n%s", err, cmp.Diff(&p, line.Paper))
	}
	// What is carried beside an entry, with what the entry itself says.
	c := newCitation(&p)
	entry := Paper{Title: p.Title, Abstract: p.Abstract, Authors: c.displayed(), Year: p.Year, Venue: p.Venue, Categories: p.Categories, URL: c.url}
	if err := entry.Restore(carried(c)); err != nil || !cmp.Equal(p, entry) {
		t.Errorf("carried: %v\n%s", err, cmp.Diff(p, entry))
	}
}

func TestRestoreRefuses(t *testing.T) {
	for _, carried := range []string{"", "id=", "source=x", "id=%zz", "id=a;b", "id=a&more={"} {
		p := Paper{ID: "before", Title: "T"}
		if err := p.Restore(carried); err == nil || p.ID != "before" {
			t.Errorf("%q: %v, %+v", carried, err, p)
		}
	}
	for _, cells := range [][]string{nil, {"a"}, strings.Split("a,t,,year,,,,,,,,,", ","), strings.Split("a,t,[,,,,,,,,,,", ","), strings.Split("a,t,,,,,,,{,,,,", ",")} {
		if p, err := ParseExportRow(cells); err == nil {
			t.Errorf("%q: %+v", cells, p)
		}
	}
}

// TestApostrophes: what a table's reader takes away is what its writer has put
// there, however many of them there are.
func TestApostrophes(t *testing.T) {
	for _, cell := range []string{"", "=1", "'=1", "''=1", "'", "''", "'quoted'", "+", "-a", "@b", "＝c", "'＝c", "a=1", "don't", "'tis"} {
		if got := Armed(inert(cell)); got != cell {
			t.Errorf("%q becomes %q and %q", cell, inert(cell), got)
		}
		if written := inert(cell); isFormula(written) {
			t.Errorf("%q is written as %q", cell, written)
		}
	}
}

func FuzzExportRow(f *testing.F) {
	f.Add("10.1/x", "=1", "a;b", "", "[", "'=")
	f.Fuzz(func(t *testing.T, id, title, author, second, category, kind string) {
		p := Paper{ID: id, Title: title, Authors: []string{author, second}, Categories: []string{category}, IDs: map[string]string{kind: id, "doi": category}}
		p.Normalize()
		if p.Validate() != nil {
			return
		}
		var b bytes.Buffer
		writeExportRow(&b, &p)
		if strings.Contains(b.String(), "\r") {
			return // encoding/csv reads CR LF as LF; package source does not
		}
		rows, err := csv.NewReader(&b).ReadAll()
		if err != nil || len(rows) != 1 {
			t.Fatal(err, rows)
		}
		got, err := ParseExportRow(rows[0])
		if err != nil || !cmp.Equal(p, *got) {
			t.Errorf("%v\n%s", err, cmp.Diff(&p, got))
		}
		c := newCitation(&p)
		back := Paper{Title: p.Title, Authors: c.displayed(), Categories: p.Categories}
		if err := back.Restore(carried(c)); err != nil || !cmp.Equal(p, back) {
			t.Errorf("%v\n%s", err, cmp.Diff(p, back))
		}
	})
}
