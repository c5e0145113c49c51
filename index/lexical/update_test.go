package lexical

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	diff "github.com/google/go-cmp/cmp"
)

func TestNumbersAscend(t *testing.T) {
	ix := newIndex(t, Options{}, []Doc{{Number: 5}})
	for _, batch := range [][]Doc{{{Number: 5}}, {{Number: 4}}, {{Number: 7}, {Number: 6}}, {{Number: 8}, {Number: 8}}} {
		if err := ix.Add(batch); !errors.Is(err, ErrOrder) {
			t.Errorf("Add(%v): %v", batch, err)
		}
	}
	if ix.Len() != 1 {
		t.Errorf("%d documents after refusals", ix.Len())
	}
	if err := ix.Add([]Doc{{Number: 6}}); err != nil {
		t.Errorf("the next number: %v", err)
	}
}

func TestDeleteAndAddAgain(t *testing.T) {
	c := newCorpus(11, 800)
	c.gaps = true
	o := Options{TitleWeight: 2}
	ix, n := newIndex(t, o), newNaive(t, o)
	var live []Doc
	for round := range 30 {
		docs := c.docs(1 + c.rand.IntN(200))
		c.rand.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
		remove := live[:len(live)/3]
		if round == 20 {
			remove = live // all of them
		}
		live = append(slices.Clone(live[len(remove):]), docs...)
		// Twice, and one that never was: passed over.
		if err := ix.Update(slices.Concat(remove, remove, []Doc{{Number: 1 << 30, Title: []string{"w1"}}}), docs); err != nil {
			t.Fatal(err)
		}
		ix.Delete(remove)
		n.delete(remove)
		n.add(docs)
		if round == 25 {
			compact(t, ix)
		}
		for _, k := range []int{5, 100} {
			q := c.question(6)
			check(t, ix, n, q, k, nil)
			check(t, ix, n, q, k, c.filter(0.3))
		}
	}
	compact(t, ix)
	if len(ix.view.parts) != 1 || ix.view.parts[0].deleted != 0 || ix.view.parts[0].len() != len(live) {
		t.Errorf("after Compact: %d parts, %d of %d documents", len(ix.view.parts), ix.view.parts[0].len(), len(live))
	}
	check(t, ix, n, c.question(20), 50, nil)
	ix.Delete(live)
	n.delete(live)
	check(t, ix, n, c.question(20), 50, nil)
	compact(t, ix)
	check(t, ix, n, c.question(20), 50, nil)
	if len(ix.view.parts) != 0 {
		t.Errorf("%d parts of an empty index", len(ix.view.parts))
	}
}

// TestAnswersDoNotDependOnSegments adds the same documents in batches of many
// sizes, deletes before or after merging, goes through a snapshot, and expects
// the same bytes.
func TestAnswersDoNotDependOnSegments(t *testing.T) {
	c := newCorpus(17, 2000)
	docs := c.docs(4000)
	var deleted []Doc
	for i := 0; i < len(docs); i += 3 {
		deleted = append(deleted, docs[i])
	}
	questions := [][]WeightedTerm{c.question(3), c.question(12), c.question(50)}
	reversed := slices.Clone(questions[2])
	slices.Reverse(reversed)
	questions = append(questions, reversed)
	allow := c.filter(0.4)
	answers := func(ix *Index) (out [][]Scored) {
		for _, q := range questions {
			for _, k := range []int{3, 300} {
				a, err := ix.Search(t.Context(), nil, q, k, nil)
				b, err2 := ix.Search(t.Context(), nil, q, k, allow)
				if err != nil || err2 != nil {
					t.Fatal(err, err2)
				}
				out = append(out, a, b)
			}
		}
		return out
	}
	var kept []Doc
	for i, d := range docs {
		if i%3 != 0 {
			kept = append(kept, d)
		}
	}
	want := answers(newIndex(t, Options{}, kept))
	if d := diff.Diff(want[len(want)-4:], want[len(want)-8:len(want)-4]); d != "" {
		t.Errorf("the order of the question's terms matters:\n%s", d)
	}
	for _, size := range []int{7, 100, 1024, 4000} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			ix := newIndex(t, Options{}, slices.Collect(slices.Chunk(docs, size))...)
			ix.Delete(deleted)
			if d := diff.Diff(want, answers(ix)); d != "" {
				t.Fatalf("in segments:\n%s", d)
			}
			var b bytes.Buffer
			if _, err := ix.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			read, err := Read(&b, 0, Options{})
			if err != nil {
				t.Fatal(err)
			}
			if d := diff.Diff(want, answers(read)); d != "" {
				t.Fatalf("from a snapshot:\n%s", d)
			}
			compact(t, ix)
			if d := diff.Diff(want, answers(ix)); d != "" {
				t.Fatalf("compacted:\n%s", d)
			}
		})
	}
}

func TestSegmentsStayFew(t *testing.T) {
	c := newCorpus(19, 100)
	ix := newIndex(t, Options{})
	var live []Doc
	for range 1500 {
		docs := c.docs(1)
		var remove []Doc
		if len(live) > 100 {
			remove, live = live[:1], live[1:]
		}
		live = append(live, docs...)
		if err := ix.Update(remove, docs); err != nil {
			t.Fatal(err)
		}
	}
	ix.writing.Lock()
	for ix.merging {
		ix.merged.Wait()
	}
	parts, held := len(ix.view.parts), 0
	for _, p := range ix.view.parts {
		held += p.len()
	}
	ix.writing.Unlock()
	if parts >= mergeFactor || held > 2*ix.Len() {
		t.Errorf("%d segments of %d documents for %d", parts, held, ix.Len())
	}
}

// TestConcurrentUse searches while documents come, go and are merged. Each
// document has a partner with the same text; both are added and deleted in one
// update, so an answer with one of them alone is a state that never was.
func TestConcurrentUse(t *testing.T) {
	c := newCorpus(23, 50)
	ix := newIndex(t, Options{})
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for i := range 4 {
		words := newCorpus(uint64(i), 50)
		wg.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				q := words.question(4)
				got, err := ix.Search(t.Context(), nil, q, 1<<20, nil)
				if err != nil {
					t.Error(err)
					return
				}
				scores := map[uint32]float64{}
				for _, h := range got {
					scores[h.Number] = h.Score
				}
				for number, s := range scores {
					if p, ok := scores[number^1]; !ok || p != s {
						t.Errorf("document %d scores %v, its partner %v (there: %t)", number, s, p, ok)
						return
					}
				}
				ix.Scores(nil, q, []uint32{0, 1, 2})
				if _, err := ix.Count(t.Context(), []string{"w0", "w1"}, nil); err != nil {
					t.Error(err)
				}
				ix.DocFreq("w1")
				ix.Memory()
			}
		})
	}
	wg.Go(func() {
		for range 5 {
			var b bytes.Buffer
			if _, err := ix.WriteTo(&b); err != nil {
				t.Error(err)
			}
			if _, err := Read(&b, 0, Options{}); err != nil {
				t.Error(err)
			}
			compact(t, ix)
		}
	})
	var live []Doc
	for range 150 {
		docs := c.docs(2)
		docs[1].Title, docs[1].Body = docs[0].Title, docs[0].Body
		var remove []Doc
		if len(live) > 60 {
			remove, live = live[:4], live[4:]
		}
		live = append(live, docs...)
		if err := ix.Update(remove, docs); err != nil {
			t.Fatal(err)
		}
	}
	close(stop)
	wg.Wait()
}

func TestScattered(t *testing.T) {
	c := newCorpus(7, 50)
	docs := c.docs(100)
	ix := newIndex(t, Options{})
	if ix.Scattered() {
		t.Error("an empty index")
	}
	for _, step := range []struct {
		from, to int
		want     bool
	}{{0, 80, false}, {80, 90, false}, {90, 100, true}} {
		if err := ix.Add(docs[step.from:step.to]); err != nil {
			t.Fatal(err)
		}
		if got := ix.Scattered(); got != step.want {
			t.Errorf("after %d documents: %v", step.to, got)
		}
	}
	compact(t, ix)
	if ix.Scattered() {
		t.Error("after Compact")
	}
	ix.Delete(docs[:13])
	if !ix.Scattered() {
		t.Error("with many deleted")
	}
}

// TestCompactLeavesLargeAlone joins the many small segments beside a large one.
func TestCompactLeavesLargeAlone(t *testing.T) {
	c := newCorpus(7, 50)
	ix := newIndex(t, Options{}, c.docs(1), c.docs(2000))
	for range fewParts - 1 {
		if ix.Scattered() {
			t.Error("a few small segments")
		}
		if err := ix.Add(c.docs(3)); err != nil {
			t.Fatal(err)
		}
	}
	if !ix.Scattered() {
		t.Error("many small segments are well as they are")
	}
	large := ix.view.parts[1].segment
	compact(t, ix)
	if parts := ix.view.parts; len(parts) != 3 || parts[1].segment != large || ix.Scattered() {
		t.Errorf("%d segments, scattered: %v", len(parts), ix.Scattered())
	}
}

func TestCompactEnds(t *testing.T) {
	c := newCorpus(7, 50)
	ix := newIndex(t, Options{}, c.docs(100), c.docs(100))
	q := c.question(5)
	want, err := ix.Search(t.Context(), nil, q, 50, nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := ix.Compact(ctx); !errors.Is(err, context.Canceled) || len(ix.view.parts) != 2 {
		t.Errorf("%v, %d segments", err, len(ix.view.parts))
	}
	compact(t, ix) // and can be called again
	got, err := ix.Search(t.Context(), nil, q, 50, nil)
	if d := diff.Diff(want, got); err != nil || d != "" || len(ix.view.parts) != 1 {
		t.Errorf("%v, %d segments\n%s", err, len(ix.view.parts), d)
	}
}
