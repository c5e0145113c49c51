package index_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"kindred/index"
	"kindred/paper"
)

func find(t testing.TB, x *index.Index, ids ...string) string {
	t.Helper()
	papers, err := x.Find(t.Context(), ids)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, p := range papers {
		if p == nil {
			out = append(out, "-")
		} else {
			out = append(out, p.ID)
		}
	}
	return strings.Join(out, " ")
}

func TestFind(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	put(t, x,
		paper.Paper{ID: "1605.08803", Title: "One", IDs: map[string]string{"arxiv": "1605.08803", "doi": "10.1000/One"}},
		paper.Paper{ID: "P19-1001", Title: "Two", IDs: map[string]string{"acl": "P19-1001"}, URL: "https://example.org/Two/"},
		paper.Paper{ID: "4983", Title: "Three"},
		paper.Paper{ID: "z", Title: "Four", IDs: map[string]string{"pmid": "77", "doi": "10.1000/shared"}},
		paper.Paper{ID: "y", Title: "Five", IDs: map[string]string{"doi": "10.1000/shared"}},
		paper.Paper{ID: "DOI:10.1000/odd", Title: "Six"},
		paper.Paper{ID: "hep-th/9901001", Title: "Seven"},
		paper.Paper{ID: "W12-3903", Title: "Eight"}, // as it stands in files that know no kinds
		paper.Paper{ID: "2020.acl-main.747", Title: "Nine"},
	)
	ask := []string{"1605.08803", "ARXIV:1605.08803v2", "DOI:10.1000/ONE", "10.1000/one", "URL:https://arxiv.org/abs/1605.08803",
		"ACL:P19-1001", "acl:p19-1001", "https://www.example.org/two", "PMID:4983", "4983", "PMID:77", "DOI:10.1000/shared",
		"DOI:10.1000/odd", "ARXIV:hep-th/9901001", "ACL:W12-3903", "acl:2020.ACL-main.747", "PMID:W12-3903", "nope", "", strings.Repeat("x", 10_000)}
	const want = "1605.08803 1605.08803 1605.08803 1605.08803 1605.08803 P19-1001 P19-1001 P19-1001 - 4983 z y DOI:10.1000/odd hep-th/9901001 W12-3903 2020.acl-main.747 - - - -"
	if got := find(t, x, ask...); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}

	// As papers go and come, and from the cache.
	if _, err := x.Delete(t.Context(), []string{"y"}); err != nil {
		t.Fatal(err)
	}
	put(t, x, paper.Paper{ID: "z", Title: "Four", IDs: map[string]string{"pmid": "78"}},
		paper.Paper{ID: "v", Title: "Eight", IDs: map[string]string{"doi": "10.1000/shared"}})
	ask = []string{"PMID:77", "PMID:78", "DOI:10.1000/shared", "DOI:10.1000/one"}
	const later = "- z v 1605.08803"
	if got := find(t, x, ask...); got != later {
		t.Errorf("%s, want %s", got, later)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	x = open(t, dir, index.Options{})
	if got := find(t, x, ask...); got != later {
		t.Errorf("opened again: %s, want %s", got, later)
	}
}

// TestFindAfterManyChanges has the table of names grow, and drop what has gone.
func TestFindAfterManyChanges(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{})
	for round := range 6 {
		var papers []paper.Paper
		for i := range 500 {
			papers = append(papers, paper.Paper{ID: fmt.Sprintf("p%d", i), Title: "T",
				IDs: map[string]string{"pmid": fmt.Sprintf("%d/%d", round, i), "mag": fmt.Sprint(i)}})
		}
		put(t, x, papers...)
	}
	for i := range 500 {
		want := fmt.Sprintf("p%d p%d -", i, i)
		if got := find(t, x, fmt.Sprintf("PMID:5/%d", i), fmt.Sprintf("MAG:%d", i), fmt.Sprintf("PMID:4/%d", i)); got != want {
			t.Fatalf("%s, want %s", got, want)
		}
	}
}

// TestFindAfterAllOfOneNameChange writes as many papers anew as one name finds.
func TestFindAfterAllOfOneNameChange(t *testing.T) {
	x := filled(t, index.Options{})
	for _, venue := range []string{"Looms", "Kilns"} {
		var papers []paper.Paper
		for i := range 100 {
			papers = append(papers, paper.Paper{ID: fmt.Sprintf("p%02d", i), Title: "T", Venue: venue, IDs: map[string]string{"doi": "10.1000/volume"}})
		}
		put(t, x, papers...)
		if got := find(t, x, "DOI:10.1000/volume"); got != "p00" {
			t.Errorf("%s: %s", venue, got)
		}
	}
}

func TestVectorsOfPapers(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:3]...)
	put(t, x, paper.Paper{ID: "wordless", Title: "!"})
	e, err := x.Vectors(t.Context(), []string{"sample-bio-002", "wordless"})
	model, dimension := x.Model()
	if err != nil || e.Model != model || len(e.Vectors) != 2 || len(e.Vectors[0]) != dimension || e.Vectors[1] != nil {
		t.Errorf("%v %v", e, err)
	}
	if _, err := x.Vectors(t.Context(), []string{"sample-bio-002", "none"}); !errors.Is(err, paper.ErrNotFound) {
		t.Error(err)
	}
}

func TestComplete(t *testing.T) {
	x := filled(t, index.Options{},
		paper.Paper{ID: "a", Title: "Density estimation using Real NVP"},
		paper.Paper{ID: "b", Title: "On density estimates", Abstract: "density estimation density estimation"},
		paper.Paper{ID: "c", Title: "Estimating the density of states"},
		paper.Paper{ID: "d", Title: "Other things", Abstract: "density estimation"},
		paper.Paper{ID: "e", Title: "Densité"},
	)
	for typed, want := range map[string]string{
		"density est":                       "a b c",
		"Density Estimation":                "a", // the last word is as it is written
		"dens":                              "e a b c",
		"real n":                            "a",
		"density estimation using real nvp": "a",
		"densité":                           "e",
		"est density":                       "",
		"estimation density":                "b a c",
		"zebra":                             "",
		"":                                  "",
		" !? ":                              "",
	} {
		found, err := x.Complete(t.Context(), typed, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, p := range found {
			got = append(got, p.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v, want %s", typed, got, want)
		}
	}
	if found, err := x.Complete(t.Context(), "dens", 2); err != nil || len(found) != 2 {
		t.Errorf("%v %v", found, err)
	}
}
