package main

import (
	"fmt"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"kindred/paper"
)

func newStats(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "stats",
		Short: "Say what the data folder holds",
		Example: `  kindred stats
  kindred stats --data ./papers --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			return p.ask(cmd.Context(), func(e engine) error {
				st, err := e.Stats(cmd.Context())
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(os.Stdout, st)
				}
				printStats(dir, &st)
				if l, ok := e.(learner); ok {
					advise(l.LearnAdvice())
				}
				return nil
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func printStats(dir string, st *paper.Stats) {
	years := ""
	if st.FirstYear > 0 {
		years = fmt.Sprintf(" of the years %d to %d", st.FirstYear, st.LastYear)
	}
	model := "not learned"
	if st.Learned {
		model = "learned from these papers"
	}
	fmt.Printf("folder      %s (%s)\n", dir, humanize.IBytes(uint64(max(0, st.Bytes))))
	fmt.Printf("papers      %s%s\n", humanize.Comma(int64(st.Papers)), years)
	fmt.Printf("terms       %s\n", humanize.Comma(int64(st.Terms)))
	fmt.Printf("vectors     %s of %d dimensions\n", humanize.Comma(int64(st.Vectors)), st.Dimension)
	fmt.Printf("model       %s, %s, generation %d\n", st.Model, model, st.Generation)
	fmt.Printf("state       %s\n", st.State)
}

// advise prints advice on learning, where there is any.
func advise(line string) {
	if line != "" {
		fmt.Fprintln(os.Stderr, "kindred: note:", line)
	}
}
