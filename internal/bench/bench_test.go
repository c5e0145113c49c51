package bench

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"kindred/testdata"
)

// kindred builds the program.
func kindred(t testing.TB) string {
	t.Helper()
	exe := filepath.Join(t.TempDir(), "kindred")
	if runtime.GOOS == "windows" {
		exe += ".exe"
	}
	if out, err := exec.Command("go", "build", "-o", exe, "kindred/cmd/kindred").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v: %s", err, out)
	}
	return exe
}

func sample(t testing.TB) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "papers.jsonl")
	f, err := os.Create(name)
	if err == nil {
		_, err = io.Copy(f, testdata.Papers())
	}
	if err = errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
	return name
}

// The whole benchmark on the sample corpus.
func TestRun(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("Windows has no signal that asks a process to stop, as the benchmark asks the server")
	}
	dir := filepath.Join(t.TempDir(), "work")
	r, err := Run(t.Context(), Options{Program: kindred(t), Files: []string{sample(t)}, Dir: dir, Every: 2, Number: 10})
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := r.Markdown(&table); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"papers/s", "bytes a paper", "kill -9", "p99", "recall@10 1.0000", "chromem-go alone", "8 clients", "the flat scan"} {
		if !strings.Contains(table.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, &table)
		}
	}
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%s is left behind", dir)
	}
}

func TestRefusals(t *testing.T) {
	full := t.TempDir()
	if err := os.WriteFile(filepath.Join(full, "mine"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]Options{
		"nothing":         {},
		"few questions":   {Program: "x", Files: []string{"x"}, Dir: "x", Number: 1},
		"a folder in use": {Program: "x", Files: []string{"x"}, Dir: full},
		"no file":         {Program: "x", Files: []string{filepath.Join(full, "none")}, Dir: filepath.Join(full, "work")},
	} {
		if _, err := Run(t.Context(), o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := os.Stat(filepath.Join(full, "mine")); err != nil {
		t.Error("what was in the folder is gone")
	}
}

func TestTimes(t *testing.T) {
	var list Times
	for i := 100; i > 0; i-- {
		list = append(list, time.Duration(i)*time.Millisecond)
	}
	const ms = time.Millisecond
	if list.At(.5) != 50*ms || list.At(.99) != 99*ms || list.At(1) != 100*ms || (Times{}).At(.5) != 0 {
		t.Error(list.At(.5), list.At(.99), list.At(1))
	}
}
