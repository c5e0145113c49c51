package bench

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"time"

	"kindred/embed"
	"kindred/index"
	"kindred/index/lexical"
	"kindred/index/vector"
	"kindred/internal/text"
)

// parts measures the vector and the lexical part alone, in this process, and
// how long the lists take to build.
func (r *Report) parts(ctx context.Context, data string, questions []string, o Options) (err error) {
	o.Tell("opening without the cache")
	if err := os.RemoveAll(filepath.Join(data, "cache")); err != nil {
		return err
	}
	start := time.Now()
	x, err := index.Open(ctx, data, index.Options{MustExist: true})
	if err != nil {
		return err
	}
	defer x.Close()
	r.row("", "opening without the cache", "%.1f s", time.Since(start).Seconds())
	o.Tell("building lists")
	start = time.Now()
	if err := x.Settle(ctx); err != nil {
		return err
	}
	r.row("20 s", "building the vectors' lists", "%.1f s", time.Since(start).Seconds())
	p := x.Parts()
	o.Tell("measuring the parts")
	if err := r.vectors(ctx, p, questions); err != nil {
		return err
	}
	return r.terms(ctx, p, questions)
}

func (r *Report) vectors(ctx context.Context, p index.Parts, questions []string) error {
	queries, err := p.Embedder.EmbedQueries(ctx, questions)
	if err != nil {
		return err
	}
	queries = slices.DeleteFunc(queries, func(v embed.Vector) bool { return v == nil })
	const k = 10
	type search func(ctx context.Context, dst []vector.Scored, q []float32) ([]vector.Scored, error)
	measure := func(queries [][]float32, do search) (Times, [][]vector.Scored, error) {
		var times Times
		var found [][]vector.Scored
		for _, q := range queries {
			start := time.Now()
			s, err := do(ctx, nil, q)
			if err != nil {
				return nil, nil, err
			}
			times = append(times, time.Since(start))
			found = append(found, s)
		}
		return times, found, nil
	}
	exact, truth, err := measure(queries, func(ctx context.Context, dst []vector.Scored, q []float32) ([]vector.Scored, error) {
		return p.Vectors.Exact(ctx, dst, q, k, nil)
	})
	if err != nil {
		return err
	}
	// Few are enough: one takes as long as hundreds of the others.
	alone, _, err := measure(queries[:min(len(queries), 20)], func(ctx context.Context, dst []vector.Scored, q []float32) ([]vector.Scored, error) {
		return p.Vectors.Chromem(ctx, dst, q, k)
	})
	if err != nil {
		return err
	}
	lists, found, err := measure(queries, func(ctx context.Context, dst []vector.Scored, q []float32) ([]vector.Scored, error) {
		return p.Vectors.Search(ctx, dst, q, k, nil)
	})
	if err != nil {
		return err
	}
	there, wanted := 0, 0
	for i := range truth {
		wanted += len(truth[i])
		for _, s := range truth[i] {
			if slices.Contains(found[i], s) {
				there++
			}
		}
	}
	times := float64(alone.At(.5)) / float64(max(1, lists.At(.5)))
	r.row("p50 0.8 ms at recall@10 0.985; 200 times chromem-go", "the vector part alone", "%s at recall@10 %.4f; %.0f times chromem-go",
		lists, float64(there)/float64(max(1, wanted)), times)
	r.row("", "chromem-go alone, the same vectors and questions", "p50 %s", ms(alone.At(.5)))
	r.row("", "the flat scan of all vectors", "p50 %s", ms(exact.At(.5)))
	return nil
}

// words is how many terms the lexical part is asked for.
const words = 12

func (r *Report) terms(ctx context.Context, p index.Parts, questions []string) error {
	var a text.Analyzer
	var times Times
	var dst []lexical.Scored
	for _, q := range questions {
		var terms []lexical.WeightedTerm
		for _, t := range a.Question(q) {
			if !slices.ContainsFunc(terms, func(w lexical.WeightedTerm) bool { return w.Term == t }) {
				terms = append(terms, lexical.WeightedTerm{Term: t, Weight: 1})
			}
		}
		if len(terms) < words {
			continue
		}
		start := time.Now()
		var err error
		if dst, err = p.Terms.Search(ctx, dst[:0], terms[:words], 100, nil); err != nil {
			return err
		}
		times = append(times, time.Since(start))
	}
	r.row("p50 3 ms", "the lexical part alone, questions of 12 terms, the best 100", "%s", times)
	r.row("", "the inverted index in memory", "%d bytes a paper", p.Terms.Memory()/int64(max(1, p.Terms.Len())))
	return nil
}
