package index

import (
	"cmp"
	"context"
	"math"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/embed"
	"kindred/index/lexical"
	"kindred/index/rank"
	"kindred/index/vector"
	"kindred/paper"
)

// Search answers a question. Its errors are [*paper.InvalidError] for a
// request that cannot be meant, the context's, or the store's.
func (x *Index) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	start := time.Now()
	if err := q.Validate(); err != nil {
		return nil, err
	}
	gen := x.generation.Load()
	asked := q.Question()
	a := x.analyzers.get()
	terms, demands := rank.Bag(a.Question(asked.Text)), demandsOf(a, asked)
	x.analyzers.put(a)
	p := probe{
		mode: q.Mode, settings: gen.settings(x.ranking.Questions), terms: terms, filter: &q.Filter, demands: demands,
	}
	request := requestKey("search", q.Text, q.Verbatim, orderOf(q.Options))
	if q.Sort == paper.NewestFirst && (q.Text == "" || q.Mode == paper.Lexical) {
		r, err := x.byDate(ctx, gen, p, q.Text != "", q.Options, request)
		if err != nil {
			return nil, err
		}
		r.Query, r.TookMS = q.Text, milliseconds(start)
		return r, nil
	}
	degraded := ""
	if q.Mode != paper.Lexical {
		var err error
		p.vector, degraded, err = x.embedOne(ctx, gen, q.Mode, func() ([]embed.Vector, error) {
			return x.embedQuery(ctx, gen, asked.Text)
		})
		if err != nil {
			return nil, err
		}
	}
	r, err := x.answer(ctx, gen, p, q.Options, request)
	if err != nil {
		return nil, err
	}
	r.Query, r.Degraded = q.Text, cmp.Or(degraded, r.Degraded)
	r.TookMS = milliseconds(start)
	return r, nil
}

func milliseconds(start time.Time) float64 {
	return math.Round(float64(time.Since(start).Microseconds())) / 1000
}

// orderOf keeps of the options what decides the order of answers: a cursor
// stays valid when the page size changes.
func orderOf(o paper.Options) paper.Options {
	o.Limit, o.Cursor, o.Facets, o.Explain = 0, "", nil, false
	return o
}

// probe is an analysed request: what to look for, and where.
type probe struct {
	mode     paper.Mode
	settings rank.Settings
	terms    []rank.Term
	vector   []float32 // nil: none
	filter   *paper.Filter
	demands  demands
	seeds    []string        // ids of papers that are never answers
	without  []uint32        // their doc numbers
	allow    *roaring.Bitmap // what filter, without and demands leave; nil: every paper. Set by rank
	drops    bool            // whether allow leaves out without alone. Set by rank
}

// ranking is an ordered list of papers with what it says of them.
type ranking struct {
	list     []rank.Candidate // best first
	allow    *roaring.Bitmap  // the probe's
	partly   bool             // as in met
	total    int              // papers that could be in the list if it were long enough
	fusion   *paper.Fusion    // hybrid mode only
	lexical  map[uint32]int   // ranks, from 1
	semantic map[uint32]int
}

// answer ranks, cuts the page and dresses its papers up.
func (x *Index) answer(ctx context.Context, gen *generation, p probe, o paper.Options, request uint64) (*paper.Result, error) {
	x.noteSearch()
	after, err := decodeCursor(o.Cursor, belonging{x.corpus, request}, false)
	if err == nil {
		err = x.resumes(after)
	}
	if err != nil {
		return nil, err
	}
	// A little more than the page, so that papers that go meanwhile do not
	// leave it short.
	need := after.offset + o.Limit + 10
	if o.Sort == paper.NewestFirst {
		need = max(need, paper.MaxLimit)
	}
	for {
		r, err := x.rank(ctx, gen, p, need)
		if err != nil {
			return nil, err
		}
		more := len(r.list) >= need
		if o.Sort == paper.NewestFirst {
			x.newestFirst(r)
		}
		result, full, err := x.page(ctx, gen, p, r, after, o, request)
		if err != nil || full || !more {
			return result, err
		}
		need *= 2 // more than a little has gone
	}
}

// page dresses up the papers behind a position. It is full unless it needs a
// longer ranking.
func (x *Index) page(ctx context.Context, gen *generation, p probe, r *ranking, after position, o paper.Options, request uint64) (result *paper.Result, full bool, err error) {
	result = x.emptyResult(gen, r.total, o.Facets, r.allow)
	result.Hits = make([]paper.Hit, 0, min(o.Limit, len(r.list)))
	if o.Explain {
		result.Fusion = r.fusion
	}
	if r.partly {
		result.Degraded = partlyRead
	}
	d := x.dresser(gen, p, r)
	for i := r.resume(after); i < len(r.list); i++ {
		c := r.list[i]
		if o.MinScore != 0 && c.Score < o.MinScore {
			if o.Sort == paper.NewestFirst {
				continue
			}
			return result, true, nil
		}
		if len(result.Hits) == o.Limit {
			result.NextCursor = x.position(r.list[i-1].Doc, i, r.total).encode(belonging{x.corpus, request})
			return result, true, nil
		}
		hit, err := d.hit(ctx, i, o.Limit-len(result.Hits))
		if err != nil {
			return nil, false, err
		}
		if hit != nil {
			result.Hits = append(result.Hits, *hit)
		}
	}
	return result, o.Sort == paper.NewestFirst, nil
}

const maxFacetValues = 100

// partlyRead is why an answer is weaker whose phrases would take too long.
const partlyRead = "a quoted phrase of very common words has not been looked for in all papers yet: ask again for the rest"

// emptyResult is a result without hits; set is what its facets count, nil for
// all papers.
func (x *Index) emptyResult(gen *generation, total int, facets []string, set *roaring.Bitmap) *paper.Result {
	r := &paper.Result{Hits: []paper.Hit{}, Total: total, Model: string(gen.embedder.Fingerprint())}
	if len(facets) > 0 {
		r.Facets = map[string][]paper.FacetCount{}
		for _, f := range facets {
			r.Facets[f] = x.filters.Facet(f, set, maxFacetValues)
		}
	}
	return r
}

// resume finds where the page after a position begins: behind its paper or,
// where that has gone, at its place, moved up by as many as are fewer in all.
func (r *ranking) resume(after position) int {
	if after.offset == 0 {
		return 0
	}
	for i, c := range r.list {
		if c.Doc == after.doc {
			return i + 1
		}
	}
	at := after.offset - max(1, after.total-r.total)
	return min(max(at, 0), len(r.list))
}

// allowed is the set of papers that pass a filter, some left out; nil when all
// may be answers. It is shared and must not be changed.
func (x *Index) allowed(f *paper.Filter, without []uint32) *roaring.Bitmap {
	if f.Empty() && len(without) == 0 {
		return nil
	}
	allow := x.filters.Bitmap(f)
	if len(without) > 0 {
		allow = allow.Clone()
		for _, doc := range without {
			allow.Remove(doc)
		}
	}
	return allow
}

func (x *Index) countAllowed(allow *roaring.Bitmap) int {
	if allow == nil {
		allow = x.filters.Live()
	}
	return int(allow.GetCardinality())
}

// maxTries bounds how often a search begins again.
const maxTries = 3

// rank orders at least need papers, or all there are. The set of papers that
// may be answers is of an earlier moment than the rest; where papers were
// replaced in between, under new numbers, it begins again.
func (x *Index) rank(ctx context.Context, gen *generation, p probe, need int) (*ranking, error) {
	for try := 1; ; try++ {
		before := x.replaced.Load()
		met, err := x.meet(ctx, p.demands, x.allowed(p.filter, p.without))
		if err != nil {
			return nil, err
		}
		p.allow = met.docs
		p.drops = p.filter.Empty() && p.demands.none() && 0 < len(p.without) && len(p.without) <= maxDropped
		if err := x.turns.take(ctx); err != nil {
			return nil, err
		}
		r, err := x.rankAllowed(ctx, gen, p, need)
		x.turns.give()
		if err != nil {
			return nil, err
		}
		if p.allow == nil || try == maxTries || x.replaced.Load() == before {
			r.allow, r.partly = p.allow, met.partly
			return r, nil
		}
	}
}

func (x *Index) rankAllowed(ctx context.Context, gen *generation, p probe, need int) (*ranking, error) {
	if p.mode == paper.Lexical || p.mode == paper.Hybrid && p.vector == nil {
		return x.rankLexical(ctx, p, need)
	}
	allowed := x.countAllowed(p.allow)
	if allowed == 0 {
		return &ranking{}, nil
	}
	var r *ranking
	var err error
	if p.mode == paper.Semantic {
		r, err = x.rankSemantic(ctx, gen, p, need)
	} else {
		r, err = x.rankHybrid(ctx, gen, p, need)
	}
	if err != nil {
		return nil, err
	}
	r.total = allowed
	return r, nil
}

func (x *Index) rankLexical(ctx context.Context, p probe, need int) (*ranking, error) {
	found, err := withTies(need, func(s lexical.Scored) float64 { return s.Score }, func(k int) ([]lexical.Scored, error) {
		return x.lexical.Search(ctx, nil, weighted(p.terms), k, p.allow)
	})
	if err != nil {
		return nil, err
	}
	r := &ranking{lexical: map[uint32]int{}}
	for _, s := range found {
		r.list = append(r.list, rank.Candidate{Doc: s.Number, Lexical: s.Score, Semantic: math.NaN(), Score: s.Score})
	}
	x.breakTies(r.list)
	for i, c := range r.list {
		r.lexical[c.Doc] = i + 1
	}
	texts := make([]string, len(p.terms))
	for i, t := range p.terms {
		texts[i] = t.Text
	}
	r.total, err = x.lexical.Count(ctx, texts, p.allow)
	return r, err
}

// rankSemantic takes its papers in tiers as rankHybrid does, since a search for
// more of them may find one that a search for fewer has missed.
func (x *Index) rankSemantic(ctx context.Context, gen *generation, p probe, need int) (*ranking, error) {
	if p.vector == nil {
		return &ranking{}, nil
	}
	r := &ranking{semantic: map[uint32]int{}}
	for depth := p.settings.Candidates; ; depth *= tierGrowth {
		found, err := withTies(depth, func(s vector.Scored) float64 { return float64(s.Score) }, func(k int) ([]vector.Scored, error) {
			return x.byMeaning(ctx, gen, p, k)
		})
		if err != nil {
			return nil, err
		}
		var tier []rank.Candidate
		for _, s := range found {
			if r.semantic[s.Doc] == 0 {
				tier = append(tier, rank.Candidate{Doc: s.Doc, Semantic: float64(s.Score), Score: float64(s.Score)})
			}
		}
		x.breakTies(tier)
		for _, c := range tier {
			r.list = append(r.list, c)
			r.semantic[c.Doc] = len(r.list)
		}
		if len(r.list) >= need {
			return r, nil
		}
		if len(found) < depth {
			r.list = append(r.list, x.rest(r.list, p.allow, need-len(r.list), -1)...)
			return r, nil
		}
	}
}

// withTies finds the best need papers and those that share the score of the
// last one: ties are in the order of ids, which the parts do not know, and the
// order must not hang on how many are asked for.
func withTies[T any](need int, score func(T) float64, find func(k int) ([]T, error)) ([]T, error) {
	for k := need + 1; ; k *= tierGrowth {
		found, err := find(k)
		if err != nil || len(found) < k || score(found[k-1]) != score(found[need-1]) {
			return found, err
		}
	}
}

// tierGrowth is how much deeper each further tier of candidates reaches.
const tierGrowth = 4

// rankHybrid fuses the two signals. Candidates come in tiers: the first holds
// the best Settings.Candidates papers of each signal, each further one reaches
// deeper, and a paper stands in the first tier that finds it. So the order of
// the first answers does not depend on how many are asked for, and paging on
// reaches every paper.
func (x *Index) rankHybrid(ctx context.Context, gen *generation, p probe, need int) (*ranking, error) {
	depth := p.settings.Candidates
	// What feeds back is among the best by far fewer than are fused, and those
	// that the words find get their cosines all the same.
	lex, sem, err := x.bothSides(ctx, gen, p, depth, p.settings.Depth)
	if err != nil {
		return nil, err
	}
	scores := make(lexicalScores, 2*depth)
	if p.vector, err = x.feedBack(gen, p, lex, sem, scores); err != nil {
		return nil, err
	}
	r := &ranking{lexical: make(map[uint32]int, depth), semantic: make(map[uint32]int, depth)}
	seen := make(map[uint32]bool, 2*depth)
	for {
		// Feedback has changed the vector and left the words as they were.
		if sem, err = x.byMeaning(ctx, gen, p, depth); err != nil {
			return nil, err
		}
		if r.fusion == nil {
			f := fusionOf(p.settings, lex, sem)
			r.fusion = &f
		}
		for i := len(r.lexical); i < len(lex); i++ {
			r.lexical[lex[i].Number] = i + 1
		}
		for i := len(r.semantic); i < len(sem); i++ {
			r.semantic[sem[i].Doc] = i + 1
		}
		tier, err := x.candidates(gen, p, lex, sem, seen, scores)
		if err != nil {
			return nil, err
		}
		for _, c := range tier {
			seen[c.Doc] = true
		}
		rank.Fuse(*r.fusion, tier)
		x.breakTies(tier)
		r.list = append(r.list, tier...)
		exhausted := len(lex) < depth && len(sem) < depth
		if len(r.list) < need && exhausted {
			lowest := r.fusion.Score(0, math.NaN())
			r.list = append(r.list, x.rest(r.list, p.allow, need-len(r.list), lowest)...)
		}
		if len(r.list) >= need || exhausted {
			return r, nil
		}
		depth *= tierGrowth
		if lex, err = x.byWords(ctx, p, depth); err != nil {
			return nil, err
		}
	}
}

// feedBack returns the question's vector, moved towards the best papers of a
// first round.
func (x *Index) feedBack(gen *generation, p probe, lex []lexical.Scored, sem []vector.Scored, scores lexicalScores) ([]float32, error) {
	s := p.settings
	first, err := x.candidates(gen, p, lex, sem, nil, scores)
	if err != nil {
		return nil, err
	}
	rank.Fuse(fusionOf(s, lex, sem), first)
	x.breakTies(first)
	first = first[:min(s.FeedbackPapers, len(first))]
	if len(first) == 0 {
		return p.vector, nil
	}
	vectors := make([][]float32, len(first))
	for i, c := range first {
		vectors[i] = gen.vectors.Vector(c.Doc)
	}
	if moved := rank.MoveVector(p.vector, vectors, rank.Weights(first), s.FeedbackWeight); moved != nil {
		return moved, nil
	}
	return p.vector, nil
}

// bothSides finds the best papers by words and by meaning, so many of each, at
// the same time.
func (x *Index) bothSides(ctx context.Context, gen *generation, p probe, byWords, byMeaning int) (lex []lexical.Scored, sem []vector.Scored, err error) {
	var semErr error
	done := make(chan struct{})
	go func() {
		defer close(done)
		if p.vector != nil {
			sem, semErr = x.byMeaning(ctx, gen, p, byMeaning)
		}
	}()
	lex, err = x.byWords(ctx, p, byWords)
	<-done
	return lex, sem, cmp.Or(err, semErr)
}

// lexicalScores remembers the exact scores of papers that the words of one
// request did not find, which no round of it changes.
type lexicalScores map[uint32]float64

// candidates joins both sides' papers that are not in seen, in doc order, each
// with its exact score by both signals. Only scores that neither the searches
// nor scores have are worked out. seen may be nil.
func (x *Index) candidates(gen *generation, p probe, lex []lexical.Scored, sem []vector.Scored, seen map[uint32]bool, scores lexicalScores) ([]rank.Candidate, error) {
	found := join(lex, sem)
	found = slices.DeleteFunc(found, func(c rank.Candidate) bool { return seen[c.Doc] })
	// Places in found of what is not known yet.
	wordless, vectorless := make([]int, 0, len(sem)), make([]int, 0, len(lex))
	for i, c := range found {
		if math.IsNaN(c.Lexical) {
			if known, ok := scores[c.Doc]; ok {
				found[i].Lexical = known
			} else {
				wordless = append(wordless, i)
			}
		}
		if math.IsNaN(c.Semantic) {
			vectorless = append(vectorless, i)
		}
	}
	docs := func(places []int) []uint32 {
		out := make([]uint32, len(places))
		for i, at := range places {
			out[i] = found[at].Doc
		}
		return out
	}
	for i, score := range x.lexical.Scores(nil, weighted(p.terms), docs(wordless)) {
		c := &found[wordless[i]]
		c.Lexical, scores[c.Doc] = score, score
	}
	if p.vector == nil {
		return found, nil
	}
	cosines, err := gen.vectors.Scores(nil, p.vector, docs(vectorless))
	for i, cosine := range cosines {
		if cosine != vector.Absent {
			found[vectorless[i]].Semantic = float64(cosine)
		}
	}
	return found, err
}

// join is both sides' papers in doc order, with the scores that are known, NaN
// for others.
func join(lex []lexical.Scored, sem []vector.Scored) []rank.Candidate {
	all := make([]rank.Candidate, 0, len(lex)+len(sem))
	for _, s := range lex {
		all = append(all, rank.Candidate{Doc: s.Number, Lexical: s.Score, Semantic: math.NaN()})
	}
	for _, s := range sem {
		all = append(all, rank.Candidate{Doc: s.Doc, Lexical: math.NaN(), Semantic: float64(s.Score)})
	}
	// The lexical side's first, where a paper is of both.
	slices.SortStableFunc(all, func(a, b rank.Candidate) int { return cmp.Compare(a.Doc, b.Doc) })
	joined := all[:0]
	for _, c := range all {
		if n := len(joined); n > 0 && joined[n-1].Doc == c.Doc {
			joined[n-1].Semantic = c.Semantic
			continue
		}
		joined = append(joined, c)
	}
	return joined
}

func fusionOf(s rank.Settings, lex []lexical.Scored, sem []vector.Scored) paper.Fusion {
	l, v := make([]float64, len(lex)), make([]float64, len(sem))
	for i, x := range lex {
		l[i] = x.Score
	}
	for i, x := range sem {
		v[i] = float64(x.Score)
	}
	return s.Fusion(l, v)
}

func weighted(terms []rank.Term) []lexical.WeightedTerm {
	out := make([]lexical.WeightedTerm, len(terms))
	for i, t := range terms {
		out[i] = lexical.WeightedTerm{Term: t.Text, Weight: float32(t.Weight)}
	}
	return out
}

// rest lists up to n allowed papers that are not in list, by doc number: those
// of which no signal says anything. They get the lowest score there is.
func (x *Index) rest(list []rank.Candidate, allow *roaring.Bitmap, n int, lowest float64) []rank.Candidate {
	left := x.filters.Live().Clone()
	if allow != nil {
		left.And(allow)
	}
	for _, c := range list {
		left.Remove(c.Doc)
	}
	var out []rank.Candidate
	for it := left.Iterator(); it.HasNext() && len(out) < n; {
		out = append(out, rank.Candidate{Doc: it.Next(), Semantic: math.NaN(), Score: lowest})
	}
	return out
}

// breakTies puts papers of one score in the order of their ids. The list is
// sorted by score already.
func (x *Index) breakTies(list []rank.Candidate) {
	for i := 0; i < len(list); {
		j := i + 1
		for j < len(list) && list[j].Score == list[i].Score {
			j++
		}
		if j-i > 1 {
			slices.SortFunc(list[i:j], func(a, b rank.Candidate) int {
				return cmp.Compare(x.docs.id(a.Doc), x.docs.id(b.Doc))
			})
		}
		i = j
	}
}

// newestFirst orders the best papers by date instead of relevance, ties by
// relevance: to a question in meaning every paper is an answer, however bad, so
// that all of them by date would have nothing to do with it. The total becomes
// the number of papers that are ordered.
func (x *Index) newestFirst(r *ranking) {
	r.list = r.list[:min(len(r.list), paper.MaxLimit)]
	r.total = len(r.list)
	dates := x.filters.Dates()
	day := func(c rank.Candidate) int32 {
		if int(c.Doc) >= len(dates) {
			return 0
		}
		return dates[c.Doc].First
	}
	slices.SortStableFunc(r.list, func(a, b rank.Candidate) int { return cmp.Compare(day(b), day(a)) })
}

// idf is the inverse document frequency of a term in df papers, as BM25 has it.
func (x *Index) idf(df int) float64 {
	n := float64(x.lexical.Len())
	return math.Log(1 + (n-float64(df)+0.5)/(float64(df)+0.5))
}
