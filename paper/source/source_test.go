package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// outcome is all that comes of reading an input.
type outcome struct {
	items    []Item
	rejected []*LineError
	err      error // the one that ended it
}

func read(ctx context.Context, in io.Reader, o Options) (out outcome) {
	r, err := NewReader(in, "in", o)
	if err != nil {
		return outcome{err: err}
	}
	defer r.Close()
	for item, err := range r.Papers(ctx) {
		var bad *LineError
		switch {
		case out.err != nil:
			panic("an item after the error that ends it")
		case errors.As(err, &bad):
			out.rejected = append(out.rejected, bad)
		case err != nil:
			out.err = err
		default:
			if item.Paper.Origin == 0 {
				panic("a paper of no file")
			}
			item.Paper.Origin = 0 // another for each input
			out.items = append(out.items, item)
		}
	}
	if p := r.Progress(); p.Papers != int64(len(out.items)) || p.Rejected != int64(len(out.rejected)) {
		panic(fmt.Sprintf("%+v for %d papers, %d rejected", p, len(out.items), len(out.rejected)))
	}
	return out
}

func readString(t testing.TB, s, format string) outcome {
	t.Helper()
	return read(t.Context(), strings.NewReader(s), Options{Format: format})
}

// pack compresses data in one of the ways that are recognised.
func pack(t testing.TB, kind string, data []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch kind {
	case "plain":
		return data
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b)
	case "xz":
		w, err = xz.NewWriter(&b)
	case "utf-16le", "utf-16be":
		for _, r := range "\ufeff" + string(data) {
			hi, lo := byte(r>>8), byte(r)
			if kind == "utf-16le" {
				hi, lo = lo, hi
			}
			b.Write([]byte{hi, lo})
		}
		return b.Bytes()
	}
	if err == nil {
		_, err = w.Write(data)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var compressions = []string{"gzip", "zstd", "xz"}

// TestWrapped reads each file of testdata compressed, in another encoding, in
// two members, and in small pieces: what comes of it is the same.
func TestWrapped(t *testing.T) {
	for _, name := range []string{"lines.txt", "mixed.jsonl", "arxiv.jsonl", "pretty.json", "array.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		want := transcript(t, data, Options{})
		check := func(how string, in []byte) {
			if got := transcript(t, in, Options{}); got != want {
				t.Errorf("%s, %s:\n%s", name, how, got)
			}
		}
		for _, kind := range append([]string{"utf-16le", "utf-16be"}, compressions...) {
			check(kind, pack(t, kind, data))
		}
		for _, kind := range compressions {
			half := len(data) / 2
			check(kind+" twice", append(pack(t, kind, data[:half]), pack(t, kind, data[half:])...))
			check("utf-16 in "+kind, pack(t, kind, pack(t, "utf-16le", data)))
		}
		skippable := []byte{0x50, 0x2a, 0x4d, 0x18, 2, 0, 0, 0, 'x', 'y'}
		check("zstd after a skippable frame", append(skippable, pack(t, "zstd", data)...))

		whole := readString(t, string(data), "")
		for how, in := range map[string]io.Reader{
			"byte by byte":          iotest.OneByteReader(bytes.NewReader(data)),
			"in halves":             iotest.HalfReader(bytes.NewReader(data)),
			"with the end at once":  iotest.DataErrReader(bytes.NewReader(data)),
			"gzip byte by byte":     iotest.OneByteReader(bytes.NewReader(pack(t, "gzip", data))),
			"utf-16be byte by byte": iotest.OneByteReader(bytes.NewReader(pack(t, "utf-16be", data))),
		} {
			if got := read(t.Context(), in, Options{}); len(got.items) != len(whole.items) || len(got.rejected) != len(whole.rejected) || got.err != nil {
				t.Errorf("%s, %s: %d papers, %d rejected, %v", name, how, len(got.items), len(got.rejected), got.err)
			}
		}
	}
}

// TestXZProgram reads what the xz program itself writes, where there is one.
func TestXZProgram(t *testing.T) {
	program, err := exec.LookPath("xz")
	if err != nil {
		t.Skip("no xz program")
	}
	cmd := exec.Command(program, "-9", "--threads=2", "--block-size=10000", "-c")
	text := benchText("jsonl", 100)
	cmd.Stdin = bytes.NewReader(text)
	packed, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if size := xzDictionary(packed); size != 64<<20 {
		t.Errorf("dictionary of %d bytes", size)
	}
	if out := read(t.Context(), bytes.NewReader(packed), Options{}); len(out.items) != 100 || out.err != nil {
		t.Errorf("%d papers, %v", len(out.items), out.err)
	}
}

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	write := func(name, content string) string {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	}
	for _, tt := range []struct{ name, format, want string }{
		{filepath.Join(dir, "missing"), "", "missing: "},
		{dir, "", ": a folder; name the files in it"},
		{write("a.txt", "A Title\nAn abstract.\n"), "docx", `unknown format "docx"; the formats are auto, parquet, arxiv, openalex, s2`},
		{write("png", "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x02\x00\x00\x00"), "", "png: format not recognised: neither text nor compressed text; the formats are"},
		{write("short.gz", "\x1f\x8b\x08"), "", "short.gz: the gzip data ends too early, the file is cut off: unexpected EOF"},
		{write("bad.gz", "\x1f\x8b\x07aaaaaaaaaaaa"), "", "bad.gz: damaged gzip data: gzip: invalid header"},
		{write("x.xml", "<?xml version='1.0'?>\n<paper/>\n"), "", "x.xml: format not recognised; the formats are"},
		{write("strings.json", `["a", "b"]`), "", "strings.json: format not recognised"},
	} {
		r, err := Open(tt.name, Options{Format: tt.format})
		if err == nil {
			r.Close()
			t.Errorf("%s: no error", tt.name)
		} else if !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%v; want %s", err, tt.want)
		}
	}
	for _, tt := range []struct{ name, want string }{
		{write("empty", ""), "empty: no papers: it is empty"},
		{write("empty.gz", string(pack(t, "gzip", nil))), "empty.gz: no papers in it (read as lines)"},
		{write("blank", "\n\n  \n"), "blank: no papers in it (read as lines)"},
		{write("bad.jsonl", "{\"id\":\"1\"}\n{\"id\"\n"), "bad.jsonl: no papers in it (read as jsonl): 2 rejected, the first at line 1: title: neither"},
	} {
		r, err := Open(tt.name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		var last error
		for _, err := range r.Papers(t.Context()) {
			last = err
		}
		if !errors.Is(last, ErrNoPapers) || !strings.Contains(last.Error(), tt.want) {
			t.Errorf("%v; want %s", last, tt.want)
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestPlace(t *testing.T) {
	name := filepath.Join(t.TempDir(), "p.jsonl.zst")
	if err := os.WriteFile(name, pack(t, "zstd", []byte("\n{\"id\":\"1\",\"title\":\"A\"}\n\n{\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var got []string
	for item, err := range r.Papers(t.Context()) {
		if err != nil {
			got = append(got, err.Error())
		} else {
			got = append(got, fmt.Sprint(item.File, item.Line))
		}
	}
	if want := []string{fmt.Sprint(name, 2), name + ":4: the object does not end"}; strings.Join(got, "|") != strings.Join(want, "|") {
		t.Errorf("%q, want %q", got, want)
	}
	info, _ := os.Stat(name)
	if p := r.Progress(); p.Read != info.Size() || p.Size != info.Size() || p.Papers != 1 || p.Rejected != 1 {
		t.Errorf("%+v", p)
	}
	for _, err := range r.Papers(t.Context()) {
		if err == nil || !strings.Contains(err.Error(), "already read") {
			t.Error(err)
		}
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, err := NewReader(bytes.NewReader(benchText("jsonl", 100)), "in", Options{})
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	var last error
	for _, last = range r.Papers(ctx) {
		if n++; n == 10 {
			cancel()
		}
	}
	if n != 11 || !errors.Is(last, context.Canceled) {
		t.Errorf("%d items, %v", n, last)
	}

	// Where no paper comes, reading stops too: this input has no end.
	ctx, cancel = context.WithCancel(t.Context())
	in := readerFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
	})
	if out := read(ctx, in, Options{Format: "jsonl"}); !errors.Is(out.err, context.Canceled) {
		t.Errorf("%v", out.err)
	}
	if out := read(ctx, strings.NewReader("A\nB\n"), Options{}); len(out.items) != 0 || !errors.Is(out.err, context.Canceled) {
		t.Errorf("%+v", out)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// TestProgressWhileReading is for the race detector.
func TestProgressWhileReading(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a.zst")
	if err := os.WriteFile(name, pack(t, "zstd", benchText("arxiv", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := Open(name, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		var last Progress
		for {
			p := r.Progress()
			if p.Read < last.Read || p.Papers < last.Papers || p.Size == 0 || p.Read > p.Size {
				t.Errorf("%+v after %+v", p, last)
			}
			last = p
			select {
			case <-done:
				return
			case <-time.After(100 * time.Microsecond):
			}
		}
	})
	n := 0
	for _, err := range r.Papers(t.Context()) {
		if err != nil {
			t.Error(err)
		}
		n++
	}
	close(done)
	wg.Wait()
	if n != 1000 {
		t.Error(n)
	}
}

// TestStopEarly breaks off in the middle of a compressed file and closes it.
func TestStopEarly(t *testing.T) {
	for _, kind := range compressions {
		r, err := NewReader(bytes.NewReader(pack(t, kind, benchText("jsonl", 300))), "in", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for range r.Papers(t.Context()) {
			break
		}
		if err := r.Close(); err != nil {
			t.Error(err)
		}
	}
}
