package source

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// zipFile has files of these names and contents, in turn.
func zipFile(t testing.TB, files ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err == nil {
			_, err = io.WriteString(f, files[i+1])
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

const stoneLine, sandLine = "{\"id\":\"1\",\"title\":\"On Stones\"}\n", "{\"id\":\"2\",\"title\":\"On Sand\"}\n"

// said is what came of reading, in one line each.
func said(out outcome) string {
	var s []string
	for _, i := range out.items {
		s = append(s, fmt.Sprintf("%s:%d %s %s", i.File, i.Line, i.Paper.Source, i.Paper.Title))
	}
	for _, e := range out.rejected {
		s = append(s, e.Error())
	}
	if out.err != nil {
		s = append(s, "end: "+out.err.Error())
	}
	return strings.Join(s, "\n")
}

func TestZip(t *testing.T) {
	encrypted := zipFile(t, "a.jsonl", stoneLine, "secret.jsonl", sandLine)
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} { // the second file's flags in both its headers
		at := bytes.LastIndex(encrypted, []byte(mark)) + map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[mark]
		encrypted[at] |= 1
	}
	packed := bytes.ReplaceAll(encrypted, []byte("secret"), []byte("packed"))
	for _, mark := range []string{"PK\x03\x04", "PK\x01\x02"} {
		at := bytes.LastIndex(packed, []byte(mark)) + map[string]int{"PK\x03\x04": 6, "PK\x01\x02": 8}[mark]
		packed[at], packed[at+2] = packed[at]&^1, 9
	}
	broken := zipFile(t, "a.jsonl", stoneLine, "b.jsonl", strings.Repeat(sandLine, 9), "c.jsonl", sandLine)
	broken[bytes.LastIndex(broken, []byte("PK\x03\x04"))-20]++ // in b's checksum or data
	var tarred bytes.Buffer
	w := tar.NewWriter(&tarred)
	if err := w.WriteHeader(&tar.Header{Name: "a.jsonl", Size: int64(len(stoneLine)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, stoneLine); err != nil {
		t.Fatal(err)
	}
	w.Close()
	for name, tt := range map[string]struct {
		in           []byte
		format, want string
	}{
		"one":      {zipFile(t, "stones.jsonl", stoneLine+"{\n"), "", "in/stones.jsonl:1 jsonl On Stones\nin/stones.jsonl:2: the object does not end"},
		"formats":  {zipFile(t, "x/", "", "x/a.bib", "\n@misc{a, title={On Stones}}", "b.csv", "title,year\nOn Sand,2019\n"), "", "in/x/a.bib:2 bibtex On Stones\nin/b.csv:2 csv On Sand"},
		"packed":   {zipFile(t, "a.gz", string(pack(t, "gzip", []byte(stoneLine)))), "", "in/a.gz:1 jsonl On Stones"},
		"parquet":  {zipFile(t, "a.parquet", string(parquetFile(t, []struct{ Title string }{{"On Stones"}, {"On Sand"}}))), "", "in/a.parquet:1 parquet On Stones\nin/a.parquet:2 parquet On Sand"},
		"in gzip":  {pack(t, "gzip", zipFile(t, "a.jsonl", stoneLine)), "", "in/a.jsonl:1 jsonl On Stones"},
		"hidden":   {zipFile(t, "a.jsonl", stoneLine, "__MACOSX/._a.jsonl", sandLine, ".git/b.jsonl", sandLine, "x/.c.jsonl", sandLine, "./d.jsonl", sandLine), "", "in/a.jsonl:1 jsonl On Stones\nin/./d.jsonl:1 jsonl On Sand"},
		"lines":    {zipFile(t, "a.txt", "On Stones\nThey are heavy.\n"), "", "in/a.txt:1 lines On Stones"},
		"readme":   {zipFile(t, "README", "Some words\nabout it\n", "a.jsonl", stoneLine), "", "in/a.jsonl:1 jsonl On Stones\nin/README:1: text that may be anything; if it has a title line above each abstract line, unpack it and name it"},
		"asked":    {zipFile(t, "a", "On Stones\nThey are heavy.\n", "b", "On Sand\nIt is light.\n"), "lines", "in/a:1 lines On Stones\nin/b:1 lines On Sand"},
		"picture":  {zipFile(t, "a.png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00", "a.jsonl", stoneLine), "", "in/a.jsonl:1 jsonl On Stones\nin/a.png:1: neither text nor compressed text; the formats are "},
		"none":     {zipFile(t, "a.jsonl", "{}\n", "b.jsonl", "{}\n"), "", "in/a.jsonl:1: title: neither a title nor an abstract\nin/b.jsonl:1: title: neither a title nor an abstract\nend: in: no papers in it; the first thing that was rejected: in/a.jsonl:1: title"},
		"empty":    {zipFile(t), "", "end: in: no papers: an archive without files"},
		"folders":  {zipFile(t, "x/", "", "x/y/", ""), "", "end: in: no papers: an archive without files"},
		"nested":   {zipFile(t, "a.jsonl", stoneLine, "b.zip", string(zipFile(t, "c.jsonl", sandLine))), "", "in/a.jsonl:1 jsonl On Stones\nin/b.zip:1: an archive or a document within an archive; unpack it and name the folder"},
		"in tar":   {zipFile(t, "a.jsonl", stoneLine, "b.tar", tarred.String()), "", "in/a.jsonl:1 jsonl On Stones\nin/b.tar:1: a tar archive: unpack it and name the folder"},
		"matrjosh": {zipFile(t, "b.zip", string(zipFile(t, "c.jsonl", sandLine))), "", "end: in: in/b.zip: format not recognised: an archive or a document within an archive"},
		"secret":   {encrypted, "", "in/a.jsonl:1 jsonl On Stones\nin/secret.jsonl:1: encrypted; unpack the archive with its password and name the folder"},
		"method":   {packed, "", "in/a.jsonl:1 jsonl On Stones\nin/packed.jsonl:1: packed by method 9; unpack the archive and name the folder"},
		"control":  {zipFile(t, "a\x1b[31m.jsonl", stoneLine), "", "in/a?[31m.jsonl:1 jsonl On Stones"},
		"tar":      {tarred.Bytes(), "", "end: in: format not recognised: a tar archive: unpack it and name the folder"},
		"tar.gz":   {pack(t, "gzip", tarred.Bytes()), "", "end: in: format not recognised: a tar archive: unpack it and name the folder"},
		"xlsx":     {zipFile(t, "[Content_Types].xml", "<x/>", "xl/workbook.xml", "<x/>"), "", "end: in: format not recognised: a spreadsheet: save it as CSV and name that file"},
		"docx":     {zipFile(t, "[Content_Types].xml", "<x/>", "word/document.xml", "<x/>"), "", "end: in: format not recognised: a document: papers are read from tables"},
		"ods":      {zipFile(t, "mimetype", "application/vnd.oasis.opendocument.spreadsheet", "content.xml", "<x/>"), "", "end: in: format not recognised: a spreadsheet: save it as CSV"},
		"epub":     {zipFile(t, "mimetype", "application/epub+zip", "content.xml", "<x/>"), "", "end: in: format not recognised: a document: "},
		"xls":      {[]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00"), "", "end: in: format not recognised: a document of an old Office: if it is a spreadsheet, save it as CSV"},
		"damaged":  {broken, "", "in/a.jsonl:1 jsonl On Stones\nin/c.jsonl:1 jsonl On Sand\nend: in/b.jsonl:"},
		"a format": {zipFile(t, "a", "{\"id\":\"1\"\n"), "docx", "end: in: unknown format \"docx\""},
	} {
		got := said(read(t.Context(), bytes.NewReader(tt.in), Options{Format: tt.format}))
		if name == "damaged" {
			got = regexp.MustCompile(`in/b.jsonl:\d+ jsonl On Sand\n`).ReplaceAllString(got, "") // what came before the damage
		}
		if !strings.HasPrefix(got, tt.want) {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
	}
}

// TestZipFile reads an archive as a file: its place is kept in the papers'
// origin, so that the files in it are several, and its progress is told.
func TestZipFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.zip")
	data := zipFile(t, "b.bib", "@misc{a, title={On Stones}}", "c.jsonl", strings.Repeat(sandLine, 1000))
	if err := os.WriteFile(name, data, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "no such folder")) // it is not copied
	r, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Format() != "bibtex" {
		t.Error(r.Format())
	}
	origins := map[uint64]string{}
	last := Progress{}
	for i, err := range r.Papers(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		origins[i.Paper.Origin] = i.File
		p := r.Progress()
		if p.Read < last.Read && last.Read < p.Size {
			t.Errorf("%+v after %+v", p, last)
		}
		last = p
	}
	if p := r.Progress(); p.Read != p.Size || p.Size != int64(len(data)) || p.Papers != 1001 || p.Rejected != 0 {
		t.Errorf("%+v", p)
	}
	if len(origins) != 2 || origins[originOf(name+"/b.bib")] != name+"/b.bib" {
		t.Errorf("%v", origins)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
}

// TestZipCopy has a stream copied, which the end removes, and one that is too
// long for it.
func TestZipCopy(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	left := func() int {
		files, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		return len(files)
	}
	data := zipFile(t, "a.jsonl", stoneLine+sandLine)
	r, err := NewReader(bytes.NewReader(data), "in", Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range r.Papers(t.Context()) {
		n++
		break
	}
	if n != 1 || left() != 1 {
		t.Errorf("%d papers, %d copies", n, left())
	}
	if err := r.Close(); err != nil || left() != 0 {
		t.Errorf("%v, %d copies", err, left())
	}
	for i := range data {
		read(t.Context(), bytes.NewReader(data[:i]), Options{})
	}
	long := &Reader{name: "in", stored: &stored{r: io.MultiReader(bytes.NewReader(data), endless("x", 2<<20))}, most: 1 << 20}
	if err := long.open(Options{}); err == nil || !strings.Contains(err.Error(), "longer than 1048576 bytes, which are not copied") {
		t.Error(err)
	}
	if err := long.Close(); err != nil || left() != 0 {
		t.Errorf("%v, %d copies", err, left())
	}
}

// TestZipCut cuts an archive at every length: without its list there is
// nothing to go by.
func TestZipCut(t *testing.T) {
	data := zipFile(t, "a.jsonl", stoneLine, "b.bib", "@misc{a, title={On Stones}}")
	for n := len(zipStart); n < len(data); n++ {
		out := read(t.Context(), bytes.NewReader(data[:n]), Options{})
		if len(out.items) != 0 || out.err == nil || !strings.Contains(out.err.Error(), "in: a damaged zip archive: ") {
			t.Errorf("cut at %d: %s", n, said(out))
		}
	}
}

// TestZipBounded has archives that would unpack to much, and lists without end.
func TestZipBounded(t *testing.T) {
	var bomb bytes.Buffer
	w := zip.NewWriter(&bomb)
	for name, in := range map[string]io.Reader{
		"a.jsonl": io.MultiReader(strings.NewReader(stoneLine+`{"title":"`), endless("a", 100<<20)),
		"b.csv":   io.MultiReader(strings.NewReader("title,abstract\nOn Sand,\""), endless("a", 100<<20)),
		"c.txt":   io.MultiReader(strings.NewReader("{\"title\":\"On Dust\"}\n"), endless("\x00", 100<<20)),
	} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(f, in); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	many := func(n int, name string) []byte {
		var files []string
		for i := range n {
			files = append(files, fmt.Sprint(name, i), sandLine)
		}
		return zipFile(t, files...)
	}
	// One file's data, which the list has 40 times.
	overlap := zipFile(t, "a.jsonl", string(benchText("jsonl", 20)))
	at := bytes.Index(overlap, []byte("PK\x01\x02"))
	entry, end := overlap[at:at+46+len("a.jsonl")], bytes.Clone(overlap[at+46+len("a.jsonl"):])
	end[8], end[10] = 40, 40
	binary.LittleEndian.PutUint32(end[12:], uint32(40*len(entry)))
	overlap = slices.Concat(overlap[:at], bytes.Repeat(entry, 40), end)
	for name, tt := range map[string]struct {
		in     []byte
		papers int
		want   string
		most   uint64 // MB
	}{
		"bomb":      {bomb.Bytes(), 2, "", 60},
		"many":      {many(maxFiles+1, "f"), 0, "in: an archive of 10001 files; at most 10000 are read: unpack it and name the folder", 40},
		"long list": {many(1300, strings.Repeat("long", 1650)), 0, "in: the list of its files is longer than 8388608 bytes: unpack it and name the folder", 80},
		"overlap":   {overlap, 0, "in: a damaged zip archive: the files in it overlap", 10},
	} {
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		out := read(t.Context(), bytes.NewReader(tt.in), Options{})
		runtime.ReadMemStats(&now)
		if len(out.items) != tt.papers || tt.want != "" && (out.err == nil || out.err.Error() != tt.want) {
			t.Errorf("%s: %d papers, %.300s", name, len(out.items), said(out))
		}
		if mb := (now.TotalAlloc - before.TotalAlloc) >> 20; mb > tt.most {
			t.Errorf("%s: %d MB allocated", name, mb)
		}
	}
}

// TestZipInterrupted stops between papers and between files.
func TestZipInterrupted(t *testing.T) {
	data := zipFile(t, "a.jsonl", stoneLine+sandLine, "b.jsonl", sandLine)
	for stop := range 4 {
		r, err := NewReader(bytes.NewReader(data), "in", Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range r.Papers(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			if n++; n == stop {
				break
			}
		}
		if want := min(stop, 3); stop > 0 && n != want {
			t.Errorf("%d of %d", n, want)
		}
		for _, err := range r.Papers(t.Context()) {
			if err == nil || !strings.Contains(err.Error(), "already read") {
				t.Error(err)
			}
		}
		r.Close()
	}
	if _, err := Open("missing.zip", Options{}); err == nil || errors.Is(err, ErrFormat) {
		t.Error(err)
	}
}

// FuzzZip holds what [check] does of archives, and has data in one.
func FuzzZip(f *testing.F) {
	f.Add(zipFile(f, "a.jsonl", stoneLine, "b.bib", "@misc{a, title={On Stones}}"))
	f.Add(zipFile(f, "x/", "", "x/a.csv", "title,year\nOn Sand,2019\n", "README", "text"))
	f.Add(zipFile(f, "mimetype", "application/epub+zip"))
	seedCorpus(f, func(data []byte) { f.Add(zipFile(f, "a", string(data[:min(len(data), 2000)]))) })
	f.Fuzz(func(t *testing.T, data []byte) {
		if isZip(data) {
			out := read(t.Context(), bytes.NewReader(data), Options{})
			for _, i := range out.items {
				if err := i.Paper.Validate(); err != nil || !strings.HasPrefix(i.File, "in/") {
					t.Fatalf("%s:%d: %v", i.File, i.Line, err)
				}
			}
			deleted := slices.ContainsFunc(out.rejected, func(e *LineError) bool { return e.Deleted != "" })
			if len(out.items) == 0 && out.err == nil && !deleted {
				t.Fatal("neither papers nor an error")
			}
			return
		}
		alone, inside := read(t.Context(), bytes.NewReader(data), Options{}), read(t.Context(), bytes.NewReader(zipFile(t, "a", string(data))), Options{})
		if len(alone.items) != len(inside.items) || len(alone.rejected) != len(inside.rejected) || (alone.err == nil) != (inside.err == nil) {
			t.Fatalf("alone\n%s\nin an archive\n%s", said(alone), said(inside))
		}
	})
}
