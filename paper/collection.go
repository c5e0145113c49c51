package paper

import "errors"

// Collection is a named corpus among those that share an index.
type Collection struct {
	Name   string `json:"name"`
	Papers int    `json:"papers"`
	Only   int    `json:"only"` // of these, in no other collection
}

// MaxStatsCollections is how many collections [Stats] tell of.
const MaxStatsCollections = 100

// Dropped says what dropping a collection did, or would do.
type Dropped struct {
	Name    string `json:"name"`    // as the papers have it
	Deleted int    `json:"deleted"` // papers that were in no other
	Kept    int    `json:"kept"`    // papers that left it and are in others still
	DryRun  bool   `json:"dry_run,omitempty"`
}

// Renamed says what renaming a collection did.
type Renamed struct {
	From   string `json:"from"` // as the papers had it
	Name   string `json:"name"`
	Papers int    `json:"papers"`
	Joined bool   `json:"joined,omitempty"` // there was a collection of the new name before
}

// ErrNoCollection is wrapped by errors about collections that are not there.
var ErrNoCollection = errors.New("no such collection")
