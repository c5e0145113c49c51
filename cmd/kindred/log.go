package main

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
)

// newLogger logs for whoever keeps a server's log.
func newLogger() *slog.Logger { return slog.New(slog.NewTextHandler(os.Stderr, nil)) }

// newWarner logs for a person: warnings and errors, as the lines of a command
// are. What a server's log tells besides (times, levels) nobody reads there.
func newWarner() *slog.Logger { return slog.New(warner{to: os.Stderr}) }

// warner is a [slog.Handler].
type warner struct {
	to   io.Writer
	with string // attributes of all records
}

func (w warner) Enabled(_ context.Context, level slog.Level) bool { return level >= slog.LevelWarn }

// Handle writes a record, its error behind a colon and the rest in brackets.
func (w warner) Handle(_ context.Context, r slog.Record) error {
	failure, rest := "", w.with
	r.Attrs(func(a slog.Attr) bool {
		if err, ok := a.Value.Any().(error); ok {
			failure += ": " + err.Error()
		} else {
			rest += describeAttr(a)
		}
		return true
	})
	if rest != "" {
		rest = " (" + strings.TrimPrefix(rest, ", ") + ")"
	}
	text := strings.ReplaceAll(r.Message+failure+rest, "\n", "; ")
	kind := "warning"
	if r.Level >= slog.LevelError {
		kind = "error"
	}
	_, err := fmt.Fprintf(w.to, "kindred: %s: %s\n", kind, text)
	return err
}

func (w warner) WithAttrs(attrs []slog.Attr) slog.Handler {
	for _, a := range attrs {
		w.with += describeAttr(a)
	}
	return w
}

func (w warner) WithGroup(string) slog.Handler { return w }

func describeAttr(a slog.Attr) string {
	return ", " + strings.ReplaceAll(a.Key, "_", " ") + " " + a.Value.String()
}
