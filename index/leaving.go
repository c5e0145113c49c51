package index

import (
	"context"
	"sync"

	"kindred/paper"
)

// leaving holds, by doc number, the last papers that were deleted or replaced.
// The store lets go of them first, so a search under way meets doc numbers that
// are there no more; it answers with the papers as they were when it ranked
// them. The zero value is ready.
type leaving struct {
	mu     sync.Mutex
	papers map[uint32]*paper.Paper
	order  []uint32 // the doc numbers in papers, the oldest at next once full
	next   int
}

func (l *leaving) add(papers map[uint32]*paper.Paper) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.papers == nil {
		l.papers = map[uint32]*paper.Paper{}
	}
	for doc, p := range papers {
		if len(l.order) < maxLeaving {
			l.order = append(l.order, doc)
		} else {
			delete(l.papers, l.order[l.next])
			l.order[l.next] = doc
			l.next = (l.next + 1) % maxLeaving
		}
		l.papers[doc] = p
	}
}

// maxLeaving is more papers than are written while a search goes on.
const maxLeaving = 8 * batchPapers

func (l *leaving) find(doc uint32) *paper.Paper {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.papers[doc]
}

// ranked reads papers that a search has found; nil stands for one that went
// too long ago.
func (x *Index) ranked(ctx context.Context, numbers []uint32) ([]*paper.Paper, error) {
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	for i, p := range papers {
		if p == nil {
			papers[i] = x.leaving.find(numbers[i])
		}
	}
	return papers, nil
}
