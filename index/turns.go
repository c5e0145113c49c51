package index

import (
	"context"
	"runtime"
)

// turns lets as many rankings be worked out at once as there are cores, the
// others one after the other in the order they came. A ranking uses all cores
// as it is; more of them at once only make each other slow, and some of them
// very slow: eight at once on two cores had a p99 of 130 ms without turns.
type turns chan struct{}

func newTurns() turns { return make(turns, runtime.GOMAXPROCS(0)) }

// take waits for a turn. Its error is ctx's.
func (t turns) take(ctx context.Context) error {
	select {
	case t <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t turns) give() { <-t }
