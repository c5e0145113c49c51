package index

import (
	"fmt"
	"slices"
	"testing"
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
