package paper

import "time"

// Harvest is one that a server runs on a schedule: what it fetches papers by
// itself with.
type Harvest struct {
	Name     string // as the command line has it
	Schedule string // as it was written, such as "30 5 * * *"

	Running bool
	Read    int // records of the run under way

	// Of the last run that ended, by whomever it was begun.
	Last                    time.Time // when it ended; the zero time: there was none
	Added, Updated, Deleted int       // papers
	Error                   string    // why it failed; "" where it did not

	Next time.Time // when it is to run again; while Running, of no meaning

	// Since the server began.
	Runs, Failures                   uint64
	AllAdded, AllUpdated, AllDeleted uint64
}
