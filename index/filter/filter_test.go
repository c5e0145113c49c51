package filter

import (
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

func pick(rng *rand.Rand, list ...string) string { return list[rng.IntN(len(list))] }

func some(rng *rand.Rand, most int, list ...string) []string {
	var out []string
	for range rng.IntN(most + 1) {
		out = append(out, pick(rng, list...))
	}
	return out
}

var (
	someAuthors = []string{
		"Geoffrey E. Hinton", "Hinton, Geoffrey", "G. Hinton", "H. Smith", "J. Smith", "John Smith", "Zoë Müller",
		"Zoe Muller", "Jean-Luc O'Hara", "李 明", "Wei Wang", "W. Wang", "Wei Wei", "X", "...", "", "Ørsted A. B.",
	}
	someVenues     = []string{"", "ACL 2020", "NAACL", "Proc. of the ACL", "Phys. Rev. Lett.", "Physical Review", "Journal of Physics A", "A Journal of Physics"}
	someCategories = []string{"cs.CL", "cs.LG", "cs", "CS.cl", "math.AG", "astro-ph", "astro-ph.GA", "csx", "stat.ML", ""}
	someSources    = []string{"", "arxiv", "lines", "My Library"}
	someCorpora    = []string{"My Library", "my library", "Zotero", "Élan", "a/b"}
	someDates      = []string{"", "2019", "2019-03", "2019-03-05", "2018-12-31", "2020-02", "1999"}
)

func somePaper(rng *rand.Rand) *paper.Paper {
	p := &paper.Paper{
		Authors: some(rng, 4, someAuthors...), Venue: pick(rng, someVenues...),
		Categories: some(rng, 3, someCategories...), Date: pick(rng, someDates...),
		Source: pick(rng, someSources...), Collections: some(rng, 2, someCorpora...),
	}
	if rng.IntN(3) > 0 {
		p.Year = 2015 + rng.IntN(7)
	}
	return p
}

func someFilter(rng *rand.Rand) *paper.Filter {
	var f paper.Filter
	if rng.IntN(3) == 0 {
		f.Years = paper.Years{From: rng.IntN(2) * (2014 + rng.IntN(6)), To: rng.IntN(2) * (2016 + rng.IntN(6))}
	}
	if rng.IntN(3) == 0 {
		f.From, f.To = pick(rng, someDates...), pick(rng, someDates...)
	}
	if rng.IntN(3) == 0 {
		f.Categories = some(rng, 2, "cs", "cs.CL", "astro-ph", "CS.LG", "nothing", "c")
	}
	if rng.IntN(2) == 0 {
		f.Authors = some(rng, 2, "hinton", "Hinton", "geoffrey hinton", "G Hinton", "smith", "H", "w w", "wang wei",
			"wei", "zoe müller", "O'Hara", "ohara jean", "明", "nobody", "nobody smith", "x", "e", "A. B. Orsted")
	}
	if rng.IntN(3) == 0 {
		f.Venues = some(rng, 2, "acl", "physics", "of physics", "Journal of Physics", "phys rev", "review physical", "none")
	}
	if rng.IntN(3) == 0 {
		f.Collections = some(rng, 2, "arxiv", "ARXIV", "my library", "zotero", "ÉLAN", "arx", "none")
	}
	if rng.IntN(3) == 0 {
		f.NotCollections = some(rng, 2, "arxiv", "My library", "a/b", "library", "none")
	}
	return &f
}

// Papers come, in any order, and go; after each step every answer is what one
// gets by looking at each paper.
func TestAgainstEachPaper(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	x := New()
	papers := map[uint32]*paper.Paper{}
	order := rng.Perm(2000)
	for step := range 20 {
		var docs []uint32
		var batch []*paper.Paper
		for _, n := range order[step*100 : step*100+100] {
			docs = append(docs, uint32(n*3)) // with gaps
			batch = append(batch, somePaper(rng))
			papers[uint32(n*3)] = batch[len(batch)-1]
		}
		x.Add(docs, batch)
		x.Add(docs[:1], []*paper.Paper{somePaper(rng)}) // there already: nothing changes
		var gone []uint32
		for doc := range papers {
			if rng.IntN(15) == 0 {
				gone = append(gone, doc)
				delete(papers, doc)
			}
		}
		x.Remove(append(gone, 1, 1<<30)...) // two unknown ones

		for range 12 {
			f := someFilter(rng)
			want := roaring.New()
			for doc, p := range papers {
				if f.Passes(p) {
					want.Add(doc)
				}
			}
			got := x.Bitmap(f)
			if !got.Equals(want) {
				t.Fatalf("step %d, %+v: got %v, want %v", step, f, got, want)
			}
			if n := x.Count(f); n != int(want.GetCardinality()) {
				t.Fatalf("%+v: Count %d, want %d", f, n, want.GetCardinality())
			}
			checkFacets(t, x, papers, got, rng.IntN(6))
		}
		checkFacets(t, x, papers, nil, 0)
		if n := int(x.Live().GetCardinality()); n != len(papers) || x.Count(nil) != n {
			t.Fatalf("%d live, %d counted, %d there", n, x.Count(nil), len(papers))
		}
	}
}

func checkFacets(t *testing.T, x *Index, papers map[uint32]*paper.Paper, allow *roaring.Bitmap, limit int) {
	t.Helper()
	counts := map[string]map[string]int{"year": {}, "category": {}, "venue": {}, "author": {}, "collection": {}}
	for doc, p := range papers {
		if allow != nil && !allow.Contains(doc) {
			continue
		}
		once := func(field string, list ...string) {
			slices.Sort(list)
			for _, v := range slices.Compact(list) {
				if v != "" {
					counts[field][v]++
				}
			}
		}
		once("category", slices.Clone(p.Categories)...)
		once("author", slices.Clone(p.Authors)...)
		once("venue", p.Venue)
		once("collection", slices.Clone(p.Corpora())...)
		if p.Year > 0 {
			once("year", paper.Years{From: p.Year, To: p.Year}.String())
		}
	}
	for field, values := range counts {
		want := []paper.FacetCount{}
		for v, n := range values {
			want = append(want, paper.FacetCount{Value: v, Count: n})
		}
		slices.SortFunc(want, func(a, b paper.FacetCount) int {
			if field != "year" && a.Count != b.Count {
				return b.Count - a.Count
			}
			if a.Value < b.Value {
				return -1
			}
			return 1
		})
		if limit > 0 && len(want) > limit {
			if field == "year" {
				want = want[len(want)-limit:]
			} else {
				want = want[:limit]
			}
		}
		got := x.Facet(field, allow, limit)
		if len(got)+len(want) > 0 && !slices.Equal(got, want) {
			t.Fatalf("%s, limit %d: got %v, want %v", field, limit, got, want)
		}
	}
}

func TestEmptyIndex(t *testing.T) {
	x := New()
	x.Remove(0, 5)
	x.Add(nil, nil)
	if n := x.Bitmap(&paper.Filter{Authors: []string{"x"}, Years: paper.Years{From: 1}}).GetCardinality(); n != 0 {
		t.Error(n)
	}
	if first, last := x.YearRange(); first != 0 || last != 0 {
		t.Error(first, last)
	}
	for _, field := range []string{"year", "author", "nonsense"} {
		if got := x.Facet(field, roaring.BitmapOf(1, 2), 10); len(got) != 0 {
			t.Error(field, got)
		}
	}
	if !x.Live().IsEmpty() || len(x.Dates()) != 0 {
		t.Error("not empty")
	}
}

func TestYearsAndDates(t *testing.T) {
	x := New()
	x.Add([]uint32{4, 2, 1}, []*paper.Paper{{Year: 1999, Date: "1999-05"}, {Year: 2031}, {}})
	if first, last := x.YearRange(); first != 1999 || last != 2031 {
		t.Error(first, last)
	}
	want := []paper.Date{{}, {}, {First: 20310101, Last: 20311231}, {}, {First: 19990501, Last: 19990531}}
	if d := cmp.Diff(want, x.Dates()); d != "" {
		t.Error(d)
	}
	x.Remove(2)
	if first, last := x.YearRange(); first != 1999 || last != 1999 {
		t.Error(first, last)
	}
}

// What was handed out stays as it was.
func TestAnswersDoNotChange(t *testing.T) {
	x := New()
	x.Add([]uint32{0, 1, 2}, []*paper.Paper{{Year: 2000}, {Year: 2001}, {Year: 2001}})
	live, some := x.Live(), x.Bitmap(&paper.Filter{Years: paper.Years{From: 2001}})
	x.Remove(1)
	x.Add([]uint32{3}, []*paper.Paper{{Year: 2002}})
	if !live.Equals(roaring.BitmapOf(0, 1, 2)) || !some.Equals(roaring.BitmapOf(1, 2)) {
		t.Error(live, some)
	}
	if !x.Live().Equals(roaring.BitmapOf(0, 2, 3)) {
		t.Error(x.Live())
	}
}

// Run with -race. A reader sees each paper whole: one that passes by its
// category has its author counted.
func TestManyAtOnce(t *testing.T) {
	x := New()
	var writers, readers sync.WaitGroup
	stop := make(chan struct{})
	for w := range 2 {
		writers.Go(func() {
			for i := range 40 {
				var docs []uint32
				var papers []*paper.Paper
				for j := range 100 {
					docs = append(docs, uint32(2*(i*100+j)+w))
					papers = append(papers, &paper.Paper{
						Categories: []string{"cs.CL"}, Authors: []string{"Ann Author"}, Venue: "ACL", Year: 2000 + j,
					})
				}
				x.Add(docs, papers)
				x.Remove(docs[:30]...)
			}
		})
	}
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				b := x.Bitmap(&paper.Filter{Categories: []string{"cs"}})
				if a := x.Facet("author", b, 5); len(a) > 1 {
					t.Errorf("%v", a)
				}
				if !b.IsEmpty() && int(b.Maximum()) >= len(x.Dates()) {
					t.Error("a paper without a date entry")
				}
				x.Facet("year", nil, 0)
				x.Count(&paper.Filter{Authors: []string{"author"}, Venues: []string{"acl"}})
				x.Live()
				x.YearRange()
			}
		})
	}
	writers.Wait()
	close(stop)
	readers.Wait()
	if n := x.Count(&paper.Filter{Authors: []string{"A Author"}}); n != 2*40*70 {
		t.Errorf("%d papers in the end", n)
	}
}
