package main

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kindred/embed"
	"kindred/index"
	"kindred/paper"
)

func newLearn(p *program) *cobra.Command {
	var (
		o    paper.LearnOptions
		base bool
		out  string
	)
	cmd := &cobra.Command{
		Use:   "learn [--base FILE...]",
		Short: "Teach the built-in model these papers, or go over to another",
		Long: `Learn teaches the built-in model the papers at hand: words get the meaning they
have here. The first ingest does this by itself; do it again when many papers
have come in since: kindred stats says when that would pay. It can be stopped
with Ctrl-C: the model that was there goes on working. While a server holds the
folder, it is the server that learns, and answers meanwhile.

With --embedder it goes over to another embedder, a server's model or, with
"--embedder static", the built-in one: new vectors are made beside those in use,
which answer until all are there. Stopped, "kindred learn" carries on. No text is
embedded twice. docs/embedders.md lists servers, models and what they want.

With --base it learns a new base model, the one that every corpus starts from,
from nothing but the papers in the files, and writes it to --out; no data folder
is touched. The files are read as ingest reads them. Papers of one category, or
else of one venue, are set against each other. Stopped with Ctrl-C, the same
command again carries on where it was. The same files, in the same order, give
the same model.`,
		Example: `  kindred learn
  kindred learn --steps 2000
  kindred learn --embedder ollama --embed-model nomic-embed-text
  kindred learn --embedder static
  kindred learn --base --out base.kvec arxiv.jsonl.zst anthology.jsonl.zst`,
		Args: func(cmd *cobra.Command, args []string) error {
			if base {
				return someArgs("files of papers to learn from, or - for standard input")(cmd, args)
			}
			if len(args) > 0 {
				return misused(cmd, "learn takes the papers of the data folder; with --base it takes those of files such as %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, files []string) error {
			switch {
			case o.Steps < 0:
				return misused(cmd, "--steps %d is negative", o.Steps)
			case !base && cmd.Flags().Changed("out"):
				return misused(cmd, "--out is for --base; what is learned of a data folder stays in it")
			case base:
				in, err := newIntake(files, "auto", cmd.InOrStdin(), newProgress())
				if err != nil {
					return err
				}
				return learnBase(cmd.Context(), in, out, o.Steps)
			}
			wanted, err := p.embed.wanted()
			if err != nil {
				return err
			}
			if wanted != nil {
				if o.Embedder, err = json.Marshal(wanted); err != nil {
					return err
				}
			}
			own := *p // opened as it is, and changed from there
			own.own = true
			return own.ask(cmd.Context(), func(e engine) error {
				screen := newProgress()
				if wanted != nil && wanted.Provider != embed.Static {
					st, err := e.Stats(cmd.Context())
					if err != nil {
						return err
					}
					p.embed.estimate(int64(st.Papers)*tokensOfPaper, screen)
				}
				m := p.embed.meter(cmd.Context(), e)
				took, err := p.embed.learn(cmd.Context(), e, o, screen)
				m.summary(cmd.Context(), screen)
				if err == nil {
					fmt.Printf("learned in %s\n", seconds(took))
				}
				return err
			})
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&o.Steps, "steps", 0, "how many training `steps` (default by the number of papers; 9,000 for --base)")
	flags.BoolVar(&base, "base", false, "learn a base model from files of papers")
	flags.StringVar(&out, "out", baseFile, "the `file` that --base writes")
	onlyOnTheLine(flags, "base", "out")
	return cmd
}

// learn teaches e's model with its progress on the screen.
func (f *embedderFlags) learn(ctx context.Context, e engine, o paper.LearnOptions, g *progress) (time.Duration, error) {
	start := time.Now()
	m := f.meter(ctx, e)
	defer g.clear()
	err := e.Learn(ctx, o, func(stage string, done, total int) {
		note := ""
		if stage == index.StageEmbedding {
			note = fmt.Sprintf("%s/s%s", comma(int(float64(done)/max(time.Since(start).Seconds(), 1e-3))), m.note(ctx))
		}
		g.show(stage, note, int64(done), int64(total))
	})
	return time.Since(start), err
}

// seconds is a duration as people read it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
