package parallel

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
)

func TestEach(t *testing.T) {
	for _, goroutines := range []int{1, 3, 200} {
		var called [100]atomic.Int32
		var started atomic.Int32
		err := Each(t.Context(), len(called), goroutines, func() func(int) {
			started.Add(1)
			return func(i int) { called[i].Add(1) }
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range called {
			if n := called[i].Load(); n != 1 {
				t.Errorf("%d was called %d times", i, n)
			}
		}
		if n := int(started.Load()); n != min(goroutines, len(called)) {
			t.Errorf("%d goroutines instead of %d", n, goroutines)
		}
	}
}

func TestEachEndsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	calls := 0
	err := Each(ctx, 100, 1, func() func(int) {
		return func(i int) {
			if calls++; i == 9 {
				stop()
			}
		}
	})
	if !errors.Is(err, context.Canceled) || calls != 10 {
		t.Errorf("%d calls, %v", calls, err)
	}
}
