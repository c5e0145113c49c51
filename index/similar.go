package index

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"
	"time"

	"kindred/embed"
	"kindred/index/rank"
	"kindred/index/store"
	"kindred/internal/text"
	"kindred/paper"
)

// seedTerms bounds the words by which a whole abstract searches: its most
// telling ones.
const seedTerms = 60

// Similar finds papers like others; see [paper.Similar]. Its errors are
// [*paper.InvalidError], [paper.ErrNotFound] for an unknown id, the context's,
// or the store's.
func (x *Index) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	start := time.Now()
	if err := s.Validate(); err != nil {
		return nil, err
	}
	gen := x.generation.Load()
	request := requestKey("similar", s.Title, s.Text, s.Positive, s.Negative, orderOf(s.Options))
	var resolved *paper.Resolved
	query := ""
	if s.Title != "" {
		query = s.Title
		var err error
		if resolved, err = x.resolve(ctx, gen, s.Title); err != nil {
			return nil, err
		}
		if resolved != nil {
			s.Positive = []string{resolved.ID}
		} else {
			s.Text = s.Title
		}
	}

	p := probe{mode: s.Mode, settings: gen.settings(x.ranking.Similars), filter: &s.Filter}
	var err error
	degraded := ""
	if s.Text != "" {
		query = s.Text
		degraded, err = x.likeText(ctx, gen, &p, s.Text)
	} else {
		if query == "" {
			query = strings.Join(s.Positive, " ")
		}
		err = x.likePapers(ctx, gen, &p, s.Positive, s.Negative)
	}
	if err != nil {
		return nil, err
	}
	r, err := x.answer(ctx, gen, p, s.Options, request)
	if err != nil {
		return nil, err
	}
	r.Query, r.Resolved, r.Degraded = query, resolved, degraded
	r.TookMS = milliseconds(start)
	return r, nil
}

// likeText sets the probe by a text that is no paper of the corpus.
func (x *Index) likeText(ctx context.Context, gen *generation, p *probe, s string) (degraded string, err error) {
	if p.mode != paper.Lexical {
		p.vector, degraded, err = x.embedOne(ctx, gen, p.mode, func() ([]embed.Vector, error) {
			return gen.embedder.EmbedDocuments(ctx, []embed.Document{{Abstract: s}})
		})
		if err != nil {
			return "", err
		}
	}
	a := x.analyzers.get()
	defer x.analyzers.put(a)
	p.terms = x.mostTelling(rank.Bag(a.Terms(nil, s)))
	return degraded, nil
}

// unlike is how much of a disliked paper is taken away from what is liked.
const unlike = 0.5

// likePapers sets the probe by papers of the corpus, and keeps them out of
// the answers.
func (x *Index) likePapers(ctx context.Context, gen *generation, p *probe, positive, negative []string) error {
	liked, err := x.numbers(ctx, positive)
	if err != nil {
		return err
	}
	disliked, err := x.numbers(ctx, negative)
	if err != nil {
		return err
	}
	p.seeds, p.without = slices.Concat(positive, negative), slices.Concat(liked, disliked)

	if p.mode != paper.Lexical {
		v := make([]float32, gen.embedder.Dimension())
		if err := x.addMean(ctx, v, gen, liked, 1); err != nil {
			return err
		}
		if err := x.addMean(ctx, v, gen, disliked, -unlike); err != nil {
			return err
		}
		if embed.Normalize(v) {
			p.vector = v
		}
	}
	likedBags, err := x.bags(ctx, liked, p.settings.TitleWeight)
	if err != nil {
		return err
	}
	dislikedBags, err := x.bags(ctx, disliked, p.settings.TitleWeight)
	if err != nil {
		return err
	}
	p.terms = x.mostTelling(subtract(likedBags, dislikedBags))
	return nil
}

// addMean adds the papers' vectors to sum, weight shared among them.
func (x *Index) addMean(ctx context.Context, sum []float32, gen *generation, docs []uint32, weight float32) error {
	for _, d := range docs {
		v := gen.vectors.Vector(d)
		if v == nil { // it has none, or is being written: then the store has it first
			stored, err := x.store.Vectors(ctx, gen.Number, []uint32{d})
			switch {
			case errors.Is(err, store.ErrNoGeneration): // the model has been changed since
				continue
			case err != nil:
				return err
			}
			v = stored[0]
		}
		for i, f := range v {
			sum[i] += f * weight / float32(len(docs))
		}
	}
	return nil
}

// subtract adds up the liked papers' bags, each weighing the same, and takes
// away the disliked ones'; terms left with nothing are dropped.
func subtract(liked, disliked [][]rank.Term) []rank.Term {
	var order []string
	weight := map[string]float64{}
	add := func(bags [][]rank.Term, share float64) {
		for _, bag := range bags {
			for _, t := range bag {
				if _, ok := weight[t.Text]; !ok {
					order = append(order, t.Text)
				}
				weight[t.Text] += t.Weight * share / float64(len(bags))
			}
		}
	}
	add(liked, 1)
	add(disliked, -unlike)
	var out []rank.Term
	for _, t := range order {
		if w := weight[t]; w > 0 {
			out = append(out, rank.Term{Text: t, Weight: w})
		}
	}
	return out
}

// mostTelling keeps the terms that say most about a text by weight and idf,
// with their weights.
func (x *Index) mostTelling(terms []rank.Term) []rank.Term {
	weight := make(map[string]float64, len(terms))
	var scored []rank.Term
	for _, t := range terms {
		df := x.lexical.DocFreq(t.Text)
		if df == 0 || text.Stop(t.Text) {
			continue
		}
		weight[t.Text] = t.Weight
		scored = append(scored, rank.Term{Text: t.Text, Weight: t.Weight * x.idf(df)})
	}
	scored = rank.Top(scored, seedTerms)
	for i := range scored {
		scored[i].Weight = weight[scored[i].Text]
	}
	return scored
}

// closeEnough is the confidence from which a title counts as one of the
// corpus's, misspelled.
const closeEnough = 0.8

// resolve finds the paper that a title means: the same one after folding, else
// the closest; nil when none is close.
func (x *Index) resolve(ctx context.Context, gen *generation, title string) (*paper.Resolved, error) {
	key := paper.TitleKey(title)
	if key == "" {
		return nil, nil
	}
	exact, err := x.store.Papers(ctx, x.docs.titled(title))
	if err != nil {
		return nil, err
	}
	var best *paper.Resolved
	for _, p := range exact {
		if p != nil && paper.TitleKey(p.Title) == key && (best == nil || p.ID < best.ID) {
			best = &paper.Resolved{ID: p.ID, Title: p.Title, Confidence: 1}
		}
	}
	if best != nil {
		return best, nil
	}

	const candidates = 50
	a := x.analyzers.get()
	probe := probe{mode: paper.Hybrid, settings: gen.settings(x.ranking.Questions), terms: rank.Bag(a.Terms(nil, title))}
	x.analyzers.put(a)
	probe.vector, _, err = x.embedOne(ctx, gen, probe.mode, func() ([]embed.Vector, error) {
		return x.embedQuery(ctx, gen, title)
	})
	if err != nil {
		return nil, err
	}
	lex, sem, err := x.bothSides(ctx, gen, probe, candidates, candidates)
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	for _, s := range lex {
		numbers = append(numbers, s.Number)
	}
	for _, s := range sem {
		numbers = append(numbers, s.Doc)
	}
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for _, p := range papers {
		if p == nil {
			continue
		}
		c := likeness(key, paper.TitleKey(p.Title))
		if c >= closeEnough && (best == nil || c > best.Confidence || c == best.Confidence && p.ID < best.ID) {
			best = &paper.Resolved{ID: p.ID, Title: p.Title, Confidence: c}
		}
	}
	if best != nil {
		best.Confidence = math.Round(best.Confidence*1000) / 1000
	}
	return best, nil
}

// maxCompared bounds the work of comparing two titles.
const maxCompared = 400

// likeness is 1 less the edit distance of two folded titles by the length of
// the longer one (Levenshtein).
func likeness(a, b string) float64 {
	a, b = a[:min(len(a), maxCompared)], b[:min(len(b), maxCompared)]
	longest := max(len(a), len(b))
	if longest == 0 {
		return 0
	}
	if min(len(a), len(b)) < longest*3/4 {
		return 0 // too different in length to be close enough
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return 1 - float64(row[len(b)])/float64(longest)
}
