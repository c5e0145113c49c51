package index

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"runtime"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"kindred/index/rank"
	"kindred/index/store"
	"kindred/internal/text"
	"kindred/paper"
)

// dresser turns the candidates of a ranking into hits: with their papers,
// signals and highlights.
type dresser struct {
	x       *Index
	ranking *ranking
	topic   topic
	embed   func([]float32, []string) bool // nil: the embedder reads no terms
	mode    paper.Mode
	shown   map[string]bool // ids of the hits so far, and of those that must be none

	from  int          // the place in the ranking that ready begins with
	ready []*paper.Hit // nil for a paper that has gone
}

func (x *Index) dresser(gen *generation, p probe, r *ranking) *dresser {
	d := &dresser{x: x, ranking: r, mode: p.mode, shown: map[string]bool{}}
	for _, id := range p.seeds {
		d.shown[id] = true
	}
	d.topic = topic{weight: map[string]float64{}, vector: p.vector}
	for _, t := range p.terms {
		if w := x.idf(x.lexical.DocFreq(t.Text)); w > 0 && !text.Stop(t.Text) {
			d.topic.weight[t.Text] = w
			d.topic.total += w
		}
	}
	if e, ok := gen.embedder.(termEmbedder); ok {
		d.embed = e.EmbedTerms
	}
	return d
}

// maxAhead bounds how many candidates are dressed before one is asked for.
const maxAhead = 16

// hit returns the i-th candidate as a hit. It is nil for a paper that has gone,
// or is among the hits already in the form that replaces this one. So many as
// wanted are dressed at once, on all cores.
func (d *dresser) hit(ctx context.Context, i, wanted int) (*paper.Hit, error) {
	if i < d.from || i >= d.from+len(d.ready) {
		var err error
		if d.ready, err = d.dress(ctx, d.ranking.list[i:min(len(d.ranking.list), i+min(wanted, maxAhead))]); err != nil {
			return nil, err
		}
		d.from = i
	}
	h := d.ready[i-d.from]
	if h == nil || d.shown[h.Paper.ID] {
		return nil, nil
	}
	d.shown[h.Paper.ID] = true
	return h, nil
}

func (d *dresser) dress(ctx context.Context, list []rank.Candidate) ([]*paper.Hit, error) {
	hits := make([]*paper.Hit, len(list))
	var next atomic.Int64
	work := func() error {
		a := d.x.analyzers.get()
		defer d.x.analyzers.put(a)
		h := &highlighter{topic: d.topic, analyzer: a, embed: d.embed}
		for i := int(next.Add(1)) - 1; i < len(list); i = int(next.Add(1)) - 1 {
			found, err := d.x.ranked(ctx, []uint32{list[i].Doc})
			if err != nil {
				return err
			}
			if found[0] != nil {
				hits[i] = d.dressOne(h, found[0], list[i])
			}
		}
		return nil
	}
	var others errgroup.Group
	for range min(runtime.GOMAXPROCS(0), len(list)) - 1 {
		others.Go(work)
	}
	err := work()
	return hits, cmp.Or(err, others.Wait())
}

func (d *dresser) dressOne(lighter *highlighter, p *paper.Paper, c rank.Candidate) *paper.Hit {
	h := &paper.Hit{Paper: *p, Score: c.Score}
	h.Paper.Parts = nil // a list is of papers; each one by its id has its sources
	if c.Lexical > 0 {
		h.Signals.Lexical = &paper.Signal{Rank: d.ranking.lexical[c.Doc], Score: c.Lexical}
	}
	if !math.IsNaN(c.Semantic) && d.mode != paper.Lexical {
		h.Signals.Semantic = &paper.Signal{Rank: d.ranking.semantic[c.Doc], Score: c.Semantic}
	}
	h.Highlights = lighter.highlight(&h.Paper)
	return h
}

// Paper returns the paper with this id, or an error that wraps
// [paper.ErrNotFound].
func (x *Index) Paper(ctx context.Context, id string) (paper.Paper, error) {
	for {
		numbers, err := x.numbers(ctx, []string{id})
		if err != nil {
			return paper.Paper{}, err
		}
		papers, err := x.store.Papers(ctx, numbers)
		if err != nil {
			return paper.Paper{}, err
		}
		if papers[0] != nil {
			return *papers[0], nil
		}
		// It was replaced in this moment: the id leads to another number by now, or
		// to none.
	}
}

// numbers finds the doc numbers of ids, all of which must be there.
func (x *Index) numbers(ctx context.Context, ids []string) ([]uint32, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	entries, err := x.store.Lookup(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([]uint32, len(ids))
	for i, e := range entries {
		if !e.Found {
			if e, err = x.otherName(ctx, ids[i]); err != nil {
				return nil, err
			}
		}
		out[i] = e.Doc
	}
	return out, nil
}

// otherName looks up an id that others gave to a paper.
func (x *Index) otherName(ctx context.Context, id string) (store.Entry, error) {
	unknown := fmt.Errorf("%w: %s", paper.ErrNotFound, id)
	found, err := x.Find(ctx, []string{id})
	if err != nil {
		return store.Entry{}, err
	}
	if found[0] == nil {
		return store.Entry{}, unknown
	}
	entries, err := x.store.Lookup(ctx, []string{found[0].ID})
	if err == nil && !entries[0].Found { // gone in this moment
		err = unknown
	}
	if err != nil {
		return store.Entry{}, err
	}
	return entries[0], nil
}

// bags reads papers' words, those of the abstract once and those of the title
// titleWeight times; a paper that has gone has none.
func (x *Index) bags(ctx context.Context, numbers []uint32, titleWeight int) ([][]rank.Term, error) {
	papers, err := x.ranked(ctx, numbers)
	if err != nil {
		return nil, err
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	out := make([][]rank.Term, len(papers))
	for i, p := range papers {
		if p != nil {
			var words []string
			for range titleWeight {
				words = a.Terms(words, p.Title)
			}
			out[i] = rank.Bag(a.Terms(words, p.Abstract))
		}
	}
	return out, nil
}
