package index_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kindred/index"
	"kindred/paper"
)

// shelved are papers in "lib" alone, in "lib" and another collection, in others,
// in one by their source alone and in none, in turn.
func shelved(papers []paper.Paper) []paper.Paper {
	for i := range papers {
		p := &papers[i]
		p.Source, p.Collections = "", nil
		switch i % 6 {
		case 0:
			p.Collections = []string{"lib"}
		case 1:
			p.Source, p.Collections = "arxiv", []string{"lib", "reading list"}
		case 2:
			p.Collections = []string{"reading list"}
		case 3:
			p.Source = "arxiv"
		case 4:
			p.Source = "lib"
		}
	}
	return papers
}

// contentsOf are the papers of x by id.
func contentsOf(t *testing.T, x *index.Index) map[string]paper.Paper {
	t.Helper()
	all := map[string]paper.Paper{}
	for p, err := range x.List(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		all[p.ID] = p
	}
	return all
}

// without is what a collection leaves behind of papers that no two sources have.
func without(papers map[string]paper.Paper, name string) map[string]paper.Paper {
	left := map[string]paper.Paper{}
	for id, p := range papers {
		if in := p.Corpora(); slices.Contains(in, name) {
			if p.Collections = slices.DeleteFunc(slices.Clone(in), func(s string) bool { return s == name }); len(p.Collections) == 0 {
				continue
			}
		}
		left[id] = p
	}
	return left
}

func collectionsOf(t *testing.T, x *index.Index) string {
	t.Helper()
	list, err := x.Collections(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := ""
	for _, c := range list {
		out += fmt.Sprintf("%s %d/%d, ", c.Name, c.Only, c.Papers)
	}
	return out
}

// checkCollections holds the counts and the filter against each paper.
func checkCollections(t *testing.T, x *index.Index) {
	t.Helper()
	want := map[string]*paper.Collection{}
	papers := contentsOf(t, x)
	for _, p := range papers {
		for _, name := range p.Corpora() {
			if want[name] == nil {
				want[name] = &paper.Collection{Name: name}
			}
			want[name].Papers++
			if len(p.Corpora()) == 1 {
				want[name].Only++
			}
		}
	}
	list, err := x.Collections(t.Context())
	if err != nil || len(list) != len(want) {
		t.Fatalf("%+v, %v; want %d", list, err, len(want))
	}
	for _, c := range list {
		if *want[c.Name] != c {
			t.Errorf("%+v, want %+v", c, want[c.Name])
		}
		for _, f := range []paper.Filter{{Collections: []string{c.Name}}, {NotCollections: []string{c.Name}}} {
			r := search(t, x, "the", paper.Options{Filter: f, Facets: []string{"collection"}, Limit: 1})
			n := 0
			for _, p := range papers {
				if f.Passes(&p) {
					n++
				}
			}
			if r.Total != n {
				t.Errorf("%+v: %d papers, want %d", f, r.Total, n)
			}
		}
	}
}

func TestDropCollection(t *testing.T) {
	x := filled(t, index.Options{Base: smallBase()}, shelved(samplePapers())...)
	checkCollections(t, x)
	before := contentsOf(t, x)
	want := without(before, "lib")

	dry, err := x.DropCollection(t.Context(), "LIB", true, nil)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(before, contentsOf(t, x)); d != "" {
		t.Error("a dry run changed papers", d)
	}
	last := 0
	dropped, err := x.DropCollection(t.Context(), "lib", false, func(done, total int) {
		if done <= last || done > total {
			t.Errorf("%d of %d after %d", done, total, last)
		}
		last = done
	})
	if err != nil || dropped.Deleted != len(before)-len(want) || dropped.Kept == 0 || last != dropped.Deleted+dropped.Kept {
		t.Errorf("%+v, %v; %d", dropped, err, last)
	}
	if dry.DryRun = false; dry != dropped {
		t.Errorf("the dry run said %+v, and it was %+v", dry, dropped)
	}
	if d := cmp.Diff(want, contentsOf(t, x)); d != "" {
		t.Error(d)
	}
	checkCollections(t, x)
	for _, p := range before {
		if _, stays := want[p.ID]; finds(t, x, p.Title, p.ID) != stays {
			t.Errorf("%s: found %v", p.ID, !stays)
		}
	}
	if _, err := x.DropCollection(t.Context(), "lib", false, nil); !errors.Is(err, paper.ErrNoCollection) {
		t.Errorf("dropped twice: %v", err)
	}
	x = reopened(t, x, slices.Sorted(maps.Keys(want))[0])
	checkCollections(t, x)
	if n := sound(t, x); n != len(want) {
		t.Errorf("%d vectors for %d papers", n, len(want))
	}
}

func TestRenameCollection(t *testing.T) {
	x := filled(t, index.Options{Base: smallBase()}, shelved(samplePapers())...)
	was := contentsOf(t, x)
	r, err := x.RenameCollection(t.Context(), "LIB", "Bücher", nil)
	if err != nil || r.From != "lib" || r.Joined || r.Papers == 0 {
		t.Fatalf("%+v, %v", r, err)
	}
	checkCollections(t, x)
	if r, err = x.RenameCollection(t.Context(), "reading list", "Bücher", nil); err != nil || !r.Joined {
		t.Fatalf("%+v, %v", r, err)
	}
	for _, bad := range []string{"", "  ", "…", "a\nb", "Bücher"} {
		_, err := x.RenameCollection(t.Context(), "bücher", bad, nil)
		if _, ok := errors.AsType[*paper.InvalidError](err); !ok {
			t.Errorf("renamed to %q: %v", bad, err)
		}
	}
	if _, err := x.RenameCollection(t.Context(), "none", "some", nil); !errors.Is(err, paper.ErrNoCollection) {
		t.Error(err)
	}
	is := contentsOf(t, x)
	for id, p := range was {
		if slices.Contains(p.Corpora(), "lib") || slices.Contains(p.Corpora(), "reading list") {
			p.Collections = []string{"Bücher"}
		}
		if d := cmp.Diff(p, is[id]); d != "" {
			t.Error(d)
		}
	}
	checkCollections(t, x)
	sound(t, x)
}

// Names that differ in case only are two collections, which a filter takes for
// one and a drop does not.
func TestCollectionsThatDifferInCase(t *testing.T) {
	x := filled(t, index.Options{Base: smallBase()},
		paper.Paper{ID: "a", Title: "Tides", Collections: []string{"Moon"}},
		paper.Paper{ID: "b", Title: "Tides again", Collections: []string{"moon"}},
		paper.Paper{ID: "c", Title: "Tides for ever", Collections: []string{"moon", "Moon", "Moon"}})
	if got := collectionsOf(t, x); got != "Moon 1/2, moon 1/2, " {
		t.Error(got)
	}
	if r := search(t, x, "tides", paper.Options{Filter: paper.Filter{Collections: []string{"MOON"}}}); r.Total != 3 {
		t.Error(r.Total)
	}
	if _, err := x.DropCollection(t.Context(), "MOON", false, nil); err == nil {
		t.Error("dropped one of two")
	}
	if d, err := x.DropCollection(t.Context(), "Moon", false, nil); err != nil || d.Deleted != 1 || d.Kept != 1 {
		t.Errorf("%+v, %v", d, err)
	}
	if got := collectionsOf(t, x); got != "moon 2/2, " {
		t.Error(got)
	}
}

// Ended early, a drop is carried on by the next one. Meanwhile papers come in,
// change and are searched.
func TestDropCollectionEndedAndBeside(t *testing.T) {
	papers := shelved(brief(invented(3000)))
	x := filled(t, index.Options{Base: smallBase()}, papers...)
	ctx, cancel := context.WithCancel(t.Context())
	_, err := x.DropCollection(ctx, "lib", false, func(done, _ int) { cancel() })
	if !errors.Is(err, context.Canceled) || len(contentsOf(t, x)) == len(papers) {
		t.Fatalf("ended: %v", err)
	}
	stop, wrote := make(chan struct{}), make(chan error)
	go func() {
		for i := 0; ; i++ {
			select {
			case <-stop:
				wrote <- nil
				return
			default:
			}
			some := slices.Clone(papers[1+6*(i%100) : 3+6*(i%100)])
			for j := range some {
				some[j].Year = 2000 + i%20
				some[j].Collections = []string{"reading list"}
			}
			if _, err := x.Put(t.Context(), some); err != nil {
				wrote <- err
				return
			}
		}
	}()
	if _, err := x.DropCollection(t.Context(), "lib", false, nil); err != nil {
		t.Error(err)
	}
	close(stop)
	if err := <-wrote; err != nil {
		t.Error(err)
	}
	checkCollections(t, x)
	if got := search(t, x, "the", paper.Options{Filter: paper.Filter{Collections: []string{"lib"}}}); got.Total != 0 {
		t.Errorf("%d papers are left in it", got.Total)
	}
	if n := len(contentsOf(t, x)); n != 2000 {
		t.Errorf("%d papers are left", n)
	}
	reopened(t, x)
}

func TestStatsTellCollections(t *testing.T) {
	var papers []paper.Paper
	for i := range paper.MaxStatsCollections + 7 {
		name := fmt.Sprintf("shelf %d", i)
		papers = append(papers, paper.Paper{ID: name, Title: name, Collections: []string{name}}, paper.Paper{ID: name + "b", Title: name, Source: "z-last"})
	}
	st := stats(t, filled(t, index.Options{Base: smallBase()}, papers...))
	if len(st.Collections) != paper.MaxStatsCollections || st.MoreCollections != 8 || st.Collections[0] != (paper.Collection{Name: "z-last", Papers: 107, Only: 107}) {
		t.Errorf("%d and %d more, first %+v", len(st.Collections), st.MoreCollections, st.Collections[0])
	}
}

// Of a paper that several sources have, the parts go that were in the dropped
// collection alone; the record is made anew of the others.
func TestDropCollectionOfPapersFromSeveralSources(t *testing.T) {
	full := preprint
	full.Collections = []string{"arXiv"}
	library := paper.Paper{ // the same id, by what a library says of it
		ID: full.ID, Title: full.Title, Source: "bibtex", Origin: 9, Year: 2021, Abstract: strings.Repeat("A longer abstract of marigold looms. ", 30),
		Authors: full.Authors, Collections: []string{"my library", "to read"},
	}
	nowhere := indexed
	nowhere.Source = ""
	for _, tt := range []struct {
		drop          string
		deleted, kept int
		want          string // parts and collections
		abstract      string
	}{
		{"to read", 0, 1, "2101.00001: 2101.00001 2101.00001@bibtex 10.1000/looms [arXiv my library]", library.Abstract},
		{"arXiv", 0, 1, "2101.00001: 2101.00001 10.1000/looms [my library to read]", library.Abstract},
		{"my library", 0, 1, "2101.00001: 2101.00001 2101.00001@bibtex [arXiv to read]", library.Abstract},
	} {
		t.Run(tt.drop, func(t *testing.T) {
			x := filled(t, index.Options{Base: smallBase()}, samplePapers()...)
			take(t, x, full, sequel)
			take(t, x, library)
			take(t, x, published)
			if got := partsOf(t, x, full.ID); got != "2101.00001: 2101.00001 2101.00001@bibtex 10.1000/looms" {
				t.Fatal(got)
			}
			before := stats(t, x).Papers
			dry, err := x.DropCollection(t.Context(), tt.drop, true, nil)
			if err != nil || dry.Deleted != tt.deleted || dry.Kept != tt.kept {
				t.Errorf("dry: %+v, %v", dry, err)
			}
			d, err := x.DropCollection(t.Context(), tt.drop, false, nil)
			if err != nil || d.Deleted != tt.deleted || d.Kept != tt.kept || stats(t, x).Papers != before {
				t.Errorf("%+v, %v; %d papers of %d", d, err, stats(t, x).Papers, before)
			}
			p, err := x.Paper(t.Context(), full.ID)
			if got := fmt.Sprint(partsOf(t, x, full.ID), " ", p.Collections); got != tt.want || err != nil {
				t.Errorf("left: %s, want %s", got, tt.want)
			}
			if p.Abstract != strings.TrimSpace(tt.abstract) {
				t.Errorf("the abstract is %q", p.Abstract)
			}
			checkCollections(t, x)
			if err := x.Verify(t.Context()); err != nil {
				t.Error(err)
			}
			if sound(t, x) != before {
				t.Error("vectors are missing")
			}
		})
	}

	// Down to one part and then none; one that is in no collection at all stays.
	x := filled(t, index.Options{Base: smallBase()}, samplePapers()...)
	before := stats(t, x).Papers
	take(t, x, full)
	take(t, x, published)
	take(t, x, nowhere)
	for _, tt := range []struct{ drop, want string }{
		{"my library", "2101.00001: 2101.00001 W77"},
		{"arXiv", "none"},
	} {
		if _, err := x.DropCollection(t.Context(), tt.drop, false, nil); err != nil {
			t.Fatal(err)
		}
		if got := partsOf(t, x, full.ID); got != tt.want {
			t.Errorf("without %s: %s, want %s", tt.drop, got, tt.want)
		}
	}
	if p, err := x.Paper(t.Context(), "W77"); err != nil || len(p.Parts)+len(p.Corpora()) != 0 || stats(t, x).Papers != before+1 {
		t.Errorf("%+v, %v", p, err)
	}
	checkCollections(t, x)
	if err := x.Verify(t.Context()); err != nil {
		t.Error(err)
	}
	if n := sound(t, x); n != before+1 {
		t.Errorf("%d vectors", n)
	}
}

func TestRenameCollectionOfPapersFromSeveralSources(t *testing.T) {
	x := filled(t, index.Options{Base: smallBase()}, samplePapers()...)
	take(t, x, preprint)
	take(t, x, published)
	if _, err := x.RenameCollection(t.Context(), "arxiv", "my library", nil); err != nil {
		t.Fatal(err)
	}
	p, err := x.Paper(t.Context(), preprint.ID)
	if err != nil || !slices.Equal(p.Collections, []string{"my library"}) || len(p.Parts) != 2 || !slices.Equal(p.Parts[0].Collections, p.Collections) {
		t.Errorf("%+v, %v", p, err)
	}
	if d, err := x.DropCollection(t.Context(), "my library", false, nil); err != nil || d.Deleted != 1 || d.Kept != 0 {
		t.Errorf("%+v, %v", d, err)
	}
	checkCollections(t, x)
	sound(t, x)
}

func TestCursorsBelongToCollections(t *testing.T) {
	x := filled(t, index.Options{Base: smallBase()}, shelved(samplePapers())...)
	in := paper.Options{Limit: 3, Filter: paper.Filter{Collections: []string{"lib"}}}
	out := paper.Options{Limit: 3, Filter: paper.Filter{NotCollections: []string{"lib"}}}
	cursor := search(t, x, "model", in).NextCursor
	in.Cursor = cursor
	if r := search(t, x, "model", in); len(r.Hits) != 3 {
		t.Errorf("%d hits on the second page", len(r.Hits))
	}
	out.Cursor = cursor
	if _, err := x.Search(t.Context(), paper.Query{Text: "model", Options: out}); err == nil {
		t.Error("a cursor of one filter was taken with another")
	}
	all, err := x.Select(t.Context(), paper.Selection{Filter: paper.Filter{Collections: []string{"arxiv"}, NotCollections: []string{"lib"}}, Limit: paper.MaxLimit})
	if err != nil || all.Total != len(all.Papers) || all.Total == 0 {
		t.Fatal(all, err)
	}
	for _, p := range all.Papers {
		if !slices.Equal(p.Corpora(), []string{"arxiv"}) {
			t.Errorf("%s is in %v", p.ID, p.Corpora())
		}
	}
}
