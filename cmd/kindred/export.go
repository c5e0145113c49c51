package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"kindred/paper"
	"kindred/paper/sink"
)

// lister is what an export needs of an engine; see server.Catalog.
type lister interface {
	Select(ctx context.Context, s paper.Selection) (*paper.Selected, error)
	Vectors(ctx context.Context, ids []string) (paper.Embeddings, error)
}

func newExport(p *program) *cobra.Command {
	var (
		out, format     string
		vectors, asJSON bool
		filter          paper.Filter
	)
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write the papers to a file",
		Long: `Export writes all papers, or those that the filters select, in the order of
their ids. Ingesting the file gives the same papers, under the same ids.

JSON lines, CSV and Parquet hold all that a paper is. BibTeX, RIS and CSL-JSON
keep ids, names, dates and categories and lose LaTeX and line breaks of titles
and abstracts (docs/sources.md).

The file is there whole or not at all. It is compressed where its name ends in
.gz or .zst.`,
		Example: `  kindred export --out papers.jsonl.zst
  kindred export --out corpus.parquet --vectors
  kindred export --category cs.CL --year 2020- --format bibtex > library.bib`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			e := exporting{filter: filter, vectors: vectors, screen: newProgress()}
			if out == "" && onTerminal(os.Stdout) {
				e.screen.live = false // the papers themselves show how far it is
			}
			if err := filter.Validate(); err != nil {
				return invalid(cmd, err)
			}
			var err error
			if e.format, err = exportFormat(out, format); err != nil {
				return invalid(cmd, err)
			}
			switch {
			case vectors && !e.format.HoldsVectors():
				return misused(cmd, "%s has no place for vectors; jsonl and parquet have", e.format)
			case asJSON && out == "":
				return misused(cmd, "--json says what was written, which needs --out: the papers go to standard output")
			case out == "" && e.format == sink.Parquet && onTerminal(os.Stdout):
				return misused(cmd, "Parquet is nothing for a terminal; name a file with --out")
			}
			return p.ask(cmd.Context(), func(from engine) error {
				if err := knownCollections(cmd.Context(), from, &filter); err != nil {
					return err
				}
				if out == "" {
					_, err := e.write(cmd.Context(), from, os.Stdout)
					return err
				}
				done, err := e.toFile(cmd.Context(), from, out)
				switch {
				case err != nil:
					return err
				case asJSON:
					return printJSON(os.Stdout, done)
				}
				_, err = fmt.Println(done)
				return err
			})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&out, "out", "", "the `file` to write; without it, standard output")
	flags.StringVar(&format, "format", "", "the `format`: "+strings.Join(sink.Formats(), ", ")+" (default by --out's ending, else jsonl)")
	flags.BoolVar(&vectors, "vectors", false, "write the papers' vectors too (jsonl and parquet)")
	addFilter(cmd, &filter)
	// An export that a settings file made smaller would be a backup with holes.
	onlyOnTheLine(flags, "out", "format", "vectors", "year", "category", "author", "venue", "collection", "not-collection")
	addJSON(cmd, &asJSON)
	return cmd
}

// exportFormat is the format that was asked for, else the one that the file's
// name tells.
func exportFormat(out, format string) (sink.Format, error) {
	if format != "" {
		return sink.ParseFormat(format)
	}
	f, err := sink.FormatOf(out)
	if f == "" && err == nil {
		f = "jsonl"
	}
	return f, err
}

// exporting is an export under way.
type exporting struct {
	filter  paper.Filter
	format  sink.Format
	vectors bool
	screen  *progress
}

// exported is the last line of an export to a file.
type exported struct {
	File   string `json:"file"`
	Format string `json:"format"`
	Papers int    `json:"papers"`
	Bytes  int64  `json:"bytes"`           // as they are stored
	Model  string `json:"model,omitempty"` // of the vectors
}

func (e exported) String() string {
	s := fmt.Sprintf("%s papers written to %s as %s, %s", comma(e.Papers), e.File, e.Format, humanize.Bytes(uint64(e.Bytes)))
	if e.Model != "" {
		s += ", with vectors of " + e.Model
	}
	return s
}

// toFile leaves a whole file under that name, or what was there before.
func (e *exporting) toFile(ctx context.Context, from lister, name string) (exported, error) {
	f, err := sink.Create(name)
	if err != nil {
		return exported{}, err
	}
	done, err := e.write(ctx, from, f)
	if err != nil {
		return done, errors.Join(err, f.Discard())
	}
	done.File = name
	if done.Bytes, err = f.Commit(); err != nil {
		return done, fmt.Errorf("%s cannot be written: %w", name, err)
	}
	return done, nil
}

// write writes the papers page by page, so that no more than a page is in
// memory.
func (e *exporting) write(ctx context.Context, from lister, to io.Writer) (done exported, err error) {
	defer e.screen.clear()
	done.Format = string(e.format)
	if e.vectors {
		none, err := from.Vectors(ctx, nil)
		if err != nil {
			return done, err
		}
		done.Model = none.Model
	}
	buf := bufio.NewWriterSize(to, 1<<20)
	w, err := sink.New(buf, e.format, sink.Options{Model: done.Model})
	if err != nil {
		return done, err
	}
	for s := (paper.Selection{Filter: e.filter, Limit: paper.MaxSelected}); ; {
		page, err := from.Select(ctx, s)
		if err != nil {
			return done, e.ended(ctx, done.Papers, err)
		}
		vectors, err := e.vectorsOf(ctx, from, page.Papers, done.Model)
		if err != nil {
			return done, e.ended(ctx, done.Papers, err)
		}
		for i := range page.Papers {
			var v []float32
			if vectors != nil {
				v = vectors[i]
			}
			if err := w.Write(&page.Papers[i], v); err != nil {
				return done, err
			}
		}
		done.Papers += len(page.Papers)
		e.screen.show("writing", comma(done.Papers)+" papers", int64(done.Papers), int64(page.Total))
		if page.Next == nil {
			break
		}
		s.After = page.Next
	}
	return done, errors.Join(w.Close(), buf.Flush())
}

// ended says how far an export came that could not be read to its end: the
// server it goes through may have stopped.
func (e *exporting) ended(ctx context.Context, papers int, err error) error {
	if papers == 0 || ctx.Err() != nil {
		return err
	}
	return fmt.Errorf("the papers could be read no further than the first %s; export again: %w", comma(papers), err)
}

// vectorsOf are the vectors of papers, one a paper; nil where none are wanted.
func (e *exporting) vectorsOf(ctx context.Context, from lister, papers []paper.Paper, model string) ([][]float32, error) {
	if !e.vectors {
		return nil, nil
	}
	ids := make([]string, len(papers))
	for i := range papers {
		ids[i] = papers[i].ID
	}
	made, err := from.Vectors(ctx, ids)
	if errors.Is(err, paper.ErrNotFound) { // one was deleted since: each for itself
		made.Vectors = make([][]float32, len(ids))
		for i, id := range ids {
			one, err := from.Vectors(ctx, []string{id})
			switch {
			case err == nil:
				made.Model, made.Vectors[i] = one.Model, one.Vectors[0]
			case !errors.Is(err, paper.ErrNotFound):
				return nil, err
			}
		}
	} else if err != nil {
		return nil, err
	}
	if made.Model != "" && made.Model != model {
		return nil, fmt.Errorf("the model was changed from %s to %s while its vectors were written", model, made.Model)
	}
	return made.Vectors, nil
}
