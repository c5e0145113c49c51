package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
	"golang.org/x/text/encoding/charmap"
)

// TestTruncated cuts compressed files at every length: the papers before the
// cut come, whole, then one error that tells the place.
func TestTruncated(t *testing.T) {
	for _, format := range []string{"lines", "jsonl"} {
		text := benchText(format, 20)
		text = append(text, text...) // repeats compress to few bytes, which keeps this quick
		want := readString(t, string(text), "").items
		for _, kind := range compressions {
			data := pack(t, kind, text)
			last, step := 0, 1
			if kind == "xz" {
				step = 29 // its reader allocates 8 MB each time
			}
			for n := 0; n < len(data); n += step {
				out := read(t.Context(), bytes.NewReader(data[:n]), Options{})
				if n < 6 {
					continue // nothing is recognised yet
				}
				if out.err == nil {
					if len(out.items) != len(want) { // only a checksum is cut off
						t.Fatalf("%s %s cut at %d: %d papers and no error", format, kind, n, len(out.items))
					}
					continue
				}
				if len(out.items) < last || len(out.rejected) != 0 || !strings.HasPrefix(out.err.Error(), "in:") {
					t.Fatalf("%s %s cut at %d: %d papers, rejected %v, %v", format, kind, n, len(out.items), out.rejected, out.err)
				}
				last = len(out.items)
				for i, item := range out.items {
					if item.Paper.Title != want[i].Paper.Title || item.Paper.Abstract != want[i].Paper.Abstract {
						t.Fatalf("%s %s cut at %d: half a paper: %+v", format, kind, n, item)
					}
				}
			}
		}
	}
}

// TestCutToldOnce has damage reported by the reading and not by the closing too.
func TestCutToldOnce(t *testing.T) {
	text := benchText("jsonl", 3000)
	for _, kind := range []string{"gzip", "zstd"} { // of xz nothing is closed
		data := pack(t, kind, text)
		damaged := bytes.Clone(data)
		damaged[len(data)/2] ^= 0x55
		for how, in := range map[string][]byte{"cut": data[:len(data)/2], "damaged": damaged, "in an archive": zipFile(t, "a", string(data[:len(data)/2]))} {
			r, err := NewReader(bytes.NewReader(in), "in", Options{})
			if err != nil {
				t.Fatal(kind, how, err)
			}
			var last error
			for _, last = range r.Papers(t.Context()) {
			}
			if err := r.Close(); last == nil || err != nil {
				t.Errorf("%s %s: %v; on closing %v", kind, how, last, err)
			}
		}
	}
}

// TestCut cuts each file of testdata at every length: the papers that are
// given then, but the last, are those of the whole file. Lines are left out:
// what is a title there depends on what comes behind it.
func TestCut(t *testing.T) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		t.Fatal("no testdata", err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, ".want") {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(bytes.NewReader(data), "in", Options{})
		if err != nil {
			t.Fatal(err)
		}
		format := r.Format()
		if format == "lines" {
			continue
		}
		whole := make(map[string]bool)
		for _, i := range readString(t, string(data), format).items {
			whole[fmt.Sprint(i)] = true
		}
		for n := range data {
			out := readString(t, string(data[:n]), format)
			for i, item := range out.items {
				if i < len(out.items)-1 && !whole[fmt.Sprint(item)] {
					t.Errorf("%s cut at %d: %+v", file, n, item)
				}
			}
			if len(out.items) == 0 && out.err == nil {
				t.Errorf("%s cut at %d: neither papers nor an error", file, n)
			}
		}
	}
}

// TestUnclosed has records without an end in the formats that are not JSON.
func TestUnclosed(t *testing.T) {
	for format, in := range map[string]io.Reader{
		"bibtex": io.MultiReader(strings.NewReader("@a{b,title={\n"), endless("words \n", 12<<20), strings.NewReader("\n@a{c, title={After}}\n")),
		"ris":    io.MultiReader(strings.NewReader("TY  - JOUR\nAB  - "), endless("words \n", 12<<20), strings.NewReader("\nER  - \nTY  - JOUR\nTI  - After\nER  - \n")),
		"oai":    io.MultiReader(strings.NewReader("<OAI-PMH><record><a>"), endless("words \n", 12<<20), strings.NewReader("\n<record><metadata><dc><title>After</title></dc></metadata></record>\n")),
		"csv":    io.MultiReader(strings.NewReader("title,abstract\n\"never "), endless("closed ", 12<<20), strings.NewReader("\nAfter,x\n")),
	} {
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		out := read(t.Context(), in, Options{Format: format})
		runtime.ReadMemStats(&now)
		if len(out.items) != 1 || out.items[0].Paper.Title != "After" || out.err != nil || len(out.rejected) == 0 {
			t.Errorf("%s: %d papers, %v, %v", format, len(out.items), out.rejected, out.err)
		}
		if mb := (now.TotalAlloc - before.TotalAlloc) >> 20; mb > 100 {
			t.Errorf("%s: %d MB allocated", format, mb)
		}
	}
}

// TestCharsets reads tables and BibTeX in the encodings that programs write
// without saying so.
func TestCharsets(t *testing.T) {
	const table, bib = "title,venue\nCafé Müller – a “Study”,Stones\nAn Untroubled Second Title of Some Length,Stones\n", "@article{a,\n title={Café Müller – a “Study”},\n journal={Stones}}\n@misc{b, title={An Untroubled Second Title of Some Length}}\n"
	for _, text := range []string{table, bib} {
		latin, err := charmap.Windows1252.NewEncoder().String(text)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []string{text, latin, "\ufeff" + text, string(pack(t, "utf-16le", []byte(text))), string(pack(t, "utf-16be", []byte(text))),
			string(pack(t, "utf-16le", []byte(text))[2:]), string(pack(t, "utf-16be", []byte(text))[2:])} { // without their marks
			out := readString(t, in, "")
			if len(out.items) != 2 || out.items[0].Paper.Title != "Café Müller – a “Study”" {
				t.Errorf("%q: %+v", in, out)
			}
		}
		// Damaged UTF-8 is no Latin-1.
		if out := readString(t, strings.Replace(text, "Stones", "\xff", 1), ""); len(out.items) != 1 || len(out.rejected) != 1 {
			t.Errorf("%+v", out)
		}
	}
}

// TestDamaged changes single bytes of compressed files.
func TestDamaged(t *testing.T) {
	text := benchText("jsonl", 30)
	for _, kind := range compressions {
		whole := pack(t, kind, text)
		for i := 0; i < len(whole); i += 11 {
			data := bytes.Clone(whole)
			data[i] ^= 0x55
			if out := read(t.Context(), bytes.NewReader(data), Options{}); out.err == nil && len(out.items) < 29 && len(out.rejected) == 0 {
				t.Errorf("%s, byte %d: %d papers and no complaint", kind, i, len(out.items))
			}
		}
	}
}

// endless gives the same bytes again until there were n, without holding them.
func endless(unit string, n int) io.Reader {
	block := []byte(strings.Repeat(unit, 64<<10))
	return io.LimitReader(readerFunc(func(p []byte) (int, error) {
		return copy(p[:len(p)/len(unit)*len(unit)], block), nil
	}), int64(n/len(unit)*len(unit)))
}

// TestBounded reads records of 12 and 50 MB and a bomb of 60 MB: they are rejected,
// the next paper comes, and little is allocated.
func TestBounded(t *testing.T) {
	long := func(before, unit, after string) io.Reader {
		size := 12 << 20
		if unit == "x" {
			size = 50 << 20
		}
		return io.MultiReader(strings.NewReader(before), endless(unit, size), strings.NewReader(after))
	}
	var bomb bytes.Buffer
	z, _ := gzip.NewWriterLevel(&bomb, gzip.BestSpeed)
	if _, err := io.Copy(z, io.MultiReader(endless("\x00", 60<<20), strings.NewReader("\n{\"title\":\"After\"}\n"))); err != nil {
		t.Fatal(err)
	}
	z.Close()
	const after = "\n{\"title\":\"After\"}\n"
	for _, tt := range []struct {
		name   string
		in     io.Reader
		format string
		reason string
	}{
		{"title", long("{\"id\":\"1\",\"title\":\"", "x", "\"}"+after), "", "longer than 4194304 bytes"},
		{"escapes", long("{\"id\":\"1\",\"title\":\"", `\"`, "\"}"+after), "", "longer than 4194304 bytes"},
		{"list", long("{\"id\":\"1\",\"authors\":[", `"x",`, "]}"+after), "", "longer than 4194304 bytes"},
		{"nested", long("{\"id\":\"1\",\"authors\":", `[`, "]}"+after), "", "nested more than 64 deep"},
		{"spaces", long("{\"id\":\"1\",", ` `, "}"+after), "", "longer than 4194304 bytes"},
		{"no JSON", long("{}\n", `x`, after), "", "not a JSON object"},
		{"bomb", &bomb, "jsonl", "not a JSON object"},
		{"line", long("A Title\n", "abstract ", "\nAfter\nAn abstract.\n"), "lines", "abstract: 12582910 bytes; at most 4194304 are read"},
	} {
		var before, now runtime.MemStats
		runtime.ReadMemStats(&before)
		out := read(t.Context(), tt.in, Options{Format: tt.format})
		runtime.ReadMemStats(&now)
		if len(out.items) != 1 || out.items[0].Paper.Title != "After" || out.err != nil {
			t.Errorf("%s: %d papers, %v", tt.name, len(out.items), out.err)
		}
		if n := len(out.rejected); n == 0 || !strings.Contains(out.rejected[n-1].Reason, tt.reason) {
			t.Errorf("%s: rejected %v", tt.name, out.rejected)
		}
		if mb := (now.TotalAlloc - before.TotalAlloc) >> 20; mb > 40 {
			t.Errorf("%s: %d MB allocated", tt.name, mb)
		}
	}
}

// TestLongAbstract keeps a paper's limits: an abstract of 1 MB is no paper.
func TestLongAbstract(t *testing.T) {
	huge := strings.Repeat("word ", 200_000)
	for format, text := range map[string]string{
		"jsonl": `{"title":"A","abstract":"` + huge + "\"}\n{\"title\":\"B\"}\n",
		"lines": "A\n" + huge + "\nB\n",
	} {
		out := readString(t, text, "")
		if len(out.items) != 1 || out.items[0].Paper.Title != "B" || len(out.rejected) != 1 || !strings.Contains(out.rejected[0].Reason, "abstract: 999999 bytes") && !strings.Contains(out.rejected[0].Reason, "abstract: 1000000 bytes") {
			t.Errorf("%s: %d papers, %v, %v", format, len(out.items), out.rejected, out.err)
		}
	}
}

func TestReadFails(t *testing.T) {
	broken := errors.New("the disk is on fire")
	for _, format := range []string{"lines", "jsonl"} {
		text := benchText(format, 3)
		out := read(t.Context(), io.MultiReader(bytes.NewReader(text[:len(text)-20]), iotest.ErrReader(broken)), Options{})
		if len(out.items) != 2 || len(out.rejected) != 0 || !errors.Is(out.err, broken) || !strings.HasPrefix(out.err.Error(), "in:") {
			t.Errorf("%s: %d papers, %v, %v", format, len(out.items), out.rejected, out.err)
		}
		packed := pack(t, "gzip", benchText(format, 3000))
		out = read(t.Context(), io.MultiReader(bytes.NewReader(packed[:len(packed)/2]), iotest.ErrReader(broken)), Options{})
		if !errors.Is(out.err, broken) || strings.Contains(out.err.Error(), "damaged") {
			t.Errorf("%s in gzip: %v", format, out.err)
		}
		if out := read(t.Context(), iotest.ErrReader(broken), Options{}); !errors.Is(out.err, broken) {
			t.Errorf("%s: %v", format, out.err)
		}
	}
}

// TestBrokenBeforeFailure has a broken line that seems to take in all that
// follows, and a failing read at the end: the whole papers between still come.
func TestBrokenBeforeFailure(t *testing.T) {
	broken := errors.New("gone")
	text := "{\"id\":\"0\",\"a\":\n{\"id\":\"1\",\"title\":\"One\"}\n,\n"
	out := read(t.Context(), io.MultiReader(strings.NewReader(text), iotest.ErrReader(broken)), Options{})
	if len(out.items) != 1 || !errors.Is(out.err, broken) {
		t.Errorf("%+v", out)
	}
}

// TestGreedyHeaders has headers that ask for gigabytes to be set aside.
func TestGreedyHeaders(t *testing.T) {
	greedy := pack(t, "xz", benchText("jsonl", 1))
	if greedy[14] != 0x21 {
		t.Fatalf("no LZMA2 filter: % x", greedy[:20])
	}
	greedy[16] = 40 // 4 GiB
	for want, data := range map[string][]byte{
		"xz data with a dictionary of 4294967296 bytes; at most 134217728 are allowed": greedy,
		"damaged zstd data: window size exceeded":                                      {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xf8, 1, 0, 0},
	} {
		out := read(t.Context(), bytes.NewReader(data), Options{})
		if out.err == nil || !strings.Contains(out.err.Error(), want) {
			t.Errorf("%v; want %s", out.err, want)
		}
	}
}
