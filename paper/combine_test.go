package paper

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestCombine(t *testing.T) {
	preprint := Paper{
		ID: "2101.00001", Title: "Owls hear", Abstract: "Owls hear well at night.", Authors: []string{"M. Strix", "T. Alba"},
		Year: 2021, Date: "2021-01-04", Updated: "2021-06-01", Version: 2, Venue: "arXiv", Categories: []string{"q-bio.NC"},
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
		Year: 2021, Date: "2021-01-04", Updated: "2021-06-01", Version: 2, Venue: "Journal of Owls", Categories: []string{"q-bio.NC", "Neuroscience"},
		IDs: map[string]string{"arxiv": "2101.00001", "doi": "10.1000/owls", "pmid": "77"},
		URL: "https://arxiv.org/abs/2101.00001", Source: "arxiv",
		Collections: []string{"arxiv", "my library"}, Parts: []Paper{preprint, published},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Fatal(d)
	}
	if d := cmp.Diff([]string{"title", "abstract", "date", "updated", "version", "url"}, got.Gave(0)); d != "" {
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

// What parts say together may be more than a paper may say, and takes no longer
// to gather than to read.
func TestCombineLargeParts(t *testing.T) {
	parts := make([]Paper, MaxParts)
	for i := range parts {
		p := Paper{ID: fmt.Sprint(i), Title: "T", Source: "arxiv", IDs: map[string]string{}, Origin: uint64(i)}
		for k := range MaxList {
			if k > 0 { // with one more there would be no more to look for
				p.Categories = append(p.Categories, fmt.Sprint("category ", k))
			}
			p.IDs[fmt.Sprint(i%2, "-", k)] = "v"
		}
		parts[i] = p
	}
	start := time.Now()
	got := Combine(parts)
	got.Parts = nil // their size is the caller's to bound
	if err := got.Validate(); err != nil || len(got.IDs) != MaxList || len(got.Categories) != MaxList-1 {
		t.Errorf("%d ids, %d categories: %v", len(got.IDs), len(got.Categories), err)
	}
	if took := time.Since(start); took > 5*time.Second {
		t.Errorf("it took %v", took)
	}
	got = Complete(&parts[0], &parts[1])
	if err := got.Validate(); err != nil {
		t.Error(err)
	}
}

// A feed tells less of a paper than the archive does, and an old answer is no
// news.
func TestComplete(t *testing.T) {
	archive := Paper{
		ID: "2101.00001", Title: "Owls hear", Abstract: "Owls hear well.", Authors: []string{"Maria Strix", "Tyto Alba"}, Year: 2021, Date: "2021-01-04",
		Updated: "2021-06-01", Venue: "Journal of Owls", Categories: []string{"q-bio.NC", "cs.SD"}, IDs: map[string]string{"arxiv": "2101.00001", "doi": "10.1/o"}, Source: "arxiv", Origin: 1,
	}
	feed := Paper{ID: archive.ID, Title: "Owls hear", Abstract: "Owls hear.", Year: 2021, Date: "2021-01", Categories: []string{"q-bio.NC"}, IDs: map[string]string{"arxiv": archive.ID}, Source: "arxiv", Origin: 2}
	if d := cmp.Diff(archive, Complete(&archive, &feed)); d != "" {
		t.Error("a feed took something away:", d)
	}
	later := feed
	later.Updated, later.Abstract, later.Title = "2022-01-01", "Owls hear, again.", "Owls hear again"
	want := archive
	want.Updated, want.Abstract, want.Title, want.Origin = later.Updated, later.Abstract, later.Title, ManyFiles
	whole := Complete(&archive, &later)
	if d := cmp.Diff(want, whole); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(whole, Complete(&whole, &later)); d != "" {
		t.Error("the feed again took something away:", d)
	}
	mine, hers := archive, feed
	mine.Source, hers.Source, hers.Authors = "bibtex", "bibtex", []string{"M. Strix"}
	if got := Complete(&mine, &hers); got.Abstract != hers.Abstract && got.Abstract != mine.Abstract || got.Venue != mine.Venue || got.IDs["doi"] != mine.IDs["doi"] || len(got.Authors) != 2 {
		t.Errorf("another library took something away: %+v", got)
	}
	same := feed
	same.Origin = archive.Origin
	if d := cmp.Diff(same, Complete(&archive, &same)); d != "" {
		t.Error("the same file is not taken at its word:", d)
	}
	library := feed
	library.Source = "jsonl"
	if d := cmp.Diff(library, Complete(&archive, &library)); d != "" {
		t.Error(d)
	}
}

func TestIsPreprintDOI(t *testing.T) {
	for doi, want := range map[string]bool{
		"10.48550/arXiv.2101.00001": true, "https://doi.org/10.48550/ARXIV.2101.00001": true,
		"10.1101/2020.01.01.123456": true, "10.1101/123456": true, "10.1101/gr.229102.117": false, "10.1101/gad.1234": false,
		"10.2139/ssrn.1": true, "10.2139/other": false, "10.1000/10.48550/": false, "": false,
	} {
		if IsPreprintDOI(doi) != want {
			t.Errorf("%q: %v", doi, !want)
		}
	}
}
