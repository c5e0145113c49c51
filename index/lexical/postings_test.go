package lexical

import (
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
)

func TestHaving(t *testing.T) {
	c := newCorpus(5, 600)
	c.gaps = true
	o := Options{TitleWeight: 2}
	ix, n := newIndex(t, o), newNaive(t, o)
	var live []Doc
	for range 6 {
		docs := c.docs(150)
		if err := ix.Add(docs); err != nil {
			t.Fatal(err)
		}
		n.add(docs)
		live = append(live, docs...)
	}
	ix.Delete(live[:100])
	n.delete(live[:100])
	for _, terms := range [][]string{{"w1"}, {"w2", "w3", "w500"}, {"nothing"}, nil} {
		want := roaring.New()
		for _, term := range terms {
			for number := range n.tfs[term] {
				want.Add(number)
			}
		}
		got := roaring.BitmapOf(1 << 30)
		if err := ix.Having(t.Context(), got, terms); err != nil {
			t.Fatal(err)
		}
		if want.Add(1 << 30); !got.Equals(want) {
			t.Errorf("%v: %d documents, want %d", terms, got.GetCardinality(), want.GetCardinality())
		}
	}
}

func TestTermsWhere(t *testing.T) {
	ix := newIndex(t, Options{}, []Doc{{Number: 1, Title: []string{"aa", "b"}, Body: []string{"ab", "b"}}})
	got, err := ix.TermsWhere(t.Context(), func(term []byte) bool { return term[0] == 'a' })
	if slices.Sort(got); err != nil || !slices.Equal(got, []string{"aa", "ab"}) {
		t.Errorf("%v %v", got, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := ix.TermsWhere(ctx, func([]byte) bool { return true }); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
