package lexical

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	diff "github.com/google/go-cmp/cmp"
)

// naive is BM25 from the textbook, over maps.
type naive struct {
	opt     Options
	docs    map[uint32]Doc
	lengths map[uint32]float64
	tfs     map[string]map[uint32]float64
	total   float64
}

func newNaive(t testing.TB, o Options) *naive {
	if err := o.Validate(); err != nil {
		t.Fatal(err)
	}
	return &naive{opt: o, docs: map[uint32]Doc{}, lengths: map[uint32]float64{}, tfs: map[string]map[uint32]float64{}}
}

func (n *naive) add(docs []Doc) {
	for _, d := range docs {
		n.docs[d.Number] = d
		n.lengths[d.Number] = float64(len(d.Title))*n.opt.TitleWeight + float64(len(d.Body))
		n.total += n.lengths[d.Number]
		for _, t := range d.Title {
			n.count(t, d.Number, n.opt.TitleWeight)
		}
		for _, t := range d.Body {
			n.count(t, d.Number, 1)
		}
	}
}

func (n *naive) count(term string, number uint32, weight float64) {
	if n.tfs[term] == nil {
		n.tfs[term] = map[uint32]float64{}
	}
	n.tfs[term][number] += weight
}

func (n *naive) delete(docs []Doc) {
	for _, d := range docs {
		if _, ok := n.docs[d.Number]; !ok {
			continue
		}
		delete(n.docs, d.Number)
		n.total -= n.lengths[d.Number]
		for _, t := range slices.Concat(d.Title, d.Body) {
			delete(n.tfs[t], d.Number)
		}
	}
}

// scores returns every document with one of the terms and its score.
func (n *naive) scores(q []WeightedTerm) map[uint32]float64 {
	average := n.total / float64(len(n.docs))
	out := map[uint32]float64{}
	b := max(n.opt.B, 0)
	for _, t := range q {
		if !meant(t) {
			continue
		}
		df := float64(len(n.tfs[t.Term]))
		idf := math.Log(1 + (float64(len(n.docs))-df+0.5)/(df+0.5))
		for number, tf := range n.tfs[t.Term] {
			norm := n.opt.K1 * (1 - b + b*n.lengths[number]/average)
			out[number] += float64(t.Weight) * idf * (n.opt.K1 + 1) * tf / (tf + norm)
		}
	}
	return out
}

func meant(t WeightedTerm) bool { return t.Weight > 0 && !math.IsInf(float64(t.Weight), 0) }

// check holds a search, its scores, its count and the terms' frequencies
// against the naive ones: each answer's score to 1 in 100,000, and the
// answers exactly against the scores of all documents that match.
func check(t *testing.T, ix *Index, n *naive, q []WeightedTerm, k int, allow *roaring.Bitmap) {
	t.Helper()
	want := n.scores(q)
	greatest := 0.0
	for number, s := range want {
		greatest = max(greatest, s)
		if allow != nil && !allow.Contains(number) {
			delete(want, number)
		}
	}
	got, err := ix.Search(t.Context(), nil, q, k, allow)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != min(k, len(want)) {
		t.Fatalf("%d answers of %d, want %d", len(got), len(want), min(k, len(want)))
	}
	for _, h := range got {
		if s, ok := want[h.Number]; !ok || math.Abs(s-h.Score) > 1e-5*greatest {
			t.Fatalf("answer %v, want score %v (matches: %t)", h, s, ok)
		}
	}
	if d := diff.Diff(exhaustive(ix, want, q)[:len(got)], append([]Scored{}, got...)); d != "" {
		t.Fatalf("k %d: the search (+) is not the best of all scores (-):\n%s", k, d)
	}
	var terms []string
	for _, w := range q {
		if meant(w) {
			terms = append(terms, w.Term)
			if df := ix.DocFreq(w.Term); df != len(n.tfs[w.Term]) {
				t.Fatalf("DocFreq(%q) = %d, want %d", w.Term, df, len(n.tfs[w.Term]))
			}
		}
	}
	if c, err := ix.Count(t.Context(), terms, allow); err != nil || c != len(want) {
		t.Fatalf("Count %d, %v, want %d", c, err, len(want))
	}
	if ix.Len() != len(n.docs) {
		t.Fatalf("Len %d, want %d", ix.Len(), len(n.docs))
	}
}

// exhaustive scores all the documents in want, the best first.
func exhaustive(ix *Index, want map[uint32]float64, q []WeightedTerm) []Scored {
	numbers := make([]uint32, 0, len(want))
	for number := range want {
		numbers = append(numbers, number)
	}
	slices.Sort(numbers)
	all := make([]Scored, len(numbers))
	for i, s := range ix.Scores(nil, q, numbers) {
		all[i] = Scored{numbers[i], s}
	}
	slices.SortFunc(all, func(a, b Scored) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Number, b.Number))
	})
	return all
}

// corpus makes documents of words that are as frequent and rare as a text's
// (Zipf).
type corpus struct {
	rand *rand.Rand
	zipf *rand.Zipf
	next uint32 // number of the next document
	gaps bool   // between numbers
}

func newCorpus(seed uint64, words int) *corpus {
	r := rand.New(rand.NewPCG(seed, 1))
	return &corpus{rand: r, zipf: rand.NewZipf(r, 1.1, 4, uint64(words))}
}

func (c *corpus) words(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("w%d", c.zipf.Uint64())
	}
	return out
}

func (c *corpus) docs(n int) []Doc {
	out := make([]Doc, n)
	for i := range out {
		out[i] = Doc{Number: c.next, Title: c.words(c.rand.IntN(12)), Body: c.words(c.rand.IntN(80))}
		c.next++
		if c.gaps && c.rand.IntN(3) == 0 {
			c.next += c.rand.Uint32N(5)
		}
	}
	return out
}

// question has n different words.
func (c *corpus) question(n int) []WeightedTerm {
	seen := map[string]bool{}
	var q []WeightedTerm
	for len(q) < n {
		if w := c.words(1)[0]; !seen[w] {
			seen[w] = true
			q = append(q, WeightedTerm{w, 0.1 + c.rand.Float32()})
		}
	}
	return q
}

func (c *corpus) filter(share float64) *roaring.Bitmap {
	b := roaring.New()
	for i := range c.next + 100 {
		if c.rand.Float64() < share {
			b.Add(i)
		}
	}
	return b
}
