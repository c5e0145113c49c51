// Package parallel runs the parts of one piece of work at the same time.
package parallel

import (
	"context"
	"sync"
	"sync/atomic"
)

// Each calls a function for 0 to n-1, in any order, from so many goroutines;
// each has a function of its own from start, and so its own space to work in.
// When ctx ends no further call begins. The error is ctx's.
func Each(ctx context.Context, n, goroutines int, start func() func(int)) error {
	var next atomic.Int64
	var group sync.WaitGroup
	for range min(n, goroutines) {
		group.Go(func() {
			do := start()
			for i := int(next.Add(1)) - 1; i < n && ctx.Err() == nil; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}
