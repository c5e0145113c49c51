package index

import (
	"log/slog"
	"time"

	"kindred/embed"
)

// NewCareful is what searches ask in the place of e.
func NewCareful(e embed.Embedder, deadline time.Duration, log *slog.Logger) embed.Embedder {
	x := &Index{opt: Options{QuestionDeadline: deadline}, log: log}
	return x.asked(e)
}
