package lexical

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/google/go-cmp/cmp"
)

// naive keeps the documents as they are and scores each one in full.
type naive struct {
	opt  Options
	docs map[uint32]Doc
}

func newNaive(o Options) *naive {
	if err := o.Validate(); err != nil {
		panic(err)
	}
	return &naive{opt: o, docs: map[uint32]Doc{}}
}

func (n *naive) add(docs []Doc) {
	for _, d := range docs {
		n.docs[d.Number] = d
	}
}

func (n *naive) length(d Doc) float64 {
	return float64(len(d.Title))*n.opt.TitleWeight + float64(len(d.Body))
}

func (n *naive) frequency(d Doc, term string) (tf float64) {
	for _, t := range d.Title {
		if t == term {
			tf += n.opt.TitleWeight
		}
	}
	for _, t := range d.Body {
		if t == term {
			tf++
		}
	}
	return tf
}

// scores returns every document with one of the terms and its score by the
// textbook's formula.
func (n *naive) scores(q []WeightedTerm) map[uint32]float64 {
	total := 0.0
	for _, d := range n.docs {
		total += n.length(d)
	}
	average := total / float64(len(n.docs))
	weights := map[string]float64{}
	for _, t := range q {
		if w := float64(t.Weight); w > 0 && !math.IsInf(w, 0) {
			weights[t.Term] += w
		}
	}
	out := map[uint32]float64{}
	for term, weight := range weights {
		df := 0.0
		tfs := map[uint32]float64{}
		for number, d := range n.docs {
			if tf := n.frequency(d, term); tf > 0 {
				df++
				tfs[number] = tf
			}
		}
		idf := math.Log(1 + (float64(len(n.docs))-df+0.5)/(df+0.5))
		for number, tf := range tfs {
			norm := n.opt.K1 * (1 - max(n.opt.B, 0) + max(n.opt.B, 0)*n.length(n.docs[number])/average)
			out[number] += weight * idf * (n.opt.K1 + 1) * tf / (tf + norm)
		}
	}
	return out
}

// check compares a search, its scores and its count with the naive ones:
// every score, the answers' order, and that none that is better was left out.
func check(t *testing.T, ix *Index, n *naive, q []WeightedTerm, k int, allow *roaring.Bitmap) {
	t.Helper()
	want := n.scores(q)
	maps := 0
	for number := range want {
		if allow != nil && !allow.Contains(number) {
			delete(want, number)
		} else {
			maps++
		}
	}
	got, err := ix.Search(t.Context(), nil, q, k, allow)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != min(k, len(want)) {
		t.Fatalf("%d answers of %d, want %d", len(got), len(want), min(k, len(want)))
	}
	greatest := 0.0
	for _, s := range want {
		greatest = max(greatest, s)
	}
	tolerance := 1e-5 * greatest
	for i, h := range got {
		s, ok := want[h.Number]
		if !ok {
			t.Fatalf("answer %v has no term or may not be one", h)
		}
		if math.Abs(s-h.Score) > tolerance {
			t.Fatalf("answer %v, want score %v", h, s)
		}
		if i > 0 && (got[i-1].Score < h.Score || got[i-1].Score == h.Score && got[i-1].Number >= h.Number) {
			t.Fatalf("answers %v, %v in this order", got[i-1], h)
		}
	}

	// The exact order of all that match, by the other road.
	all := make([]uint32, 0, len(want))
	for number := range want {
		all = append(all, number)
	}
	slices.Sort(all)
	scores := ix.Scores(nil, q, all)
	full := make([]Scored, len(all))
	for i := range all {
		full[i] = Scored{all[i], scores[i]}
	}
	slices.SortFunc(full, func(a, b Scored) int {
		switch {
		case a.Score > b.Score:
			return -1
		case a.Score < b.Score:
			return 1
		}
		return int(int64(a.Number) - int64(b.Number))
	})
	if diff := cmp.Diff(full[:len(got)], append([]Scored{}, got...)); diff != "" {
		t.Fatalf("k %d, pruned search (+) differs from scoring all (-):\n%s", k, diff)
	}
	terms := make([]string, 0, len(q))
	for _, t := range q {
		if t.Weight > 0 && !math.IsInf(float64(t.Weight), 0) {
			terms = append(terms, t.Term)
		}
	}
	if c, err := ix.Count(t.Context(), terms, allow); err != nil || c != len(want) {
		t.Fatalf("Count %d, %v, want %d", c, err, len(want))
	}
	for _, term := range terms {
		df := 0
		for _, d := range n.docs {
			if n.frequency(d, term) > 0 {
				df++
			}
		}
		if got := ix.DocFreq(term); got != df {
			t.Fatalf("DocFreq(%q) = %d, want %d", term, got, df)
		}
	}
}

// corpus makes documents of words that are frequent and rare like those of a
// text (Zipf), numbered from first on with some gaps.
type corpus struct {
	rand *rand.Rand
	zipf *rand.Zipf
	next uint32
	gaps bool
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

func (c *corpus) query(n int) []WeightedTerm {
	q := make([]WeightedTerm, n)
	for i, w := range c.words(n) {
		q[i] = WeightedTerm{w, c.rand.Float32()}
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

func TestSearchIsExact(t *testing.T) {
	for _, o := range []Options{{}, {TitleWeight: 2.5, K1: 0.9, B: 0.4}, {B: -1}, {B: 1, TitleWeight: 0.125}} {
		for _, gaps := range []bool{false, true} {
			t.Run(fmt.Sprintf("%+v/gaps=%t", o, gaps), func(t *testing.T) {
				c := newCorpus(7, 3000)
				c.gaps = gaps
				ix, err := New(o)
				if err != nil {
					t.Fatal(err)
				}
				n := newNaive(o)
				for _, size := range []int{1, 700, 3, 5000, 1, 1, 40} {
					docs := c.docs(size)
					if err := ix.Add(docs); err != nil {
						t.Fatal(err)
					}
					n.add(docs)
				}
				for _, terms := range []int{1, 3, 12, 50} {
					for _, k := range []int{1, 10, 500} {
						q := c.query(terms)
						check(t, ix, n, q, k, nil)
						check(t, ix, n, q, k, c.filter(0.5))
						check(t, ix, n, q, k, c.filter(0.01))
					}
				}
			})
		}
	}
}
