package server

import (
	"cmp"
	"context"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"kindred/paper"
)

// fakeEngine is an Engine in memory: a paper's score is how many of its words
// stand in the question. It answers deterministically, and misbehaves where a
// hook says so.
type fakeEngine struct {
	mu     sync.RWMutex
	papers map[string]paper.Paper
	stats  paper.Stats

	before   func(ctx context.Context) error // called first by every method but Stats
	change   func(*paper.Result)             // called last by Search and Similar
	unmapped bool                            // there is no map
	asked    any                             // the last Query or Similar
}

func newFake(papers ...paper.Paper) *fakeEngine {
	f := &fakeEngine{papers: make(map[string]paper.Paper), stats: paper.Stats{
		Model: "fake:words:0", Generation: 3, Ready: true, State: "ready", Bytes: 4096,
	}}
	for _, p := range papers {
		f.papers[p.ID] = p
	}
	return f
}

func (f *fakeEngine) hook(ctx context.Context) error {
	if f.before != nil {
		return f.before(ctx)
	}
	return ctx.Err()
}

func (f *fakeEngine) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	return f.rank(q, q.Text, q.Text, nil, q.Options)
}

func (f *fakeEngine) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	if err := s.Validate(); err != nil {
		return nil, err
	}
	words := s.Title + " " + s.Text
	var from []string
	for _, id := range append(slices.Clone(s.Positive), s.Negative...) {
		p, err := f.Paper(ctx, id)
		if err != nil {
			return nil, fmt.Errorf("similar: %w", err)
		}
		from = append(from, id)
		if slices.Contains(s.Positive, id) {
			words += " " + p.Title + " " + p.Abstract
		}
	}
	return f.rank(s, strings.Join(s.Positive, ", ")+s.Title+s.Text, words, from, s.Options)
}

func (f *fakeEngine) rank(asked any, question, words string, except []string, o paper.Options) (*paper.Result, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = asked
	offset := 0
	if o.Cursor != "" {
		raw, err := base64.RawURLEncoding.DecodeString(o.Cursor)
		if err == nil {
			offset, err = strconv.Atoi(string(raw))
		}
		if err != nil || offset < 0 {
			return nil, paper.Invalid("cursor", "not a cursor of this list")
		}
	}
	wanted := strings.Fields(strings.ToLower(words))
	result := &paper.Result{Query: question, Model: f.stats.Model, TookMS: 1.5}
	var hits []paper.Hit
	for _, p := range f.papers {
		if slices.Contains(except, p.ID) || !pass(p, o.Filter) {
			continue
		}
		result.Total++
		body := p.Abstract
		if body == "" {
			body = p.Title
		}
		hl := paper.Highlight{Text: body}
		score, at := 0, 0
		for _, w := range strings.SplitAfter(body, " ") {
			n := len([]rune(strings.TrimSpace(w)))
			if slices.Contains(wanted, strings.ToLower(strings.TrimSpace(w))) {
				score++
				hl.Matches = append(hl.Matches, [2]int{at, at + n})
			}
			at += len([]rune(w))
		}
		if score > 0 {
			hits = append(hits, paper.Hit{Paper: p, Score: float64(score), Highlights: []paper.Highlight{hl},
				Signals: paper.Signals{Lexical: &paper.Signal{Rank: 1, Score: float64(score)}}})
		}
	}
	slices.SortFunc(hits, func(a, b paper.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Paper.ID, b.Paper.ID))
	})
	hits = hits[min(offset, len(hits)):]
	if len(hits) > o.Limit {
		hits = hits[:o.Limit]
		result.NextCursor = base64.RawURLEncoding.EncodeToString([]byte(strconv.Itoa(offset + o.Limit)))
	}
	result.Hits = hits
	for _, name := range o.Facets {
		if result.Facets == nil {
			result.Facets = map[string][]paper.FacetCount{}
		}
		result.Facets[name] = f.facet(name, except, o.Filter)
	}
	if f.change != nil {
		f.change(result)
	}
	return result, nil
}

func pass(p paper.Paper, f paper.Filter) bool { return f.Passes(&p) }

// facet counts a field's values, most frequent first, years by themselves.
func (f *fakeEngine) facet(name string, except []string, filter paper.Filter) []paper.FacetCount {
	counts := map[string]int{}
	for _, p := range f.papers {
		if slices.Contains(except, p.ID) || !pass(p, filter) {
			continue
		}
		for _, v := range map[string][]string{"year": {strconv.Itoa(p.Year)}, "category": p.Categories, "venue": {p.Venue}, "author": p.Authors, "collection": p.Corpora()}[name] {
			if v != "" && v != "0" {
				counts[v]++
			}
		}
	}
	var out []paper.FacetCount
	for v, n := range counts {
		out = append(out, paper.FacetCount{Value: v, Count: n})
	}
	slices.SortFunc(out, func(a, b paper.FacetCount) int {
		if name == "year" {
			return cmp.Compare(a.Value, b.Value)
		}
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Value, b.Value))
	})
	return out
}

func (f *fakeEngine) Paper(ctx context.Context, id string) (paper.Paper, error) {
	if err := f.hook(ctx); err != nil {
		return paper.Paper{}, err
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	p, ok := f.papers[id]
	if !ok {
		return p, fmt.Errorf("fake: secret/path/%s: %w", id, paper.ErrNotFound)
	}
	return p, nil
}

func (f *fakeEngine) Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	results := make([]paper.PutResult, len(papers))
	for i, p := range papers {
		p.Normalize()
		if err := p.Validate(); err != nil {
			results[i] = paper.PutResult{ID: p.ID, Status: paper.Rejected, Error: err.Error()}
			continue
		}
		results[i] = paper.PutResult{ID: p.ID, Status: paper.Added}
		if _, ok := f.papers[p.ID]; ok {
			results[i].Status = paper.Updated
		}
		f.papers[p.ID] = p
	}
	return results, nil
}

func (f *fakeEngine) Delete(ctx context.Context, ids []string) (int, error) {
	if err := f.hook(ctx); err != nil {
		return 0, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	n := 0
	for _, id := range ids {
		if _, ok := f.papers[id]; ok {
			delete(f.papers, id)
			n++
		}
	}
	return n, nil
}

func (f *fakeEngine) Stats(ctx context.Context) (paper.Stats, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	st := f.stats
	st.Papers = len(f.papers)
	st.Collections = f.shelves()
	return st, ctx.Err()
}

// samplePapers are enough for two pages of "flow".
func samplePapers() []paper.Paper {
	papers := []paper.Paper{
		{ID: "hep-th/9901001", Title: "Gauge flow", Abstract: "A flow of gauge fields.", Year: 1999,
			Authors: []string{"Ada One"}, Categories: []string{"hep-th"}, IDs: map[string]string{"arxiv": "hep-th/9901001"}},
		{ID: "100% odd id?#ü+x", Title: "Odd <b>ids</b>", Abstract: "Signs & flow <script>alert(1)</script> of $x<y$.", Year: 2020,
			Categories: []string{"cs.CL"}, URL: "javascript:alert(1)"},
		{ID: "title-only", Title: "A flow with a title alone"},
	}
	for i := range 12 {
		papers = append(papers, paper.Paper{ID: fmt.Sprintf("p%02d", i), Title: fmt.Sprintf("Paper %d", i),
			Abstract: "Normalizing flow models of density.", Year: 2010 + i, Categories: []string{"cs.LG", "stat.ML"}, Venue: "ICML"})
	}
	return papers
}

// Model and Embed make a fake lend its model: a text's vector is of its length
// and of whether it is a question, or its first number alone; "void" has none.
func (f *fakeEngine) Model() (string, int) { return f.stats.Model, 2 }

func (f *fakeEngine) Embed(ctx context.Context, asked paper.Texts) (paper.Embeddings, error) {
	out := paper.Embeddings{Model: f.stats.Model}
	if err := f.hook(ctx); err != nil {
		return out, err
	}
	if asked.Dimensions > 2 {
		return out, paper.Invalid("dimensions", "two at most")
	}
	for _, t := range asked.Texts {
		v := []float32{float32(len(t)), 0.5}
		if asked.AsQuestions {
			v[1] = -0.5
		}
		v = v[:cmp.Or(asked.Dimensions, 2)]
		if t == "void" {
			v = nil
		}
		out.Vectors = append(out.Vectors, v)
		out.Tokens += len(t)
	}
	return out, nil
}
