package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"testing"

	writer "github.com/parquet-go/parquet-go"
	writerdelta "github.com/parquet-go/parquet-go/encoding/delta"
)

// column is one column of a file: the values of its rows, each a list.
func column(t testing.TB, file []byte, name string) [][]Value {
	t.Helper()
	f, err := Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	at := -1
	for i, c := range f.Columns {
		if c.Name() == name {
			at = i
		}
	}
	if at < 0 {
		t.Fatalf("no column %s in %v", name, f.Columns)
	}
	var rows [][]Value
	for g := range f.Groups {
		r, err := f.Reader(g, at)
		if err != nil {
			t.Fatal(err)
		}
		n := int64(0)
		for ; ; n++ {
			row, err := r.Row()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: group %d, row %d: %v", name, g, n, err)
			}
			rows = append(rows, append([]Value(nil), row...))
		}
		r.Close()
		if n != f.Groups[g].Rows {
			t.Errorf("%s: %d rows of %d", name, n, f.Groups[g].Rows)
		}
	}
	if f.held != 0 {
		t.Errorf("%d bytes are held after the end", f.held)
	}
	return rows
}

// TestEncodings writes columns of every type in every encoding that it can
// have.
func TestEncodings(t *testing.T) {
	const n = 3000
	text := func(i int) writer.Value {
		return writer.ByteArrayValue([]byte(strings.Repeat("ab", i%7) + fmt.Sprint(i%500)))
	}
	number32 := func(i int) writer.Value { return writer.Int32Value(int32(i*i*7919) - 1<<20) }
	number64 := func(i int) writer.Value { return writer.Int64Value(int64(i)*int64(i)*1<<33 - int64(i)<<50) }
	columns := []struct {
		name  string
		node  writer.Node
		value func(i int) writer.Value
		text  func(v writer.Value) string
	}{
		{"plain", writer.Encoded(writer.String(), &writer.Plain), text, nil},
		{"dictionary", writer.Encoded(writer.String(), &writer.RLEDictionary), text, nil},
		{"lengths", writer.Encoded(writer.String(), &writer.DeltaLengthByteArray), text, nil},
		{"shared", writer.Encoded(writer.String(), &writer.DeltaByteArray), text, nil},
		{"int32", writer.Encoded(writer.Int(32), &writer.Plain), number32, nil},
		{"int32delta", writer.Encoded(writer.Int(32), &writer.DeltaBinaryPacked), number32, nil},
		{"int64", writer.Encoded(writer.Int(64), &writer.Plain), number64, nil},
		{"int64delta", writer.Encoded(writer.Int(64), &writer.DeltaBinaryPacked), number64, nil},
		{"int64dictionary", writer.Encoded(writer.Int(64), &writer.RLEDictionary), func(i int) writer.Value { return writer.Int64Value(int64(i % 9)) }, nil},
		{"bool", writer.Leaf(writer.BooleanType), func(i int) writer.Value { return writer.BooleanValue(i%3 == 0) }, nil},
		{"double", writer.Leaf(writer.DoubleType), func(i int) writer.Value { return writer.DoubleValue(float64(i) / 4) },
			func(v writer.Value) string {
				return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%.2f", v.Double()), "0"), ".")
			}},
		{"nan", writer.Leaf(writer.DoubleType), func(int) writer.Value { return writer.DoubleValue(math.NaN()) }, func(writer.Value) string { return "" }},
		{"date", writer.Date(), func(i int) writer.Value { return writer.Int32Value(int32(i)) }, func(v writer.Value) string { return day(int64(v.Int32())) }},
		{"millis", writer.Timestamp(writer.Millisecond), func(i int) writer.Value { return writer.Int64Value(int64(i)*86_400_000 - 1) },
			func(v writer.Value) string { return day((v.Int64()+1)/86_400_000 - 1) }},
		{"nanos", writer.Timestamp(writer.Nanosecond), func(i int) writer.Value { return writer.Int64Value(int64(i) * 86_400_000_000_000) },
			func(v writer.Value) string { return day(v.Int64() / 86_400_000_000_000) }},
		{"decimal", writer.Decimal(2, 9, writer.Int32Type), number32, func(writer.Value) string { return "" }},
	}
	for _, c := range columns {
		for _, rule := range []string{"required", "optional", "list"} {
			for version := 1; version <= 2; version++ {
				node := c.node
				path := "x"
				switch rule {
				case "optional":
					node = writer.Optional(node)
				case "list":
					node, path = writer.List(writer.Optional(node)), "x.list.element"
				}
				var file bytes.Buffer
				w := writer.NewWriter(&file, writer.NewSchema("rows", writer.Group{"x": node}), writer.DataPageVersion(version), writer.PageBufferSize(3000), writer.MaxRowsPerRowGroup(1100), writer.Compression(&writer.Snappy))
				var want [][]Value
				for i := range n {
					row, values := rowOf(rule, i, c.value)
					if _, err := w.WriteRows([]writer.Row{row}); err != nil {
						t.Fatal(err)
					}
					var one []Value
					for _, v := range values {
						switch {
						case v.IsNull():
							one = append(one, Value{Null: true})
						case c.text != nil:
							one = append(one, Value{Text: c.text(v)})
						default:
							one = append(one, Value{Text: v.String()})
						}
					}
					want = append(want, one)
				}
				if err := w.Close(); err != nil {
					t.Fatal(err)
				}
				got := column(t, file.Bytes(), path)
				if len(got) != len(want) {
					t.Fatalf("%s %s, version %d: %d rows", c.name, rule, version, len(got))
				}
				for i := range want {
					if fmt.Sprint(got[i]) != fmt.Sprint(want[i]) {
						t.Fatalf("%s %s, version %d, row %d: %v, want %v", c.name, rule, version, i, got[i], want[i])
					}
				}
			}
		}
	}
}

// rowOf is row i with its levels, and the values that come back of it.
func rowOf(rule string, i int, value func(int) writer.Value) (writer.Row, []writer.Value) {
	switch {
	case rule == "required":
		return writer.Row{value(i).Level(0, 0, 0)}, []writer.Value{value(i)}
	case rule == "optional" && i%5 == 0:
		return writer.Row{writer.NullValue().Level(0, 0, 0)}, []writer.Value{writer.NullValue()}
	case rule == "optional":
		return writer.Row{value(i).Level(0, 1, 0)}, []writer.Value{value(i)}
	case i%4 == 0: // an empty list
		return writer.Row{writer.NullValue().Level(0, 0, 0)}, []writer.Value{writer.NullValue()}
	}
	var row writer.Row
	var values []writer.Value
	for k := range i%9 + 1 {
		v, level := value(i+k), 2
		if k == 3 {
			v, level = writer.NullValue(), 1
		}
		rep := 1
		if k == 0 {
			rep = 0
		}
		row, values = append(row, v.Level(rep, level, 0)), append(values, v)
	}
	return row, values
}

// TestSharedBeginningsAreBounded has a page of three megabytes that stands for
// three gigabytes: after a long value all others share the whole of it.
func TestSharedBeginningsAreBounded(t *testing.T) {
	const n, long = 1000, 3 << 20
	shared, rest := make([]int32, n), make([]int32, n)
	rest[0] = long
	for i := 1; i < n; i++ {
		shared[i] = long
	}
	var body []byte
	var packed writerdelta.BinaryPackedEncoding
	for _, list := range [][]int32{shared, rest} {
		part, err := packed.EncodeInt32(nil, list)
		if err != nil {
			t.Fatal(err)
		}
		body = append(body, part...)
	}
	d, err := newDeltaBytes(append(body, make([]byte, long)...), n)
	if err != nil {
		t.Fatal(err)
	}
	for range n {
		if _, err = d.next(); err != nil {
			break
		}
	}
	if err == nil || !strings.Contains(err.Error(), "all of a page than 1073741824") {
		t.Error(err)
	}
	for _, damaged := range [][]byte{nil, {0x80, 1, 4, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1}, {0, 0, 1, 1}, body[:20]} {
		if _, err := newDeltaBytes(damaged, n); err == nil {
			t.Errorf("% x is read", damaged)
		}
	}
}

func FuzzOpen(f *testing.F) {
	var file bytes.Buffer
	type row struct {
		A []string `parquet:"a,list"`
		B int64    `parquet:"b,delta"`
		C string   `parquet:"c,dict"`
	}
	w := writer.NewGenericWriter[row](&file)
	if _, err := w.Write([]row{{[]string{"x", "y"}, 7, "z"}, {nil, -8, "z"}}); err != nil {
		f.Fatal(err)
	}
	if err := w.Close(); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Open(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for g := range file.Groups {
			for c := range file.Columns {
				r, err := file.Reader(g, c)
				if err != nil {
					continue
				}
				for rows := 0; err == nil && rows < 10_000; rows++ {
					_, err = r.Row()
				}
				r.Close()
			}
		}
		if file.held != 0 {
			t.Fatalf("%d bytes are held", file.held)
		}
	})
}
