package index

import (
	"context"
	"fmt"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/embed/static"
	"kindred/internal/text"
	"kindred/paper"
)

const (
	// learnFrom is the fewest papers from which learning helps, and the fewest
	// new ones that are worth learning again for.
	learnFrom = 32
	// learnGrowth is how much of its former size a corpus has grown by when
	// learning again pays whatever its words: another field may use the words
	// that the model knows for other things.
	learnGrowth = .25
	// learnUnknown is the share of unknown words from which learning again
	// pays, and learnShare the share of all papers that must be new for it:
	// where a tenth was of another field, nDCG@10 in it rose by 11 to 17 %
	// with 2.7 to 3.7 % of its words unknown, by 3 to 6 % with under 1 %.
	learnUnknown, learnShare = .025, .1
	// surveyed is how many papers the share of unknown words is estimated
	// from: some 30,000 words, read in 10 ms.
	surveyed = 256
)

// ShouldLearn reports whether the built-in model has not learned this corpus
// and there are papers enough for it to help.
func (x *Index) ShouldLearn() bool {
	gen := x.generation.Load()
	_, builtIn := gen.embedder.(*static.Model)
	return x.opt.Embedder == nil && builtIn && !gen.Learned && x.store.Len() >= learnFrom
}

// survey remembers the share of unknown words for as long as neither model nor
// papers change, so that asking for it often costs nothing.
type survey struct {
	mu         sync.Mutex
	generation uint32
	next       uint32 // doc number
	papers     int
	share      float64
}

// learningStats compares what gen's model learned from with what is there; nil
// where the embedder does not learn.
func (x *Index) learningStats(ctx context.Context, gen *generation) (*paper.Learning, error) {
	if l, isLost := gen.embedder.(*lost); isLost {
		return &paper.Learning{Papers: gen.Papers, Advice: l.advice()}, nil
	}
	model, builtIn := gen.embedder.(*static.Model)
	if !builtIn {
		return nil, nil
	}
	l := &paper.Learning{Papers: gen.Papers}
	if gen.Learned && l.Papers == 0 { // by a release that did not write it down
		l.Papers = model.Info().Papers
	}
	live := x.filters.Live()
	total := int(live.GetCardinality())
	l.NewPapers = total
	if gen.NextDoc > 0 {
		l.NewPapers -= int(live.Rank(gen.NextDoc - 1))
	}
	var err error
	if l.UnknownWords, err = x.unknownWords(ctx, gen, model, live, l.NewPapers); err != nil {
		return nil, err
	}
	l.Advice = advice(l, total, gen.Learned)
	return l, nil
}

// advice says in a sentence why the model should learn now, or "".
func advice(l *paper.Learning, total int, learned bool) string {
	switch {
	case !learned && total >= learnFrom:
		return "the model has not learned these papers yet; to teach it: kindred learn"
	case !learned || l.NewPapers < learnFrom:
		return ""
	case l.UnknownWords >= learnUnknown && float64(l.NewPapers) >= learnShare*float64(total):
		return fmt.Sprintf("of the words of the %d papers that have come in since the model learned, it does not know %.0f %%; to teach it: kindred learn",
			l.NewPapers, 100*l.UnknownWords)
	case float64(total) >= (1+learnGrowth)*float64(l.Papers):
		return fmt.Sprintf("there were %d papers when the model learned, and there are %d now; to teach it the new ones: kindred learn", l.Papers, total)
	}
	return ""
}

// unknownWords estimates, from papers spread evenly over the last n of live,
// the share of their words that gen's model has no vector for. It hangs on
// nothing but what the folder holds.
func (x *Index) unknownWords(ctx context.Context, gen *generation, model *static.Model, live *roaring.Bitmap, n int) (float64, error) {
	if n == 0 {
		return 0, nil
	}
	s := &x.survey
	s.mu.Lock()
	defer s.mu.Unlock()
	next, papers := x.store.NextDoc(), x.store.Len()
	if s.generation == gen.Number && s.next == next && s.papers == papers {
		return s.share, nil
	}
	first := int(live.GetCardinality()) - n
	var numbers []uint32
	for i := range min(n, surveyed) {
		number, err := live.Select(uint32(first + i*n/min(n, surveyed)))
		if err != nil {
			return 0, err
		}
		numbers = append(numbers, number)
	}
	found, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return 0, err
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	var d text.Doc
	words, known := 0, 0
	for _, p := range found {
		if p != nil {
			a.Doc(&d, p.Title, p.Abstract)
			words += len(d.Title) + len(d.Body)
			known += model.Known(d.Title) + model.Known(d.Body)
		}
	}
	s.generation, s.next, s.papers, s.share = gen.Number, next, papers, 0
	if words > 0 {
		s.share = float64(words-known) / float64(words)
	}
	return s.share, nil
}
