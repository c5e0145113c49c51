package lexical

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	diff "github.com/google/go-cmp/cmp"
)

func compact(t testing.TB, ix *Index) {
	t.Helper()
	if err := ix.Compact(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func newIndex(t testing.TB, o Options, batches ...[]Doc) *Index {
	t.Helper()
	ix, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, b := range batches {
		if err := ix.Add(b); err != nil {
			t.Fatal(err)
		}
	}
	return ix
}

func TestSearchIsExact(t *testing.T) {
	for i, o := range []Options{{}, {TitleWeight: 2.5, K1: 0.9, B: 0.4}, {B: -1}, {B: 1, TitleWeight: 0.125}} {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			c := newCorpus(7, 3000)
			c.gaps = i%2 == 1
			ix, n := newIndex(t, o), newNaive(t, o)
			for _, size := range []int{1, 300, 3, windowSize + 200, 1, 40} {
				docs := c.docs(size)
				if err := ix.Add(docs); err != nil {
					t.Fatal(err)
				}
				n.add(docs)
			}
			for _, terms := range []int{1, 3, 12, 50} {
				for j, k := range []int{1, 10, 500} {
					q := c.question(terms)
					check(t, ix, n, q, k, nil)
					check(t, ix, n, q, k, c.filter([]float64{0.002, 0.1, 0.7}[(i+j+terms)%3]))
				}
			}
			q := c.question(20)
			all := slices.Sorted(maps.Keys(n.docs))
			looked := ix.Scores(nil, q, all)
			if err := ix.Forward(t.Context()); err != nil || ix.view.parts[3].forward.Load() == nil {
				t.Fatal("no forward", err)
			}
			if d := diff.Diff(looked, ix.Scores(nil, q, all)); d != "" {
				t.Errorf("scores looked up (-), and by walking (+):\n%s", d)
			}
			for _, terms := range []int{1, 5, 12, 50} {
				for _, share := range []float64{0.002, 0.1, 0.7} {
					q := c.question(terms)
					check(t, ix, n, q, 300, nil)
					check(t, ix, n, q, 10, c.filter(share))
				}
			}
		})
	}
}

// TestPruning has enough documents for most to be passed over.
func TestPruning(t *testing.T) {
	c := newCorpus(31, 4000)
	ix, n := newIndex(t, Options{}), newNaive(t, Options{})
	docs := c.docs(5*windowSize + 100)
	for i := range docs {
		docs[i].Body = docs[i].Body[:len(docs[i].Body)/4]
	}
	if err := ix.Add(docs); err != nil {
		t.Fatal(err)
	}
	n.add(docs)
	for i, terms := range []int{2, 5, 12, 50} {
		q := c.question(terms)
		q[0].Weight = 1e-4 // too little for being added up
		check(t, ix, n, q, 10, nil)
		check(t, ix, n, q, 200, nil)
		check(t, ix, n, q, 10, c.filter([]float64{0.001, 0.02, 0.2, 0.9}[i]))
	}
}

// TestAverageMoves adds documents that grow and shrink, so that the levels of
// each segment were made with another average length than scores are.
// TestBeginsAgain has answers whose bounds promise half as much again as their
// scores keep, which is what makes a search begin again.
func TestBeginsAgain(t *testing.T) {
	docs := []Doc{{Number: 0, Title: slices.Repeat([]string{"flow"}, 20)}}
	for i := range uint32(3000) {
		d := Doc{Number: i + 1, Body: []string{"word"}}
		if i%10 == 0 { // much longer than most: its only "flow" says little
			d.Body = append(slices.Repeat(d.Body, 400+int(i%70)), "flow")
		}
		docs = append(docs, d)
	}
	ix, n := newIndex(t, Options{}, docs), newNaive(t, Options{})
	n.add(docs)
	q := []WeightedTerm{{"flow", 1}}
	for _, k := range []int{2, 10, 300} {
		s := new(search)
		s.query = ix.query(q)
		s.best.reset(k)
		s.allow.set(nil, &s.view)
		if err := s.part(t.Context(), s.view.parts[0]); err != nil {
			t.Fatal(err)
		}
		if s.near.guess {
			t.Errorf("k %d: the first try was enough, so this test shows nothing", k)
		}
		check(t, ix, n, q, k, nil)
	}
}

func TestAverageMoves(t *testing.T) {
	for _, lengths := range [][]int{{2, 10, 50, 250}, {250, 50, 10, 2}} {
		c := newCorpus(37, 300)
		ix, n := newIndex(t, Options{}), newNaive(t, Options{})
		for _, l := range lengths {
			docs := c.docs(300)
			for i := range docs {
				docs[i].Body = c.words(l)
			}
			if err := ix.Add(docs); err != nil {
				t.Fatal(err)
			}
			n.add(docs)
			for range 5 {
				check(t, ix, n, c.question(6), 5, nil)
			}
		}
	}
}

func TestTooManyTerms(t *testing.T) {
	var terms []string
	var q []WeightedTerm
	for i := range 3 * maxTerms {
		terms = append(terms, fmt.Sprintf("w%04d", i))
		q = append(q, WeightedTerm{terms[i], 1})
	}
	q[2*maxTerms].Weight = 2
	docs := []Doc{{Number: 0, Body: terms}, {Number: 1, Body: terms[:1]}, {Number: 2, Body: terms[2*maxTerms : 2*maxTerms+1]}, {Number: 3, Body: terms[2*maxTerms+1:]}}
	ix := newIndex(t, Options{}, docs)
	got, err := ix.Search(t.Context(), nil, q, 10, nil)
	if err != nil {
		t.Fatal(err)
	}
	// Each of the first terms is in two documents, the last in two as well:
	// the heavy one counts, and of the others the first by name.
	var numbers []uint32
	for _, h := range got {
		numbers = append(numbers, h.Number)
	}
	if slices.Sort(numbers); !slices.Contains(numbers, 2) {
		t.Errorf("the heaviest term found %v", numbers)
	}
	for i, s := range ix.Scores(nil, q, []uint32{0, 1, 2, 3}) {
		at := slices.IndexFunc(got, func(h Scored) bool { return h.Number == uint32(i) })
		if at < 0 && s != 0 || at >= 0 && got[at].Score != s {
			t.Errorf("document %d scores %v, the search says %v", i, s, got)
		}
	}
}

func TestOddCorpora(t *testing.T) {
	same := func(n int, d Doc) []Doc {
		out := make([]Doc, n)
		for i := range out {
			out[i] = d
			out[i].Number = uint32(i)
		}
		return out
	}
	long := make([]string, 50_000)
	for i := range long {
		long[i] = fmt.Sprintf("w%d", i%7*i)
	}
	w := newCorpus(3, 40).docs(1)[0]
	all := []WeightedTerm{{"w0", 1}, {"w1", 0.5}, {"w2", 2}}
	for name, docs := range map[string][]Doc{
		"one":                 {{Number: 7, Title: []string{"w0"}}},
		"one of number 2³²-1": {{Number: math.MaxUint32, Title: []string{"w0"}}},
		"far apart":           {{Number: 0, Title: []string{"w0"}}, {Number: 1 << 31, Body: []string{"w0"}}, {Number: math.MaxUint32, Body: []string{"w1"}}},
		"empty":               same(9000, Doc{}),
		"one word":            same(9000, Doc{Title: []string{"w0"}}),
		"one word, often":     same(300, Doc{Body: slices.Repeat([]string{"w0"}, 999)}),
		"all the same":        same(9000, w),
		"one with a term":     append(same(5000, Doc{Body: []string{"w2"}}), Doc{Number: 5000, Body: []string{"w0"}}),
		"empty and long":      append(same(200, Doc{}), Doc{Number: 300, Title: long[:100], Body: long}),
		"growing": func() (out []Doc) {
			for i := range 1500 {
				out = append(out, Doc{Number: uint32(i), Body: slices.Repeat([]string{"w0", "w1", "x"}, i/8)})
			}
			return out
		}(),
	} {
		t.Run(name, func(t *testing.T) {
			n := newNaive(t, Options{})
			n.add(docs)
			ix := newIndex(t, Options{}, docs)
			last := docs[len(docs)-1].Number
			for _, q := range [][]WeightedTerm{all, all[:1], all[1:2], nil, {{"nowhere", 1}}, {{"w0", 1e30}, {"w1", 1e-30}}} {
				for _, k := range []int{0, 1, 10, len(docs), len(docs) + 7} {
					check(t, ix, n, q, k, nil)
					check(t, ix, n, q, k, roaring.BitmapOf(last))
					check(t, ix, n, q, k, roaring.New())
				}
			}
		})
	}
}

func TestEmptyIndex(t *testing.T) {
	ix, n := newIndex(t, Options{}), newNaive(t, Options{})
	check(t, ix, n, []WeightedTerm{{"w", 1}}, 10, nil)
	if err := ix.Add(nil); err != nil {
		t.Fatal(err)
	}
	ix.Delete([]Doc{{Number: 1, Title: []string{"w"}}})
	compact(t, ix)
	check(t, ix, n, []WeightedTerm{{"w", 1}}, 10, roaring.BitmapOf(1, 2))
	if got := ix.Scores(nil, []WeightedTerm{{"w", 1}}, []uint32{0, 5, math.MaxUint32}); !slices.Equal(got, []float64{0, 0, 0}) {
		t.Errorf("Scores = %v", got)
	}
}

func TestWeights(t *testing.T) {
	docs := []Doc{{Number: 0, Body: strings.Fields("a b")}, {Number: 1, Body: strings.Fields("a c")}, {Number: 2, Body: strings.Fields("b c")}}
	ix := newIndex(t, Options{}, docs)
	search := func(q ...WeightedTerm) []Scored {
		got, err := ix.Search(t.Context(), nil, q, 10, nil)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	if got := search(WeightedTerm{"a", 0}, WeightedTerm{"a", -1}, WeightedTerm{"b", inf}, WeightedTerm{"c", nan}); len(got) != 0 {
		t.Errorf("weights that mean nothing gave %v", got)
	}
	once := search(WeightedTerm{"a", 1.5}, WeightedTerm{"b", 1})
	again := search(WeightedTerm{"a", 1}, WeightedTerm{"b", 1}, WeightedTerm{"c", -2}, WeightedTerm{"a", 0.5})
	if d := diff.Diff(once, again); d != "" {
		t.Errorf("repeated terms do not add up:\n%s", d)
	}
	if once[0].Number != 0 || once[1].Number != 1 || once[2].Number != 2 {
		t.Errorf("order %v", once)
	}
}

func TestSearchAppends(t *testing.T) {
	ix := newIndex(t, Options{}, []Doc{{Number: 4, Body: []string{"a"}}})
	first := Scored{99, 9}
	got, err := ix.Search(t.Context(), []Scored{first}, []WeightedTerm{{"a", 1}}, 3, nil)
	if err != nil || len(got) != 2 || got[0] != first || got[1].Number != 4 {
		t.Errorf("Search = %v, %v", got, err)
	}
	if got := ix.Scores([]float64{9}, []WeightedTerm{{"a", 1}}, []uint32{4, 3, 4}); len(got) != 4 || got[0] != 9 || got[1] == 0 || got[2] != 0 || got[3] != got[1] {
		t.Errorf("Scores = %v", got)
	}
}

func TestScoresInAnyOrder(t *testing.T) {
	c := newCorpus(5, 500)
	ix := newIndex(t, Options{}, c.docs(900), c.docs(2000), c.docs(30))
	q := c.question(8)
	var numbers []uint32
	for range 400 {
		numbers = append(numbers, c.rand.Uint32N(c.next+50))
	}
	mixed := ix.Scores(nil, q, numbers)
	for i, number := range numbers {
		if one := ix.Scores(nil, q, []uint32{number}); one[0] != mixed[i] {
			t.Fatalf("document %d: %v alone, %v among others", number, one[0], mixed[i])
		}
	}
}

func TestSearchCancelled(t *testing.T) {
	ix := newIndex(t, Options{}, newCorpus(1, 100).docs(300))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	q := []WeightedTerm{{"w0", 1}, {"w1", 1}}
	if got, err := ix.Search(ctx, nil, q, 10, nil); !errors.Is(err, context.Canceled) || len(got) != 0 {
		t.Errorf("Search = %v, %v", got, err)
	}
	if _, err := ix.Count(ctx, []string{"w0"}, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Count: %v", err)
	}
	if got, err := ix.Search(t.Context(), nil, q, 10, nil); err != nil || len(got) != 10 {
		t.Errorf("the next search: %d answers, %v", len(got), err)
	}
}

func TestOptions(t *testing.T) {
	nan := math.NaN()
	for _, o := range []Options{{K1: -1}, {K1: nan}, {K1: 1e9}, {B: 1.1}, {B: nan}, {TitleWeight: -1}, {TitleWeight: 0.3}, {TitleWeight: nan}, {TitleWeight: 101}} {
		if _, err := New(o); err == nil {
			t.Errorf("New(%+v) is no error", o)
		}
	}
	var o Options
	if err := o.Validate(); err != nil || o != (Options{K1: 1.2, B: 0.75, TitleWeight: 1}) {
		t.Errorf("defaults %+v, %v", o, err)
	}
}
