package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"kindred/embed/static"
	"kindred/internal/eval"
	"kindred/paper"
	"kindred/testdata"
)

// evaluation is a command line of eval.
type evaluation struct {
	questions, similar []string // folders of collections
	modes              []string
	base               string // a weights file, or empty
	plan               eval.Plan
	runs               string // a folder to save runs in, or empty

	compare bool // two runs, by qrels, instead of measuring
	qrels   string

	asJSON bool
}

func newEval() *cobra.Command {
	var e evaluation
	cmd := &cobra.Command{
		Use:   "eval [flags] | eval --compare A.run B.run --qrels FILE",
		Short: "Measure retrieval quality on test collections",
		Long: `Eval loads each test collection (a folder with corpus.jsonl, queries.jsonl and
qrels.tsv, as BEIR's) into a temporary folder, asks its questions, and prints the
means over the judged ones: nDCG@10, recall@100, MAP, MRR@10. A question without
an answer counts 0. Without a collection it takes the bundled sample corpus. The
last rows are means over the collections, each counting the same, of those with
questions and those of similar papers apart.

Where several modes are measured, each stands beside its difference from lexical
mode in percent, with p, the probability of such a difference in nDCG@10 by
chance (paired randomisation test). --ablate measures before the model learns
the corpus and after.

With --compare it judges two runs, such as --save-runs or "kindred run" have
written, by the same judgements (qrels): the means of both, their difference and
its p, how many queries got better and worse, and those that moved most.`,
		Example: `  kindred eval
  kindred eval --collection cranfield --collection med --mode all
  kindred eval --mode lexical,hybrid --ablate --save-runs runs --collection cranfield
  kindred eval --similar-collection cisi-similar --base new.kvec --json
  kindred eval --compare before/cranfield.hybrid.run after/cranfield.hybrid.run --qrels cranfield/qrels.tsv`,
		Args: func(cmd *cobra.Command, args []string) error {
			if e.compare && len(args) != 2 {
				return misused(cmd, "--compare needs two runs, and there are %d", len(args))
			}
			if !e.compare {
				return noArgs(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if e.compare {
				if e.qrels == "" {
					return misused(cmd, "--compare needs --qrels FILE, the judgements")
				}
				return compareRuns(args[0], args[1], e.qrels, e.asJSON)
			}
			if e.plan.Ablate && e.plan.NoLearn {
				return misused(cmd, "--ablate measures what learning adds; --no-learn learns nothing")
			}
			var err error
			if e.plan.Modes, err = parseModes(e.modes); err != nil {
				return invalid(cmd, err)
			}
			return e.measure(cmd.Context())
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&e.questions, "collection", nil, "a collection of questions, in this `folder`; may be repeated")
	flags.StringArrayVar(&e.similar, "similar-collection", nil, "a collection whose queries are papers of the corpus, in this `folder`; may be repeated")
	flags.StringSliceVar(&e.modes, "mode", []string{string(paper.Hybrid)}, "what ranks: `hybrid`, semantic, lexical, several with commas between, or all")
	flags.BoolVar(&e.plan.NoLearn, "no-learn", false, "do not teach the model each corpus")
	flags.BoolVar(&e.plan.Ablate, "ablate", false, "measure before the model learns each corpus, and after")
	flags.StringVar(&e.base, "base", "", "the `file` of another base model than the one the program carries (see kindred learn --base)")
	flags.StringVar(&e.runs, "save-runs", "", "keep what was answered as TREC runs in this `folder`, one a collection and row")
	flags.BoolVar(&e.compare, "compare", false, "compare two runs")
	flags.StringVar(&e.qrels, "qrels", "", "the `file` of judgements to compare by")
	onlyOnTheLine(flags, "collection", "similar-collection", "mode", "no-learn", "ablate", "base", "save-runs", "compare", "qrels")
	addJSON(cmd, &e.asJSON)
	return cmd
}

// parseModes reads the modes to measure, each once; all stands for every one.
func parseModes(names []string) ([]paper.Mode, error) {
	if len(names) == 1 && names[0] == "all" {
		return []paper.Mode{paper.Lexical, paper.Semantic, paper.Hybrid}, nil
	}
	var modes []paper.Mode
	seen := map[paper.Mode]bool{}
	for _, name := range names {
		m, err := paper.ParseMode(strings.TrimSpace(name))
		if err != nil {
			return nil, err
		}
		if !seen[m] {
			seen[m] = true
			modes = append(modes, m)
		}
	}
	return modes, nil
}

// measure measures the collections one after the other and prints the report.
func (e *evaluation) measure(ctx context.Context) error {
	trials, err := e.trials()
	if err != nil {
		return err
	}
	if e.base != "" {
		if e.plan.Index.Base, err = static.Open(e.base); err != nil {
			return err
		}
	}
	e.plan.Index.Logger = newWarner()
	screen := newProgress()
	var outcomes []*eval.Outcome
	for i, t := range trials {
		name := t.Name
		if len(trials) > 1 {
			name = fmt.Sprintf("%d of %d, %s", i+1, len(trials), t.Name)
		}
		e.plan.Progress = func(stage string, done, total int) {
			screen.show(name+", "+stage, "", int64(done), int64(total))
		}
		o, err := e.measureOne(ctx, t)
		screen.clear()
		if err != nil {
			return err
		}
		if o.Rejected > 0 {
			screen.println(fmt.Sprintf("kindred: warning: %s: %s lines of the corpus are no papers", t.Name, comma(o.Rejected)))
		}
		outcomes = append(outcomes, o)
	}
	report := eval.NewReport(outcomes)
	if e.asJSON {
		return printJSON(os.Stdout, report)
	}
	return report.Print(os.Stdout)
}

func (e *evaluation) measureOne(ctx context.Context, t eval.Trial) (o *eval.Outcome, err error) {
	dir, err := os.MkdirTemp("", "kindred-eval-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if o, err = t.Measure(ctx, dir, e.plan); err != nil || e.runs == "" {
		return o, err
	}
	return o, saveRuns(e.runs, t, o)
}

// trials opens the collections; without any it takes the sample corpus.
func (e *evaluation) trials() ([]eval.Trial, error) {
	var trials []eval.Trial
	names := map[string]bool{}
	for _, list := range []struct {
		dirs []string
		task eval.Task
	}{{e.questions, eval.Question}, {e.similar, eval.Similar}} {
		for _, dir := range list.dirs {
			c, err := eval.Load(dir)
			if err != nil {
				return nil, err
			}
			if e.runs != "" && names[c.Name] {
				return nil, fmt.Errorf("two collections are called %s; their runs would overwrite each other", c.Name)
			}
			names[c.Name] = true
			trials = append(trials, eval.Trial{Collection: c, Task: list.task})
		}
	}
	if len(trials) > 0 {
		return trials, nil
	}
	sample, err := sampleCollection()
	return []eval.Trial{{Collection: sample, Task: eval.Question}}, err
}

func sampleCollection() (*eval.Collection, error) {
	queries, err := eval.ReadQueries(testdata.Queries())
	if err != nil {
		return nil, err
	}
	qrels, err := eval.ReadQrels(testdata.Qrels())
	if err != nil {
		return nil, err
	}
	papers := func() (io.ReadCloser, error) { return io.NopCloser(testdata.Papers()), nil }
	return eval.NewCollection("sample", papers, queries, qrels)
}

// saveRuns writes each result's run to COLLECTION.MODE.run, COLLECTION.MODE.base.run
// where the model had not learned.
func saveRuns(dir string, t eval.Trial, o *eval.Outcome) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	for _, r := range o.Results {
		name := o.Collection + "." + string(r.Mode)
		if r.Model == eval.Base {
			name += "." + r.Model
		}
		if err := saveRun(filepath.Join(dir, name+".run"), t.Queries, r.Run); err != nil {
			return err
		}
	}
	return nil
}

func saveRun(path string, queries []eval.Query, run eval.Run) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(f)
	for _, q := range queries {
		if err := eval.WriteRanking(out, q.ID, run[q.ID], "kindred"); err != nil {
			return errors.Join(err, f.Close())
		}
	}
	return errors.Join(out.Flush(), f.Close())
}
