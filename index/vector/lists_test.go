package vector

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
)

// topics draws vectors that lie as those of abstracts do: fields, topics within
// the fields, and half of each vector its own.
type topics struct {
	r         *rand.Rand
	dimension int
	all       [][]float32
}

func newTopics(seed uint64, dimension int) *topics {
	t := &topics{r: rand.New(rand.NewPCG(seed, 9)), dimension: dimension}
	for range 24 {
		field := randomUnit(t.r, dimension)
		for range 20 {
			t.all = append(t.all, t.near(field, 0.6))
		}
	}
	return t
}

// near returns a unit vector that has about the given cosine to v.
func (t *topics) near(v []float32, cosine float64) []float32 {
	u := randomUnit(t.r, t.dimension)
	side := math.Sqrt(1 - cosine*cosine)
	var sum float64
	for i := range u {
		u[i] = float32(cosine)*v[i] + float32(side)*u[i]
		sum += float64(u[i]) * float64(u[i])
	}
	for i := range u {
		u[i] = float32(float64(u[i]) / math.Sqrt(sum))
	}
	return u
}

func (t *topics) draw(n int) [][]float32 {
	out := make([][]float32, n)
	for i := range out {
		// Some topics are large, most small.
		at := int(math.Pow(t.r.Float64(), 2) * float64(len(t.all)))
		out[i] = t.near(t.all[at], 0.45+0.35*t.r.Float64())
	}
	return out
}

// corpus is an index and what is in it.
type corpus struct {
	*Index
	vectors map[uint32][]float32
	next    uint32
}

// newCorpus makes lists from 2,000 vectors on, so that tests are short.
func newCorpus(t testing.TB, dimension int, options Options) *corpus {
	t.Helper()
	x, err := New(dimension, options)
	if err != nil {
		t.Fatal(err)
	}
	x.listsFrom = 2000
	return &corpus{x, map[uint32][]float32{}, 0}
}

func (c *corpus) add(t testing.TB, vectors [][]float32) {
	t.Helper()
	for batch := range slices.Chunk(vectors, 500) {
		docs := make([]uint32, len(batch))
		for i, v := range batch {
			docs[i] = c.next
			c.vectors[c.next] = v
			c.next++
		}
		if err := c.Add(t.Context(), docs, batch); err != nil {
			t.Fatal(err)
		}
	}
}

func (c *corpus) delete(docs ...uint32) {
	c.Delete(docs...)
	for _, doc := range docs {
		delete(c.vectors, doc)
	}
}

func (c *corpus) build(t testing.TB) {
	t.Helper()
	if err := c.Build(t.Context(), Passing); err != nil {
		t.Fatal(err)
	}
	if c.Behind(Passing) {
		t.Fatal("Build left something to do")
	}
}

// recall is the mean share of the true k nearest that Search finds. It fails
// the test where an answer is not in order, too short, outside of the filter
// or wrongly scored.
func (c *corpus) recall(t testing.TB, queries [][]float32, k int, allow *roaring.Bitmap) float64 {
	t.Helper()
	var found, all int
	for _, q := range queries {
		want, err := c.Exact(t.Context(), nil, q, k, allow)
		if err != nil {
			t.Fatal(err)
		}
		got, err := c.Search(t.Context(), nil, q, k, allow)
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != len(want) || !slices.IsSortedFunc(got, compare) {
			t.Fatalf("%d answers instead of %d, or not in order: %v", len(got), len(want), got)
		}
		true10 := map[uint32]float32{}
		for _, s := range want {
			true10[s.Doc] = s.Score
		}
		for _, s := range got {
			v := c.vectors[s.Doc]
			if v == nil || allow != nil && !allow.Contains(s.Doc) || s.Score != cosine(q, v) {
				t.Fatalf("document %d should not be there with score %v", s.Doc, s.Score)
			}
			if _, ok := true10[s.Doc]; ok {
				found++
			}
		}
		all += len(want)
	}
	return float64(found) / float64(max(1, all))
}

const leastRecall = 0.985

func (c *corpus) wantRecall(t testing.TB, queries [][]float32, k int, allow *roaring.Bitmap) {
	t.Helper()
	if r := c.recall(t, queries, k, allow); r < leastRecall {
		t.Errorf("recall@%d of %d vectors is %.4f, want %v", k, c.Len(), r, leastRecall)
	}
}

func TestRecall(t *testing.T) {
	const dimension = 192 // no power of two
	source := newTopics(1, dimension)
	c := newCorpus(t, dimension, Options{})
	c.add(t, source.draw(4000))
	like, unlike := source.draw(60), newTopics(2, dimension).draw(60)
	check := func() {
		t.Helper()
		for _, k := range []int{1, 10, 100} {
			c.wantRecall(t, like, k, nil)
			// To these questions all documents are about as far, so that
			// which are the nearest is close to chance.
			if r := c.recall(t, unlike, k, nil); r < 0.97 {
				t.Errorf("recall@%d of %d vectors to strange questions is %.4f", k, c.Len(), r)
			}
		}
	}
	check() // by the codes of one list
	c.build(t)
	if n := len(c.lists.Load().cells); n < 64 {
		t.Fatalf("%d lists", n)
	}
	check()
	// Topics that the centres were not learned from.
	c.add(t, newTopics(3, dimension).draw(900))
	check()
}

func TestRecallUnderFilters(t *testing.T) {
	source := newTopics(1, 64)
	c := newCorpus(t, 64, Options{})
	const all = 5500
	c.add(t, source.draw(all))
	c.build(t)
	queries := source.draw(30)
	for _, n := range []int{0, 1, 9, 100, scanFiltered, scanFiltered + 1, 4000, all - 1, all} {
		allow := roaring.New()
		for _, doc := range source.r.Perm(all)[:n] {
			allow.Add(uint32(doc))
		}
		allow.Add(math.MaxUint32) // a filter may name what has no vector
		if n > 0 {
			c.wantRecall(t, queries, 10, allow)
		} else if got, err := c.Search(t.Context(), nil, queries[0], 10, allow); len(got) != 0 || err != nil {
			t.Errorf("got %v, %v", got, err)
		}
	}
	years := roaring.New() // papers of some years come one after the other
	years.AddRange(2000, 5300)
	c.wantRecall(t, queries, 10, years)
}

func TestDeletingAThirdAndAddingItAgain(t *testing.T) {
	source := newTopics(1, 64)
	c := newCorpus(t, 64, Options{})
	c.add(t, source.draw(3500))
	c.build(t)
	queries := source.draw(100)
	before := c.Memory()
	for range 3 {
		var again [][]float32
		var docs []uint32
		for doc := range c.next {
			if v := c.vectors[doc]; v != nil && source.r.IntN(3) == 0 {
				docs, again = append(docs, doc), append(again, v)
			}
		}
		for batch := range slices.Chunk(docs, 37) {
			c.delete(batch...)
		}
		c.wantRecall(t, queries, 10, nil)
		if l := c.lists.Load(); l.size != c.Len() || codes(l) != c.Len() {
			t.Fatalf("%d codes, said to be %d, of %d vectors", codes(l), l.size, c.Len())
		}
		c.add(t, again)
		c.wantRecall(t, queries, 10, nil)
	}
	// A number takes some bytes for ever, its vector and code do not.
	if after := c.Memory(); float64(after) > 1.03*float64(before) {
		t.Errorf("memory went from %d to %d bytes", before, after)
	}
	for doc := range c.vectors {
		c.delete(doc)
	}
	if got, err := c.Search(t.Context(), nil, queries[0], 10, nil); len(got) != 0 || err != nil || codes(c.lists.Load()) != 0 {
		t.Error(got, err, codes(c.lists.Load()))
	}
	c.build(t)
	c.add(t, source.draw(10))
	c.wantRecall(t, queries, 10, nil)
}

// codes counts what is in the lists.
func codes(l *lists) (n int) {
	for i := range l.cells {
		for j, b := range l.cells[i].Load().blocks {
			n += b.count
			if b.count == 0 || b.count < blockSize && j < len(l.cells[i].Load().blocks)-1 {
				panic("a block that is not full stands before others")
			}
		}
	}
	return n
}

// answers is what a corpus says to queries in every way of asking.
func (c *corpus) answers(t testing.TB, queries [][]float32) (all [][]Scored) {
	t.Helper()
	half := roaring.New()
	half.AddRange(0, uint64(c.next)*2/3)
	for i, q := range queries {
		for _, allow := range []*roaring.Bitmap{nil, half} {
			got, err := c.Search(t.Context(), nil, q, 5+i, allow)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, got)
		}
	}
	return all
}

func TestAnswersAreReproducible(t *testing.T) {
	source := newTopics(1, 32)
	vectors, later, queries := source.draw(3000), source.draw(700), source.draw(20)
	var want [][]Scored
	for round := range 3 {
		c := newCorpus(t, 32, Options{})
		cores := runtime.GOMAXPROCS(0)
		runtime.GOMAXPROCS(1 + round)
		// The same documents come in other orders and batches.
		docs := source.r.Perm(len(vectors))
		for len(docs) > 0 {
			n := min(len(docs), 1+source.r.IntN(700))
			var numbers []uint32
			var rows [][]float32
			for _, doc := range docs[:n] {
				numbers, rows = append(numbers, uint32(doc)), append(rows, vectors[doc])
			}
			if err := c.Add(t.Context(), numbers, rows); err != nil {
				t.Fatal(err)
			}
			docs = docs[n:]
		}
		c.next = uint32(len(vectors))
		c.build(t)
		c.add(t, later)
		for doc := uint32(0); doc < c.next; doc += 5 {
			c.delete(doc)
		}
		got := c.answers(t, queries)
		if round == 0 {
			want = got
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("round %d: (-want +got)\n%s", round, diff)
		}
		runtime.GOMAXPROCS(cores)
	}
}

func TestSearchesBesideAdditionsDeletionsAndBuild(t *testing.T) {
	source := newTopics(1, 32)
	c := newCorpus(t, 32, Options{})
	kept := source.draw(2500)
	c.add(t, kept)
	queries := source.draw(20)
	ctx, cancel := context.WithCancel(t.Context())
	var searches, writers sync.WaitGroup
	for i := range 3 {
		searches.Go(func() {
			even := roaring.New()
			for doc := uint32(0); doc < 2500; doc += 2 {
				even.Add(doc)
			}
			for n := i; ctx.Err() == nil; n++ {
				q := queries[n%len(queries)]
				for _, allow := range []*roaring.Bitmap{nil, even} {
					got, err := c.Search(t.Context(), nil, q, 10, allow)
					if err != nil || len(got) != 10 || !slices.IsSortedFunc(got, compare) {
						t.Errorf("%v, %v", got, err)
						return
					}
				}
				runtime.Gosched()
			}
		})
	}
	const writing = 3
	batches := make([][][]float32, writing)
	for i := range batches {
		batches[i] = source.draw(900)
	}
	for i := range writing {
		writers.Go(func() {
			first := uint32(10000 * (i + 1))
			for n, v := range batches[i] {
				doc := first + uint32(n)
				if err := c.Add(ctx, []uint32{doc}, [][]float32{v}); err != nil {
					t.Error(err)
				}
				if n%3 == 0 {
					c.Delete(doc - uint32(n/6))
				}
			}
		})
	}
	writers.Go(func() {
		for range 4 {
			if err := c.Build(ctx, Passing); err != nil {
				t.Error(err)
			}
			if _, err := c.WriteTo(&discard{}); err != nil {
				t.Error(err)
			}
		}
	})
	writers.Wait()
	cancel()
	searches.Wait()
	c.build(t)
	// What is there now is what the table says.
	docs, vectors := c.All()
	c.vectors = map[uint32][]float32{}
	for i, doc := range docs {
		c.vectors[doc] = vectors[i]
	}
	if l := c.lists.Load(); codes(l) != len(docs) || l.size != len(docs) || c.Len() != len(docs) {
		t.Errorf("%d codes, said to be %d, of %d vectors, said to be %d", codes(l), l.size, len(docs), c.Len())
	}
	c.wantRecall(t, queries, 10, nil)
}

type discard struct{}

func (*discard) Write(p []byte) (int, error) { return len(p), nil }

func TestCancelled(t *testing.T) {
	source := newTopics(1, 32)
	c := newCorpus(t, 32, Options{})
	c.add(t, source.draw(3000))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Build(ctx, Passing); !errors.Is(err, context.Canceled) || !c.Behind(Passing) || c.changed != nil {
		t.Errorf("Build: %v", err)
	}
	q := source.draw(1)[0]
	for range 2 {
		if _, err := c.Search(ctx, nil, q, 10, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Search: %v", err)
		}
		if _, err := c.Exact(ctx, nil, q, 10, nil); !errors.Is(err, context.Canceled) {
			t.Errorf("Exact: %v", err)
		}
		if _, err := c.Search(ctx, nil, q, 10, roaring.BitmapOf(1, 2, 3)); !errors.Is(err, context.Canceled) {
			t.Errorf("Search under a filter: %v", err)
		}
		c.build(t)
	}
}

func TestManyEqualVectors(t *testing.T) {
	c := newCorpus(t, 16, Options{})
	v := randomUnit(rand.New(rand.NewPCG(1, 1)), 16)
	c.add(t, slices.Repeat([][]float32{v}, 2500))
	c.build(t)
	got, err := c.Search(t.Context(), nil, v, 3, nil)
	if err != nil {
		t.Fatal(err)
	}
	one := cosine(v, v)
	if diff := cmp.Diff([]Scored{{0, one}, {1, one}, {2, one}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestOptionsExact(t *testing.T) {
	source := newTopics(1, 32)
	c := newCorpus(t, 32, Options{Exact: true})
	c.add(t, source.draw(2500))
	c.build(t)
	if r := c.recall(t, source.draw(100), 10, nil); r != 1 {
		t.Errorf("recall %v", r)
	}
}

// What is made in passing is made anew once additions have come to an end, and
// is then as if it had been made at once; lists made then stay for a while.
func TestSettledListsHangOnTheVectorsAlone(t *testing.T) {
	build := func(steps ...int) *corpus {
		source := newTopics(1, 24)
		vectors := source.draw(900)
		c := newCorpus(t, 24, Options{})
		c.small, c.listsFrom = 0, 300
		for _, to := range append(steps, 900) {
			c.add(t, vectors[c.next:to])
			if to < 900 {
				if err := c.Build(t.Context(), Passing); err != nil {
					t.Fatal(err)
				}
			}
		}
		if !c.Behind(Settled) {
			t.Error("nothing to do in the end")
		}
		if err := c.Build(t.Context(), Settled); err != nil {
			t.Fatal(err)
		}
		return c
	}
	queries := newTopics(2, 24).draw(30)
	a, b := build(), build(310, 880)
	if a.lists.Load().passing || b.lists.Load().passing || b.lists.Load().trained != 900 {
		t.Error("the lists made in passing stayed")
	}
	if diff := cmp.Diff(a.answers(t, queries), b.answers(t, queries)); diff != "" {
		t.Errorf("(-at once +in steps)\n%s", diff)
	}
	source := newTopics(1, 24)
	a.add(t, source.draw(900/32))
	if a.Behind(Settled) {
		t.Error("a few later documents are worth new lists")
	}
	a.add(t, source.draw(2))
	if !a.Behind(Settled) || a.Behind(Passing) {
		t.Error("one in thirty-two are worth none")
	}
}
