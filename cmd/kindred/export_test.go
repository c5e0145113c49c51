package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/sink"
	"kindred/paper/source"
)

// versionOf says in every field which version a paper is.
func versionOf(i, version int) paper.Paper {
	v := fmt.Sprintf("version %d", version)
	return paper.Paper{ID: fmt.Sprintf("p/%04d", i), Title: fmt.Sprintf("Paper %d, %s", i, v), Abstract: "It has an abstract of " + v, Authors: []string{v}, Venue: v}
}

func openFilled(t *testing.T, n int) *index.Index {
	t.Helper()
	x, err := index.Open(t.Context(), t.TempDir(), index.Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := x.Close(); err != nil {
			t.Error(err)
		}
	})
	put(t, x, n, 0)
	return x
}

func put(t *testing.T, x *index.Index, n, version int) {
	t.Helper()
	papers := make([]paper.Paper, n)
	for i := range papers {
		papers[i] = versionOf(i, version)
	}
	if _, err := x.Put(t.Context(), papers); err != nil && t.Context().Err() == nil {
		t.Error(err)
	}
}

// smallPages gives small pages, so that few papers make several.
type smallPages struct{ *index.Index }

func (s smallPages) Select(ctx context.Context, q paper.Selection) (*paper.Selected, error) {
	q.Limit = min(q.Limit, 1000)
	return s.Index.Select(ctx, q)
}

// TestExportWhilePapersChange replaces all papers again and again: each comes
// once, whole, of one version.
func TestExportWhilePapersChange(t *testing.T) {
	const n = 3000
	x := openFilled(t, n)
	stop := make(chan struct{})
	var writer sync.WaitGroup
	writer.Go(func() {
		for version := 1; ; version++ {
			select {
			case <-stop:
				return
			default:
				put(t, x, n, version)
			}
		}
	})
	for range 5 {
		name := filepath.Join(t.TempDir(), "out.jsonl")
		e := exporting{format: "jsonl", vectors: true, screen: &progress{to: io.Discard}}
		if _, err := e.toFile(t.Context(), smallPages{x}, name); err != nil {
			t.Fatal(err)
		}
		r, err := source.Open(name, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for item, err := range r.Papers(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			p := item.Paper
			if !strings.HasSuffix(p.Title, ", "+p.Venue) || !strings.HasSuffix(p.Abstract, " "+p.Venue) || p.Authors[0] != p.Venue {
				t.Fatalf("of two versions: %+v", p)
			}
			ids = append(ids, p.ID)
		}
		r.Close()
		if !slices.IsSorted(ids) || len(slices.Compact(ids)) != n || len(ids) != n {
			t.Errorf("%d papers of %d", len(ids), n)
		}
	}
	close(stop)
	writer.Wait()
}

// failing gives some pages and then no more.
type failing struct {
	lister
	pages int
	fail  func() error
}

func (f *failing) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	if f.pages--; f.pages < 0 {
		return nil, f.fail()
	}
	return f.lister.Select(ctx, s)
}

// TestExportThatEndsEarly leaves the file that was there, and nothing beside it.
func TestExportThatEndsEarly(t *testing.T) {
	x := openFilled(t, 2500)
	dir := t.TempDir()
	for _, name := range []string{"out.jsonl", "out.csv.gz", "out.bib.zst", "out.parquet"} {
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		format, err := sink.FormatOf(name)
		if err != nil {
			t.Fatal(err)
		}
		broken := errors.New("the server is gone")
		e := exporting{format: format, screen: &progress{to: io.Discard}}
		if _, err := e.toFile(t.Context(), &failing{smallPages{x}, 1, func() error { return broken }}, name); !errors.Is(err, broken) {
			t.Errorf("%s: %v", name, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		if _, err := e.toFile(ctx, &failing{smallPages{x}, 2, func() error { cancel(); return ctx.Err() }}, name); !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		if text, err := os.ReadFile(name); string(text) != "before" {
			t.Errorf("%s: another file of %d bytes, %v", name, len(text), err)
		}
		if _, err := e.toFile(t.Context(), x, name); err != nil {
			t.Error(err)
		}
		r, err := source.Open(name, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for _, err := range r.Papers(t.Context()) {
			if err != nil {
				t.Error(err)
			}
			n++
		}
		r.Close()
		if n != 2500 {
			t.Errorf("%s: %d papers", name, n)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 4 {
		t.Errorf("%v, %v", files, err)
	}
}

// otherModel changes the model in the middle.
type otherModel struct {
	lister
	calls int
}

func (o *otherModel) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	made, err := o.lister.Vectors(ctx, ids)
	if o.calls++; o.calls > 2 {
		made.Model = "another"
	}
	return made, err
}

func TestExportOfTwoModels(t *testing.T) {
	x := openFilled(t, 2500)
	e := exporting{format: "jsonl", vectors: true, screen: &progress{to: io.Discard}}
	if _, err := e.write(t.Context(), &otherModel{lister: smallPages{x}}, io.Discard); err == nil || !strings.Contains(err.Error(), "export again") {
		t.Error(err)
	}
}
