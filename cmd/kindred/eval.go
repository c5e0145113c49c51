package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/internal/eval"
	"kindred/paper"
	"kindred/testdata"
)

func newEval() *cobra.Command {
	var (
		rank               rankFlags
		questions, similar []string
		noLearn, asJSON    bool
	)
	cmd := &cobra.Command{
		Use:   "eval",
		Short: "Measure retrieval quality on test collections",
		Long: `Eval loads each test collection (a folder with corpus.jsonl, queries.jsonl and
qrels.tsv, as BEIR's) into a temporary folder, asks its questions, and prints the
means over the judged ones: nDCG@10, recall@100, MAP, MRR@10. A question without
an answer counts 0. Without a collection it takes the bundled sample corpus.`,
		Example: `  kindred eval
  kindred eval --collection cranfield --collection med --mode lexical
  kindred eval --similar-collection cisi-similar --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o, err := rank.options(cmd, evalDepth)
			if err != nil {
				return err
			}
			trials, err := newTrials(questions, similar)
			if err != nil {
				return err
			}
			report := evalReport{Mode: o.Mode, Learned: !noLearn}
			screen := newProgress()
			for _, t := range trials {
				row, err := t.measure(cmd.Context(), o, noLearn, screen)
				if err != nil {
					return err
				}
				report.add(row)
			}
			if asJSON {
				return printJSON(os.Stdout, report)
			}
			return report.print(os.Stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&questions, "collection", nil, "a collection of questions, in this `folder`; may be repeated")
	flags.StringArrayVar(&similar, "similar-collection", nil, "a collection whose queries are papers of the corpus, in this `folder`; may be repeated")
	rank.addMode(cmd)
	flags.BoolVar(&noLearn, "no-learn", false, "do not teach the model each corpus")
	addJSON(cmd, &asJSON)
	return cmd
}

// evalDepth is how far the deepest measure, recall@100, looks.
const evalDepth = 100

// trial is a collection and what is asked of it.
type trial struct {
	*eval.Collection
	task eval.Task
}

// newTrials opens the collections; without any it takes the sample corpus.
func newTrials(questions, similar []string) ([]trial, error) {
	var trials []trial
	for _, list := range []struct {
		dirs []string
		task eval.Task
	}{{questions, eval.Question}, {similar, eval.Similar}} {
		for _, dir := range list.dirs {
			c, err := eval.Load(dir)
			if err != nil {
				return nil, err
			}
			trials = append(trials, trial{c, list.task})
		}
	}
	if len(trials) > 0 {
		return trials, nil
	}
	sample, err := sampleCollection()
	return []trial{{sample, eval.Question}}, err
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

// measure loads the collection into a temporary folder and asks its queries.
func (t trial) measure(ctx context.Context, o paper.Options, noLearn bool, screen *progress) (row evalRow, err error) {
	defer screen.clear()
	dir, err := os.MkdirTemp("", "kindred-eval-")
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	x, err := index.Open(ctx, dir, index.Options{NoSync: true, Logger: newLogger(slog.LevelWarn)})
	if err != nil {
		return row, err
	}
	defer func() { err = errors.Join(err, x.Close()) }()

	text, err := t.Corpus()
	if err != nil {
		return row, err
	}
	defer text.Close()
	sum, err := load(ctx, x, corpus{name: t.Name, text: text}, noLearn, screen)
	if err != nil {
		return row, err
	}
	if sum.Rejected > 0 {
		screen.println(fmt.Sprintf("kindred: warning: %s: %s lines of the corpus are no papers", t.Name, comma(sum.Rejected)))
	}

	start := time.Now()
	run := eval.Run{}
	for a, err := range eval.Answers(ctx, x, t.task, t.Queries, o) {
		if err != nil {
			return row, fmt.Errorf("%s: query %s: %w", t.Name, a.Query.ID, err)
		}
		run[a.Query.ID] = a.Ranking
		screen.show(t.Name, "answering", int64(len(run)), int64(len(t.Queries)))
	}
	return evalRow{
		Collection: t.Name, Task: t.task, Papers: sum.Added, Queries: len(t.Queries),
		Measures:      eval.Mean(eval.Score(run, t.Queries, t.Qrels)),
		IngestSeconds: sum.Seconds, LearnSeconds: sum.LearnSeconds, AnswerSeconds: time.Since(start).Seconds(),
	}, nil
}
