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
				advise(newProgress(), st.Learning)
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
		model = "learned"
		if l := st.Learning; l != nil {
			model = fmt.Sprintf("learned from %s papers", humanize.Comma(int64(l.Papers)))
		}
	}
	fmt.Printf("folder      %s (%s)\n", dir, humanize.IBytes(uint64(max(0, st.Bytes))))
	fmt.Printf("papers      %s%s\n", humanize.Comma(int64(st.Papers)), years)
	printCollections(st)
	fmt.Printf("terms       %s\n", humanize.Comma(int64(st.Terms)))
	fmt.Printf("vectors     %s of %d dimensions\n", humanize.Comma(int64(st.Vectors)), st.Dimension)
	if none := st.Papers - st.Vectors; none > 0 && st.State != "learning" {
		fmt.Printf("no vector   %s: refused by the embedder, or without a word that it knows; their words find them\n", humanize.Comma(int64(none)))
	}
	fmt.Printf("model       %s, %s, generation %d\n", st.Model, model, st.Generation)
	if l := st.Learning; l != nil && st.Learned && l.NewPapers > 0 {
		fmt.Printf("new         %s since it learned; of their words it does not know %.1f %%\n", humanize.Comma(int64(l.NewPapers)), 100*l.UnknownWords)
	}
	if w := st.Embedded; w != nil && w.Requests > 0 {
		fmt.Printf("embedded    %s texts since the folder was opened, %s cut, %s refused\n", humanize.Comma(w.Texts), humanize.Comma(w.Cut), humanize.Comma(w.Refused))
	}
	fmt.Printf("state       %s\n", st.State)
}

// shownCollections is how many collections stats names; the others are for
// kindred collections.
const shownCollections = 10

// printCollections names the largest collections, where there is not one alone.
func printCollections(st *paper.Stats) {
	n := len(st.Collections)
	if n == 0 || n == 1 && st.Collections[0].Papers == st.Papers {
		return
	}
	screen := newScreen(os.Stdout)
	for i, c := range st.Collections[:min(n, shownCollections)] {
		name := ""
		if i == 0 {
			name = "collections"
		}
		screen.paragraph(fmt.Sprintf("%-12s", name), fmt.Sprintf("%s: %s", c.Name, comma(c.Papers)))
	}
	if more := n - shownCollections + st.MoreCollections; more > 0 {
		fmt.Printf("            and %s more: kindred collections\n", comma(more))
	}
}
