package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on standard error how far something has come: a bar where
// that is a terminal, nothing where it is not. Lines printed through it stand
// above the bar. Its methods may be called from any goroutine.
type progress struct {
	mu    sync.Mutex
	to    io.Writer
	live  bool
	bar   *progressbar.ProgressBar // nil: none on the screen
	stage string
}

func newProgress() *progress { return &progress{to: os.Stderr, live: onTerminal(os.Stderr)} }

// show moves the stage's bar; a stage with another name begins a new one. A
// total that is 0 or less is unknown. note stands beside the stage's name.
func (g *progress) show(stage, note string, done, total int64) {
	if !g.live {
		return
	}
	text := stage
	if note != "" {
		text += ": " + note
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar == nil || g.stage != stage {
		g.remove()
		if total <= 0 {
			total = -1
		}
		g.stage = stage
		g.bar = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(g.to),
			progressbar.OptionSetDescription(text),
			progressbar.OptionFullWidth(),
			progressbar.OptionUseANSICodes(true),
			progressbar.OptionClearOnFinish(),
			progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionSetSpinnerChangeInterval(0), // else a goroutine draws on for ever
		)
	}
	if total > 0 {
		done = min(done, total-1) // a full bar takes itself off the screen
	}
	// An error here is one of drawing, on a screen that is gone.
	_ = g.bar.Set64(done)
	g.bar.Describe(text)
}

// clear takes the bar off the screen.
func (g *progress) clear() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.remove()
}

func (g *progress) remove() {
	if g.bar != nil {
		_ = g.bar.Clear()
		g.bar = nil
	}
}

// println prints a line for the user to keep.
func (g *progress) println(args ...any) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.bar != nil {
		_ = g.bar.Clear() // the next show draws it again
	}
	fmt.Fprintln(g.to, args...)
}
