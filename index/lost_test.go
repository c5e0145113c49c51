package index_test

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// A learned model that cannot be read keeps nobody from the papers: the folder
// opens and says what to do, the file stays as it is until that is done, and
// then all is as before.
func TestModelFileIsDamaged(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	learn(t, x)
	was := said(t, x, "sample-ml-001")
	before := stats(t, x)
	similarBefore := ids(similar(t, x, paper.Similar{Positive: []string{"sample-ml-001"}}))
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	dir := x.Dir()
	file := filepath.Join(dir, "models", models(t, dir)[0])
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := func(at int) []byte {
		b := slices.Clone(whole)
		b[at] ^= 0x40
		return b
	}
	var another bytes.Buffer
	if _, err := smallBase().WriteTo(&another); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name    string
		content []byte // nil: the file is gone
		reason  string
	}{
		{"cut short", whole[:len(whole)/2], "cut short or altered"},
		{"altered", changed(len(whole) / 2), "cut short or altered"},
		{"empty", []byte{}, "does not begin with"},
		{"another version", changed(8), "format version"},
		{"another model", another.Bytes(), "the vectors were made by"},
		{"gone", nil, "no such file"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := os.WriteFile(file, tt.content, 0o600); err != nil {
				t.Fatal(err)
			}
			if tt.content == nil {
				if err := os.Remove(file); err != nil {
					t.Fatal(err)
				}
			}
			var log bytes.Buffer
			y := open(t, dir, index.Options{Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelWarn}))})
			if line := log.String(); strings.Count(line, "\n") != 1 || !strings.Contains(line, file) || !strings.Contains(line, tt.reason) || !strings.Contains(line, "kindred learn") {
				t.Errorf("opening says %q", line)
			}
			words := search(t, y, "normalizing flows", paper.Options{Mode: paper.Lexical})
			r := search(t, y, "normalizing flows", paper.Options{})
			if !slices.Equal(ids(r), ids(words)) || len(r.Hits) == 0 || r.Degraded == "" {
				t.Errorf("hybrid finds %v, %q; lexical finds %v", ids(r), r.Degraded, ids(words))
			}
			useless := func(what string, err error) {
				if !errors.Is(err, paper.ErrUnavailable) || !strings.Contains(err.Error(), file) || !strings.HasSuffix(err.Error(), ": kindred learn") {
					t.Errorf("%s: %v", what, err)
				}
			}
			_, err := y.Search(t.Context(), paper.Query{Text: "flows", Options: paper.Options{Mode: paper.Semantic}})
			useless("semantic mode", err)
			_, err = y.Put(t.Context(), []paper.Paper{{ID: "new", Title: "A new paper"}})
			useless("a new paper", err)
			put(t, y, samplePapers()[:20]...) // unchanged
			if s := ids(similar(t, y, paper.Similar{Positive: []string{"sample-ml-001"}})); !slices.Equal(s, similarBefore) {
				t.Errorf("similar papers are %v, not %v", s, similarBefore)
			}
			st := stats(t, y)
			if st.Papers != before.Papers || st.Vectors != before.Vectors || st.Model != before.Model || !st.Learned || !strings.Contains(st.Learning.Advice, file) {
				t.Errorf("%+v %+v", st, st.Learning)
			}
			if left, err := os.ReadFile(file); !bytes.Equal(left, tt.content) || (err != nil) != (tt.content == nil) {
				t.Errorf("the file was touched: %d bytes, %v", len(left), err)
			}

			learn(t, y)
			if got := said(t, y, "sample-ml-001"); got != was {
				t.Errorf("learned anew, it answers otherwise: %s", firstDifference(was, got))
			}
			if again, err := os.ReadFile(file); err != nil || !bytes.Equal(again, whole) {
				t.Errorf("the model learned anew has %d bytes, %v", len(again), err)
			}
			put(t, y, paper.Paper{ID: "new", Title: "A new paper"})
			if _, err := y.Delete(t.Context(), []string{"new"}); err != nil {
				t.Fatal(err)
			}
			if err := reopened(t, y, "sample-ml-001").Close(); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("and the papers are others", func(t *testing.T) {
		if err := os.WriteFile(file, whole[:99], 0o600); err != nil {
			t.Fatal(err)
		}
		y := open(t, dir, index.Options{})
		if _, err := y.Delete(t.Context(), []string{"sample-ml-002", "sample-bio-001"}); err != nil {
			t.Fatal(err)
		}
		learn(t, y)
		st := stats(t, y)
		if st.Model == before.Model || st.Vectors != st.Papers || st.Papers != before.Papers-2 || st.Learning.Advice != "" {
			t.Errorf("%+v %+v", st, st.Learning)
		}
		if m := models(t, dir); len(m) != 1 || filepath.Join(dir, "models", m[0]) == file {
			t.Errorf("models/ holds %v", m)
		}
		reopened(t, y, "sample-ml-001")
	})
}
