package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"kindred/internal/harvest"
)

func newHarvestList(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list",
		Short: "Show the harvests of the data folder, and how far they have come",
		Example: `  kindred harvest list
  kindred harvest list --json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			all, err := harvest.List(dir)
			if asJSON {
				if all == nil {
					all = []*harvest.State{}
				}
				return errors.Join(err, printJSON(os.Stdout, all))
			}
			if len(all) == 0 && err == nil {
				fmt.Println("no harvests yet; kindred harvest --help shows how to begin one")
				return nil
			}
			w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
			fmt.Fprintln(w, "NAME\tLAST RUN\tADDED\tUPDATED\tDELETED\tSTATE")
			for _, s := range all {
				at, added, updated, deleted := "", 0, 0, 0
				if s.Last != nil {
					at = s.Last.Ended.Local().Format("2006-01-02 15:04")
					added, updated, deleted = s.Last.Added, s.Last.Updated, s.Last.Deleted
				}
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", s.Name, at, comma(added), comma(updated), comma(deleted), describeState(s))
			}
			return errors.Join(err, w.Flush())
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

// describeState says in some words how far a harvest has come.
func describeState(s *harvest.State) string {
	text := "complete"
	if s.Through != "" {
		text += " to " + s.Through
	}
	if w := s.Way; w != nil {
		how := "under way"
		if s.Last != nil && s.Last.Error != "" {
			how = "broken off"
		}
		text = fmt.Sprintf("%s, %s records", how, comma(w.Records))
		if w.Total > 0 {
			text += " of " + comma(w.Total)
		}
	}
	if s.Last != nil && s.Last.Error != "" {
		text += "; " + s.Last.Error
	}
	return text
}

func newHarvestUpdate(p *program) *cobra.Command {
	var (
		options         harvest.Options
		noLearn, asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "update [NAME...]",
		Short: "Fetch what is new by the harvests there are",
		Long: `Harvest update runs harvests of the data folder again, all or those named, as they
were asked for: each fetches what is new or has changed, or carries on. One that
fails does not keep the others.`,
		Example: `  kindred harvest update
  kindred harvest update arxiv-cs`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			all, err := chosenHarvests(dir, names)
			if err != nil {
				return err
			}
			return p.ask(cmd.Context(), func(e engine) error {
				var failed error
				for _, s := range all {
					o := options
					o.Name = s.Name
					o.Key, o.KeyFrom = keyFor(s.Request.Kind)
					err := p.harvest(cmd.Context(), e, dir, s.Request, o, noLearn, asJSON)
					if err != nil {
						failed = errors.Join(failed, fmt.Errorf("%s: %w", s.Name, err))
					}
					if cmd.Context().Err() != nil {
						break
					}
				}
				return failed
			})
		},
	}
	flags := cmd.Flags()
	addPause(flags, &options)
	flags.StringVar(&options.Mailto, "mailto", "", mailtoUsage)
	flags.BoolVar(&noLearn, "no-learn", false, "do not teach the model afterwards")
	addJSON(cmd, &asJSON)
	return cmd
}

// chosenHarvests are those of the names; without any, all.
func chosenHarvests(dir string, names []string) ([]*harvest.State, error) {
	all, err := harvest.List(dir)
	switch {
	case err != nil:
		return nil, err
	case len(all) == 0:
		return nil, errors.New("there are no harvests yet; kindred harvest --help shows how to begin one")
	case len(names) == 0:
		return all, nil
	}
	var chosen []*harvest.State
	for _, name := range names {
		i := slices.IndexFunc(all, func(s *harvest.State) bool { return s.Name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no harvest named %s; kindred harvest list shows those there are", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}

func newHarvestForget(p *program) *cobra.Command {
	return &cobra.Command{
		Use:     "forget NAME...",
		Short:   "Forget how far harvests have come; the papers stay",
		Example: `  kindred harvest forget arxiv-cs`,
		Args:    someArgs("the names of harvests; kindred harvest list shows them"),
		RunE: func(_ *cobra.Command, names []string) error {
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			for _, name := range names {
				if one := harvest.Forget(dir, name); one != nil {
					err = errors.Join(err, one)
					continue
				}
				fmt.Println(name, "is forgotten; its papers stay")
			}
			return err
		},
	}
}
