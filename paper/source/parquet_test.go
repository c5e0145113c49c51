package source

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"

	"kindred/paper"
)

// parquetFile has rows as parquet-go writes them.
func parquetFile[R any](t testing.TB, rows []R, options ...parquet.WriterOption) []byte {
	t.Helper()
	var b bytes.Buffer
	w := parquet.NewGenericWriter[R](&b, options...)
	if _, err := w.Write(rows); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

type wideRow struct {
	PaperID   string     `parquet:"paperId,dict"`
	Title     string     `parquet:"Article Title,delta"`
	Abstract  *string    `parquet:"abstract,optional"`
	Authors   []person   `parquet:"authors,list"`
	Year      float64    `parquet:"year,optional"`
	Published time.Time  `parquet:"publication_date,timestamp(microsecond)"`
	Updated   int32      `parquet:"updated_date,date"`
	Tags      []string   `parquet:"keywords"`
	IDs       ids        `parquet:"externalIds"`
	Where     location   `parquet:"primary_location"`
	Open      bool       `parquet:"is_oa"`
	Embedding []float32  `parquet:"embedding,list"`
	Cites     []citation `parquet:"citations,list"`
}

type person struct {
	Given  string `parquet:"given,optional"`
	Family string `parquet:"family,optional"`
	Orcid  string `parquet:"orcid,optional"`
}

type ids struct {
	DOI    string `parquet:"DOI,optional"`
	PubMed int64  `parquet:"PubMed,optional"`
}

type location struct {
	URL    string `parquet:"landing_page_url"`
	Source struct {
		Name string `parquet:"display_name"`
	} `parquet:"source"`
}

type citation struct {
	Title string `parquet:"title"`
}

func wideRows() []wideRow {
	abstract := "Of <i>stones</i> &amp; sand."
	full := wideRow{PaperID: "p1", Title: "A Stone", Abstract: &abstract, Authors: []person{{Given: "Ada", Family: "Quarry", Orcid: "x"}, {Family: "Pebble"}, {Given: "C."}},
		Year: 2019, Published: time.Date(2019, 4, 2, 23, 59, 59, 0, time.UTC), Updated: 18000, Tags: []string{"rocks and stones", "sand"},
		IDs: ids{DOI: "https://doi.org/10.1000/ABC", PubMed: 77}, Embedding: []float32{1, 2}, Cites: []citation{{"Not this title"}}}
	full.Where.URL, full.Where.Source.Name = "https://example.org/1", "Journal of Stones"
	return []wideRow{full, {PaperID: "p2", Title: "A Second", Published: time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)}}
}

func wantWide() []paper.Paper {
	return []paper.Paper{
		{ID: "p1", Title: "A Stone", Abstract: "Of stones & sand.", Authors: []string{"Ada Quarry", "Pebble", "C."}, Year: 2019, Date: "2019-04-02", Updated: "2019-04-14",
			Venue: "Journal of Stones", Categories: []string{"rocks and stones", "sand"}, IDs: map[string]string{"doi": "10.1000/abc", "pmid": "77"}, URL: "https://example.org/1", Source: "parquet"},
		{ID: "p2", Title: "A Second", Year: 1969, Date: "1969-12-31", Updated: "1970-01-01", Source: "parquet"},
	}
}

func papersOf(o outcome) (papers []paper.Paper) {
	for _, i := range o.items {
		papers = append(papers, i.Paper)
	}
	return papers
}

// TestParquet reads a file of others' column names in every compression and
// version of pages that there is.
func TestParquet(t *testing.T) {
	for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd} {
		for version := 1; version <= 2; version++ {
			file := parquetFile(t, wideRows(), parquet.Compression(codec), parquet.DataPageVersion(version))
			out := read(t.Context(), bytes.NewReader(file), Options{})
			if d := cmp.Diff(wantWide(), papersOf(out)); d != "" || out.err != nil || len(out.rejected) != 0 {
				t.Fatalf("%s, version %d: %v %v\n%s", codec, version, out.err, out.rejected, d)
			}
		}
	}
	file := parquetFile(t, wideRows(), parquet.Compression(&parquet.Brotli))
	if out := read(t.Context(), bytes.NewReader(file), Options{}); out.err == nil || !strings.Contains(out.err.Error(), "it is compressed by BROTLI; SNAPPY, GZIP and ZSTD are read") {
		t.Error(out.err)
	}
}

// TestParquetShapes are ways to write the same fields.
func TestParquetShapes(t *testing.T) {
	type plain struct {
		ID      int64  `parquet:"id"`
		Title   string `parquet:"title"`
		Authors string `parquet:"authors"`
		Date    string `parquet:"published"`
		DOI     string `parquet:"doi"`
	}
	type maps struct {
		Title   string            `parquet:"title"`
		Authors []string          `parquet:"author,list"`
		IDs     map[string]string `parquet:"ids"`
		When    time.Time         `parquet:"date,timestamp"`
		Year    int16             `parquet:"publication_year"`
	}
	type named struct {
		Title   string `parquet:"title"`
		Authors []struct {
			Name string `parquet:"name"`
		} `parquet:"authors"`
		Inverted string `parquet:"abstract_inverted_index"`
		IDs      []struct {
			Kind string `parquet:"type"`
			ID   string `parquet:"value"`
		} `parquet:"ids,list"`
	}
	var one named
	if err := json.Unmarshal([]byte(`{"Title":"Named","Authors":[{"Name":"Quarry, Ada"},{"Name":"B. Pebble"}],"Inverted":"{\"two\":[1],\"one\":[0]}","IDs":[{"Kind":"DOI","ID":"10.1/X"},{"Kind":"mag","ID":"5"}]}`), &one); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		file []byte
		want paper.Paper
	}{
		{parquetFile(t, []plain{{7, "Plain", "Quarry, Ada; Pebble, B.", "2019-04-02T10:00:00Z", "10.1/x"}}),
			paper.Paper{ID: "7", Title: "Plain", Authors: []string{"Ada Quarry", "B. Pebble"}, Year: 2019, Date: "2019-04-02", IDs: map[string]string{"doi": "10.1/x"}}},
		{parquetFile(t, []maps{{"Maps", []string{"Ada"}, map[string]string{"arxiv": "1605.08803v2", "MAG": "5"}, time.Date(2001, 2, 3, 4, 5, 6, 7, time.UTC), 2002}}),
			paper.Paper{ID: "1605.08803", Title: "Maps", Authors: []string{"Ada"}, Year: 2002, Date: "2001-02-03", IDs: map[string]string{"arxiv": "1605.08803", "mag": "5"}}},
		{parquetFile(t, []named{one}),
			paper.Paper{ID: "10.1/x", Title: "Named", Abstract: "one two", Authors: []string{"Ada Quarry", "B. Pebble"}, IDs: map[string]string{"doi": "10.1/x", "mag": "5"}}},
	} {
		tt.want.Source = "parquet"
		out := read(t.Context(), bytes.NewReader(tt.file), Options{})
		if d := cmp.Diff([]paper.Paper{tt.want}, papersOf(out)); d != "" || out.err != nil {
			t.Errorf("%v %v\n%s", out.err, out.rejected, d)
		}
	}
	type other struct{ Name, Price string }
	if out := read(t.Context(), bytes.NewReader(parquetFile(t, []other{{"a", "b"}})), Options{}); out.err == nil || !strings.Contains(out.err.Error(), `no column is called title or abstract: "Name, Price"`) {
		t.Error(out.err)
	}
}

type longRow struct {
	ID       string   `parquet:"id"`
	Title    string   `parquet:"title,optional"`
	Abstract string   `parquet:"abstract,dict"`
	Authors  []string `parquet:"authors,list"`
}

func longRows(n int) []longRow {
	rows := make([]longRow, n)
	for i := range rows {
		rows[i] = longRow{fmt.Sprint(i), fmt.Sprintf("Title %d", i), fmt.Sprintf("Abstract %d", i%10), nil}
		for a := range i % 40 {
			rows[i].Authors = append(rows[i].Authors, fmt.Sprint("Author ", a))
		}
		if i%3 == 0 {
			rows[i].Title = ""
		}
	}
	return rows
}

// TestParquetManyPages has rows of many groups and pages, read from a file, a
// pipe and a compressed one, which leave nothing behind.
func TestParquetManyPages(t *testing.T) {
	rows := longRows(20_000)
	temporary := t.TempDir()
	t.Setenv("TMPDIR", temporary)
	for version := 1; version <= 2; version++ {
		file := parquetFile(t, rows, parquet.PageBufferSize(2000), parquet.MaxRowsPerRowGroup(3000), parquet.DataPageVersion(version), parquet.Compression(&parquet.Snappy))
		name := filepath.Join(t.TempDir(), "rows")
		if err := os.WriteFile(name, append([]byte("before"), file...), 0o600); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.Seek(6, io.SeekStart); err != nil {
			t.Fatal(err)
		}
		for from, in := range map[string]io.Reader{"file": f, "pipe": bytes.NewReader(file), "gzip": bytes.NewReader(pack(t, "gzip", file)), "zstd": bytes.NewReader(pack(t, "zstd", file))} {
			out := read(t.Context(), in, Options{})
			if out.err != nil || len(out.items) != len(rows) || len(out.rejected) != 0 {
				t.Fatalf("%s: %d papers, %v, %v", from, len(out.items), out.rejected, out.err)
			}
			for i, item := range out.items {
				p := item.Paper
				if item.Line != i+1 || p.ID != rows[i].ID || p.Title != rows[i].Title || p.Abstract != rows[i].Abstract || len(p.Authors) != len(rows[i].Authors) {
					t.Fatalf("%s, row %d: %+v", from, i, item)
				}
			}
		}
	}
	if left, err := os.ReadDir(temporary); err != nil || len(left) > 0 {
		t.Errorf("left in the temporary folder: %v, %v", left, err)
	}
}

// TestParquetCut cuts a file at every length and changes each of its bytes: an
// error or papers, never a panic, and those of whole groups come.
func TestParquetCut(t *testing.T) {
	file := parquetFile(t, longRows(40), parquet.MaxRowsPerRowGroup(20), parquet.Compression(&parquet.Snappy))
	little := parquetFile(t, longRows(4), parquet.Compression(&parquet.Snappy))
	for n := range little {
		out := read(t.Context(), bytes.NewReader(little[:n]), Options{Format: "parquet"})
		if out.err == nil || len(out.items) > 0 {
			t.Fatalf("cut at %d: %d papers, %v", n, len(out.items), out.err)
		}
	}
	kept := 0
	for i := 0; i < len(file); i += 3 {
		for _, x := range []byte{0xff, 1} {
			damaged := bytes.Clone(file)
			damaged[i] ^= x
			out := read(t.Context(), bytes.NewReader(damaged), Options{Format: "parquet"})
			kept += len(out.items)
		}
	}
	if whole := 2 * len(file) / 3 * 40; kept < whole/4 {
		t.Errorf("%d of %d papers survive a byte's damage", kept, whole)
	}
}

// TestParquetLies has headers and footers that promise more than is there.
func TestParquetLies(t *testing.T) {
	type bomb struct {
		Title string `parquet:"title"`
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[bomb](&file, parquet.Compression(&parquet.Snappy), parquet.PageBufferSize(200<<20))
	rows := slices.Repeat([]bomb{{strings.Repeat("\x00", 10<<10)}}, 1000)
	for range 14 {
		if _, err := w.Write(rows); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	type empty struct {
		Title *string `parquet:"title,optional"`
	}
	small := parquetFile(t, longRows(10))
	longFooter := bytes.Clone(small)
	copy(longFooter[len(small)-8:], []byte{0xff, 0xff, 0xff, 0x7f})
	for name, tt := range map[string]struct {
		file []byte
		want string
	}{
		"a page of 140 MB":    {file.Bytes(), "at most 134217728 are read"},
		"a million nulls":     {parquetFile(t, make([]empty, 1_000_000), parquet.PageBufferSize(64<<20)), "it promises more than"},
		"a footer of 2 GB":    {longFooter, "the footer says that it is longer than the file"},
		"no end":              {small[:len(small)-1], "the file is cut off: it does not end with PAR1"},
		"two ends":            {[]byte("PAR1PAR1"), "too short for Parquet"},
		"an empty footer":     {[]byte("PAR1\x00\x01\x00\x00\x00PAR1"), "it has no schema"},
		"a list of 2 billion": {[]byte("PAR1\x29\xfc\xff\xff\xff\xff\x07\x07\x00\x00\x00PAR1"), "the footer is damaged: it is cut off"},
	} {
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		out := read(t.Context(), bytes.NewReader(tt.file), Options{})
		runtime.ReadMemStats(&now)
		if out.err == nil || !strings.Contains(out.err.Error(), tt.want) {
			t.Errorf("%s: %v", name, out.err)
		}
		if mb := (now.TotalAlloc - before.TotalAlloc) >> 20; mb > 20 {
			t.Errorf("%s: %d MB allocated", name, mb)
		}
	}
}

// TestParquetOfLaterKindred is refused rather than half read.
func TestParquetOfLaterKindred(t *testing.T) {
	file := parquetFile(t, longRows(1), parquet.KeyValueMetadata("kindred", "99"))
	if out := read(t.Context(), bytes.NewReader(file), Options{}); out.err == nil || !strings.Contains(out.err.Error(), "an export of a later Kindred (format 99; this one reads 1)") {
		t.Error(out.err)
	}
	out := readString(t, "{\"kindred\":2,\"id\":\"a\",\"title\":\"A\"}\n{\"kindred\":1,\"id\":\"b\",\"title\":\"B\",\"ids\":{\"doi\":\"10.1/ABC\"}}\n", "")
	if len(out.items) != 1 || out.items[0].Paper.IDs["doi"] != "10.1/ABC" || len(out.rejected) != 1 || !strings.Contains(out.rejected[0].Reason, "an export of a later Kindred") {
		t.Errorf("%+v", out)
	}
}

func FuzzParquet(f *testing.F) {
	for version := 1; version <= 2; version++ {
		for _, codec := range []compress.Codec{&parquet.Uncompressed, &parquet.Snappy, &parquet.Gzip, &parquet.Zstd} {
			f.Add(parquetFile(f, wideRows(), parquet.Compression(codec), parquet.DataPageVersion(version)))
		}
		f.Add(parquetFile(f, longRows(30), parquet.PageBufferSize(100), parquet.MaxRowsPerRowGroup(8), parquet.DataPageVersion(version)))
	}
	f.Add([]byte("PAR1PAR1"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, "parquet") })
}
