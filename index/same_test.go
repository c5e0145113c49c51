//go:build !race

package index_test

import (
	"runtime"
	"testing"

	"kindred/index"
)

// The same papers in the same order, and the same folder opened again, give
// the same bytes, with one core and with two.
func TestSameAnswers(t *testing.T) {
	papers := brief(invented(2100)) // several batches, and vectors enough for the scan of our own
	seeds := []string{papers[0].ID, papers[1000].ID}
	answers := func(cores int, build func() *index.Index) string {
		was := runtime.GOMAXPROCS(cores)
		defer runtime.GOMAXPROCS(was)
		return said(t, build(), seeds...)
	}
	build := func() *index.Index {
		x := open(t, t.TempDir(), index.Options{})
		if _, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{}); err != nil {
			t.Fatal(err)
		}
		learn(t, x)
		put(t, x, samplePapers()...)
		return x
	}
	var x *index.Index
	want := answers(2, func() *index.Index { x = build(); return x })
	if got, want := ofAnyFolder(answers(1, build)), ofAnyFolder(want); got != want {
		t.Errorf("built by one core it answers otherwise %s", firstDifference(want, got))
	}
	for _, cores := range []int{1, 2} {
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		got := answers(cores, func() *index.Index { x = open(t, x.Dir(), index.Options{}); return x })
		if got != want {
			t.Errorf("opened by %d cores it answers otherwise %s", cores, firstDifference(want, got))
		}
	}
}
