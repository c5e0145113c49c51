package eval

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
)

// Trial is a collection and what is asked of it.
type Trial struct {
	*Collection
	Task Task
}

// Plan says what of a trial is measured.
type Plan struct {
	Modes   []paper.Mode
	NoLearn bool          // the model is not taught the corpus
	Ablate  bool          // measure before it is taught, and again after
	Index   index.Options // of the index that is made for it

	// Progress, unless nil, is told what is going on; total is 0 when unknown.
	Progress func(stage string, done, total int)
}

// The models that rank. A corpus too small to learn from keeps the base.
const (
	Base    = "base"
	Learned = "learned"
)

// Outcome is what was measured of a collection.
type Outcome struct {
	Collection    string   `json:"collection"`
	Task          Task     `json:"task"`
	Papers        int      `json:"papers"`
	Rejected      int      `json:"rejected,omitempty"` // lines of the corpus that are no papers
	Queries       int      `json:"queries"`            // judged ones
	IngestSeconds float64  `json:"ingest_seconds"`
	LearnSeconds  float64  `json:"learn_seconds"` // 0: nothing was learned
	Results       []Result `json:"results"`
}

// Result is how good one mode's rankings are: means over the judged queries.
type Result struct {
	Mode  paper.Mode `json:"mode"`
	Model string     `json:"model,omitempty"` // Base or Learned; empty in lexical mode
	Measures
	AnswerSeconds float64 `json:"answer_seconds,omitempty"`
	// Lexical is the comparison with lexical mode, nil where that was not
	// measured; see NewReport.
	Lexical *Against `json:"against_lexical,omitempty"`

	Run      Run        `json:"-"`
	PerQuery []Measures `json:"-"` // in the order of the collection's queries
}

// depth is how far the deepest measure, recall@100, looks.
const depth = 100

// Measure loads the collection into a new index in dir, which it leaves
// there, asks its queries in each mode, and judges the answers. The results
// are in the order of the modes, those of the base before those of the model
// that has learned.
func (t Trial) Measure(ctx context.Context, dir string, p Plan) (o *Outcome, err error) {
	if p.Progress == nil {
		p.Progress = func(string, int, int) {}
	}
	p.Index.NoSync = true
	x, err := index.Open(ctx, dir, p.Index)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()

	start := time.Now()
	n, err := t.Ingest(ctx, x, func(n index.Counts) { p.Progress("reading", n.Read, 0) })
	if err != nil {
		return nil, err
	}
	o = &Outcome{
		Collection: t.Name, Task: t.Task, Papers: n.Added, Rejected: n.Rejected, Queries: len(t.Queries),
		IngestSeconds: time.Since(start).Seconds(),
	}
	if p.NoLearn || p.Ablate {
		if err := t.measure(ctx, x, p, Base, o); err != nil {
			return nil, err
		}
	}
	if p.NoLearn {
		return o, nil
	}
	if x.ShouldLearn() {
		start = time.Now()
		err := x.Learn(ctx, index.LearnOptions{}, p.Progress)
		if err != nil && !errors.Is(err, paper.ErrCannotLearn) {
			return nil, fmt.Errorf("%s: %w", t.Name, err)
		}
		o.LearnSeconds = time.Since(start).Seconds()
	}
	if err := t.measure(ctx, x, p, Learned, o); err != nil {
		return nil, err
	}
	slices.SortStableFunc(o.Results, func(a, b Result) int {
		return cmp.Compare(slices.Index(p.Modes, a.Mode), slices.Index(p.Modes, b.Mode))
	})
	return o, nil
}

// measure adds a result for each mode, lexical mode's only once.
func (t Trial) measure(ctx context.Context, x *index.Index, p Plan, model string, o *Outcome) error {
	for _, mode := range p.Modes {
		r := Result{Mode: mode, Model: model}
		if mode == paper.Lexical {
			if p.Ablate && model == Learned {
				continue // measured already; it hangs on no model
			}
			r.Model = ""
		}
		start := time.Now()
		var err error
		r.Run, err = t.Run(ctx, x, mode, func(done int) { p.Progress("answering, "+string(mode), done, len(t.Queries)) })
		if err != nil {
			return err
		}
		r.AnswerSeconds = time.Since(start).Seconds()
		r.PerQuery = Score(r.Run, t.Queries, t.Qrels)
		r.Measures = Mean(r.PerQuery)
		o.Results = append(o.Results, r)
	}
	return nil
}

// Run asks s all queries for as many papers as the measures look at. A query
// that cannot be answered has an empty ranking. progress is told how many are
// answered.
func (t Trial) Run(ctx context.Context, s Searcher, mode paper.Mode, progress func(done int)) (Run, error) {
	run := Run{}
	options := paper.Options{Mode: mode, Limit: depth}
	if err := options.Validate(); err != nil {
		return nil, err
	}
	for a, err := range Answers(ctx, s, t.Task, t.Queries, options) {
		if err != nil {
			return nil, fmt.Errorf("%s: query %s: %w", t.Name, a.Query.ID, err)
		}
		run[a.Query.ID] = a.Ranking
		progress(len(run))
	}
	return run, nil
}

// Ingest puts the corpus into an index, each paper a record of its own; see
// [index.Index.Ingest]. Lines that
// are no papers count as rejected.
func (c *Collection) Ingest(ctx context.Context, x *index.Index, progress func(index.Counts)) (index.Counts, error) {
	text, err := c.Corpus()
	if err != nil {
		return index.Counts{}, err
	}
	defer text.Close()
	r, err := source.NewReader(text, c.Name, source.Options{Format: "jsonl"})
	if err != nil {
		return index.Counts{}, err
	}
	var broken error
	papers := func(yield func(paper.Paper, error) bool) {
		for item, err := range r.Papers(ctx) {
			if _, isLine := errors.AsType[*source.LineError](err); err != nil && !isLine {
				broken = err
				return
			}
			if !yield(item.Paper, err) {
				return
			}
		}
	}
	n, err := x.Ingest(ctx, iter.Seq2[paper.Paper, error](papers), index.IngestOptions{NoMerge: true, Progress: progress})
	if err := errors.Join(err, broken, r.Close()); err != nil {
		return n, fmt.Errorf("loading %s: %w", c.Name, err)
	}
	return n, nil
}
