//go:build shared

package source

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kindred/paper"
)

// shared is the folder of real input beside the repository.
func shared(t testing.TB) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			break
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			t.Fatal("no go.mod above the test")
		}
		dir = parent
	}
	dir = filepath.Join(filepath.Dir(dir), "shared")
	if _, err := os.Stat(dir); err != nil {
		t.Fatal(err)
	}
	return dir
}

// drain reads all of r and hands each paper to see.
func drain(t testing.TB, r *Reader, see func(Item)) (rejected []*LineError) {
	t.Helper()
	for item, err := range r.Papers(t.Context()) {
		var bad *LineError
		switch {
		case errors.As(err, &bad):
			rejected = append(rejected, bad)
		case err != nil:
			t.Fatal(err)
		default:
			see(item)
		}
	}
	return rejected
}

func TestSeed(t *testing.T) {
	r, err := Open(filepath.Join(shared(t), "seeds", "000_61103107eb4e6de6.txt"), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var papers []paper.Paper
	rejected := drain(t, r, func(i Item) { papers = append(papers, i.Paper) })
	if r.Format() != "lines" || len(papers) != 232 || len(rejected) != 2 {
		t.Fatalf("format %s, %d papers, rejected %v", r.Format(), len(papers), rejected)
	}
	if got, want := papers[0].Title, "Joint inversion of Time-Lapse Surface Gravity and Seismic Data for Monitoring of 3D CO$_2$ Plumes via Deep Learning"; got != want {
		t.Errorf("first title %q", got)
	}
	if got, want := papers[231].Title, "Towards flexible perception with visual memory"; got != want {
		t.Errorf("last title %q", got)
	}
	ids := make(map[string]bool)
	for _, p := range papers {
		ids[p.ID] = true
		if len(p.Abstract) < 300 || len(p.Title) > 200 {
			t.Errorf("title %q, abstract %q", p.Title, p.Abstract)
		}
	}
	if len(ids) != 232 {
		t.Errorf("%d ids", len(ids))
	}
}

func TestAbstracts(t *testing.T) {
	for _, tt := range []struct {
		file, format  string
		papers        int
		withdrawn     int
		years, venues bool
	}{
		{"acl-anthology", "jsonl", 58_912, 0, true, true},
		{"ml-conferences", "jsonl", 87_325, 0, false, true},
		{"arxiv-2025-2026", "arxiv", 74_728, 0, true, false},
		{"arxiv-1986-2019", "arxiv", 404_966, 301, true, false},
	} {
		t.Run(tt.file, func(t *testing.T) {
			t.Parallel()
			r, err := Open(filepath.Join(shared(t), "abstracts", tt.file+".jsonl.zst"), Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			start := time.Now()
			n, text := 0, 0
			ids := make(map[string]bool)
			line := 0
			rejected := drain(t, r, func(i Item) {
				n++
				p := &i.Paper
				text += len(p.Title) + len(p.Abstract)
				ids[p.ID] = true
				if p.Title == "" || p.Abstract == "" || i.Line <= line {
					t.Errorf("paper %d, line %d, id %s: fields missing", n, i.Line, p.ID)
				}
				line = i.Line
				if tt.years && p.Year == 0 || tt.venues && p.Venue == "" {
					t.Errorf("paper %d, line %d, id %s: fields missing", n, i.Line, p.ID)
				}
				if tt.format == "arxiv" && (len(p.Categories) == 0 || p.Date == "" || p.Updated == "" || p.Source != "arxiv" || len(p.Authors) == 0) {
					t.Errorf("paper %d, line %d, id %s: fields missing", n, i.Line, p.ID)
				}
			})
			if r.Format() != tt.format || n != tt.papers || len(rejected) != tt.withdrawn {
				t.Errorf("%s: %d papers, %d rejected", r.Format(), n, len(rejected))
			}
			for _, e := range rejected {
				if e.Deleted == "" || !strings.HasPrefix(e.Reason, "withdrawn: ") {
					t.Error(e)
				}
			}
			p := r.Progress()
			if p.Read != p.Size || p.Papers != int64(n) {
				t.Errorf("progress %+v", p)
			}
			t.Logf("%d papers, %d ids, %.0f MB of text, %v", n, len(ids), float64(text)/1e6, time.Since(start))
		})
	}
}

// TestCollections reads the BEIR corpora: every line is a paper with its id,
// but for two documents of Cranfield, which are empty.
func TestCollections(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(shared(t), "collections", "*", "corpus.jsonl"))
	if err != nil || len(files) != 8 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		r, err := Open(file, Options{})
		if err != nil {
			t.Fatal(err)
		}
		lines := make(map[int]bool)
		rejected := drain(t, r, func(i Item) {
			lines[i.Line] = true
			if i.Paper.ID == "" || strings.HasPrefix(i.Paper.ID, "text:") {
				t.Errorf("%s:%d: id %q", file, i.Line, i.Paper.ID)
			}
		})
		for _, e := range rejected {
			lines[e.Line] = true
			if !strings.HasSuffix(e.Reason, "neither a title nor an abstract") {
				t.Error(e)
			}
		}
		name, most := filepath.Base(filepath.Dir(file)), 0
		if name == "cranfield" {
			most = 2
		}
		for n := range len(lines) {
			if !lines[n+1] {
				t.Errorf("%s:%d: nothing", file, n+1)
			}
		}
		if len(rejected) != most || r.Format() != "jsonl" {
			t.Errorf("%s: %s, rejected %v", file, r.Format(), rejected)
		}
		r.Close()
	}
}

// TestTenMillionLines is [TestManyLines] at full length.
func TestTenMillionLines(t *testing.T) { manyLines(t, 10_000_000, 400<<20) }
