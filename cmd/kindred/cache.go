package main

import (
	"fmt"
	"os"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"kindred/index"
)

func newCache(p *program) *cobra.Command {
	var clear, asJSON bool
	cmd := &cobra.Command{
		Use:   "cache",
		Short: "Show or clear the vectors kept for embedding nothing twice",
		Long: `Cache lists what is kept of the answers of embedding servers, by model, so that
no text is embedded twice: not after a stop, not when a paper moves, not when a
former model comes back. It is bounded by itself. --clear removes it; papers keep
the vectors that they have.`,
		Example: `  kindred cache
  kindred cache --clear`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			own := *p
			own.own = true
			x, err := own.openIndex(cmd.Context(), dir, index.Options{MustExist: true})
			if err != nil {
				return err
			}
			defer x.Close()
			kept, err := x.Kept()
			if err != nil {
				return err
			}
			if len(kept) == 0 && !asJSON {
				fmt.Println("nothing is kept")
				return nil
			}
			if clear {
				for _, k := range kept {
					if err := x.Forget(cmd.Context(), k.Fingerprint); err != nil {
						return err
					}
					fmt.Printf("cleared %s vectors of %s\n", comma(k.Entries), k.Fingerprint)
				}
				return nil
			}
			if asJSON {
				return printJSON(os.Stdout, append([]index.Kept{}, kept...))
			}
			for _, k := range kept {
				fmt.Printf("%s\t%s vectors\t%s\tused %s\n", k.Fingerprint, comma(k.Entries), humanize.IBytes(uint64(k.Bytes())), k.Used.Format("2006-01-02"))
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&clear, "clear", false, "remove what is kept")
	onlyOnTheLine(cmd.Flags(), "clear")
	addJSON(cmd, &asJSON)
	return cmd
}
