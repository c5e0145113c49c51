package index

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"

	"kindred/internal/lru"
	"kindred/internal/text"
	"kindred/paper"
)

// demands are what a question's answers must have and must not have: words one
// after the other, as the analysis has them, in the title or in the abstract.
type demands struct {
	must, never [][]string
}

func (d demands) none() bool { return len(d.must)+len(d.never) == 0 }

func demandsOf(a *text.Analyzer, q paper.Question) demands {
	read := func(list []string) (out [][]string) {
		for _, s := range list {
			if words := a.Terms(nil, s); len(words) > 0 {
				out = append(out, words)
			}
		}
		// Those that leave the fewest papers to read come first: single words
		// need no reading, and long phrases have few candidates.
		slices.SortStableFunc(out, func(a, b []string) int {
			if (len(a) == 1) != (len(b) == 1) {
				return cmp.Compare(len(a), len(b))
			}
			return cmp.Compare(len(b), len(a))
		})
		return out
	}
	return demands{read(q.Must), read(q.Never)}
}

// met is what meets the demands.
type met struct {
	docs *roaring.Bitmap // nil: every paper; not to be changed
	// partly says that a phrase has not been looked for in all papers yet: no
	// paper here breaks a demand, and some that break none may be missing.
	partly bool
}

// meet is the part of allow, or of all papers where that is nil, that meets
// the demands.
func (x *Index) meet(ctx context.Context, d demands, allow *roaring.Bitmap) (met, error) {
	if d.none() {
		return met{docs: allow}, nil
	}
	if allow == nil {
		allow = x.filters.Live()
	}
	partly := false
	until := time.Now().Add(x.phrases.budget)
	for i, words := range slices.Concat(d.must, d.never) {
		docs, unread, err := x.having(ctx, words, allow, until)
		if err != nil {
			return met{}, err
		}
		partly = partly || unread != nil
		switch {
		case i < len(d.must):
			allow = roaring.And(allow, docs)
		case unread != nil: // they may have it
			allow = roaring.AndNot(allow, roaring.Or(docs, unread))
		default:
			allow = roaring.AndNot(allow, docs)
		}
	}
	return met{allow, partly}, nil
}

// phrases remembers which papers have a phrase. The text behind a doc number
// never changes and numbers ascend, so what is known of a phrase stays true:
// only papers that came later are read.
type phrases struct {
	known *lru.Cache[string, having]
	place chan struct{} // holds one while papers are read, so that no search takes all cores for long

	budget      time.Duration // phraseBudget
	few, atOnce int           // fewPapers and manyPapers
}

// having is the papers below a number that have a phrase.
type having struct {
	docs *roaring.Bitmap // never changed
	next uint32
}

const (
	// rememberedPhrases bounds the memory for phrases: 4 MB with half a
	// million papers.
	rememberedPhrases = 64
	// fewPapers are read for one request alone, some 10 ms, rather than all
	// papers with a phrase's words to be remembered.
	fewPapers = 1000
	// manyPapers are read before what was found is remembered.
	manyPapers = 1 << 14
	// phraseBudget is how long one question has papers read for its phrases. What
	// has been read by then is kept, so that the next one goes on from there.
	phraseBudget = 2 * time.Second
	// readAtOnce is how many papers are read from the store in one go.
	readAtOnce = 256
)

func newPhrases() phrases {
	return phrases{
		known: lru.New[string, having](rememberedPhrases), place: make(chan struct{}, 1),
		budget: phraseBudget, few: fewPapers, atOnce: manyPapers,
	}
}

// having returns the papers within a set that have words one after the other,
// and maybe more that are not in the set. The inverted index knows which papers
// have all the words; whether in this order, only their texts do. Where reading
// them takes longer than until, those that are left come as unread, else that is
// nil; some are read each time.
func (x *Index) having(ctx context.Context, words []string, within *roaring.Bitmap, until time.Time) (docs, unread *roaring.Bitmap, err error) {
	docs, next, err := x.lexical.WithAll(ctx, words)
	if err != nil || len(words) == 1 || docs.IsEmpty() {
		return docs, nil, err
	}
	key := strings.Join(words, " ")
	look := func() (known having, rest *roaring.Bitmap) {
		known, ok := x.phrases.known.Get(key)
		if !ok {
			known.docs = roaring.New()
		}
		rest = docs.Clone()
		rest.RemoveRange(0, uint64(known.next))
		return known, rest
	}
	known, rest := look()
	if rest.IsEmpty() {
		x.counters.phrasesKept.Add(1)
		return known.docs, nil, nil
	}
	x.counters.phrasesSearched.Add(1)
	if few := roaring.And(rest, within); few.GetCardinality() <= uint64(x.phrases.few) {
		found, err := x.withPhrase(ctx, words, few.ToArray())
		if err != nil {
			return nil, nil, err
		}
		if few.GetCardinality() == rest.GetCardinality() {
			x.phrases.known.Put(key, having{roaring.Or(known.docs, found), max(next, known.next)})
		}
		return roaring.Or(known.docs, found), nil, nil
	}
	late := time.NewTimer(time.Until(until))
	defer late.Stop()
	select {
	case x.phrases.place <- struct{}{}:
		defer func() { <-x.phrases.place }()
	case <-late.C: // another question's phrase takes this long
		return known.docs, rest, nil
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
	known, rest = look() // somebody may have read them meanwhile
	for some := range slices.Chunk(rest.ToArray(), x.phrases.atOnce) {
		found, err := x.withPhrase(ctx, words, some)
		if err != nil {
			return nil, nil, err
		}
		last := some[len(some)-1]
		known = having{roaring.Or(known.docs, found), last + 1}
		x.phrases.known.Put(key, known)
		rest.RemoveRange(0, uint64(last)+1)
		if !rest.IsEmpty() && time.Now().After(until) {
			return known.docs, rest, nil
		}
	}
	return known.docs, nil, nil
}

// withPhrase reads papers on all cores and returns those that have the phrase,
// some 20 µs a paper on one core. docs ascend.
func (x *Index) withPhrase(ctx context.Context, words []string, docs []uint32) (*roaring.Bitmap, error) {
	has := make([]bool, len(docs))
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for from := 0; from < len(docs); from += readAtOnce {
		some, has := docs[from:min(from+readAtOnce, len(docs))], has[from:]
		g.Go(func() error {
			papers, err := x.store.PapersAscending(ctx, some)
			if err != nil {
				return err
			}
			a := x.analyzers.get()
			defer x.analyzers.put(a)
			for i, p := range papers {
				if p == nil {
					p = x.leaving.find(some[i])
				}
				has[i] = p != nil && (a.Has(p.Title, words) || a.Has(p.Abstract, words))
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	found := roaring.New()
	for i, ok := range has {
		if ok {
			found.Add(docs[i])
		}
	}
	return found, nil
}
