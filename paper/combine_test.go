package paper

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestCombine(t *testing.T) {
	preprint := Paper{
		ID: "2101.00001", Title: "Owls hear", Abstract: "Owls hear well at night.", Authors: []string{"M. Strix", "T. Alba"},
		Year: 2021, Date: "2021-01-04", Updated: "2021-06-01", Venue: "arXiv", Categories: []string{"q-bio.NC"},
		IDs: map[string]string{"arxiv": "2101.00001", "doi": "10.48550/arXiv.2101.00001"},
		URL: "https://arxiv.org/abs/2101.00001", Source: "arxiv", Origin: 1,
	}
	published := Paper{
		ID: "10.1000/owls", Title: "Owls hear better", Abstract: "Owls hear well.", Authors: []string{"Strix, Maria", "Alba, Tyto"},
		Year: 2022, Venue: "Journal of Owls", Categories: []string{"Neuroscience", "q-bio.NC"},
		IDs: map[string]string{"doi": "10.1000/owls", "pmid": "77"}, Source: "bibtex", Collections: []string{"my library"}, Origin: 2,
	}
	got := Combine([]Paper{preprint, published})
	want := Paper{
		ID: "2101.00001", Title: "Owls hear", Abstract: "Owls hear well at night.", Authors: []string{"Strix, Maria", "Alba, Tyto"},
		Year: 2021, Date: "2021-01-04", Updated: "2021-06-01", Venue: "Journal of Owls", Categories: []string{"q-bio.NC", "Neuroscience"},
		IDs: map[string]string{"arxiv": "2101.00001", "doi": "10.1000/owls", "pmid": "77"},
		URL: "https://arxiv.org/abs/2101.00001", Source: "arxiv",
		Collections: []string{"arxiv", "my library"}, Parts: []Paper{preprint, published},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]string{"title", "abstract", "date", "updated", "url"}, got.Gave(0)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"authors", "venue"}, got.Gave(1)); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(want, Combine(got.Parts)); d != "" {
		t.Error("combining the parts again:", d)
	}
	if d := cmp.Diff(preprint, Combine([]Paper{preprint})); d != "" {
		t.Error("a part alone:", d)
	}

	// Title and abstract come from one part; what has none is no choice.
	bare := Paper{ID: "b", Title: "Owls", Source: "csv"}
	if got := Combine([]Paper{bare, published}); got.Title != "Owls hear better" || got.Abstract != "Owls hear well." || got.ID != "b" {
		t.Errorf("%+v", got)
	}
	long := Paper{ID: "l", Abstract: "Owls hear well, and at night they hear far better than we.", Source: "csv"}
	if got := Combine([]Paper{published, long}); got.Abstract != long.Abstract || got.Title != "Owls hear better" {
		t.Errorf("%+v", got)
	}
}
