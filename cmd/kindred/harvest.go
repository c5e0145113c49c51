package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/internal/harvest"
	"kindred/paper"
	"kindred/paper/source"
)

func newHarvest(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "harvest",
		Short: "Fetch papers from arXiv, OpenAlex, Semantic Scholar and feeds",
		Long: `Harvest fetches papers from where they are published and puts them into the data
folder. How far it has come is kept there: the same harvest again fetches what is
new or has changed since, and one that was interrupted carries on. Papers that
have not changed cost next to nothing.

It asks one request at a time, no faster than the service allows (arXiv: one every
three seconds), waits when it is told to, and tries again when an answer is
broken. kindred serve --harvest FILE harvests on a schedule.`,
		Example: `  kindred harvest arxiv --set cs --from 2024-01-01
  kindred harvest arxiv-search "cat:cs.CL AND abs:retrieval"
  kindred harvest openalex --filter primary_topic.id:T10181
  kindred harvest s2 "retrieval augmented generation" --from 2024-01-01
  kindred harvest rss https://rss.arxiv.org/rss/cs.CL
  kindred harvest update`,
		Args: subcommandOf,
		RunE: func(*cobra.Command, []string) error { return nil }, // Args has refused
	}
	for _, h := range harvesters() {
		cmd.AddCommand(newHarvestOf(p, h))
	}
	cmd.AddCommand(newHarvestUpdate(p), newHarvestList(p), newHarvestForget(p))
	return cmd
}

func newHarvestOf(p *program, h harvester) *cobra.Command {
	var (
		f                             = harvestFlags{request: harvest.Request{Kind: h.kind}}
		restart, dry, noLearn, asJSON bool
	)
	use := h.kind
	if h.argument != "" {
		use += " " + h.argument
	}
	cmd := &cobra.Command{
		Use: use, Short: h.short, Long: h.long, Example: h.example,
		Args: func(cmd *cobra.Command, args []string) error {
			if err := f.take(h, args); err != nil {
				return &usageError{cmd, err}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := f.check(); err != nil {
				return &usageError{cmd, err}
			}
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			o := f.settled()
			o.Restart, o.Dry = restart, dry
			if dry {
				return tasteHarvest(cmd.Context(), dir, f.request, o, asJSON)
			}
			return p.use(cmd.Context(), index.Options{}, func(e engine) error {
				return p.harvest(cmd.Context(), e, dir, f.request, o, noLearn, asJSON)
			})
		},
	}
	f.add(h, cmd.Flags())
	flags := cmd.Flags()
	flags.BoolVar(&restart, "restart", false, "forget how far this harvest has come, and begin anew")
	flags.BoolVar(&dry, "dry-run", false, "ask for one page, print its papers, and keep nothing")
	onlyOnTheLine(flags, "restart", "dry-run")
	flags.BoolVar(&noLearn, "no-learn", false, "do not teach the model afterwards")
	addJSON(cmd, &asJSON)
	return cmd
}

// harvest fetches what is new into e, and ends as an ingest does.
func (p *program) harvest(ctx context.Context, e engine, dir string, r harvest.Request, o harvest.Options, noLearn, asJSON bool) error {
	screen := newProgress()
	start := time.Now()
	o.Notice = func(text string) { screen.println("kindred:", text) }
	o.Progress = func(w harvest.Way, n harvest.Report) {
		note := fmt.Sprintf("%s papers, %s new, %s changed", comma(n.Read), comma(n.Added), comma(n.Updated))
		screen.show("harvesting", note, int64(w.Records), int64(w.Total))
	}
	m := p.embed.meter(ctx, e)
	report, err := harvest.Run(ctx, dir, r, o, takeIn(e, func(line *source.LineError) { screen.println(line) }))
	screen.clear()
	done := m.summary(ctx, screen)
	switch {
	case err != nil && ctx.Err() != nil && report.Read == 0:
		return errors.New("interrupted before a paper came")
	case err != nil && ctx.Err() != nil:
		return fmt.Errorf("interrupted; the %s papers written so far are kept, and the same harvest again carries on", comma(report.Added+report.Updated))
	case err != nil:
		return err
	}
	sum := harvestSummary{Report: report, Seconds: time.Since(start).Seconds(), Cut: done.Cut, Refused: done.Refused}
	if !noLearn {
		if sum.LearnSeconds, err = p.embed.learnFirst(ctx, e, screen); err != nil {
			return err
		}
	}
	if s, ok := e.(settler); ok {
		if err := settle(ctx, s, screen); err != nil {
			return err
		}
	}
	if asJSON {
		return printJSON(os.Stdout, sum)
	}
	_, err = fmt.Println(sum)
	return err
}

// harvestSummary is the last line of a harvest.
type harvestSummary struct {
	harvest.Report
	Seconds      float64 `json:"seconds"`
	LearnSeconds float64 `json:"learn_seconds"`
	Cut          int64   `json:"cut,omitempty"`
	Refused      int64   `json:"refused,omitempty"`
}

func (s harvestSummary) String() string {
	line := ingestSummary{
		Counts:  index.Counts{Added: s.Added, Updated: s.Updated, Unchanged: s.Unchanged, Merged: s.Merged, Rejected: s.Rejected},
		Seconds: s.Seconds, LearnSeconds: s.LearnSeconds, Cut: s.Cut, Refused: s.Refused,
	}.String()
	if s.Deleted > 0 {
		line = comma(s.Deleted) + " deleted, " + line
	}
	if !s.Complete {
		line += "; there is more, which the same harvest again fetches"
	}
	return s.Name + ": " + line
}

// takeIn takes the papers of a page into e, and out of it those that are gone.
// It is the one place where harvests and the engine meet.
func takeIn(e engine, reject func(*source.LineError)) harvest.Put {
	return func(ctx context.Context, items iter.Seq2[source.Item, error]) (harvest.Counts, error) {
		var failed error
		rejected := 0
		n, err := e.Ingest(ctx, func(yield func(paper.Paper, error) bool) {
			for item, err := range items {
				line, isLine := errors.AsType[*source.LineError](err)
				if err != nil && !isLine {
					failed = err
					return
				}
				if isLine && line.Deleted == "" {
					if rejected++; rejected <= maxShownRejects {
						reject(line)
					}
				}
				if !yield(item.Paper, err) {
					return
				}
			}
		}, index.IngestOptions{})
		if err == nil {
			err = failed
		}
		return harvest.Counts{Added: n.Added, Updated: n.Updated, Unchanged: n.Unchanged, Merged: n.Merged, Rejected: n.Rejected, Deleted: n.Deleted}, err
	}
}

// tasteHarvest prints the papers of one page.
func tasteHarvest(ctx context.Context, dir string, r harvest.Request, o harvest.Options, asJSON bool) error {
	const shown = 10
	var papers []paper.Paper
	total := 0
	o.Notice = func(text string) { fmt.Fprintln(os.Stderr, "kindred:", text) }
	o.Progress = func(w harvest.Way, _ harvest.Report) { total = w.Total }
	report, err := harvest.Run(ctx, dir, r, o, func(_ context.Context, items iter.Seq2[source.Item, error]) (n harvest.Counts, err error) {
		for item, err := range items {
			line, isLine := errors.AsType[*source.LineError](err)
			switch {
			case isLine && line.Deleted != "":
				n.Deleted++
			case isLine:
				n.Rejected++
			case err != nil:
				return n, err
			case len(papers) < shown:
				papers = append(papers, item.Paper)
			}
		}
		return n, nil
	})
	if err != nil {
		return err
	}
	if asJSON {
		return printJSON(os.Stdout, struct {
			Name   string        `json:"name"`
			Total  int           `json:"total,omitempty"`
			Read   int           `json:"read"`
			Papers []paper.Paper `json:"papers"`
		}{report.Name, total, report.Read, papers})
	}
	for _, one := range papers {
		fmt.Printf("%s  %s\n", one.ID, strings.Join(strings.Fields(one.Title), " "))
	}
	of := ""
	if total > 0 {
		of = " of " + comma(total)
	}
	fmt.Printf("%s: one page has %s records%s (%d deleted, %d rejected); nothing was kept\n", report.Name, comma(report.Read), of, report.Deleted, report.Rejected)
	return nil
}
