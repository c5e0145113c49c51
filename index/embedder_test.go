package index_test

import (
	"context"
	"errors"
	"hash/fnv"
	"math"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"kindred/embed"
	"kindred/index"
	"kindred/paper"
)

// fake is an embedder that hangs a text's vector on its words, counts what it
// is asked for, and fails on demand.
type fake struct {
	docs, questions atomic.Int64
	failDocs        func(n int64) error // n: documents asked for so far
	failQuestions   func(context.Context) error
	spoil           func([]embed.Vector) []embed.Vector // of questions
}

const fakeDimension = 24

func (f *fake) Fingerprint() embed.Fingerprint {
	return embed.NewFingerprint("fake", "words", fakeDimension)
}

func (f *fake) Dimension() int { return fakeDimension }

func (f *fake) EmbedDocuments(_ context.Context, docs []embed.Document) ([]embed.Vector, error) {
	if len(docs) == 0 {
		return nil, errors.New("asked for nothing, which a server refuses")
	}
	n := f.docs.Add(int64(len(docs)))
	if f.failDocs != nil {
		if err := f.failDocs(n); err != nil {
			return nil, err
		}
	}
	out := make([]embed.Vector, len(docs))
	for i, d := range docs {
		out[i] = wordVector(d.Title + " " + d.Abstract)
	}
	return out, nil
}

func (f *fake) EmbedQueries(ctx context.Context, questions []string) ([]embed.Vector, error) {
	f.questions.Add(int64(len(questions)))
	if f.failQuestions != nil {
		if err := f.failQuestions(ctx); err != nil {
			return nil, err
		}
	}
	out := make([]embed.Vector, len(questions))
	for i, q := range questions {
		out[i] = wordVector(q)
	}
	if f.spoil != nil {
		out = f.spoil(out)
	}
	return out, nil
}

func wordVector(text string) embed.Vector {
	v := make(embed.Vector, fakeDimension)
	for w := range strings.FieldsSeq(strings.ToLower(text)) {
		h := fnv.New32a()
		h.Write([]byte(w))
		v[h.Sum32()%fakeDimension]++
	}
	if !embed.Normalize(v) {
		return nil
	}
	return v
}

var errDown = errors.New("connection refused")

func TestEmbedderFailsAtAQuestion(t *testing.T) {
	nan := float32(math.NaN())
	tests := []struct {
		name  string
		spoil func(*fake)
	}{
		{"error", func(f *fake) { f.failQuestions = func(context.Context) error { return errDown } }},
		{"no vector at all", func(f *fake) { f.spoil = func([]embed.Vector) []embed.Vector { return nil } }},
		{"too many vectors", func(f *fake) {
			f.spoil = func(v []embed.Vector) []embed.Vector { return append(v, v...) }
		}},
		{"another dimension", func(f *fake) {
			f.spoil = func([]embed.Vector) []embed.Vector { return []embed.Vector{{1, 0}} }
		}},
		{"not a number", func(f *fake) {
			f.spoil = func(v []embed.Vector) []embed.Vector { v[0][3] = nan; return v }
		}},
		{"all zero", func(f *fake) {
			f.spoil = func(v []embed.Vector) []embed.Vector { clear(v[0]); return v }
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			f := &fake{}
			x := filled(t, index.Options{Embedder: f}, samplePapers()[:60]...)
			const q = "density estimation with normalizing flows"
			lexical := search(t, x, q, paper.Options{Mode: paper.Lexical})
			for range 2 {
				if r := search(t, x, "graph neural networks", paper.Options{}); r.Degraded != "" {
					t.Fatalf("degraded while all is well: %s", r.Degraded)
				}
			}
			if c := x.Counters(); c.QuestionsAsked != 1 || c.QuestionsKept != 1 || c.EmbedderFaults != 0 {
				t.Errorf("counted %+v", c)
			}
			test.spoil(f)
			r := search(t, x, q, paper.Options{})
			if r.Degraded == "" {
				t.Error("does not say that it is degraded")
			}
			if c := x.Counters(); c.QuestionsAsked != 2 || c.EmbedderFaults != 1 {
				t.Errorf("counted %+v", c)
			}
			if a, b := strings.Join(ids(r), " "), strings.Join(ids(lexical), " "); a != b {
				t.Errorf("answers %s, by words %s", a, b)
			}
			if r, err := x.Search(t.Context(), paper.Query{Text: q, Options: paper.Options{Mode: paper.Semantic}}); err == nil {
				t.Errorf("semantic mode answers %v", ids(r))
			}
			if r := search(t, x, q, paper.Options{Mode: paper.Lexical}); r.Degraded != "" || len(r.Hits) == 0 {
				t.Errorf("lexical mode: %d hits, degraded %q", len(r.Hits), r.Degraded)
			}
			// Nothing to do with the embedder: papers have their vectors.
			if r := similar(t, x, paper.Similar{Positive: []string{r.Hits[0].Paper.ID}}); r.Degraded != "" || len(r.Hits) == 0 {
				t.Errorf("similar by id: %d hits, degraded %q", len(r.Hits), r.Degraded)
			}
		})
	}
}

func TestEmbedderFailsAtAPastedText(t *testing.T) {
	f := &fake{}
	x := filled(t, index.Options{Embedder: f}, samplePapers()[:60]...)
	f.failDocs = func(int64) error { return errDown }
	r := similar(t, x, paper.Similar{Text: "density estimation with normalizing flows"})
	if r.Degraded == "" || len(r.Hits) == 0 {
		t.Errorf("%d hits, degraded %q", len(r.Hits), r.Degraded)
	}
	_, err := x.Similar(t.Context(), paper.Similar{Text: "flows", Options: paper.Options{Mode: paper.Semantic}})
	if !errors.Is(err, errDown) {
		t.Errorf("semantic mode: %v", err)
	}
}

func TestFaultsAtPapersCount(t *testing.T) {
	faults := func(x *index.Index, after string, want uint64) {
		t.Helper()
		if c := x.Counters(); c.EmbedderFaults != want {
			t.Errorf("%s: %d faults, want %d", after, c.EmbedderFaults, want)
		}
	}
	f := &fake{failDocs: func(int64) error { return errDown }}
	x := open(t, t.TempDir(), index.Options{Embedder: f})
	_, err := x.Put(t.Context(), samplePapers()[:3])
	if !errors.Is(err, errDown) {
		t.Error(err)
	}
	faults(x, "papers that came in", 1)
	if _, err := x.Embed(t.Context(), paper.Texts{Texts: []string{"one", "two"}}); err == nil {
		t.Error("texts are embedded by an embedder that is down")
	}
	faults(x, "texts", 2)
	ctx, cancel := context.WithCancel(t.Context())
	f.failDocs = func(int64) error { cancel(); return ctx.Err() }
	if _, err := x.Put(ctx, samplePapers()[:3]); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	faults(x, "a caller who went", 2)

	p := newPaid("a")
	p.limit = 2
	x = open(t, t.TempDir(), index.Options{Embedder: p})
	if _, err := x.Put(t.Context(), samplePapers()[:10]); !errors.Is(err, errDown) {
		t.Error(err)
	}
	faults(x, "papers that came in part by part", 1)
	p.limit, p.refuse = 0, samplePapers()[9].Title
	if _, err := x.Put(t.Context(), samplePapers()[:10]); err != nil {
		t.Error(err)
	}
	faults(x, "a refused text", 1)
}

func TestEmbedderIsSlow(t *testing.T) {
	f := &fake{failQuestions: func(ctx context.Context) error {
		<-ctx.Done()
		return ctx.Err()
	}}
	x := filled(t, index.Options{Embedder: f}, samplePapers()[:20]...)
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if r, err := x.Search(ctx, paper.Query{Text: "flows"}); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v, %v; want the deadline", r, err)
	}
	if r := search(t, x, "flows", paper.Options{Mode: paper.Lexical}); len(r.Hits) == 0 {
		t.Error("lexical mode needs no embedder and has no hits")
	}
}

func TestEmbedderThatGivesTooFewVectors(t *testing.T) {
	x := open(t, t.TempDir(), index.Options{Embedder: short{&fake{}}})
	results, err := x.Put(t.Context(), samplePapers()[:5])
	if err == nil {
		t.Errorf("put %v", results)
	}
	if st, err := x.Stats(t.Context()); err != nil || st.Papers != 0 {
		t.Errorf("%d papers, %v", st.Papers, err)
	}
}

// short forgets a vector.
type short struct{ *fake }

func (s short) EmbedDocuments(ctx context.Context, docs []embed.Document) ([]embed.Vector, error) {
	v, err := s.fake.EmbedDocuments(ctx, docs)
	return v[:len(v)-1], err
}

func TestEmbedderOfAnotherFolder(t *testing.T) {
	learned := t.TempDir()
	x := open(t, learned, index.Options{})
	put(t, x, samplePapers()[:60]...)
	if err := x.Learn(t.Context(), index.LearnOptions{Steps: 1}, nil); err != nil {
		t.Fatal(err)
	}
	base := t.TempDir()
	y := open(t, base, index.Options{})
	put(t, y, samplePapers()[:3]...)
	for _, folder := range []struct {
		name, dir string
		index     *index.Index
	}{{"learned", learned, x}, {"base", base, y}} {
		if err := folder.index.Close(); err != nil {
			t.Fatal(err)
		}
		z, err := index.Open(t.Context(), folder.dir, index.Options{Embedder: &fake{}})
		if err == nil {
			z.Close()
			t.Errorf("%s: another embedder than the one that made the vectors was taken", folder.name)
		} else if !strings.Contains(err.Error(), "fake:words") {
			t.Errorf("%s: %v", folder.name, err)
		}
	}
}
