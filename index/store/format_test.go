package store

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

var update = flag.Bool("update", false, "write testdata/format-N.zip of the present format anew")

// formatPapers are what each kept folder holds, after one replaced paper and
// one deleted.
func formatPapers() []*paper.Paper { return append(inventedPapers(20), everyField) }

// A folder of every format there ever was must open, and hold what was put in.
func TestEveryFormatOpens(t *testing.T) {
	if *update {
		writeFormat(t)
	}
	for format := 1; format <= Format; format++ {
		archive, err := zip.OpenReader(filepath.Join("testdata", fmt.Sprintf("format-%d.zip", format)))
		if err != nil {
			t.Fatal(err)
		}
		defer archive.Close()
		dir := t.TempDir()
		if err := os.CopyFS(dir, archive); err != nil {
			t.Fatal(err)
		}
		s, err := Open(dir, Options{MustExist: true})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		whole(t, s)
		papers := formatPapers()
		want := map[uint32]*paper.Paper{}
		for i, p := range papers {
			want[uint32(i)] = p
		}
		delete(want, 3)
		delete(want, 7)
		want[uint32(len(papers))] = papers[7]
		if d := cmp.Diff(want, contents(t, s)); d != "" {
			t.Errorf("format %d: %s", format, d)
		}
		g, ok := s.Current()
		if !ok || g.Fingerprint != "test:m:8" || g.Dimension != testDim || !g.Learned || g.Model != "model.bin" {
			t.Errorf("format %d: current generation %+v", format, g)
		}
		vectors, err := s.Vectors(t.Context(), g.Number, []uint32{5, 7, uint32(len(papers)), uint32(len(papers) - 1)})
		if err != nil {
			t.Fatal(err)
		}
		five, _ := Round(inventedVector(5, testDim))
		seven, _ := Round(inventedVector(7, testDim))
		if d := cmp.Diff([][]float32{five, nil, seven, nil}, vectors); d != "" {
			t.Errorf("format %d: %s", format, d)
		}
		var value string
		if ok, err := s.Value("note", &value); !ok || err != nil || value != "kept" {
			t.Errorf("format %d: value %q, %v, %v", format, value, ok, err)
		}
	}
}

func writeFormat(t *testing.T) {
	s := open(t, t.TempDir())
	gen := newGeneration(t, s, testDim)
	puts := putAll(formatPapers(), 1)
	puts[len(puts)-1].Vectors = [][]float32{nil}
	write(t, s, Batch{Puts: puts, Generations: []uint32{gen}})
	write(t, s, Batch{Deletes: []string{puts[3].Paper.ID}, Puts: []Put{{Paper: puts[7].Paper, KeepVectors: true}}})
	if err := s.UpdateGeneration(Generation{Number: gen, Complete: true, Learned: true, Model: "model.bin"}); err != nil {
		t.Fatal(err)
	}
	if err := s.SwitchTo(gen); err != nil {
		t.Fatal(err)
	}
	if err := s.SetValue("note", "kept"); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	err := fs.WalkDir(os.DirFS(s.Dir()), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(s.Dir(), path))
		if err != nil {
			return err
		}
		f, err := w.Create(path)
		if err == nil {
			_, err = f.Write(data)
		}
		return err
	})
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = os.WriteFile(filepath.Join("testdata", fmt.Sprintf("format-%d.zip", Format)), out.Bytes(), 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
