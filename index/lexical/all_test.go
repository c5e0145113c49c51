package lexical

import (
	"slices"
	"testing"
)

func TestWithAll(t *testing.T) {
	c := newCorpus(11, 200)
	c.gaps = true
	ix, n := newIndex(t, Options{}), newNaive(t, Options{})
	if docs, next, err := ix.WithAll(t.Context(), []string{"a"}); err != nil || !docs.IsEmpty() || next != 0 {
		t.Errorf("of an empty index: %v below %d, %v", docs, next, err)
	}
	var all []Doc
	for _, size := range []int{1, windowSize + 100, 30, 7} {
		docs := c.docs(size)
		if err := ix.Add(docs); err != nil {
			t.Fatal(err)
		}
		n.add(docs)
		all = append(all, docs...)
	}
	gone := all[5:40]
	ix.Delete(gone)
	n.delete(gone)
	found := 0
	for i := range 50 {
		var terms []string
		for _, w := range c.question(1 + i%4) {
			terms = append(terms, w.Term)
		}
		if i%5 == 0 {
			terms = append(terms, terms[0]) // a word twice is a word
		}
		if i%7 == 6 {
			terms = append(terms, "no such term")
		}
		var want []uint32
		for number := range n.docs {
			if !slices.ContainsFunc(terms, func(t string) bool { return n.tfs[t][number] == 0 }) {
				want = append(want, number)
			}
		}
		slices.Sort(want)
		docs, next, err := ix.WithAll(t.Context(), terms)
		if err != nil || !slices.Equal(docs.ToArray(), want) {
			t.Fatalf("%q: %d documents, want %d, %v", terms, docs.GetCardinality(), len(want), err)
		}
		if last := all[len(all)-1].Number; next != last+1 {
			t.Fatalf("all below %d, want %d", next, last+1)
		}
		found += len(want)
	}
	if found == 0 {
		t.Error("no terms were in any document; nothing was compared")
	}
}
