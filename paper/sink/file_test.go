package sink_test

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"

	"kindred/paper"
	"kindred/paper/sink"
)

func names(t *testing.T, dir string) string {
	t.Helper()
	files, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, f := range files {
		list = append(list, f.Name())
	}
	return strings.Join(list, " ")
}

func TestFileIsThereWholeOrNotAtAll(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "a.gz")
	write := func(text string) *sink.File {
		t.Helper()
		f, err := sink.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, text); err != nil {
			t.Fatal(err)
		}
		return f
	}
	f := write("first")
	if got := names(t, dir); strings.Contains(got, " ") || !strings.HasSuffix(got, ".part") {
		t.Errorf("while it is written there is %s", got)
	}
	if err := f.Discard(); err != nil || names(t, dir) != "" {
		t.Errorf("discarded: %v, %s", err, names(t, dir))
	}
	one, two := write("one"), write("two") // at the same time
	for _, f := range []*sink.File{two, one} {
		if size, err := f.Commit(); err != nil || size == 0 {
			t.Errorf("%d bytes, %v", size, err)
		}
	}
	if got := names(t, dir); got != "a.gz" {
		t.Error(got)
	}
	packed, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	z, err := gzip.NewReader(packed)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(z); string(text) != "one" || err != nil {
		t.Errorf("%q, %v", text, err)
	}
}

func TestFilesThatCannotBe(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{dir, filepath.Join(dir, "no", "a.csv")} {
		if f, err := sink.Create(name); err == nil {
			t.Errorf("%s is written: %v", name, f.Discard())
		}
	}
	if runtime.GOOS == "windows" {
		t.Skip("no links and devices")
	}
	// A link goes on leading where it led.
	target, link := filepath.Join(dir, "target.csv"), filepath.Join(dir, "link.csv")
	if err := os.WriteFile(target, []byte("old"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Fatal(err)
	}
	f, err := sink.Create(link)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(f, "new"); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Commit(); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(target); string(text) != "new" {
		t.Errorf("%q, %v", text, err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode().Type() != os.ModeSymlink {
		t.Errorf("%v, %v", info, err)
	}
	// A device is written to and stays what it is.
	if f, err = sink.Create(os.DevNull); err != nil {
		t.Fatal(err)
	}
	if _, err := f.Commit(); err != nil {
		t.Error(err)
	}
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode().IsRegular() {
		t.Errorf("%v, %v", info, err)
	}
}

func TestFormatsByName(t *testing.T) {
	for name, want := range map[string]sink.Format{
		"a.jsonl": "jsonl", "a.NDJSON": "jsonl", "b/c.bib.gz": "bibtex", "x.ris": "ris", "x.csv.zst": "csv", "x.parquet": "parquet", "x": "", "x.gz": "", "": "", "parquet": "",
	} {
		if got, err := sink.FormatOf(name); got != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	if _, err := sink.FormatOf("a.json.gz"); err == nil {
		t.Error("a.json.gz is not doubted")
	}
	for _, name := range []string{"", "auto", "JSONL", "pdf"} {
		if _, err := sink.ParseFormat(name); err == nil {
			t.Errorf("%q is a format", name)
		}
	}
	if _, err := sink.New(io.Discard, "csv", sink.Options{Model: "m"}); err == nil {
		t.Error("CSV takes vectors")
	}
}

// full takes some bytes and then no more.
type full int

var errFull = errors.New("disk full")

func (n *full) Write(p []byte) (int, error) {
	if *n -= full(len(p)); *n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestFullDisk(t *testing.T) {
	for _, name := range sink.Formats() {
		for _, room := range []full{0, 3, 500} {
			w, err := sink.New(&room, sink.Format(name), sink.Options{})
			if err != nil {
				t.Fatal(err)
			}
			for i := 0; i < 100 && err == nil; i++ {
				err = w.Write(&paper.Paper{ID: "a", Title: "A title", Abstract: strings.Repeat("words ", 100)}, nil)
			}
			if err = errors.Join(err, w.Close()); !errors.Is(err, errFull) {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}
