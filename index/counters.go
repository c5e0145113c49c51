package index

import (
	"sync/atomic"

	"kindred/paper"
)

// counters count since the index was opened.
type counters struct {
	faults, questionsKept, questionsAsked, phrasesKept, phrasesSearched atomic.Uint64
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
