package index_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// cacheFiles are the files of the folder's one cache, without the map, which
// may come later.
func cacheFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "cache", "*", "[^mn]*"))
	if err != nil || len(files) != 4 {
		t.Fatalf("the cache has %v (%v)", files, err)
	}
	return files
}

// changing makes changes of every kind after the papers are in.
func changing(t testing.TB, x *index.Index, papers []paper.Paper) {
	t.Helper()
	for i := range papers[:40] {
		p := papers[i*3]
		p.Year, p.Authors = 1999, append([]string{"Nobody Before"}, p.Authors...)
		if i%2 == 0 {
			p.Abstract += " And tides, of frozen moons."
		}
		put(t, x, p)
	}
	var gone []string
	for i := range papers[:50] {
		gone = append(gone, papers[i*5].ID)
	}
	if n, err := x.Delete(t.Context(), gone); err != nil || n != 50 {
		t.Fatal(n, err)
	}
	put(t, x, samplePapers()...)
}

func TestOpensFromTheCache(t *testing.T) {
	papers := brief(invented(600))
	x := filled(t, index.Options{}, papers...)
	seeds := []string{papers[1].ID, papers[598].ID}
	again := func(fromCache bool) {
		t.Helper()
		want := said(t, x, seeds...)
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		var warnings bytes.Buffer
		x = open(t, x.Dir(), index.Options{MustExist: true, Logger: slog.New(slog.NewTextHandler(&warnings, nil))})
		if got := x.FromCache(); got != fromCache {
			t.Errorf("opened from the cache: %v", got)
		}
		if got := said(t, x, seeds...); got != want {
			t.Errorf("it answers otherwise %s", firstDifference(want, got))
		}
		if warnings.Len() > 0 {
			t.Error(warnings.String())
		}
		cacheFiles(t, x.Dir())
	}
	again(true)
	changing(t, x, papers)
	again(true)
	again(true) // nothing has changed
	learn(t, x)
	again(true)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(x.Dir(), "cache")); err != nil {
		t.Fatal(err)
	}
	want := ""
	for range 2 { // made anew, then from the cache
		x = open(t, x.Dir(), index.Options{MustExist: true})
		if got := said(t, x, seeds...); want != "" && got != want {
			t.Errorf("it answers otherwise %s", firstDifference(want, got))
		} else {
			want = got
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What is wrong with a cache costs time and nothing else.
func TestDamagedCache(t *testing.T) {
	papers := brief(invented(300))
	x := filled(t, index.Options{}, papers...)
	want := said(t, x, papers[7].ID)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	dir := x.Dir()
	other := filled(t, index.Options{}, samplePapers()...)
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	for i, foreign := range cacheFiles(t, other.Dir()) {
		for what, damage := range map[string]func(path string) error{
			"a bit turned": func(path string) error {
				b, err := os.ReadFile(path)
				if err != nil {
					return err
				}
				b[len(b)*2/3] ^= 16
				return os.WriteFile(path, b, 0o644)
			},
			"cut short": func(path string) error {
				info, err := os.Stat(path)
				if err != nil {
					return err
				}
				return os.Truncate(path, info.Size()*9/10)
			},
			"empty":   func(path string) error { return os.Truncate(path, 0) },
			"missing": os.Remove,
			"another folder's": func(path string) error {
				b, err := os.ReadFile(foreign)
				if err != nil {
					return err
				}
				return os.WriteFile(path, b, 0o644)
			},
			"a folder": func(path string) error { return errors.Join(os.Remove(path), os.Mkdir(path, 0o755)) },
		} {
			path := cacheFiles(t, dir)[i]
			if err := damage(path); err != nil {
				t.Fatal(err)
			}
			x := open(t, dir, index.Options{MustExist: true})
			if got := said(t, x, papers[7].ID); got != want {
				t.Errorf("%s: %s: it answers otherwise %s", filepath.Base(path), what, firstDifference(want, got))
			}
			if x.FromCache() {
				t.Errorf("%s: %s: it was opened from the cache", filepath.Base(path), what)
			}
			if err := x.Close(); err != nil { // which makes it again
				t.Fatal(err)
			}
		}
	}
	x = open(t, dir, index.Options{MustExist: true})
	if !x.FromCache() {
		t.Error("the cache was not made again")
	}
}

// A cache of another analysis, of other ranking options or of a newer state
// than the database's is not taken.
func TestCacheOfOtherOptions(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	r := index.DefaultRanking()
	r.Lexical.K1 = 2
	y := open(t, x.Dir(), index.Options{Ranking: &r})
	fresh := filled(t, index.Options{Ranking: &r}, samplePapers()...)
	if a, b := ofAnyFolder(said(t, y)), ofAnyFolder(said(t, fresh)); a != b {
		t.Errorf("with other options it answers otherwise than a new folder %s", firstDifference(a, b))
	}
}

// A folder that cannot be written to (a full disk looks the same) closes
// without a cache.
func TestCacheCannotBeWritten(t *testing.T) {
	papers := samplePapers()
	x := filled(t, index.Options{}, papers...)
	want := said(t, x)
	if err := os.WriteFile(filepath.Join(x.Dir(), "cache"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := x.WriteCache(); err == nil {
		t.Error("a cache was written into a file")
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, x.Dir(), index.Options{})
	if got := said(t, x); got != want {
		t.Errorf("it answers otherwise %s", firstDifference(want, got))
	}
}

// short papers of few words, enough of them for lists.
func manyShort(n int) []paper.Paper {
	words := []string{"river", "galaxy", "protein", "market", "theorem", "glacier", "neuron", "alloy", "virus", "plasma", "coral", "quark", "lattice"}
	papers := make([]paper.Paper, n)
	for i := range papers {
		w := func(k int) string { return words[(i/k)%len(words)] }
		papers[i] = paper.Paper{ID: fmt.Sprint("p", i), Title: fmt.Sprint(w(1), " ", w(3), " ", w(13), " of ", w(169), " and the ", w(700), " ", i%900)}
	}
	return papers
}

const enoughForLists = 9000

// Closed before or while the lists are built: everything is found, and the
// next run carries on.
func TestStoppedWhileBuildingLists(t *testing.T) {
	papers := manyShort(enoughForLists)
	x := open(t, t.TempDir(), index.Options{})
	if _, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil {
		t.Fatal(err)
	}
	if st := stats(t, x); !st.Ready || st.State != "indexing" {
		t.Errorf("before there are lists: %+v", st)
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := x.Settle(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("a stopped Settle: %v", err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, x.Dir(), index.Options{})
	if r := search(t, x, "galaxies of protein", paper.Options{}); len(r.Hits) != 10 {
		t.Errorf("%d hits before there are lists", len(r.Hits))
	}
	if err := x.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if st := stats(t, x); st.State != "ready" {
		t.Errorf("with lists: %+v", st)
	}
	want := said(t, x, "p17", "p8000")
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, x.Dir(), index.Options{})
	if st := stats(t, x); !x.FromCache() || st.State != "ready" {
		t.Errorf("opened again: from the cache: %v, %+v", x.FromCache(), st)
	}
	if got := said(t, x, "p17", "p8000"); got != want {
		t.Errorf("opened again it answers otherwise %s", firstDifference(want, got))
	}

	// Another folder of the same papers, sorted at another time, answers the same.
	y := open(t, t.TempDir(), index.Options{})
	if _, err := y.Ingest(t.Context(), stream(papers[:8500]), index.IngestOptions{}); err != nil {
		t.Fatal(err)
	}
	if _, err := y.Ingest(t.Context(), stream(papers[8500:]), index.IngestOptions{}); err != nil {
		t.Fatal(err)
	}
	if err := y.Settle(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got, want := ofAnyFolder(said(t, y, "p17", "p8000")), ofAnyFolder(want); got != want {
		t.Errorf("filled otherwise it answers otherwise %s", firstDifference(want, got))
	}

	// Exact answers take no lists.
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, x.Dir(), index.Options{Exact: true})
	if st := stats(t, x); st.State != "ready" {
		t.Errorf("exact: %+v", st)
	}
	search(t, x, "galaxies of protein", paper.Options{})
}

// Deleting a third of the corpus and adding it again leaves memory and answers
// where they were.
func TestThirdDeletedAndAddedAgain(t *testing.T) {
	papers := manyShort(enoughForLists)
	x := open(t, t.TempDir(), index.Options{})
	if _, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil {
		t.Fatal(err)
	}
	settle := func() int64 {
		t.Helper()
		if err := x.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		return x.Memory()
	}
	memory := settle()
	found := func(o paper.Options) map[string]bool {
		t.Helper()
		all := map[string]bool{}
		for i := range 40 {
			for _, h := range search(t, x, papers[i*211].Title, o).Hits {
				all[fmt.Sprint(i, h.Paper.ID)] = true
			}
		}
		return all
	}
	before := found(paper.Options{Mode: paper.Semantic})
	for range 3 {
		var ids []string
		var third []paper.Paper
		for i := 0; i < len(papers); i += 3 {
			ids, third = append(ids, papers[i].ID), append(third, papers[i])
		}
		if n, err := x.Delete(t.Context(), ids); err != nil || n != len(ids) {
			t.Fatal(n, err)
		}
		if _, err := x.Ingest(t.Context(), stream(third), index.IngestOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	after := settle()
	if float64(after) > 1.25*float64(memory) {
		t.Errorf("%d bytes became %d", memory, after)
	}
	kept := 0
	now := found(paper.Options{Mode: paper.Semantic})
	for h := range before {
		if now[h] {
			kept++
		}
	}
	if kept < len(before)*95/100 { // papers with equal vectors may stand for each other
		t.Errorf("%d of %d hits are still found", kept, len(before))
	}
	if st := stats(t, x); st.Papers != len(papers) || st.Vectors != len(papers) || st.State != "ready" {
		t.Errorf("%+v", st)
	}
}

// Nothing but the cache itself is left in its folder, whatever went before.
func TestFormerCachesAreRemoved(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	for _, name := range []string{"new-UNFINISHED", "FORMER"} {
		dir := filepath.Join(x.Dir(), "cache", name)
		if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(filepath.Join(dir, "terms"), []byte("?"), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for range 2 {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		x = open(t, x.Dir(), index.Options{})
	}
	err := filepath.WalkDir(filepath.Join(x.Dir(), "cache"), func(path string, d fs.DirEntry, err error) error {
		if strings.Contains(path, "FORMER") || strings.Contains(path, "UNFINISHED") {
			t.Errorf("%s is still there", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	cacheFiles(t, x.Dir())
}
