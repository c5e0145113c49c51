package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kindred/index"
)

// learner is what an engine offers that can teach its model. A server does
// not.
type learner interface {
	Learn(context.Context, index.LearnOptions, func(stage string, done, total int)) error
	ShouldLearn() bool
	LearnAdvice() string
}

var errNoLearner = errors.New("a server holds the data folder, and learning needs the folder to itself; stop the server, then run kindred learn")

func newLearn(p *program) *cobra.Command {
	var o index.LearnOptions
	cmd := &cobra.Command{
		Use:   "learn",
		Short: "Teach the built-in model these papers",
		Long: `Learn teaches the built-in model the papers at hand: words get the meaning they
have here. The first ingest does this by itself; do it again when many papers
have come in since. It can be stopped with Ctrl-C: the model that was there
goes on working.`,
		Example: `  kindred learn
  kindred learn --steps 2000`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.Steps < 0 {
				return misused(cmd, "--steps %d is negative", o.Steps)
			}
			return p.ask(cmd.Context(), func(e engine) error {
				l, ok := e.(learner)
				if !ok {
					return errNoLearner
				}
				took, err := learn(cmd.Context(), l, o, newProgress())
				if err == nil {
					fmt.Printf("learned in %s\n", seconds(took))
				}
				return err
			})
		},
	}
	cmd.Flags().IntVar(&o.Steps, "steps", 0, "how many training `steps` (default by the number of papers)")
	return cmd
}

// learn teaches l with its progress on the screen.
func learn(ctx context.Context, l learner, o index.LearnOptions, g *progress) (time.Duration, error) {
	start := time.Now()
	defer g.clear()
	err := l.Learn(ctx, o, func(stage string, done, total int) {
		g.show(stage, "", int64(done), int64(total))
	})
	return time.Since(start), err
}

// seconds is a duration as people read it.
func seconds(d time.Duration) string { return fmt.Sprintf("%.1f s", d.Seconds()) }
