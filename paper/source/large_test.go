package source

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// lineStream makes n lines of a format as they are asked for.
func lineStream(format string, n int) io.Reader {
	var line func(b *bytes.Buffer, i int)
	var head string
	switch format {
	case "jsonl":
		line = func(b *bytes.Buffer, i int) { fmt.Fprintf(b, "{\"id\":\"%d\",\"title\":\"Paper %d\"}\n", i, i) }
	case "csv":
		head = "id,title,year\n"
		line = func(b *bytes.Buffer, i int) { fmt.Fprintf(b, "%d,Paper %d,2019\n", i, i) }
	case "bibtex":
		line = func(b *bytes.Buffer, i int) { fmt.Fprintf(b, "@misc{k%d,title={Paper %d}}\n", i, i) }
	case "ris":
		line = func(b *bytes.Buffer, i int) {
			switch i % 3 {
			case 0:
				b.WriteString("TY  - JOUR\n")
			case 1:
				fmt.Fprintf(b, "TI  - Paper %d\n", i)
			default:
				b.WriteString("ER  - \n")
			}
		}
	case "broken":
		head = "{\"title\":\"One paper\"}\n"
		line = func(b *bytes.Buffer, i int) { b.WriteString("{\"title\":\n") }
	}
	buf := bytes.NewBufferString(head)
	i := 0
	return readerFunc(func(p []byte) (int, error) {
		for buf.Len() < len(p) && i < n {
			line(buf, i)
			i++
		}
		return buf.Read(p)
	})
}

// manyLines reads n lines of each format: all papers come, in bounded memory.
// What grows is what tells papers of one id apart, 100 MB at most.
func manyLines(t *testing.T, n int, most uint64) {
	n -= n % 3 // a record of RIS has three
	for _, format := range []string{"jsonl", "csv", "bibtex", "ris", "broken"} {
		read := format
		if format == "broken" {
			read = "jsonl"
		}
		start := time.Now()
		r, err := NewReader(lineStream(format, n), format, Options{Format: read})
		if err != nil {
			t.Fatal(err)
		}
		papers, rejected, heap := 0, 0, uint64(0)
		for _, err := range r.Papers(t.Context()) {
			if err != nil {
				rejected++
			} else {
				papers++
			}
			if (papers+rejected)%(n/5) == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				heap = max(heap, m.HeapAlloc)
			}
		}
		r.Close()
		want, wantRejected := n, 0
		switch format {
		case "ris":
			want = n / 3
		case "broken":
			want, wantRejected = 1, n
		}
		if papers != want || rejected != wantRejected {
			t.Errorf("%s: %d papers of %d, %d rejected of %d", format, papers, want, rejected, wantRejected)
		}
		if heap > most {
			t.Errorf("%s: %d MB in use", format, heap>>20)
		}
		t.Logf("%s: %d lines in %v, at most %d MB", format, n, time.Since(start).Round(time.Millisecond), heap>>20)
	}
}

func TestManyLines(t *testing.T) { manyLines(t, 150_000, 64<<20) }

// TestBombs has a small file become a huge one, of each format and compression:
// the record is rejected or the end is told, and memory stays what it is.
func TestBombs(t *testing.T) {
	const size = 200 << 20
	for format, before := range map[string]string{
		"jsonl":   `{"title":"`,
		"csv":     "title,abstract\n\"",
		"bibtex":  "@misc{a,title={",
		"ris":     "TY  - JOUR\nTI  - ",
		"pubmed":  "<PubmedArticleSet><PubmedArticle><MedlineCitation><Article><ArticleTitle>",
		"parquet": "PAR1",
	} {
		for _, kind := range compressions {
			if kind == "xz" && format != "parquet" && format != "jsonl" {
				continue // its writer is slow
			}
			var packed bytes.Buffer
			var w io.WriteCloser
			var err error
			switch kind {
			case "gzip":
				w, err = gzip.NewWriterLevel(&packed, gzip.BestSpeed)
			case "zstd":
				w, err = zstd.NewWriter(&packed)
			case "xz":
				w, err = xz.NewWriter(&packed)
			}
			if err != nil {
				t.Fatal(err)
			}
			length := int64(size)
			if kind == "xz" {
				length = 20 << 20
			}
			if _, err := io.Copy(w, io.MultiReader(strings.NewReader(before), endless("a", int(length)))); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			if packed.Len() > int(length/100) {
				t.Fatalf("%s in %s is no bomb: %d bytes", format, kind, packed.Len())
			}
			var start, end runtime.MemStats
			runtime.ReadMemStats(&start)
			r, err := NewReader(&packed, "bomb", Options{})
			if err != nil {
				t.Fatal(err)
			}
			r.most = 10 << 20 // of a copy on disk
			var last error
			for _, err := range r.Papers(t.Context()) {
				last = err
			}
			r.Close()
			runtime.ReadMemStats(&end)
			if last == nil {
				t.Errorf("%s in %s: no complaint", format, kind)
			}
			if format == "parquet" && !strings.Contains(last.Error(), "it is longer than 10485760 bytes, which are not copied") {
				t.Errorf("%s in %s: %v", format, kind, last)
			}
			if mb := (end.TotalAlloc - start.TotalAlloc) >> 20; mb > 60 {
				t.Errorf("%s in %s: %d MB allocated", format, kind, mb)
			}
		}
	}
}

// TestCycles has entries that stand for each other and macros that stand for
// themselves.
func TestCycles(t *testing.T) {
	out := readString(t, `@string{a = b # b}
@string{b = a # a}
@string{c = "0123456789"}
`+strings.Repeat("@string{c = c # c # c # c}\n", 40)+`
@inproceedings{x, title={First}, crossref={y}}
@proceedings{y, title={Second}, crossref={x}}
@misc{z, title=a # c, crossref={z}}
@misc{w, title={Last}, year=}
`, "")
	if n := len(out.items); n < 2 || out.items[0].Paper.Title != "First" || out.items[1].Paper.Title != "Second" || out.err != nil {
		t.Errorf("%d papers, %v", n, out.err)
	}
	if s := fmt.Sprint(out.rejected); !strings.Contains(s, "year: no value") {
		t.Errorf("rejected %.300s", s)
	}
}
