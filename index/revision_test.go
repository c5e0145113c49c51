package index_test

import (
	"testing"

	"kindred/index"
	"kindred/paper"
)

// TestRevision has an ETag change exactly when an answer may.
func TestRevision(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	seen := map[string]string{}
	step := func(what string, changes bool) {
		t.Helper()
		r := x.Revision()
		before, known := seen[r]
		switch {
		case changes && known:
			t.Errorf("%s: the revision is that of %s", what, before)
		case !changes && !known:
			t.Errorf("%s: another revision", what)
		}
		seen[r] = what
	}
	step("at first", true)
	put(t, x, paper.Paper{ID: "a", Title: "Songs of whales"})
	step("a paper has come", true)
	put(t, x, paper.Paper{ID: "a", Title: "Songs of whales"})
	step("the same paper again", false)
	put(t, x, paper.Paper{ID: "a", Title: "Songs of humpback whales"})
	step("a paper was replaced", true)
	search(t, x, "whales", paper.Options{})
	step("a search", false)
	if _, err := x.Delete(t.Context(), []string{"a"}); err != nil {
		t.Fatal(err)
	}
	step("a paper has gone", true)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, dir, index.Options{})
	step("opened again", true)
}
