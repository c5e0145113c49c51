package index

import (
	"context"
	"fmt"

	"kindred/embed"
	"kindred/index/store"
	"kindred/paper"
)

// lost stands for a learned model whose file cannot be read: damaged, gone, or
// of another release. The folder opens nevertheless. Questions are answered by
// words alone, papers are still compared by the vectors they have, and none can
// be put in, as it would have none. Learning makes the model anew; until then
// the file stays as it is, so that a good copy can be put in its place.
type lost struct {
	generation store.Generation
	cause      error // with the file's path
}

func (l *lost) Fingerprint() embed.Fingerprint { return embed.Fingerprint(l.generation.Fingerprint) }

func (l *lost) Dimension() int { return l.generation.Dimension }

// advice is what to do about it.
func (l *lost) advice() string {
	return fmt.Sprintf("the learned model cannot be read (%v); to learn it anew from the papers, which are all there: kindred learn", l.cause)
}

func (l *lost) err() error { return fmt.Errorf("%w: %s", paper.ErrUnavailable, l.advice()) }

func (l *lost) EmbedDocuments(context.Context, []embed.Document) ([]embed.Vector, error) {
	return nil, l.err()
}

func (l *lost) EmbedQueries(context.Context, []string) ([]embed.Vector, error) { return nil, l.err() }
