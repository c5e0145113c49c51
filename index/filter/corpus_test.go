//go:build !shared

package filter

import (
	"testing"

	"kindred/paper"
)

// benchPapers are n papers to measure with: made up here, real ones with
// -tags shared.
func benchPapers(tb testing.TB, n int) []*paper.Paper { return inventedPapers(n) }
