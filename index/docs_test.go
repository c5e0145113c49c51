package index

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kindred/paper"
)

// Papers of one title and one name are written anew, as many as are remembered
// of either: those that go must not keep those that come from being found.
func TestDocsForgetWhatIsGoing(t *testing.T) {
	const n = maxTitled
	d, k := newDocs(), &keys{names: []uint64{1}, title: 2, bands: []uint64{3}}
	going := map[uint32]bool{}
	for doc := range uint32(n) {
		d.add(doc, fmt.Sprint(doc), k, nil)
		going[doc] = true
	}
	for doc := range uint32(n) {
		d.add(n+doc, fmt.Sprint(doc), k, going)
	}
	for doc := range uint32(n) {
		d.remove(doc)
	}
	if got := d.withTitle(2, 2*n); len(got) != maxTitled {
		t.Errorf("%d are found by their title", len(got))
	}
	for _, table := range []*names{&d.names, &d.bands} {
		if got := slices.DeleteFunc(table.find(table.hashes[0]), func(doc uint32) bool { return !d.live(doc) }); len(got) != maxNamed {
			t.Errorf("%d are found by their name", len(got))
		}
	}
}

// Which papers are looked at, of more with one name than are remembered, does
// not hang on whether they came one by one or were read on all cores.
func TestDocsAreTheSameWhenReadAgain(t *testing.T) {
	dir := t.TempDir()
	x, err := Open(t.Context(), dir, Options{NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	const papers, isbns = 8 * loadBatch, 100
	all := make([]paper.Paper, papers)
	for i := range all {
		all[i] = paper.Paper{ID: fmt.Sprint(i), Title: fmt.Sprint("Looms ", i%7), IDs: map[string]string{"isbn": fmt.Sprint(i % isbns)}}
	}
	if _, err := x.Put(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	looked := func() (out [][]uint32) {
		for i := range isbns {
			p := paper.Paper{ID: "new", Title: fmt.Sprint("Looms ", i%7), IDs: map[string]string{"isbn": fmt.Sprint(i)}}
			out = append(out, x.docs.mayBe(keysOf(&p)), x.docs.named(paper.Ref{Kind: "isbn", Value: fmt.Sprint(i)}))
		}
		return out
	}
	first := looked()
	for range 3 {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		if err := os.RemoveAll(filepath.Join(dir, "cache")); err != nil {
			t.Fatal(err)
		}
		if x, err = Open(t.Context(), dir, Options{NoSync: true}); err != nil {
			t.Fatal(err)
		}
		for i, now := range looked() {
			if !slices.Equal(now, first[i]) {
				t.Fatalf("%v were looked at, and now %v", first[i], now)
			}
		}
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
}
