package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newAsk(p *program) *cobra.Command {
	var (
		rank   rankFlags
		limit  int
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "ask QUESTION",
		Short: "Answer a question in sentences of the papers",
		Long: `Ask answers a question by the few sentences of the best papers that answer best,
each word for word from its abstract, with the number of the paper it is from.`,
		Example: `  kindred ask why do rechargeable batteries hold less and less charge
  kindred ask "how are outliers detected?" --year 2018- --json`,
		Args: someArgs("a question"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.searchFor(cmd, args, rank, limit, func(r *paper.Result) error {
				a := paper.Extract(r)
				if asJSON {
					return printJSON(os.Stdout, a)
				}
				printAnswer(newScreen(os.Stdout), a)
				return nil
			})
		},
	}
	rank.add(cmd)
	cmd.Flags().IntVarP(&limit, "limit", "n", paper.DefaultLimit, "how many papers to look at")
	addJSON(cmd, &asJSON)
	return cmd
}

func printAnswer(s *screen, a *paper.Answer) {
	if a.Degraded != "" {
		fmt.Fprintf(os.Stderr, "kindred: warning: %s\n", a.Degraded)
	}
	if len(a.Sentences) == 0 {
		fmt.Fprintln(s, "No paper answers this.")
		return
	}
	for _, one := range a.Sentences {
		text := one.Text
		for _, n := range one.Citations {
			text += fmt.Sprintf(" [%d]", n)
		}
		s.paragraph("", text)
	}
	fmt.Fprintln(s)
	for i, p := range a.Papers {
		title := p.Title
		if title == "" {
			title = "(no title)"
		}
		s.paragraph("", fmt.Sprintf("[%d] %s", i+1, title))
		s.paragraph("    ", byline(&p))
	}
}
