package main

import (
	"bytes"
	"errors"
	"log/slog"
	"testing"
	"time"
)

func TestWarner(t *testing.T) {
	var b bytes.Buffer
	log := slog.New(warner{to: &b})
	log.Info("nobody reads this")
	log.Warn("it is slow")
	log.Warn("the model failed", "error", errors.New("gone\naway"), "next_try_in", time.Second)
	log.With("harvest", "x").Error("stopped", "papers", 3)
	const want = `kindred: warning: it is slow
kindred: warning: the model failed: gone; away (next try in 1s)
kindred: error: stopped (harvest x, papers 3)
`
	if b.String() != want {
		t.Errorf("%s", b.String())
	}
}
