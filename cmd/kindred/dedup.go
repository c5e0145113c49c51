package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kindred/paper"
)

func newDedup(p *program) *cobra.Command {
	var (
		review, dryRun, asJSON bool
		split                  []string
	)
	cmd := &cobra.Command{
		Use:   "dedup",
		Short: "Make one of papers that are the same, show and undo that",
		Long: `Dedup looks for papers that are the same although they came from several sources,
and makes one record of each, which keeps all ids and the best of each field. An
ingest does nearly the same with what comes in; dedup is for papers that were
there before, or came with --no-merge, and finds rewritten abstracts as well:
half a million papers take a minute.

Papers are the same that share an id, or the title, an author and, give or take
one, the year, or nearly all words of the abstract. Papers of one file with ids
of their own never are, nor two with other ids of one giver (arXiv, PubMed …).

--review shows what is joined, and why; --split takes a paper out of its record
again, and it is never joined with the others any more.`,
		Example: `  kindred dedup --dry-run
  kindred dedup
  kindred dedup --review
  kindred dedup --split 10.1000/182`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			chosen := 0
			for _, set := range []bool{review, dryRun, len(split) > 0} {
				if set {
					chosen++
				}
			}
			if chosen > 1 {
				return misused(cmd, "--review, --dry-run and --split are for one at a time")
			}
			return p.ask(cmd.Context(), func(e engine) error {
				if len(split) > 0 {
					return splitPapers(cmd.Context(), e, split, asJSON)
				}
				mode := paper.JoinSame
				switch {
				case review:
					mode = paper.ReviewJoined
				case dryRun:
					mode = paper.FindSame
				}
				return dedup(cmd.Context(), e, mode, asJSON)
			})
		},
	}
	flags := cmd.Flags()
	flags.BoolVar(&review, "review", false, "show the papers that several sources have, and why they are one")
	flags.BoolVar(&dryRun, "dry-run", false, "show what would be joined, and join nothing")
	flags.StringArrayVar(&split, "split", nil, "make the paper with this `id` one of its own again (may be given several times)")
	onlyOnTheLine(flags, "review", "dry-run", "split")
	addJSON(cmd, &asJSON)
	return cmd
}

// dedup prints duplicates as they are found; with asJSON one a line, and at the
// end one with the counts.
func dedup(ctx context.Context, e engine, mode paper.DuplicateMode, asJSON bool) error {
	st, err := e.Stats(ctx)
	if err != nil {
		return err
	}
	screen, out := newProgress(), newScreen(os.Stdout)
	defer screen.clear()
	sum := dedupSummary{}
	for q := (paper.DuplicateQuery{Mode: mode}); ; {
		a, err := e.Duplicates(ctx, q)
		if err != nil {
			if ctx.Err() != nil {
				err = fmt.Errorf("interrupted; what was joined so far stays, and the same command again carries on")
			}
			return err
		}
		sum.Looked += a.Looked
		sum.Found += len(a.Found)
		sum.Joined += a.Joined
		if len(a.Found) > 0 {
			screen.clear()
		}
		for i := range a.Found {
			if asJSON {
				if err := printJSON(os.Stdout, &a.Found[i]); err != nil {
					return err
				}
				continue
			}
			printDuplicate(out, &a.Found[i])
		}
		if out.err != nil {
			return out.err
		}
		if !a.More {
			break
		}
		screen.show("looking", fmt.Sprintf("%s papers", comma(sum.Looked)), int64(sum.Looked), int64(st.Papers))
		q.From = a.Next
	}
	screen.clear()
	if asJSON {
		return printJSON(os.Stdout, sum)
	}
	switch {
	case mode != paper.ReviewJoined && sum.Joined == 0:
		fmt.Printf("none of %s papers is there twice\n", comma(sum.Looked))
	case mode == paper.ReviewJoined:
		fmt.Printf("%s of %s papers are of several sources\n", comma(sum.Found), comma(sum.Looked))
	case mode == paper.FindSame:
		fmt.Printf("%s papers would become part of %s others; without --dry-run they do\n", comma(sum.Joined), comma(sum.Found))
	default:
		fmt.Printf("%s papers have become part of %s others\n", comma(sum.Joined), comma(sum.Found))
	}
	return nil
}

// dedupSummary is the last line of dedup.
type dedupSummary struct {
	Looked int `json:"looked"` // papers
	Found  int `json:"found"`  // that several sources have
	Joined int `json:"joined"` // that have become, or would become, part of others
}

// reasons are why two papers are one, in words.
var reasons = map[string]string{"id": "same id", "title": "same title and author", "text": "nearly the same abstract", "": "together with the others"}

func printDuplicate(s *screen, d *paper.Duplicate) {
	s.paragraph("", d.Title)
	for i, part := range d.Parts {
		why := ""
		if i > 0 {
			why = reasons[part.Why]
		}
		about := []string{part.ID}
		for _, text := range []string{part.Source, yearText(part.Year), part.Venue, why} {
			if text != "" {
				about = append(about, text)
			}
		}
		line := strings.Join(about, " · ")
		if len(part.Gave) > 0 {
			line += " · gives " + strings.Join(part.Gave, ", ")
		}
		s.paragraph("    ", line)
		if part.Title != d.Title && part.Title != "" {
			s.paragraph("      ", part.Title)
		}
	}
	fmt.Fprintln(s)
}

func yearText(year int) string {
	if year == 0 {
		return ""
	}
	return fmt.Sprint(year)
}

func splitPapers(ctx context.Context, e engine, ids []string, asJSON bool) error {
	var failed error
	for _, id := range ids {
		from, err := e.Split(ctx, id)
		switch {
		case errors.Is(err, paper.ErrNotFound):
			failed = errors.Join(failed, unknownID(id))
		case err != nil:
			failed = errors.Join(failed, err)
		case asJSON:
			failed = errors.Join(failed, printJSON(os.Stdout, map[string]any{"id": id, "from": from}))
		default:
			fmt.Printf("%s is a paper of its own again, apart from %s\n", id, strings.Join(from, ", "))
		}
	}
	return failed
}
