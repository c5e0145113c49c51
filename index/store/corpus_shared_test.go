//go:build shared

package store

import (
	"testing"

	"kindred/internal/sharedtest/abstracts"
	"kindred/paper"
)

// benchPapers are the first n of the shared arXiv abstracts.
func benchPapers(tb testing.TB, n int) []*paper.Paper { return abstracts.First(tb, n) }
