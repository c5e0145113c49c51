package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"kindred/internal/eval"
)

func newRun(p *program) *cobra.Command {
	var (
		rank    rankFlags
		queries string
		similar bool
		depth   int
	)
	cmd := &cobra.Command{
		Use:   "run --queries FILE",
		Short: "Answer a file of queries as a TREC run",
		Long: `Run answers each query of a JSON lines file ({"_id", "text"}) and prints TREC run
lines: query, Q0, id, rank, score, kindred. A query that cannot be answered has
no lines.`,
		Example: `  kindred run --data ./papers --queries queries.jsonl > kindred.run
  kindred run --queries queries.jsonl --similar -k 10 --mode semantic`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			o, err := rank.options(cmd, depth)
			if err != nil {
				return err
			}
			if queries == "" {
				return misused(cmd, "run needs --queries FILE")
			}
			list, err := readQueries(cmd.InOrStdin(), queries)
			if err != nil {
				return err
			}
			task := eval.Question
			if similar {
				task = eval.Similar
			}
			return p.ask(ctx, func(e engine) error {
				screen := newProgress()
				defer screen.clear()
				out := bufio.NewWriter(os.Stdout)
				answered := 0
				for a, err := range eval.Answers(ctx, e, task, list, o) {
					if err != nil {
						return errors.Join(fmt.Errorf("query %s: %w", a.Query.ID, err), out.Flush())
					}
					if a.Skipped != nil {
						screen.println(fmt.Sprintf("kindred: warning: query %s is passed over: %v", a.Query.ID, a.Skipped))
					}
					if err := eval.WriteRanking(out, a.Query.ID, a.Ranking, "kindred"); err != nil {
						return err
					}
					answered++
					screen.show("answering", "", int64(answered), int64(len(list)))
				}
				return out.Flush()
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&queries, "queries", "", "the `file` of queries; - is standard input")
	flags.BoolVar(&similar, "similar", false, "take each query's _id as the paper to start from; it is left out of its own ranking")
	onlyOnTheLine(flags, "queries", "similar")
	flags.IntVarP(&depth, "depth", "k", 100, "how many papers a query")
	p.addExact(cmd)
	rank.add(cmd)
	return cmd
}

func readQueries(stdin io.Reader, name string) ([]eval.Query, error) {
	if name != "-" {
		return eval.ReadFile(name, eval.ReadQueries)
	}
	list, err := eval.ReadQueries(stdin)
	if err != nil {
		return nil, fmt.Errorf("standard input: %w", err)
	}
	return list, nil
}
