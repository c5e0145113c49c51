package index_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sync/errgroup"

	"kindred/embed"
	"kindred/index"
	"kindred/paper"
)

// paid is an embedder elsewhere: it hands out its answers two by two and counts
// how often each text was asked for.
type paid struct {
	*fake
	settings embed.Settings

	mu     sync.Mutex
	asked  map[string]int
	limit  int                                 // of answers before it fails; 0: none
	refuse string                              // a title that it does not take
	before func(ctx context.Context, docs int) // called as documents are asked for; nil: nothing
}

func newPaid(model string) *paid {
	return &paid{fake: &fake{}, settings: embed.Settings{Provider: "ollama", URL: "http://embed.example/v1", Model: model}, asked: map[string]int{}}
}

func (p *paid) Fingerprint() embed.Fingerprint {
	return embed.NewFingerprint("openai", p.settings.Model, fakeDimension)
}

func (p *paid) Settings() embed.Settings {
	s := p.settings
	s.Length = fakeDimension
	return s
}

func (p *paid) StreamDocuments(ctx context.Context, docs []embed.Document, got func([]int, []embed.Vector) error) error {
	if p.before != nil {
		p.before(ctx, len(docs))
	}
	var no []embed.Refusal
	for i := 0; i < len(docs); i += 2 {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		p.mu.Lock()
		over := p.limit > 0 && len(p.asked) >= p.limit
		p.mu.Unlock()
		if over {
			return errDown
		}
		var places []int
		var vectors []embed.Vector
		for j := i; j < min(i+2, len(docs)); j++ {
			d := docs[j]
			if p.refuse != "" && d.Title == p.refuse {
				no = append(no, embed.Refusal{Place: j, Reason: "it is not to its taste"})
				continue
			}
			p.mu.Lock()
			p.asked[d.Title+d.Abstract]++
			p.mu.Unlock()
			places, vectors = append(places, j), append(vectors, wordVector(d.Title+" "+d.Abstract))
		}
		if len(places) > 0 {
			if err := got(places, vectors); err != nil {
				return err
			}
		}
	}
	if len(no) > 0 {
		return &embed.RefusedError{Refusals: no}
	}
	return nil
}

// twice lists the texts that were embedded more than once.
func (p *paid) twice() (list []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for text, n := range p.asked {
		if n > 1 {
			list = append(list, fmt.Sprintf("%d times %.30q", n, text))
		}
	}
	return list
}

// dialer hands out embedders by their model.
func dialer(embedders ...*paid) func(context.Context, embed.Settings) (embed.Embedder, error) {
	return func(_ context.Context, s embed.Settings) (embed.Embedder, error) {
		for _, e := range embedders {
			if e.settings.Model == s.Model {
				return e, nil
			}
		}
		return nil, fmt.Errorf("%s: %w", s.Model, errDown)
	}
}

func learnOptions(t *testing.T, s embed.Settings) index.LearnOptions {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return index.LearnOptions{Embedder: b}
}

func reopen(t *testing.T, x *index.Index, o index.Options) *index.Index {
	t.Helper()
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	return open(t, x.Dir(), o)
}

func TestNoTextIsEmbeddedTwice(t *testing.T) {
	p := newPaid("a")
	o := index.Options{Wanted: &p.settings, Dial: dialer(p)}
	dir := t.TempDir()
	papers := samplePapers()[:60]
	// It fails in the middle of every ingest, a little later each time.
	for limit := 7; ; limit += 9 {
		p.limit = limit
		x := open(t, dir, o)
		_, err := x.Put(t.Context(), papers)
		if closeErr := x.Close(); closeErr != nil {
			t.Fatal(closeErr)
		}
		if err == nil {
			break
		}
		if !errors.Is(err, errDown) {
			t.Fatal(err)
		}
	}
	p.limit = 0
	x := open(t, dir, index.Options{Dial: dialer(p)}) // the recorded one
	if st, err := x.Stats(t.Context()); err != nil || st.Papers != 60 || st.Model != string(p.Fingerprint()) {
		t.Fatalf("%+v, %v", st, err)
	}
	// A paper that moves, one that comes again, one whose authors change.
	if _, err := x.Delete(t.Context(), []string{papers[3].ID}); err != nil {
		t.Fatal(err)
	}
	moved, changed := papers[3], papers[4]
	moved.ID, changed.Authors = "moved", []string{"Somebody Else"}
	put(t, x, moved, papers[3], changed, papers[5])
	if list := p.twice(); len(list) > 0 {
		t.Errorf("embedded more than once: %v", list)
	}
	if len(p.asked) != 60 {
		t.Errorf("%d texts were asked for", len(p.asked))
	}
	// What is forgotten is asked for again, and papers keep their vectors.
	kept, err := x.Kept()
	if err != nil || len(kept) != 1 || kept[0].Entries != 60 {
		t.Fatalf("kept %+v, %v", kept, err)
	}
	if err := x.Forget(t.Context(), kept[0].Fingerprint); err != nil {
		t.Fatal(err)
	}
	if kept, err := x.Kept(); err != nil || len(kept) != 0 {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if r := search(t, x, "flows", paper.Options{Mode: paper.Semantic}); len(r.Hits) == 0 {
		t.Error("no answers after forgetting")
	}
}

// Batches side by side that hold the same texts ask for each once.
func TestSameTextsSideBySide(t *testing.T) {
	p := newPaid("a")
	papers := samplePapers()
	calls := make(chan chan struct{})
	p.before = func(context.Context, int) { // each call is let go by the test
		gone := make(chan struct{})
		calls <- gone
		<-gone
	}
	x := open(t, t.TempDir(), index.Options{Wanted: &p.settings, Dial: dialer(p)})
	renamed := slices.Clone(papers[:21]) // the same twenty, and one more
	for i := range renamed {
		renamed[i].ID += "-again"
	}
	var group errgroup.Group
	group.Go(func() error { _, err := x.Put(t.Context(), papers[:20]); return err })
	first := <-calls
	group.Go(func() error { _, err := x.Put(t.Context(), renamed); return err })
	second := <-calls
	close(second)
	close(first)
	if err := group.Wait(); err != nil {
		t.Fatal(err)
	}
	if st := stats(t, x); st.Papers != 41 || st.Vectors != 41 || len(p.asked) != 21 || len(p.twice()) > 0 {
		t.Errorf("%+v; %d texts, twice %v", st, len(p.asked), p.twice())
	}
}

func TestRefusedPaperIsReportedAndStays(t *testing.T) {
	var log strings.Builder
	p := newPaid("a")
	papers := samplePapers()[:20]
	p.refuse = papers[7].Title
	x := open(t, t.TempDir(), index.Options{Wanted: &p.settings, Dial: dialer(p), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	put(t, x, papers...)
	if !strings.Contains(log.String(), papers[7].ID) || !strings.Contains(log.String(), "not to its taste") {
		t.Errorf("log: %s", log.String())
	}
	st, err := x.Stats(t.Context())
	if err != nil || st.Papers != 20 || st.Vectors != 19 {
		t.Errorf("%+v, %v", st, err)
	}
	if r := search(t, x, papers[7].Title, paper.Options{Mode: paper.Lexical}); r.Hits[0].Paper.ID != papers[7].ID {
		t.Error("the paper is not found by its words")
	}
}

func TestFolderRecordsItsEmbedder(t *testing.T) {
	a, b := newPaid("a"), newPaid("b")
	dial := dialer(a, b)
	x := open(t, t.TempDir(), index.Options{Wanted: &a.settings, Dial: dial})
	put(t, x, samplePapers()[:40]...)

	refused := func(wanted embed.Settings, folder, other string) {
		t.Helper()
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		y, err := index.Open(t.Context(), x.Dir(), index.Options{Wanted: &wanted, Dial: dial})
		if err == nil {
			y.Close()
		}
		refusal, ok := errors.AsType[*index.EmbedderError](err)
		if !ok || !errors.Is(err, index.ErrEmbedder) || !strings.HasPrefix(refusal.Folder, folder) || !strings.HasPrefix(refusal.Wanted, other) {
			t.Errorf("opened with %s: %v", wanted.Model, err)
		}
		x = open(t, x.Dir(), index.Options{Dial: dial})
	}
	static := embed.Settings{Provider: embed.Static}
	refused(b.settings, "openai:a:", "openai:b:")
	refused(static, "openai:a:", "static:")
	refused(embed.Settings{Provider: "ollama", Model: "gone"}, "openai:a:", "openai:gone")

	// Its server has moved: the folder notes where to.
	a.settings.URL = "http://elsewhere.example/v1"
	if err := x.Learn(t.Context(), learnOptions(t, a.settings), nil); err != nil {
		t.Fatal(err)
	}
	x = reopen(t, x, index.Options{Dial: func(ctx context.Context, s embed.Settings) (embed.Embedder, error) {
		if s.Model == "a" && (s.URL != a.settings.URL || s.Length != fakeDimension) {
			t.Errorf("recorded %+v", s)
		}
		return dial(ctx, s)
	}})

	// Over to another model, which searches see at once and openings after it.
	if err := x.Learn(t.Context(), index.LearnOptions{}, nil); !errors.Is(err, paper.ErrCannotLearn) {
		t.Errorf("a server's model learns: %v", err)
	}
	if err := x.Learn(t.Context(), learnOptions(t, b.settings), nil); err != nil {
		t.Fatal(err)
	}
	if r := search(t, x, "flows", paper.Options{}); r.Model != string(b.Fingerprint()) {
		t.Errorf("answers by %s", r.Model)
	}
	refused(a.settings, "openai:b:", "openai:a:") // opens again as dial has it
	// Back: nothing is asked for again.
	if err := x.Learn(t.Context(), learnOptions(t, a.settings), nil); err != nil {
		t.Fatal(err)
	}
	if list := append(a.twice(), b.twice()...); len(list) > 0 {
		t.Errorf("embedded more than once: %v", list)
	}
	// To the built-in model, which learns on the way, and from it.
	if err := x.Learn(t.Context(), learnOptions(t, static), nil); err != nil {
		t.Fatal(err)
	}
	st, err := x.Stats(t.Context())
	if err != nil || !st.Learned || !strings.HasPrefix(st.Model, "static:") || st.Vectors != 40 {
		t.Errorf("%+v, %v", st, err)
	}
	refused(b.settings, "static:", "openai:b:")
	if err := x.Learn(t.Context(), learnOptions(t, b.settings), nil); err != nil {
		t.Fatal(err)
	}
	if st, err := x.Stats(t.Context()); err != nil || st.Model != string(b.Fingerprint()) || st.Vectors != 40 {
		t.Errorf("%+v, %v", st, err)
	}
}

func TestChangeIsResumed(t *testing.T) {
	a, b := newPaid("a"), newPaid("b")
	o := index.Options{Wanted: &a.settings, Dial: dialer(a, b)}
	x := open(t, t.TempDir(), o)
	put(t, x, samplePapers()[:50]...)
	b.limit = 20
	if err := x.Learn(t.Context(), learnOptions(t, b.settings), nil); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if r := search(t, x, "flows", paper.Options{}); r.Model != string(a.Fingerprint()) || r.Degraded != "" {
		t.Errorf("meanwhile %s answers, %s", r.Model, r.Degraded)
	}
	b.limit = 0
	o.Wanted = nil
	x = reopen(t, x, o)
	put(t, x, samplePapers()[50:60]...) // by the one in use
	last := 0
	if err := x.Learn(t.Context(), index.LearnOptions{}, func(_ string, done, total int) { last = done }); err != nil { // carries on
		t.Fatal(err)
	}
	if st, err := x.Stats(t.Context()); err != nil || st.Model != string(b.Fingerprint()) || st.Vectors != 60 || last == 0 {
		t.Errorf("%+v, %v, progress to %d", st, err, last)
	}
	if list := append(a.twice(), b.twice()...); len(list) > 0 {
		t.Errorf("embedded more than once: %v", list)
	}
}

// The last papers before a switch are embedded while writers wait: few of them,
// and not for long. The others are embedded beside the writers.
func TestWritersWaitForFewPapers(t *testing.T) {
	a, b := newPaid("a"), newPaid("b")
	x := open(t, t.TempDir(), index.Options{Wanted: &a.settings, Dial: dialer(a, b)})
	put(t, x, samplePapers()[:50]...)
	x = reopen(t, x, index.Options{Dial: dialer(a, b)})
	b.limit = 40
	if err := x.Learn(t.Context(), learnOptions(t, b.settings), nil); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	b.limit = 0
	asked, hang := 0, true
	b.before = func(ctx context.Context, docs int) {
		if !x.Writing() {
			t.Error("asked beside the writers")
		}
		if asked++; hang {
			<-ctx.Done()
		}
	}
	try := func(most int, patience time.Duration) bool {
		t.Helper()
		switched, err := x.SwitchOver(t.Context(), most, patience)
		if err != nil {
			t.Fatal(err)
		}
		return switched
	}
	if try(49, time.Minute) || asked != 0 {
		t.Errorf("fifty papers are not too many, asked %d times", asked)
	}
	if try(50, time.Millisecond) || x.Writing() {
		t.Error("writers wait for a server that hangs")
	}
	hang = false
	if !try(50, time.Minute) || asked == 0 {
		t.Errorf("no switch with fifty papers, asked %d times", asked)
	}
	if st := stats(t, x); st.Vectors != 50 || st.Model != string(b.Fingerprint()) {
		t.Errorf("%+v", st)
	}

	// Papers that come while the vectors are filled in are in too.
	b.before = nil
	put(t, x, samplePapers()[50])
	papers := brief(invented(800))
	coming := [][]paper.Paper{papers[:600], papers[600:790], papers[790:]}
	a.before = func(ctx context.Context, docs int) {
		if len(coming) == 0 || x.Writing() {
			return
		}
		more := coming[0]
		coming = coming[1:]
		if _, err := x.Put(ctx, more); err != nil {
			t.Error(err)
		}
	}
	if err := x.Learn(t.Context(), learnOptions(t, a.settings), nil); err != nil {
		t.Fatal(err)
	}
	if st := stats(t, x); st.Papers != 851 || st.Vectors != 851 || st.Model != string(a.Fingerprint()) || len(coming) > 0 {
		t.Errorf("%+v, %d batches left", st, len(coming))
	}
}

func TestNoFolderWhereTheEmbedderIsNotThere(t *testing.T) {
	dir := t.TempDir() + "/new"
	wanted := embed.Settings{Provider: "ollama", Model: "a"}
	if _, err := index.Open(t.Context(), dir, index.Options{Wanted: &wanted, Dial: dialer()}); !errors.Is(err, errDown) {
		t.Fatal(err)
	}
	if _, err := index.Open(t.Context(), dir, index.Options{MustExist: true}); !errors.Is(err, index.ErrNoIndex) {
		t.Errorf("a folder was made: %v", err)
	}
}

func TestServerThatIsDownIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		down := true
		f := &fake{failQuestions: func(ctx context.Context) error {
			if down { // it hangs
				<-ctx.Done()
				return ctx.Err()
			}
			return nil
		}}
		q := index.NewCareful(f, 2*time.Second, slog.New(slog.NewTextHandler(&log, nil)))
		ask := func(question string) (time.Duration, error) {
			start := time.Now()
			_, err := q.EmbedQueries(t.Context(), []string{question})
			return time.Since(start), err
		}
		if took, err := ask("a"); took != 2*time.Second || !errors.Is(err, paper.ErrUnavailable) {
			t.Errorf("the first question: %s, %v", took, err)
		}
		for range 100 {
			if took, err := ask("a"); took != 0 || !errors.Is(err, paper.ErrUnavailable) {
				t.Fatalf("while it is left alone: %s, %v", took, err)
			}
		}
		if n := f.questions.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		// In an hour of a question a second, few of them cost a deadline.
		for range 3600 {
			time.Sleep(time.Second)
			_, _ = ask("a")
		}
		if n := f.questions.Load(); n > 3600/30+10 {
			t.Errorf("asked %d times in an hour", n)
		}
		down = false
		time.Sleep(31 * time.Second)
		if _, err := ask("a"); err != nil {
			t.Error(err)
		}
		n := f.questions.Load()
		if took, err := ask("a"); took != 0 || err != nil || f.questions.Load() != n {
			t.Errorf("a question asked before: %s, %v", took, err)
		}
		// Who asked and left says nothing of the server.
		gone, cancel := context.WithCancel(t.Context())
		f.failQuestions = func(ctx context.Context) error { cancel(); return ctx.Err() }
		if _, err := q.EmbedQueries(gone, []string{"b"}); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		f.failQuestions = nil
		if _, err := ask("c"); err != nil {
			t.Error(err)
		}
		if lines := strings.Count(log.String(), "\n"); lines > 150 {
			t.Errorf("%d lines of log", lines)
		}
	})
}

func TestQuestionsRememberedAreBounded(t *testing.T) {
	f := &fake{}
	q := index.NewCareful(f, 0, slog.New(slog.DiscardHandler))
	for i := range 3000 {
		if _, err := q.EmbedQueries(t.Context(), []string{fmt.Sprint("question ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	before := f.questions.Load()
	for _, i := range []int{2999, 2000, 0} {
		if _, err := q.EmbedQueries(t.Context(), []string{fmt.Sprint("question ", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if n := f.questions.Load() - before; n != 1 {
		t.Errorf("%d of three were asked for again, want the oldest", n)
	}
}
