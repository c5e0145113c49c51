package main

import (
	"os"

	"github.com/spf13/cobra"

	"kindred/internal/bench"
)

func newBench() *cobra.Command {
	var o bench.Options
	cmd := &cobra.Command{
		Use:   "bench FILE...",
		Short: "Measure this machine with these papers",
		Long: `Bench ingests the papers of the files into a temporary folder, serves them, asks
questions over HTTP, kills the server and starts it again, measures the parts
beside chromem-go alone and a scan of all vectors, and prints the results as a
Markdown table. Questions are sentences of other papers (--questions), else of
these. Half a million papers take some minutes and 3 GB of room. The data folder
of --data is not touched.`,
		Example: `  kindred bench arxiv.jsonl.zst
  kindred bench --every 4 --questions other.jsonl.zst arxiv-*.jsonl.zst > table.md`,
		Args: someArgs("the names of files"),
		RunE: func(cmd *cobra.Command, files []string) (err error) {
			if o.Number < 10 || o.Every < 1 {
				return misused(cmd, "--number is at least 10, --every at least 1")
			}
			if o.Program, err = os.Executable(); err != nil {
				return err
			}
			if o.Dir, err = os.MkdirTemp(o.Dir, "kindred-bench-"); err != nil {
				return err
			}
			screen := newProgress()
			defer screen.clear()
			o.Tell = func(what string) { screen.show(what, "", 0, 0) }
			o.Files = files
			r, err := bench.Run(cmd.Context(), o)
			if err != nil {
				return err
			}
			screen.clear()
			return r.Markdown(os.Stdout)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.Dir, "temp", "", "the `folder` to make the temporary folder in (default the system's)")
	flags.StringVar(&o.Data, "folder", "", "measure a data `folder` that holds the papers already, instead of ingesting them; its cache is made anew")
	flags.StringVar(&o.Questions, "questions", "", "a `file` of other papers to take questions from")
	flags.IntVar(&o.Every, "every", 1, "take every so many-th `paper` only")
	flags.IntVar(&o.Number, "number", 200, "how many `questions`")
	onlyOnTheLine(flags, "folder", "questions", "every", "number")
	return cmd
}
