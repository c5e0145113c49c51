package static

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"kindred/embed"
	"kindred/internal/text"
)

// topics are words that go together; papers made of them have something to
// teach.
var topics = [][]string{
	{"galaxy", "star", "redshift", "quasar", "telescope", "halo", "dust", "spectra", "nebula", "supernova"},
	{"protein", "enzyme", "gene", "cell", "mutation", "receptor", "membrane", "genome", "plasmid", "ligand"},
	{"theorem", "manifold", "cohomology", "conjecture", "algebra", "lemma", "sheaf", "functor", "torsion", "lattice"},
	{"corpus", "translation", "parser", "grammar", "word", "sentence", "dialogue", "syntax", "lexicon", "speech"},
}

// madePaper returns a paper of one topic, the same for the same number.
func madePaper(n int) (d text.Doc, topic int) {
	var a text.Analyzer
	r := rand.New(rand.NewPCG(uint64(n), 7))
	topic = n % len(topics)
	words := topics[topic]
	say := func(k int) string {
		s := "The"
		for range k {
			s += " " + words[r.IntN(len(words))]
		}
		return s + " of it. "
	}
	body := ""
	for range 4 {
		body += say(6)
	}
	a.Doc(&d, say(4), body)
	return d, topic
}

func madeCorpus(papers int) *Corpus {
	c := &Corpus{}
	for n := range papers {
		d, topic := madePaper(n)
		c.Add(&d, fmt.Sprint(topic))
	}
	return c
}

// small learns a model of made papers, fast.
var small = sync.OnceValues(func() (*Model, error) {
	return Learn(context.Background(), nil, madeCorpus(120), LearnOptions{Steps: 60, Dimension: 64})
})

func smallModel(t testing.TB) *Model {
	t.Helper()
	m, err := small()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func cosine(a, b embed.Vector) float64 {
	var s float64
	for i := range a {
		s += float64(a[i]) * float64(b[i])
	}
	return s
}

func checkUnit(t *testing.T, what string, v embed.Vector) {
	t.Helper()
	if n := cosine(v, v); !(math.Abs(n-1) < 1e-5) {
		t.Errorf("%s: squared length %v", what, n)
	}
}

func TestLikesAreNear(t *testing.T) {
	m := smallModel(t)
	var near, far, nears, fars float64
	vectors := make([]embed.Vector, 40)
	for n := range vectors {
		d, _ := madePaper(1000 + n)
		vectors[n] = make(embed.Vector, m.Dimension())
		if !m.EmbedDoc(vectors[n], &d) {
			t.Fatalf("paper %d has no vector", n)
		}
		checkUnit(t, fmt.Sprint("paper ", n), vectors[n])
		for k := range n {
			if c := cosine(vectors[n], vectors[k]); n%len(topics) == k%len(topics) {
				near, nears = near+c, nears+1
			} else {
				far, fars = far+c, fars+1
			}
		}
	}
	if near/nears < far/fars+.4 {
		t.Errorf("mean cosine inside topics %.2f, between them %.2f", near/nears, far/fars)
	}
}

func TestTextsWithAndWithoutVector(t *testing.T) {
	m := smallModel(t)
	for question, want := range map[string]bool{
		"galaxy": true, "galaxy qqzzxx": true, "qqzzxx": true, "q": true, "銀河": true, "2019": true,
		strings.Repeat("long", 5000): true, strings.Repeat("galaxy ", 50000): true, "cohomology \xff\xfe": true,
		"": false, "   ": false, "!!! ???": false, "\xff\xfe": false, "\x00": false,
	} {
		vectors, err := m.EmbedQueries(t.Context(), []string{question})
		if err != nil {
			t.Fatal(err)
		}
		if got := vectors[0] != nil; got != want {
			t.Errorf("%.20q has a vector: %v, want %v", question, got, want)
		}
		if vectors[0] != nil {
			checkUnit(t, fmt.Sprintf("%.20q", question), vectors[0])
		}
	}
	docs, err := m.EmbedDocuments(t.Context(), []embed.Document{{}, {Title: "A galaxy"}, {Abstract: "Stars and dust."}})
	if err != nil {
		t.Fatal(err)
	}
	if docs[0] != nil || docs[1] == nil || docs[2] == nil {
		t.Errorf("vectors of nothing, a title and an abstract: %v", docs)
	}
}

// Unknown words meet themselves and their likes, and nothing else.
func TestUnknownWords(t *testing.T) {
	m := smallModel(t)
	vectors, err := m.EmbedQueries(t.Context(), []string{"interleukin", "interleukin", "interleukine", "phosphatase", "q", "x"})
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range vectors {
		checkUnit(t, "unknown word", v)
	}
	if c := cosine(vectors[0], vectors[1]); c < .99999 {
		t.Errorf("the same word: cosine %.2f", c)
	}
	if c := cosine(vectors[0], vectors[2]); c < .5 {
		t.Errorf("nearly the same word: cosine %.2f", c)
	}
	for _, other := range []int{3, 4, 5} {
		if c := cosine(vectors[0], vectors[other]); math.Abs(c) > .45 {
			t.Errorf("another word: cosine %.2f", c)
		}
	}
}

func TestEmbedCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := smallModel(t).EmbedQueries(ctx, []string{"galaxy"}); err != context.Canceled {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

func TestKnown(t *testing.T) {
	m := smallModel(t)
	if !m.Has("galaxi") || m.Has("qqzzxx") {
		t.Errorf("Has: galaxi %v, qqzzxx %v", m.Has("galaxi"), m.Has("qqzzxx"))
	}
	if n := m.Known([]string{"galaxi", "qqzzxx", "star", "star"}); n != 3 {
		t.Errorf("Known: %d, want 3", n)
	}
}

func TestEmbedDocAllocatesNothing(t *testing.T) {
	m := smallModel(t)
	d, _ := madePaper(3)
	v := make(embed.Vector, m.Dimension())
	if n := testing.AllocsPerRun(100, func() { m.EmbedDoc(v, &d) }); n > 0 {
		t.Errorf("%v allocations a paper", n)
	}
}

func TestEmbedConcurrently(t *testing.T) {
	m := smallModel(t)
	d, _ := madePaper(5)
	want := make(embed.Vector, m.Dimension())
	m.EmbedDoc(want, &d)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			v := make(embed.Vector, m.Dimension())
			for range 50 {
				m.EmbedDoc(v, &d)
				if cosine(v, want) != cosine(want, want) {
					t.Error("another vector")
					return
				}
			}
		})
	}
	wg.Wait()
}
