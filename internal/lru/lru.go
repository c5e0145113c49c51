// Package lru remembers the values used last.
package lru

import (
	"container/list"
	"sync"
)

// Cache holds up to a number of values, and forgets the one that was asked for
// longest ago. Methods are safe for concurrent use.
type Cache[K comparable, V any] struct {
	most  int
	mu    sync.Mutex
	order *list.List // of entries, the latest in front
	by    map[K]*list.Element
}

type entry[K comparable, V any] struct {
	key   K
	value V
}

// New makes a cache of at most that many values, one or more.
func New[K comparable, V any](most int) *Cache[K, V] {
	return &Cache[K, V]{most: max(1, most), order: list.New(), by: map[K]*list.Element{}}
}

// Get returns the value of a key, if it is remembered.
func (c *Cache[K, V]) Get(key K) (V, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.get(key)
}

func (c *Cache[K, V]) get(key K) (value V, ok bool) {
	at, ok := c.by[key]
	if !ok {
		return value, false
	}
	c.order.MoveToFront(at)
	return at.Value.(*entry[K, V]).value, true
}

// Put remembers a value in the place of an earlier one of the key.
func (c *Cache[K, V]) Put(key K, value V) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.put(key, value)
}

func (c *Cache[K, V]) put(key K, value V) {
	if at, ok := c.by[key]; ok {
		at.Value.(*entry[K, V]).value = value
		c.order.MoveToFront(at)
		return
	}
	c.by[key] = c.order.PushFront(&entry[K, V]{key, value})
	if c.order.Len() > c.most {
		delete(c.by, c.order.Remove(c.order.Back()).(*entry[K, V]).key)
	}
}

// GetOr returns the value of a key, or remembers and returns the one that
// fresh makes. fresh must not use the cache.
func (c *Cache[K, V]) GetOr(key K, fresh func() V) V {
	c.mu.Lock()
	defer c.mu.Unlock()
	value, ok := c.get(key)
	if !ok {
		value = fresh()
		c.put(key, value)
	}
	return value
}

// Len is how many values are remembered.
func (c *Cache[K, V]) Len() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.order.Len()
}
