package harvest

import (
	"context"
	"iter"
	"net/http"
	"time"

	"kindred/paper/source"
)

// Counts say what became of the papers of a harvest.
type Counts struct {
	Added     int `json:"added"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Merged    int `json:"merged"`
	Rejected  int `json:"rejected"`
	Deleted   int `json:"deleted"`
}

func (c *Counts) add(d Counts) {
	c.Added += d.Added
	c.Updated += d.Updated
	c.Unchanged += d.Unchanged
	c.Merged += d.Merged
	c.Rejected += d.Rejected
	c.Deleted += d.Deleted
}

// Put writes the papers of one page and returns once they are written. An
// error in the stream that is a [*source.LineError] stands for a record that is
// no paper, or for a paper that is gone ([source.LineError.Deleted]); any other
// must be returned. After an error the page is given out again by a later run,
// so what was written of it must do no harm.
type Put func(ctx context.Context, items iter.Seq2[source.Item, error]) (Counts, error)

// Report tells of one run.
type Report struct {
	Name     string `json:"name"`
	Read     int    `json:"read"` // records
	Counts          // of them
	Pages    int    `json:"pages"`
	Complete bool   `json:"complete"` // nothing more is to be had for now
}

// Options say how to harvest. The zero value is right for everybody.
type Options struct {
	Name    string        // of the harvest; empty: made of the request
	Key     string        // of the service, never kept or shown
	KeyFrom string        // where a key is looked for, in words; empty: the service knows none
	Mailto  string        // an address that is told to the service
	Pause   time.Duration // between requests; 0: what the service asks for
	Limit   int           // papers of this run; 0: all
	Restart bool          // forget what was harvested before
	Dry     bool          // ask for one page, and keep nothing of it

	// Notice, unless nil, is told in a sentence what is being waited for.
	Notice func(string)
	// Progress, unless nil, is called after every page.
	Progress func(Way, Report)

	Transport http.RoundTripper // nil: the usual one
	Timeout   time.Duration     // of one request with its answer; 0: 5 minutes
}
