package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
)

func newIngest(p *program) *cobra.Command {
	var (
		format     string
		collection string
		noLearn    bool
		noMerge    bool
		asJSON     bool
	)
	cmd := &cobra.Command{
		Use:   "ingest FILE|FOLDER...",
		Short: "Put papers into the data folder",
		Long: `Ingest reads papers from files, or from standard input where the file is "-",
and puts them into the data folder; papers that are there already and have not
changed cost next to nothing. The format, gzip, zstd, xz and zip are recognised
by content. A line that is no paper is reported and passed over. Of a folder all
files are read, those below it too; what holds no papers is told.

A paper that is there already from another source (preprint and published, with
a DOI and without) becomes one record with it, which keeps all ids and the best
of each field; it counts as merged. "kindred dedup" shows, joins and splits.

Formats:
  bibtex, ris, csl   reference managers: Zotero, Mendeley, JabRef, EndNote …
  csv, tsv           tables with a line of column names
  arxiv, oai, atom   arXiv: metadata snapshot, OAI-PMH answers, API answers
  rss                feeds of journals and of arXiv
  openalex, s2       OpenAlex works, Semantic Scholar papers
  pubmed, nbib, acl  PubMed's XML and MEDLINE, the ACL Anthology's XML
  wos                Web of Science's plain text
  jsonl              JSON lines or an array; BEIR
  parquet            pandas, Polars, DuckDB, Spark, Hugging Face
  lines              a title line above each abstract line

What a reference manager exported (bibtex, ris, csl) goes into a collection by
the name of its file, everything else into that of its source; --collection
names another. The other commands look in some collections or leave some out:
kindred collections --help.

The first time there are enough papers, the built-in model then learns them
(--no-learn leaves that to "kindred learn"). Ctrl-C loses nothing that was read:
the same ingest again carries on. Stopped while learning, the papers are in and
the exit status is 0; "kindred learn" does the rest.`,
		Example: `  kindred ingest papers.jsonl arxiv.jsonl.zst "My Library.bib"
  kindred ingest ~/exports
  kindred ingest --collection "reading list" to-read.ris
  zcat dump.gz | kindred ingest --format jsonl -
  kindred ingest --json --no-learn papers.jsonl`,
		Args: someArgs("the names of files, or - for standard input"),
		RunE: func(cmd *cobra.Command, files []string) error {
			start := time.Now()
			if cmd.Flags().Changed("collection") {
				if err := paper.CheckCollection(collection); err != nil {
					return invalid(cmd, err)
				}
			}
			in, err := newIntake(files, format, cmd.InOrStdin(), newProgress())
			if err != nil {
				return err
			}
			in.collection = collection
			return p.use(cmd.Context(), index.Options{}, func(e engine) error {
				m := p.embed.meter(cmd.Context(), e)
				in.noMerge = noMerge
				in.note = func() string { return m.note(cmd.Context()) }
				if err := p.embed.estimateIngest(cmd.Context(), e, in); err != nil {
					return err
				}
				sum, err := ingest(cmd.Context(), e, in, start)
				done := m.summary(cmd.Context(), in.screen)
				sum.Cut, sum.Refused = done.Cut, done.Refused
				if err != nil {
					return err
				}
				if !noLearn {
					if sum.LearnSeconds, err = p.embed.learnFirst(cmd.Context(), e, in.screen); err != nil {
						return err
					}
				}
				if s, ok := e.(settler); ok {
					if err := settle(cmd.Context(), s, in.screen); err != nil {
						return err
					}
				}
				if asJSON {
					err = printJSON(os.Stdout, sum)
				} else {
					_, err = fmt.Println(sum)
				}
				return errors.Join(append(in.failed, err)...)
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&format, "format", "auto", "the files' `format`: "+strings.Join(source.Formats(), ", "))
	flags.StringVar(&collection, "collection", "", "put the papers into this `collection` (default the file's name for bibtex, ris and csl)")
	flags.BoolVar(&noLearn, "no-learn", false, "do not teach the model afterwards")
	flags.BoolVar(&noMerge, "no-merge", false, "keep each paper a record of its own, also where another source has it")
	onlyOnTheLine(flags, "format", "collection")
	addJSON(cmd, &asJSON)
	return cmd
}

// ingest puts what comes in into e. The error is not about single files.
func ingest(ctx context.Context, e engine, in *intake, start time.Time) (ingestSummary, error) {
	defer in.screen.clear()
	n, err := e.Ingest(ctx, in.papers(ctx), index.IngestOptions{NoMerge: in.noMerge, Progress: in.show})
	switch {
	case ctx.Err() != nil: // also where it was while nothing was read
		return ingestSummary{}, fmt.Errorf("interrupted; the %s papers written so far are kept, and the same ingest again carries on",
			comma(n.Added+n.Updated+n.Merged))
	case err != nil:
		return ingestSummary{}, errors.Join(append(in.failed, err)...)
	}
	return ingestSummary{Counts: n, Seconds: time.Since(start).Seconds()}, nil
}

// learnFirst teaches the model the first papers, or else says when learning
// again would pay, and returns how long it learned, in seconds. The ingest has
// been done: that the learning is interrupted or cannot be is no failure of it.
func (f *embedderFlags) learnFirst(ctx context.Context, e engine, screen *progress) (float64, error) {
	st, err := e.Stats(ctx)
	if err != nil {
		return 0, err
	}
	if st.Learning == nil || st.Learning.Advice == "" {
		return 0, nil
	}
	if st.Learned {
		advise(screen, st.Learning)
		return 0, nil
	}
	took, err := f.learn(ctx, e, paper.LearnOptions{}, screen)
	switch {
	case err == nil:
	case ctx.Err() != nil && errors.Is(err, context.Canceled):
		screen.println("kindred: learning stopped; the papers are in and can be searched, and kindred learn does the rest")
	case errors.Is(err, paper.ErrLearning), errors.Is(err, paper.ErrCannotLearn):
		screen.println("kindred: note: the papers are in;", err)
	default:
		return 0, fmt.Errorf("the papers are in and can be searched, but learning them failed: %w", err)
	}
	return took.Seconds(), nil
}

// advise prints advice on learning, where there is any.
func advise(screen *progress, l *paper.Learning) {
	if l != nil && l.Advice != "" {
		screen.println("kindred: note:", l.Advice)
	}
}

// settler is an engine in this process: it can sort many vectors into lists
// before it is closed. A server does so when it finds the time.
type settler interface {
	Settle(ctx context.Context) error
	Stats(ctx context.Context) (paper.Stats, error)
}

// settle leaves the folder as fast as it can be. When it is interrupted the
// papers are in all the same.
func settle(ctx context.Context, s settler, screen *progress) error {
	if st, err := s.Stats(ctx); err != nil || st.State != "indexing" {
		return err
	}
	defer screen.clear()
	screen.show("sorting the vectors", "", 0, 0)
	err := s.Settle(ctx)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		screen.println("kindred: sorting the vectors stopped; the papers are in, and searching is slower until kindred serve has sorted them")
		return nil
	}
	return err
}

// ingestSummary is the last line of ingest.
type ingestSummary struct {
	index.Counts
	// Seconds is everything until each paper can be found with the model at
	// hand; learning is apart.
	Seconds      float64 `json:"seconds"`
	LearnSeconds float64 `json:"learn_seconds"`
	// Of texts that an embedding server was asked for: too long, embedded up to a
	// word; refused, so that the paper is in without a vector. Absent where none
	// were: tools read this line as it always was.
	Cut     int64 `json:"cut,omitempty"`
	Refused int64 `json:"refused,omitempty"`
}

func (s ingestSummary) String() string {
	merged := ""
	if s.Merged > 0 {
		merged = comma(s.Merged) + " merged, "
	}
	learned := ""
	if s.LearnSeconds > 0 {
		learned = fmt.Sprintf(", learning %.1f s", s.LearnSeconds)
	}
	embedded := ""
	if s.Cut > 0 {
		embedded += fmt.Sprintf(", %s texts cut", comma(int(s.Cut)))
	}
	if s.Refused > 0 {
		embedded += fmt.Sprintf(", %s refused by the embedder", comma(int(s.Refused)))
	}
	gone := ""
	if s.Deleted > 0 {
		gone = comma(s.Deleted) + " deleted at their source, "
	}
	return fmt.Sprintf("%s added, %s updated, %s unchanged, %s%s%s rejected in %.1f s%s%s",
		comma(s.Added), comma(s.Updated), comma(s.Unchanged), merged, gone, comma(s.Rejected), s.Seconds, embedded, learned)
}

func comma(n int) string { return humanize.Comma(int64(n)) }
