package static

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"kindred/embed"
	"kindred/internal/text"
)

func fileOf(t testing.TB, m *Model) []byte {
	t.Helper()
	var b bytes.Buffer
	if _, err := m.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestLearnSameBytes(t *testing.T) {
	o := LearnOptions{Steps: 25, Dimension: 64, Seed: 3}
	learn := func(base *Model, o LearnOptions) []byte {
		m, err := Learn(context.Background(), base, madeCorpus(150), o)
		if err != nil {
			t.Fatal(err)
		}
		return fileOf(t, m)
	}
	for _, base := range []*Model{nil, smallModel(t)} {
		was := runtime.GOMAXPROCS(1)
		one := learn(base, o)
		runtime.GOMAXPROCS(max(2, was))
		two, three := learn(base, o), learn(base, o)
		runtime.GOMAXPROCS(was)
		if !bytes.Equal(one, two) || !bytes.Equal(two, three) {
			t.Error("the same learning gave other bytes")
		}
		other := o
		other.Seed++
		if bytes.Equal(one, learn(base, other)) {
			t.Error("another seed gave the same bytes")
		}
	}
}

func TestLossFalls(t *testing.T) {
	c := madeCorpus(200)
	o := LearnOptions{Steps: 80, Batch: 64, recipe: recipe{temperature: .08}.orDefault()}
	l := newLesson(c, func(string) bool { return false }, 2, 0)
	tr := newTrainer(l, 64, o)
	tr.start(nil)
	var first, last float64
	for n := range o.Steps {
		loss := tr.step(n)
		if n < 10 {
			first += loss / 10
		}
		if n >= o.Steps-10 {
			last += loss / 10
		}
	}
	if !(last < first-.2) {
		t.Errorf("mean loss of the first ten steps %.3f, of the last ten %.3f", first, last)
	}
}

func TestLearnFromBase(t *testing.T) {
	base := smallModel(t)
	var a text.Analyzer
	c := &Corpus{}
	for n := range 60 {
		d, _ := madePaper(n * 4) // galaxies only
		d.Title = append(d.Title, a.Terms(nil, "astrometry")...)
		c.Add(&d, "")
	}
	m, err := Learn(context.Background(), base, c, LearnOptions{Steps: 20})
	if err != nil {
		t.Fatal(err)
	}
	vector := func(m *Model, word string) embed.Vector {
		v := make(embed.Vector, m.Dimension())
		if !m.EmbedTerms(v, a.Terms(nil, word)) {
			return nil
		}
		return v
	}
	if base.Has("astrometri") || !m.Has("astrometri") {
		t.Error("the new word is not learned")
	}
	if b, l := cosine(vector(base, "astrometry"), vector(base, "galaxy")), cosine(vector(m, "astrometry"), vector(m, "galaxy")); l < b+.1 {
		t.Errorf("beside its companions the new word had cosine %.2f, now %.2f", b, l)
	}
	if c := cosine(vector(base, "galaxy"), vector(m, "galaxy")); c > .9999 {
		t.Errorf("a word of the corpus did not move: cosine %v", c)
	}
	if b, l := vector(base, "cohomology"), vector(m, "cohomology"); fmt.Sprint(b) != fmt.Sprint(l) {
		t.Error("a word that the corpus does not use moved")
	}
	if m.Info().Base != base.Fingerprint() || m.Fingerprint() == base.Fingerprint() {
		t.Errorf("base %s: learned %s from %s", base.Fingerprint(), m.Fingerprint(), m.Info().Base)
	}
}

func TestLearnCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	steps := 0
	o := LearnOptions{Steps: 1 << 20, Progress: func(done, total int) {
		if steps = done; done == 3 {
			cancel()
		}
	}}
	if m, err := Learn(ctx, nil, madeCorpus(50), o); m != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("model %v, error %v", m, err)
	}
	if steps != 3 {
		t.Errorf("%d steps, want 3", steps)
	}
}

func TestLearnTooSmall(t *testing.T) {
	paper := func(title, body string) (d text.Doc) {
		var a text.Analyzer
		a.Doc(&d, title, body)
		return d
	}
	same := paper("Dust in distant galaxies", "Dust is seen in galaxies. It is far away.")
	corpora := map[string]func(c *Corpus){
		"nothing":              func(c *Corpus) {},
		"one paper":            func(c *Corpus) { c.Add(&same, "") },
		"one paper many times": func(c *Corpus) { repeat(1000, func(int) { c.Add(&same, "x") }) },
		"papers without words": func(c *Corpus) { repeat(1000, func(int) { c.Add(&text.Doc{}, "") }) },
		"papers of one word":   func(c *Corpus) { repeat(1000, func(n int) { c.Add(&text.Doc{Title: []string{fmt.Sprint(n)}}, "") }) },
		"no word in two papers": func(c *Corpus) {
			repeat(100, func(n int) {
				d := paper(strings.Repeat(fmt.Sprintf("w%d ", n), 5), "")
				c.Add(&d, "")
			})
		},
	}
	for name, fill := range corpora {
		c := &Corpus{}
		fill(c)
		if m, err := Learn(context.Background(), nil, c, LearnOptions{Steps: 2}); !errors.Is(err, ErrTooSmall) || m != nil {
			t.Errorf("%s: model %v, error %v", name, m, err)
		}
	}
}

func repeat(n int, do func(int)) {
	for i := range n {
		do(i)
	}
}

// Papers of shapes that give no title-abstract pair still teach, and none of
// them makes a number that is not finite.
func TestLearnOddPapers(t *testing.T) {
	word := func(n int) string { return topics[n%len(topics)][(n/len(topics))%10] }
	say := func(n, k int) (s string) {
		for i := range k {
			s += word(n+len(topics)*i*(1+n%3)) + " "
		}
		return s
	}
	shapes := map[string]func(n int) (title, body string){
		"titles only":       func(n int) (string, string) { return say(n, 6) + fmt.Sprint(n), "" },
		"abstracts only":    func(n int) (string, string) { return "", say(n, 8) + fmt.Sprint(n) + ". " + "Then " + say(n, 5) },
		"one sentence":      func(n int) (string, string) { return "", say(n, 8) + fmt.Sprint(n) },
		"long, no stops":    func(n int) (string, string) { return "", say(n, 900) + fmt.Sprint(n) },
		"numbers only":      func(n int) (string, string) { return fmt.Sprint(n, n+1, n+2), fmt.Sprint(n, n+1, n+2, n+3) },
		"one word repeated": func(n int) (string, string) { return word(n) + fmt.Sprint(" ", n%79), strings.Repeat(word(n)+" ", 30) },
		"another language": func(n int) (string, string) {
			return "銀河の赤方偏移" + fmt.Sprint(n), "銀河は遠い。星は明るい。塵は暗い。"
		},
	}
	for name, shape := range shapes {
		c := &Corpus{}
		var a text.Analyzer
		var d text.Doc
		for n := range 80 {
			title, body := shape(n)
			a.Doc(&d, title, body)
			c.Add(&d, "")
		}
		if c.Papers() < 79 {
			t.Fatalf("%s: %d papers", name, c.Papers())
		}
		m, err := Learn(context.Background(), nil, c, LearnOptions{Steps: 30, Dimension: 32})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		v := make(embed.Vector, 32)
		for _, term := range m.terms {
			if m.EmbedTerms(v, []string{term}) {
				checkUnit(t, name+" "+term, v)
			}
		}
		if m.EmbedDoc(v, &d) {
			checkUnit(t, name, v)
		}
	}
}

func TestCorpusStaysInBounds(t *testing.T) {
	c := &Corpus{MaxTokens: 5000}
	for n := range 2000 {
		d, topic := madePaper(n)
		c.Add(&d, fmt.Sprint(topic))
		if len(c.tokens) > c.MaxTokens {
			t.Fatalf("%d tokens after %d papers", len(c.tokens), n)
		}
	}
	if len(c.tokens) < c.MaxTokens/4 || c.Papers() < minCorpus {
		t.Errorf("%d tokens of %d papers kept", len(c.tokens), c.Papers())
	}
	for i := range c.papers {
		p := c.papers[i]
		tokens := c.paperTokens(i)
		if hashTokens(tokens) != p.hash {
			t.Fatalf("paper %d holds another's words", i)
		}
		if last := c.ends[p.end+int(p.sentences)-1]; int(last)+int(p.title) != len(tokens) {
			t.Fatalf("paper %d: sentences end at %d of %d", i, last, len(tokens)-int(p.title))
		}
	}
	if _, err := Learn(context.Background(), nil, c, LearnOptions{Steps: 3, Dimension: 32}); err != nil {
		t.Error(err)
	}
}

func BenchmarkStep(b *testing.B) {
	c := madeCorpus(3000)
	o := LearnOptions{Steps: 1 << 20, Batch: 512, recipe: recipe{}.orDefault()}
	tr := newTrainer(newLesson(c, func(string) bool { return false }, 2, 0), 256, o)
	tr.start(nil)
	n := 0
	for b.Loop() {
		tr.step(n)
		n++
	}
}
