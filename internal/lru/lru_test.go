package lru

import (
	"sync"
	"testing"
)

func TestForgetsWhatWasAskedForLongestAgo(t *testing.T) {
	c := New[string, int](2)
	c.Put("a", 1)
	c.Put("b", 2)
	c.Get("a")
	c.Put("c", 3)
	for key, want := range map[string]int{"a": 1, "c": 3} {
		if got, ok := c.Get(key); !ok || got != want {
			t.Errorf("%s: %d %v", key, got, ok)
		}
	}
	if _, ok := c.Get("b"); ok || c.Len() != 2 {
		t.Errorf("b is still among the %d", c.Len())
	}
	c.Put("c", 4)
	if got, _ := c.Get("c"); got != 4 || c.Len() != 2 {
		t.Errorf("replaced: %d of %d", got, c.Len())
	}
	if got := c.GetOr("c", func() int { return 5 }); got != 4 {
		t.Errorf("made anew: %d", got)
	}
	if got := c.GetOr("d", func() int { return 6 }); got != 6 || c.Len() != 2 {
		t.Errorf("made: %d of %d", got, c.Len())
	}
}

func TestManyAtOnce(t *testing.T) {
	c := New[int, int](10)
	var all sync.WaitGroup
	for range 4 {
		all.Go(func() {
			for i := range 1000 {
				if got := c.GetOr(i%20, func() int { return i % 20 }); got != i%20 {
					t.Errorf("%d is %d", i%20, got)
				}
				c.Put(i%7, i%7)
			}
		})
	}
	all.Wait()
	if c.Len() != 10 {
		t.Errorf("%d are remembered", c.Len())
	}
}
