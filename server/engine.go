package server

import (
	"context"

	"kindred/paper"
)

// Counter is an [Engine] that counts what goes on inside it, for /metrics. An
// engine without it serves all the same.
type Counter interface {
	Counters() paper.Counters
}

// Engine is what a server needs from an index. Methods are safe for
// concurrent use and return soon after their context ends. What a caller got
// wrong comes back as a [*paper.InvalidError], an unknown paper as an error
// that wraps [paper.ErrNotFound], a passing inability as one that wraps
// [paper.ErrUnavailable]; every other error is a fault of the program.
type Engine interface {
	// Search answers a question. The result is the caller's to change, as
	// that of Similar is.
	Search(ctx context.Context, q paper.Query) (*paper.Result, error)
	// Similar finds papers like others.
	Similar(ctx context.Context, s paper.Similar) (*paper.Result, error)
	// Paper returns the paper of that id.
	Paper(ctx context.Context, id string) (paper.Paper, error)
	// Put adds or replaces papers and returns one result a paper, in order.
	// When it returns, searches see them.
	Put(ctx context.Context, papers []paper.Paper) ([]paper.PutResult, error)
	// Delete removes papers and returns how many there were.
	Delete(ctx context.Context, ids []string) (int, error)
	// Stats is cheap enough to be asked at every scrape and page.
	Stats(ctx context.Context) (paper.Stats, error)
}
