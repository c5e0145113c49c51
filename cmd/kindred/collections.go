package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newCollections(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "collections",
		Short: "List, drop or rename the collections that papers are in",
		Long: `Collections are the named corpora of one data folder: libraries of reference
managers by the names of their files, papers read with "ingest --collection",
and all others by their source. A paper may be in several. search, similar, ask
and run look in some of them (--collection) or leave out what some hold
(--not-collection).`,
		Example: `  kindred collections
  kindred similar --title "Attention Is All You Need" --not-collection "My Library"
  kindred collections drop "My Library" --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return subcommandOf(cmd, args)
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return p.ask(cmd.Context(), func(e engine) error {
				list, err := e.Collections(cmd.Context())
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(os.Stdout, map[string]any{"collections": append([]paper.Collection{}, list...)})
				}
				printCollectionTable(list)
				return nil
			})
		},
	}
	addJSON(cmd, &asJSON)
	cmd.AddCommand(newCollectionsDrop(p), newCollectionsRename(p))
	return cmd
}

// printCollectionTable prints the numbers first: names are of any length.
func printCollectionTable(list []paper.Collection) {
	if len(list) == 0 {
		fmt.Println("no papers are in a collection")
		return
	}
	fmt.Printf("%12s %12s  %s\n", "papers", "only there", "collection")
	for _, c := range list {
		fmt.Printf("%12s %12s  %s\n", comma(c.Papers), comma(c.Only), c.Name)
	}
}

func newCollectionsDrop(p *program) *cobra.Command {
	var dry, asJSON bool
	cmd := &cobra.Command{
		Use:   "drop NAME",
		Short: "Delete the papers that are in a collection alone, and take the others out",
		Long: `Drop deletes the papers that are in no other collection and takes the others out
of this one. Of a paper that several sources have, those parts go that are in no
other. Interrupted, it is carried on by the same command.`,
		Example: `  kindred collections drop "My Library" --dry-run
  kindred collections drop "My Library"`,
		Args: exactArgs("the name of a collection", 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.ask(cmd.Context(), func(e engine) error {
				d, err := recollect(cmd.Context(), e, "dropping", func(progress func(done, total int)) (paper.Dropped, error) {
					return e.DropCollection(cmd.Context(), args[0], dry, progress)
				})
				switch {
				case err != nil:
					return unknownCollection(err, args[0])
				case asJSON:
					return printJSON(os.Stdout, d)
				case dry:
					fmt.Printf("%s would be dropped: %s deleted, %s kept in other collections\n", d.Name, papers(d.Deleted), papers(d.Kept))
				default:
					fmt.Printf("%s is dropped: %s deleted, %s kept in other collections\n", d.Name, papers(d.Deleted), papers(d.Kept))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&dry, "dry-run", false, "change nothing, and say what would be done")
	onlyOnTheLine(cmd.Flags(), "dry-run")
	addJSON(cmd, &asJSON)
	return cmd
}

func newCollectionsRename(p *program) *cobra.Command {
	var asJSON, join bool
	cmd := &cobra.Command{
		Use:   "rename NAME NEW",
		Short: "Give a collection another name",
		Long: `Rename gives a collection another name. Where there is one of that name already,
--join makes one of both, which cannot be undone. Papers that come in later under
the old name, or from the old source, make a collection of that name again.`,
		Example: `  kindred collections rename export-2024 "My Library"`,
		Args:    exactArgs("the name of a collection and another one", 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := paper.CheckCollection(args[1]); err != nil {
				return invalid(cmd, err)
			}
			return p.ask(cmd.Context(), func(e engine) error {
				if err := onlyJoined(cmd.Context(), e, args[1], join); err != nil {
					return err
				}
				r, err := recollect(cmd.Context(), e, "renaming", func(progress func(done, total int)) (paper.Renamed, error) {
					return e.RenameCollection(cmd.Context(), args[0], args[1], progress)
				})
				switch {
				case err != nil:
					return unknownCollection(err, args[0])
				case asJSON:
					return printJSON(os.Stdout, r)
				case r.Joined:
					fmt.Printf("%s is joined to %s: %s\n", r.From, r.Name, papers(r.Papers))
				default:
					fmt.Printf("%s is called %s: %s\n", r.From, r.Name, papers(r.Papers))
				}
				return nil
			})
		},
	}
	cmd.Flags().BoolVar(&join, "join", false, "make one of both where there is a collection of the new name")
	onlyOnTheLine(cmd.Flags(), "join")
	addJSON(cmd, &asJSON)
	return cmd
}

// onlyJoined refuses the name of a collection that is there, unless both are to
// be joined.
func onlyJoined(ctx context.Context, e engine, name string, join bool) error {
	all, err := e.Collections(ctx)
	for _, c := range all {
		if c.Name == name && !join {
			return fmt.Errorf("there is a collection %q already, of %s; --join makes one of both, which cannot be undone", name, papers(c.Papers))
		}
	}
	return err
}

// knownCollections refuses names of collections that there are not: a misspelt
// one would find nothing, or leave nothing out.
func knownCollections(ctx context.Context, e engine, f *paper.Filter) error {
	names := slices.Concat(f.Collections, f.NotCollections)
	if len(names) == 0 {
		return nil
	}
	all, err := e.Collections(ctx)
	if err != nil {
		return err
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(c paper.Collection) bool { return paper.MatchCollection(c.Name, name) }) {
			return fmt.Errorf("there is no collection %q; kindred collections lists those there are", name)
		}
	}
	return nil
}

// recollect does something with a collection, shows how far it is, and leaves
// the folder as fast as it can be.
func recollect[T any](ctx context.Context, e engine, stage string, do func(progress func(done, total int)) (T, error)) (T, error) {
	screen := newProgress()
	defer screen.clear()
	out, err := do(func(done, total int) { screen.show(stage, comma(done)+" papers", int64(done), int64(total)) })
	if err != nil && ctx.Err() != nil {
		return out, errors.New("interrupted; what is done stays, and the same command carries on")
	}
	if s, ok := e.(settler); ok && err == nil {
		err = settle(ctx, s, screen)
	}
	return out, err
}

// unknownCollection says what helps where there is no such collection.
func unknownCollection(err error, name string) error {
	if errors.Is(err, paper.ErrNoCollection) {
		return fmt.Errorf("there is no collection %q; kindred collections lists them", name)
	}
	return err
}

// papers writes a number of papers.
func papers(n int) string {
	if n == 1 {
		return "1 paper"
	}
	return comma(n) + " papers"
}
