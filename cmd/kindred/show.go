package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newShow(p *program) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show ID",
		Short: "Show a paper",
		Example: `  kindred show 1605.08803
  kindred show sample-ml-001 --json`,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) != 1 {
				return misused(cmd, "show needs one id")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.ask(cmd.Context(), func(e engine) error {
				found, err := e.Paper(cmd.Context(), args[0])
				switch {
				case errors.Is(err, paper.ErrNotFound):
					return unknownID(args[0])
				case err != nil:
					return err
				case asJSON:
					return printJSON(os.Stdout, found)
				}
				printPaper(newScreen(os.Stdout), &found)
				return nil
			})
		},
	}
	addJSON(cmd, &asJSON)
	return cmd
}

func unknownID(id string) error {
	return fmt.Errorf("no paper has the id %q; search shows the ids of what it finds", id)
}

func printPaper(s *screen, p *paper.Paper) {
	field := func(name, text string) {
		if text != "" {
			s.paragraph(fmt.Sprintf("%-12s", name), text)
		}
	}
	year := p.Date
	if year == "" && p.Year > 0 {
		year = fmt.Sprint(p.Year)
	}
	field("title", p.Title)
	field("authors", strings.Join(p.Authors, ", "))
	field("date", year)
	field("updated", p.Updated)
	field("venue", p.Venue)
	field("categories", strings.Join(p.Categories, ", "))
	field("id", p.ID)
	for _, kind := range slices.Sorted(maps.Keys(p.IDs)) {
		field(kind, p.IDs[kind])
	}
	field("url", p.URL)
	field("source", p.Source)
	if p.Abstract != "" {
		fmt.Fprintln(s)
		s.paragraph("", p.Abstract)
	}
}
