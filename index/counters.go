package index

import (
	"context"
	"errors"
	"sync/atomic"

	"kindred/embed"
	"kindred/paper"
)

// counters count since the index was opened.
type counters struct {
	faults, questionsKept, questionsAsked, phrasesKept, phrasesSearched atomic.Uint64
}

// fault counts an error of an embedder elsewhere. That a text is refused is none,
// and what the one who asked has given up says nothing.
func (c *counters) fault(ctx context.Context, err error) {
	if _, refused := errors.AsType[*embed.RefusedError](err); err != nil && !refused && ctx.Err() == nil {
		c.faults.Add(1)
	}
}

// Counters tells what has been counted since the index was opened.
func (x *Index) Counters() paper.Counters {
	c := &x.counters
	return paper.Counters{
		EmbedderFaults: c.faults.Load(),
		QuestionsKept:  c.questionsKept.Load(), QuestionsAsked: c.questionsAsked.Load(),
		PhrasesKept: c.phrasesKept.Load(), PhrasesSearched: c.phrasesSearched.Load(),
	}
}
