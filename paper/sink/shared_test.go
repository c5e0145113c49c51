//go:build shared

package sink_test

import (
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/internal/sharedtest"
	"kindred/paper"
	"kindred/paper/sink"
	"kindred/paper/source"
)

// TestRealPapersComeBack takes the first papers of each real file through every
// format.
func TestRealPapersComeBack(t *testing.T) {
	const most = 20_000
	files, err := filepath.Glob(filepath.Join(sharedtest.Path(t, "abstracts"), "*.jsonl.zst"))
	if err != nil || len(files) == 0 {
		t.Fatal("no abstracts", err)
	}
	for _, file := range files {
		r, err := source.Open(file, source.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var papers []paper.Paper
		for item, err := range r.Papers(t.Context()) {
			if err != nil {
				continue
			}
			if papers = append(papers, item.Paper); len(papers) == most {
				break
			}
		}
		r.Close()
		for _, name := range sink.Formats() {
			got := readAll(t, export(t, sink.Format(name), "", papers))
			if len(got) != len(papers) {
				t.Errorf("%s as %s: %d papers of %d", filepath.Base(file), name, len(got), len(papers))
			}
			bad := 0
			for i := range min(len(got), len(papers)) {
				want := expected(sink.Format(name), papers[i])
				if d := cmp.Diff(want, got[i], butOrigin); d != "" {
					if bad++; bad <= 3 {
						t.Errorf("%s as %s: %s\n%s", filepath.Base(file), name, want.ID, d)
					}
				}
			}
			t.Logf("%s as %s: %d of %d differ", filepath.Base(file), name, bad, len(papers))
		}
	}
}
