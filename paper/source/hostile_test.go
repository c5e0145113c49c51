package source

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/klauspost/compress/gzip"
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
