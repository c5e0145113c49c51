package index

import (
	"context"
	"errors"
	"testing"

	"kindred/embed"
	"kindred/embed/static"
	"kindred/paper"
)

// renamed is an embedder under another fingerprint.
type renamed struct {
	embed.Embedder
	name string
}

func (r renamed) Fingerprint() embed.Fingerprint {
	return embed.NewFingerprint(r.name, "former", r.Dimension())
}

func TestFolderOfAnotherEmbedder(t *testing.T) {
	base, err := static.Base()
	if err != nil {
		t.Fatal(err)
	}
	papers := []paper.Paper{
		{ID: "a", Title: "Tides of frozen moons"}, {ID: "b", Title: "Verbs without subjects"}, {ID: "c", Abstract: "qqqq"},
	}
	for _, c := range []struct {
		provider string
		refused  bool
	}{{"openai", true}, {"static", false}} {
		dir := t.TempDir()
		x, err := Open(context.Background(), dir, Options{Embedder: renamed{base, c.provider}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.Put(context.Background(), papers); err != nil {
			t.Fatal(err)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}

		x, err = Open(context.Background(), dir, Options{})
		if c.refused {
			if !errors.Is(err, ErrEmbedder) {
				t.Errorf("%s: error %v", c.provider, err)
			}
			continue
		}
		// A former base model's vectors are made again.
		if err != nil {
			t.Fatal(err)
		}
		r, err := x.Search(context.Background(), paper.Query{Text: "frozen moons", Options: paper.Options{Mode: paper.Semantic}})
		if err != nil {
			t.Fatal(err)
		}
		if r.Hits[0].Paper.ID != "a" || r.Model != string(base.Fingerprint()) {
			t.Errorf("%s first by %s", r.Hits[0].Paper.ID, r.Model)
		}
		if g := x.store.Generations(); len(g) != 1 || g[0].Fingerprint != string(base.Fingerprint()) || !g[0].Complete {
			t.Errorf("generations %+v", g)
		}
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
