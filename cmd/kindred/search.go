package main

import (
	"strings"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newSearch(p *program) *cobra.Command {
	var (
		rank  rankFlags
		limit int
		out   outputFlags
	)
	cmd := &cobra.Command{
		Use:   "search QUESTION",
		Short: "Find papers that speak about a question",
		Long: `Search finds the papers that speak about a question in plain words. Each comes
with the sentence of its abstract that answers best.

"Quoted phrases" in the question must occur, word after word; a word or a phrase
behind a leading minus must not. The shell takes quotation marks for itself:
put single ones around the question. Where it begins with a minus, write --
before it.`,
		Example: `  kindred search how can normalizing flows detect out-of-distribution inputs
  kindred search "protein folding" --year 2018-2022 --category q-bio -n 5
  kindred search "gravity waves" --mode lexical --json
  kindred search "gravity waves" -n 50 --format bibtex > waves.bib
  kindred search '"normalizing flows" for anomaly detection -images'`,
		Args: someArgs("a question"),
		RunE: func(cmd *cobra.Command, args []string) error {
			q, err := question(cmd, args, rank, limit)
			if err != nil {
				return err
			}
			if err := out.check(cmd); err != nil {
				return err
			}
			return p.ask(cmd.Context(), func(e engine) error {
				if err := knownCollections(cmd.Context(), e, &q.Filter); err != nil {
					return err
				}
				r, err := e.Search(cmd.Context(), q)
				if err != nil {
					return err
				}
				return printResult(cmd.Context(), e, r, &q.Filter, &out)
			})
		},
	}
	p.addExact(cmd)
	rank.add(cmd)
	addLimit(cmd, &limit)
	out.add(cmd)
	return cmd
}

// question is the question in args with the flags' options.
func question(cmd *cobra.Command, args []string, rank rankFlags, limit int) (paper.Query, error) {
	o, err := rank.options(cmd, limit)
	if err != nil {
		return paper.Query{}, err
	}
	q := paper.Query{Text: strings.Join(args, " "), Options: o}
	if err := q.Validate(); err != nil {
		return q, invalid(cmd, err)
	}
	return q, nil
}

func addLimit(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVarP(limit, "limit", "n", paper.DefaultLimit, "how many papers")
}

func addJSON(cmd *cobra.Command, asJSON *bool) {
	cmd.Flags().BoolVar(asJSON, "json", false, "print JSON")
}
