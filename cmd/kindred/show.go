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
	var out outputFlags
	cmd := &cobra.Command{
		Use:   "show ID...",
		Short: "Show papers",
		Example: `  kindred show 1605.08803
  kindred show sample-ml-001 --json
  kindred show 1605.08803 1410.8516 --format bibtex`,
		Args: someArgs("an id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := out.check(cmd); err != nil {
				return err
			}
			return p.ask(cmd.Context(), func(e engine) error {
				papers := make([]paper.Paper, len(args))
				for i, id := range args {
					var err error
					papers[i], err = e.Paper(cmd.Context(), id)
					switch {
					case errors.Is(err, paper.ErrNotFound):
						return unknownID(id)
					case err != nil:
						return err
					}
				}
				return printPapers(papers, &out)
			})
		},
	}
	out.add(cmd)
	return cmd
}

func unknownID(id string) error {
	return fmt.Errorf("no paper has the id %q; search shows the ids of what it finds", id)
}

// printPapers prints papers one after the other, in JSON one a line.
func printPapers(papers []paper.Paper, out *outputFlags) error {
	if out.format != "" {
		return out.cite(papers...)
	}
	screen := newScreen(os.Stdout)
	for i := range papers {
		if out.asJSON {
			if err := printJSON(os.Stdout, &papers[i]); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(screen)
		}
		printPaper(screen, &papers[i])
	}
	return screen.err
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
	if p.Version > 0 {
		field("version", fmt.Sprint(p.Version))
	}
	field("venue", p.Venue)
	field("categories", strings.Join(p.Categories, ", "))
	field("id", p.ID)
	for _, kind := range slices.Sorted(maps.Keys(p.IDs)) {
		field(kind, p.IDs[kind])
	}
	field("url", p.URL)
	if len(p.Parts) == 0 {
		field("source", p.Source)
	}
	for i := range p.Parts {
		part := p.Parts[i].Source + ", as " + p.Parts[i].ID
		if gave := p.Gave(i); len(gave) > 0 {
			part += ", gives " + strings.Join(gave, ", ")
		}
		field("source", part)
	}
	field("collections", strings.Join(p.Collections, ", "))
	if p.Abstract != "" {
		fmt.Fprintln(s)
		s.paragraph("", p.Abstract)
	}
}
