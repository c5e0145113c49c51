package index_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/index"
	"kindred/index/kin"
	"kindred/paper"
	"kindred/paper/source"
)

// What three sources say of one paper, invented; and of another by the same
// hand that is none of theirs.
var (
	preprint = paper.Paper{
		ID: "2101.00001", Title: "Tidal locking of marigold looms", Source: "arxiv", Origin: 1, Date: "2021-01-04",
		Abstract:   "We study how marigold looms lock to the tides of a frozen moon. A model of two coupled shuttles explains the drift, and measurements over three winters agree with it within the errors of the clock.",
		Authors:    []string{"Maria Strix", "Tyto Alba"},
		Categories: []string{"physics.pop-ph"}, IDs: map[string]string{"arxiv": "2101.00001"},
	}
	published = paper.Paper{
		ID: "10.1000/looms", Title: "Tidal Locking of {M}arigold Looms.", Source: "bibtex", Origin: 2, Year: 2022, Venue: "Journal of Looms",
		Authors: []string{"Strix, M.", "Alba, T."}, IDs: map[string]string{"doi": "10.1000/looms"}, Collections: []string{"my library"},
	}
	indexed = paper.Paper{
		ID: "W77", Title: "Marigold looms under tides", Source: "openalex", Origin: 3, Year: 2022,
		Abstract: "We study how marigold looms lock to the tides of a frozen moon.",
		IDs:      map[string]string{"doi": "https://doi.org/10.1000/LOOMS", "openalex": "W77"},
	}
	sequel = paper.Paper{
		ID: "2203.00002", Title: "Tidal locking of marigold looms II", Source: "arxiv", Origin: 1, Date: "2022-03-01",
		Abstract:   "We study how marigold looms lock to the tides of a frozen moon. A model of three coupled shuttles explains the drift, and measurements over four winters agree with it within the errors of the clock.",
		Authors:    []string{"Maria Strix", "Tyto Alba"},
		Categories: []string{"physics.pop-ph"}, IDs: map[string]string{"arxiv": "2203.00002"},
	}
)

// take ingests papers, the errors among them in place, and checks the folder.
func take(t *testing.T, x *index.Index, what ...any) index.Counts {
	t.Helper()
	counts, err := x.Ingest(t.Context(), func(yield func(paper.Paper, error) bool) {
		for _, w := range what {
			switch w := w.(type) {
			case paper.Paper:
				yield(w, nil)
			case string:
				yield(paper.Paper{}, &source.LineError{Deleted: w})
			}
		}
	}, index.IngestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if err := x.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	return counts
}

// partsOf are the ids of what several sources say of a paper.
func partsOf(t *testing.T, x *index.Index, id string) string {
	t.Helper()
	p, err := x.Paper(t.Context(), id)
	if errors.Is(err, paper.ErrNotFound) {
		return "none"
	}
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, part := range p.Parts {
		ids = append(ids, part.ID)
	}
	return p.ID + ": " + strings.Join(ids, " ")
}

func TestIngestJoinsSources(t *testing.T) {
	for name, order := range map[string][]any{
		"one after the other": {preprint, published, indexed, sequel},
		"the other way round": {sequel, indexed, published, preprint},
		"twice":               {published, preprint, published, indexed, preprint, sequel},
	} {
		for _, alone := range []bool{false, true} { // in one batch, or each in its own
			x := filled(t, index.Options{})
			var counts index.Counts
			if !alone {
				counts = take(t, x, order...)
			} else {
				for _, one := range order {
					c := take(t, x, one)
					counts.Added, counts.Merged = counts.Added+c.Added, counts.Merged+c.Merged
				}
			}
			if counts.Added != 2 || counts.Merged != 2 || stats(t, x).Papers != 2 {
				t.Fatalf("%s: %+v, %d papers", name, counts, stats(t, x).Papers)
			}
			for _, id := range []string{preprint.ID, published.ID, indexed.ID} {
				p, err := x.Paper(t.Context(), id)
				if err != nil || len(p.Parts) != 3 || p.Abstract != preprint.Abstract || p.Venue != published.Venue || p.Year != 2021 ||
					p.IDs["doi"] == "" || p.IDs["arxiv"] != preprint.ID || p.IDs["openalex"] != "W77" {
					t.Errorf("%s: %s is %+v, %v", name, id, p, err)
				}
			}
			if partsOf(t, x, sequel.ID) != sequel.ID+": " {
				t.Errorf("%s: the sequel became part of %s", name, partsOf(t, x, sequel.ID))
			}
			hits := ids(search(t, x, "marigold looms and the tides of a frozen moon", paper.Options{}))
			if len(hits) != 2 {
				t.Errorf("%s: found %v", name, hits)
			}
			found, err := x.Find(t.Context(), []string{"DOI:10.1000/looms", "arXiv:2101.00001", "W77"})
			if err != nil || found[0] == nil || found[1] == nil || found[2] == nil || found[0].ID != found[1].ID || found[1].ID != found[2].ID {
				t.Errorf("%s: by the ids of the sources: %v, %v", name, found, err)
			}
			// The same again is nothing new.
			if c := take(t, x, order...); c.Unchanged != len(order) {
				t.Errorf("%s: read again: %+v", name, c)
			}
		}
	}
}

func TestChangesOfOneSource(t *testing.T) {
	x := filled(t, index.Options{})
	take(t, x, preprint, published, indexed)
	changed := preprint
	changed.Abstract = "A kiln, after all: " + preprint.Abstract
	changed.Updated = "2023-01-01"
	if c := take(t, x, changed); c.Updated != 1 || c.Merged != 0 {
		t.Errorf("%+v", c)
	}
	p, err := x.Paper(t.Context(), published.ID)
	if err != nil || p.Abstract != changed.Abstract || p.Updated != "2023-01-01" || p.Venue != published.Venue || len(p.Parts) != 3 {
		t.Errorf("%+v, %v", p, err)
	}
	if len(ids(search(t, x, "kiln", paper.Options{Mode: paper.Lexical}))) != 1 {
		t.Error("the changed abstract is not found")
	}

	// What goes at one source stays while another has it.
	if c := take(t, x, preprint.ID, "no such"); c.Deleted != 1 || c.Unchanged != 1 {
		t.Errorf("%+v", c)
	}
	if got := partsOf(t, x, published.ID); got != "10.1000/looms: 10.1000/looms W77" {
		t.Error(got)
	}
	if len(ids(search(t, x, "kiln", paper.Options{Mode: paper.Lexical}))) > 0 || partsOf(t, x, preprint.ID) != "none" {
		t.Error("what the deleted source said is still there")
	}
	take(t, x, indexed.ID)
	if got := partsOf(t, x, published.ID); got != "10.1000/looms: " {
		t.Error(got)
	}
	take(t, x, published.ID)
	if n := stats(t, x).Papers; n != 0 {
		t.Error(n, "papers are left")
	}
	// Gone and come again, in one batch.
	if c := take(t, x, preprint, preprint.ID, preprint, published, published.ID, published); c.Deleted != 2 {
		t.Errorf("%+v", c)
	}
	if got := partsOf(t, x, preprint.ID); got != "2101.00001: 2101.00001 10.1000/looms" {
		t.Error(got)
	}
	// The user's word takes it out whole, by any of its ids.
	if n, err := x.Delete(t.Context(), []string{published.ID, preprint.ID}); n != 1 || err != nil || stats(t, x).Papers != 0 {
		t.Error(n, err)
	}
}

// Two sources may give one id to one paper: neither replaces the other.
func TestOneIDOfTwoSources(t *testing.T) {
	x := filled(t, index.Options{})
	library := published
	library.ID, library.IDs = preprint.ID, map[string]string{"arxiv": preprint.ID}
	take(t, x, preprint)
	if c := take(t, x, library); c.Merged != 1 {
		t.Errorf("%+v", c)
	}
	want := "2101.00001: 2101.00001 2101.00001@bibtex"
	if got := partsOf(t, x, preprint.ID); got != want {
		t.Fatal(got)
	}
	if c := take(t, x, preprint, library); c.Unchanged != 2 {
		t.Errorf("again: %+v", c)
	}
	p, _ := x.Paper(t.Context(), preprint.ID)
	if p.Abstract != preprint.Abstract || p.Venue != library.Venue || !slices.Contains(p.Collections, "my library") {
		t.Errorf("%+v", p)
	}
	// Split, each goes on under its name.
	if _, err := x.Split(t.Context(), preprint.ID); err != nil {
		t.Fatal(err)
	}
	library.Venue = "Looms Today"
	if c := take(t, x, preprint, library); c.Unchanged != 1 || c.Updated != 1 || stats(t, x).Papers != 2 {
		t.Errorf("%+v", c)
	}
	if got := partsOf(t, x, preprint.ID) + partsOf(t, x, want[len(want)-len("2101.00001@bibtex"):]); got != "2101.00001: 2101.00001@bibtex: " {
		t.Error(got)
	}
	if n, err := x.Delete(t.Context(), []string{preprint.ID, "2101.00001@bibtex"}); n != 2 || err != nil {
		t.Error(n, err)
	}
	// What is withdrawn goes, whoever else names it by that id.
	x = filled(t, index.Options{})
	take(t, x, preprint, library, preprint.ID)
	if n := stats(t, x).Papers; n != 0 {
		t.Error(n, "papers are left")
	}
	take(t, x, library)
	// Where it is another paper the later one counts, as ever.
	other := paper.Paper{ID: preprint.ID, Title: "Volcanic kilns", Source: "csv", Authors: []string{"Ada Fictional"}}
	if c := take(t, x, other); c.Updated != 1 || partsOf(t, x, preprint.ID) != "2101.00001: " {
		t.Errorf("%+v, %s", c, partsOf(t, x, preprint.ID))
	}
}

// Papers of one file that have ids of their own never become one.
func TestOneFileIsNotMerged(t *testing.T) {
	x := filled(t, index.Options{})
	twin := preprint
	twin.ID, twin.IDs = "twin", nil
	if c := take(t, x, preprint, twin); c.Added != 2 {
		t.Errorf("%+v", c)
	}
	third := twin
	third.ID, third.Origin = "third", 9
	if c := take(t, x, third); c.Merged != 1 || stats(t, x).Papers != 2 {
		t.Errorf("%+v, %d papers", c, stats(t, x).Papers)
	}
	// Nor when somebody asks for the same papers later.
	if a := duplicates(t, x, paper.JoinSame); a.Joined != 0 {
		t.Errorf("%+v", a)
	}
}

func duplicates(t *testing.T, x *index.Index, mode paper.DuplicateMode) *paper.DuplicateAnswer {
	t.Helper()
	all := new(paper.DuplicateAnswer)
	for more := true; more; {
		a, err := x.Duplicates(t.Context(), paper.DuplicateQuery{Mode: mode, From: all.Next})
		if err != nil {
			t.Fatal(err)
		}
		all.Found, all.Joined, all.Next, more = append(all.Found, a.Found...), all.Joined+a.Joined, a.Next, a.More
	}
	return all
}

// TestDuplicatesFoundAreThoseJoined has several records of one paper so far apart
// that they are looked at one by one, and by several calls.
func TestDuplicatesFoundAreThoseJoined(t *testing.T) {
	for name, places := range map[string][]int{
		"by one call":                  {10, 300, 600},
		"the last by another call":     {10, 300, 4500},
		"the last two by another call": {10, 4400, 4900},
		"all by one other call":        {4200, 4500, 4900},
	} {
		x := filled(t, index.Options{Exact: true})
		all := make([]paper.Paper, 5000)
		for i := range all {
			all[i] = paper.Paper{ID: fmt.Sprint("other", i), Title: fmt.Sprint("Kilns ", i), Origin: 99}
		}
		for k, at := range places {
			p := preprint
			p.ID, p.IDs, p.Origin = fmt.Sprint("twin", k), nil, uint64(k+1)
			all[at] = p
		}
		if _, err := x.Ingest(t.Context(), stream(all), index.IngestOptions{NoMerge: true}); err != nil {
			t.Fatal(err)
		}
		found := duplicates(t, x, paper.FindSame)
		if last := found.Found[len(found.Found)-1]; len(last.Parts) != 3 || found.Joined != 2 {
			t.Errorf("%s: %d of %d would be joined: %+v", name, found.Joined, len(places), found.Found)
		}
		if joined := duplicates(t, x, paper.JoinSame); joined.Joined != found.Joined {
			t.Errorf("%s: %d are joined, and %d would have been", name, joined.Joined, found.Joined)
		}
	}
}

func TestDuplicates(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	_, err := x.Ingest(t.Context(), stream([]paper.Paper{preprint, published, indexed, sequel}), index.IngestOptions{NoMerge: true})
	if err != nil {
		t.Fatal(err)
	}
	before := stats(t, x).Papers
	if a := duplicates(t, x, paper.ReviewJoined); len(a.Found) != 0 {
		t.Errorf("%+v", a)
	}
	found := duplicates(t, x, paper.FindSame)
	if len(found.Found) != 1 || found.Joined != 2 || stats(t, x).Papers != before {
		t.Fatalf("%+v, %d papers", found, stats(t, x).Papers)
	}
	joined := duplicates(t, x, paper.JoinSame)
	if d := cmp.Diff(found.Found, joined.Found); d != "" || stats(t, x).Papers != before-2 {
		t.Error(d, stats(t, x).Papers)
	}
	review := duplicates(t, x, paper.ReviewJoined)
	if d := cmp.Diff(joined.Found, review.Found); d != "" {
		t.Error(d)
	}
	why := []string{}
	for _, part := range review.Found[0].Parts {
		why = append(why, part.ID+" "+part.Why)
	}
	if d := cmp.Diff([]string{"2101.00001 ", "10.1000/looms title", "W77 id"}, why); d != "" {
		t.Error(d)
	}
	if a := duplicates(t, x, paper.JoinSame); a.Joined != 0 || len(a.Found) != 0 {
		t.Errorf("joined again: %+v", a)
	}

	// Taken apart they stay apart, whatever comes, and after a restart.
	from, err := x.Split(t.Context(), published.ID)
	if err != nil || !slices.Equal(from, []string{preprint.ID, indexed.ID}) {
		t.Fatal(from, err)
	}
	if err := x.Verify(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := partsOf(t, x, preprint.ID) + " | " + partsOf(t, x, published.ID); got != "2101.00001: 2101.00001 W77 | 10.1000/looms: " {
		t.Error(got)
	}
	x = reopen(t, x, index.Options{})
	changed := published
	changed.Venue = "Looms Today"
	if c := take(t, x, changed, preprint, indexed); c.Updated != 1 || c.Merged != 0 {
		t.Errorf("%+v", c)
	}
	if a := duplicates(t, x, paper.JoinSame); a.Joined != 0 {
		t.Errorf("%+v", a)
	}
	for id, want := range map[string]error{"no such": paper.ErrNotFound, sequel.ID: &paper.InvalidError{}} {
		_, err := x.Split(t.Context(), id)
		if _, invalid := errors.AsType[*paper.InvalidError](err); !errors.Is(err, want) && !invalid {
			t.Errorf("%s: %v", id, err)
		}
	}
}

// An abstract that was gone over shares no band with what it was: an ingest
// passes over it, dedup finds it among the nearest.
func TestDuplicatesAmongTheNearest(t *testing.T) {
	first := paper.Paper{
		ID: "first", Title: "Marigold looms and the tides of a frozen moon", Authors: []string{"Maria Strix"}, Year: 2021, Source: "one",
		Abstract: `We study how marigold looms lock to the tides of a frozen moon and why their shuttles drift in winter.
A model of two coupled shuttles explains the drift within the errors of the clock, and measurements that were taken over three
winters at the northern weaving mill agree with what it foretells. Beyond the first resonance the cloth tears along its selvedge,
which neither earlier models of a single shuttle nor the weavers' rules account for; we give a bound on the tension that no
thread survives and show by experiment that it is reached.`,
	}
	again := first
	again.ID, again.Source, again.Title = "again", "another", "Marigold looms and tides of the frozen moon"
	words := strings.Fields(first.Abstract)
	for i := 5; i < len(words); i += 10 {
		words[i] = "indeed"
	}
	again.Abstract = strings.Join(words, " ")
	bands := kin.Bands(first.Abstract)
	if slices.ContainsFunc(kin.Bands(again.Abstract), func(b uint64) bool { return slices.Contains(bands, b) }) || kin.Why(&first, &again) != kin.SameText {
		t.Fatal("the two are no example of it")
	}

	x := filled(t, index.Options{}, samplePapers()...)
	if c := take(t, x, first, again); c.Merged != 0 || c.Added != 2 {
		t.Fatalf("%+v", c)
	}
	if a := duplicates(t, x, paper.JoinSame); a.Joined != 1 || len(a.Found) != 1 || a.Found[0].Parts[1].Why != string(kin.SameText) {
		t.Errorf("%+v", a)
	}
	if got := partsOf(t, x, again.ID); got != "first: first again" {
		t.Error(got)
	}
}

// The vectors follow the text: what is unchanged is not embedded again.
func TestJoiningEmbedsNoTextTwice(t *testing.T) {
	f := new(fake)
	x := filled(t, index.Options{Embedder: f})
	take(t, x, preprint)
	f.docs.Store(0)
	take(t, x, published) // has no abstract: the text stays
	changed := published
	changed.Venue = "Looms Today"
	take(t, x, changed)
	if n := f.docs.Load(); n > 1 { // published alone, before it was known for what it is
		t.Errorf("%d texts were embedded", n)
	}
	v, err := x.Vectors(t.Context(), []string{preprint.ID, published.ID})
	if err != nil || v.Vectors[0] == nil || !slices.Equal(v.Vectors[0], v.Vectors[1]) {
		t.Error(v, err)
	}
}

func TestTakeIsIngest(t *testing.T) {
	x := filled(t, index.Options{})
	arrivals := paper.Arrivals{Papers: []paper.Arrival{{Paper: preprint, FromFile: 1}, {Paper: published, FromFile: 2}, {Paper: paper.Paper{ID: "no such"}, Gone: true}, {Paper: paper.Paper{ID: "empty"}}}}
	results, err := x.Take(context.WithoutCancel(t.Context()), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	var got []paper.PutStatus
	for _, r := range results {
		got = append(got, r.Status)
	}
	if d := cmp.Diff([]paper.PutStatus{paper.Added, paper.Merged, paper.Unchanged, paper.Rejected}, got); d != "" {
		t.Error(d)
	}
}

// The same id in two files of a kind: where it is one paper, what both say is
// kept; where it is another, both papers stay, each under its name, however
// often the files are read.
func TestOneIDOfTwoFiles(t *testing.T) {
	x := filled(t, index.Options{})
	mine := paper.Paper{ID: "10.1000/looms", Title: "Tidal locking of marigold looms", Abstract: preprint.Abstract, Venue: "Looms Today", Year: 2021,
		Authors: []string{"Maria Strix", "Ada Fictional"}, Source: "bibtex", Origin: 1, IDs: map[string]string{"doi": "10.1000/looms", "pmid": "77"}}
	hers := paper.Paper{ID: mine.ID, Title: mine.Title, Authors: []string{"Strix, M."}, Source: "bibtex", Origin: 2, IDs: map[string]string{"doi": "10.1000/looms"}}
	row := paper.Paper{ID: "1", Title: "Volcanic kilns", Authors: []string{"Ada Fictional"}, Source: "csv", Origin: 3}
	other := paper.Paper{ID: "1", Title: "The drift of shuttles", Authors: []string{"Ben Invented"}, Source: "csv", Origin: 4}
	editorial := paper.Paper{Title: "Editorial", Authors: []string{"Maria Strix"}, Year: 1999, Source: "ris", Origin: 5}
	another := paper.Paper{Title: "Editorial", Authors: []string{"Ben Invented"}, Year: 2020, Source: "ris", Origin: 6}
	all := []any{mine, hers, row, other, editorial, another}
	take(t, x, all...)
	for range 2 {
		if c := take(t, x, all...); c.Added+c.Merged > 0 || stats(t, x).Papers != 5 {
			t.Fatalf("%+v, %d papers", c, stats(t, x).Papers)
		}
		p, err := x.Paper(t.Context(), mine.ID)
		if err != nil || p.Abstract != mine.Abstract || p.Venue != mine.Venue || p.IDs["pmid"] != "77" {
			t.Errorf("%+v, %v", p, err)
		}
	}
	// When the first is gone the second keeps its name.
	if n, err := x.Delete(t.Context(), []string{"1"}); n != 1 || err != nil {
		t.Fatal(n, err)
	}
	if c := take(t, x, other); c.Unchanged != 1 {
		t.Errorf("%+v", c)
	}
	// A file that is changed counts as it is now.
	hers.Venue = "Kilns"
	row.Title = "Volcanic kilns, revised"
	if c := take(t, x, hers, row); c.Updated != 1 || c.Added != 1 {
		t.Errorf("%+v", c)
	}
}

// What a source has no more goes; what others say under that id stays, and so
// does another paper that merely has it.
func TestDeletedAtOneSource(t *testing.T) {
	x := filled(t, index.Options{})
	library := published
	library.ID, library.IDs = preprint.ID, map[string]string{"arxiv": preprint.ID}
	row := paper.Paper{ID: "31415926", Title: "Volcanic kilns", Source: "csv"}
	from := func(source, id string) []paper.Arrival {
		return []paper.Arrival{{Paper: paper.Paper{ID: id, Source: source}, Gone: true}}
	}
	take(t, x, preprint, library, row)
	for _, tt := range []struct {
		source, id string
		status     paper.PutStatus
		left       string
	}{
		{"pubmed", row.ID, paper.Unchanged, "31415926: "},
		{"arxiv", preprint.ID, paper.Gone, "2101.00001@bibtex: "},
		{"arxiv", preprint.ID, paper.Unchanged, "2101.00001@bibtex: "},
		{"bibtex", preprint.ID, paper.Gone, "none"},
		{"", row.ID, paper.Gone, "none"},
	} {
		r, err := x.Take(t.Context(), paper.Arrivals{Papers: from(tt.source, tt.id)})
		if err != nil || r[0].Status != tt.status {
			t.Errorf("%s %s: %+v, %v", tt.source, tt.id, r, err)
		}
		if err := x.Verify(t.Context()); err != nil {
			t.Fatal(err)
		}
		id := tt.id
		if id == preprint.ID {
			id = "2101.00001@bibtex"
		}
		if got := partsOf(t, x, id); got != tt.left {
			t.Errorf("%s %s: %s", tt.source, tt.id, got)
		}
	}
}

// An export of another folder says which papers are one. It does not undo what
// was split here, nor make one of what has the same id by chance.
func TestPartsThatCome(t *testing.T) {
	x := filled(t, index.Options{})
	take(t, x, preprint, published)
	whole, err := x.Paper(t.Context(), preprint.ID)
	if err != nil || len(whole.Parts) != 2 {
		t.Fatal(whole, err)
	}
	if _, err := x.Split(t.Context(), published.ID); err != nil {
		t.Fatal(err)
	}
	if c := take(t, x, whole); c.Unchanged != 1 || partsOf(t, x, preprint.ID) != "2101.00001: " {
		t.Errorf("%+v, %s", c, partsOf(t, x, preprint.ID))
	}

	kilns := paper.Paper{ID: "7", Title: "Volcanic kilns of the north", Source: "csv", Origin: 11, Authors: []string{"Ada Fictional"}, Year: 2021}
	kilns2 := kilns
	kilns2.ID, kilns2.Source, kilns2.Origin, kilns2.IDs = "2109.00009", "arxiv", 12, map[string]string{"arxiv": "2109.00009"}
	take(t, x, kilns, kilns2)
	seven := published
	seven.ID, seven.Source, seven.IDs = "7", "csv", nil
	parts := []paper.Paper{preprint, seven}
	for i := range parts {
		parts[i].Origin = 50
	}
	theirs := paper.Combine(parts)
	theirs.Parts = parts
	take(t, x, theirs)
	if got := partsOf(t, x, "7"); got != "7: 7 2109.00009" {
		t.Error(got)
	}
}

// One id of more sources than a record may have parts makes no record that
// could not be taken in again.
func TestTooManySourcesOfOneID(t *testing.T) {
	x := filled(t, index.Options{NoSync: true})
	for i := range paper.MaxParts + 5 {
		p := preprint
		p.Source, p.Origin = fmt.Sprintf("s%d", i), uint64(i+1)
		take(t, x, p)
	}
	p, err := x.Paper(t.Context(), preprint.ID)
	if err != nil || len(p.Parts) != paper.MaxParts || p.Validate() != nil {
		t.Error(len(p.Parts), err, p.Validate())
	}
}

// Rows that were numbered anew go from record to record in one batch, and no
// paper loses its vector or is lost when that ends in between.
func TestRowsNumberedAnew(t *testing.T) {
	x := filled(t, index.Options{})
	sample := samplePapers()[:100]
	var arxiv, table, again []any
	row := func(i, id int) paper.Paper {
		return paper.Paper{ID: fmt.Sprint(id), Title: sample[i].Title, Authors: sample[i].Authors, Year: sample[i].Year, Source: "csv", Origin: 2}
	}
	for i, p := range sample {
		p.Origin, p.Source = 1, "arxiv"
		arxiv = append(arxiv, p)
		table = append(table, row(i, i))
		again = append(again, row(i, (i+1)%len(sample)))
	}
	take(t, x, arxiv...)
	take(t, x, table...)
	take(t, x, again...)
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(x.Dir(), "cache")); err != nil {
		t.Fatal(err)
	}
	x = open(t, x.Dir(), index.Options{})
	duplicates(t, x, paper.JoinSame) // the first row found its paper still taken
	if now := stats(t, x); now.Papers != len(sample) || now.Vectors != now.Papers {
		t.Errorf("%d papers, %d vectors", now.Papers, now.Vectors)
	}
}
