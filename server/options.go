package server

import (
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"time"

	"kindred/paper"
	"kindred/server/key"
)

// Limits that hold for every server, each with its reason.
const (
	// maxQueryBody bounds the body of a search or similar request: the
	// longest pasted abstract (paper.MaxAbstract) with its JSON escapes fits.
	maxQueryBody = 1 << 20
	// maxPaperBody bounds the body of PUT /v1/papers/{id}: one paper at the
	// limits of its long fields, with many authors.
	maxPaperBody = 4 << 20
	// maxBatchBody bounds a batch sent to the open API. It is read whole
	// before anything is written, so that a body refused wrote nothing.
	maxBatchBody = 32 << 20
	// maxBatch is the number of papers in such a batch: some seconds of work.
	maxBatch = 10_000
	// bodyBudget bounds the memory of all bodies being held at once; a
	// request that finds no room waits, then gets 503.
	bodyBudget = 8 * maxBatchBody

	// privateBatch is how many papers of an endless batch on the private
	// road go to the engine at once.
	privateBatch = 1000
	// maxLine bounds one line of an endless batch; a longer one is rejected
	// and the rest goes on. Four papers at the limit of one paper's fields.
	maxLine = 16 << 20

	// maxHeader bounds request line and headers: a question of
	// paper.MaxQuestion bytes fits in a URL with every byte escaped.
	maxHeader = 512 << 10
	// headerTimeout and idleTimeout free connections that say nothing.
	headerTimeout = 10 * time.Second
	idleTimeout   = 2 * time.Minute
	// bodyTimeout is the time to send a request, bodies of the open API
	// included: 32 MB at 0.5 MB/s.
	bodyTimeout = time.Minute
	// writeTimeout is the time from the end of the headers to the end of the
	// answer, a large batch being embedded included.
	writeTimeout = 5 * time.Minute
	// queueWait is how long a request waits for its turn before it is told
	// to come back later.
	queueWait = 5 * time.Second
)

// Options are what a server can be told. The zero value is a server for the
// machine it runs on.
type Options struct {
	// Logger takes one record a request, and the causes of internal errors.
	// nil is slog.Default.
	Logger *slog.Logger
	// AllowedHosts are names, beside the loopback's and the address a
	// connection came in on, by which the server may be called: host names
	// or addresses without a port.
	AllowedHosts []string
	// Keys, unless nil, is who may call; the routes in open (caller.go) and
	// the private road need none of them.
	Keys *key.File
	// Open lets callers without a key read, and write as well as long as there
	// is no key file.
	Open bool
	// Rate is how many requests a minute each key may make, and each address
	// without one; 0 is no limit.
	Rate int
	// TrustProxy takes a caller's address from the last X-Forwarded-For: there
	// is a proxy before the server that sets it, and no other way in.
	TrustProxy bool
	// Profiles adds /debug/pprof/, for this machine alone.
	Profiles bool
	// Origins are those whose pages may call the API from a browser, such as
	// "https://papers.example.org"; empty, only the server's own may.
	Origins []string
	// Token opens the private road; empty, there is none.
	Token string
	// Writer answers questions in words; nil answers in sentences of the papers.
	Writer Writer
	// MaxReads and MaxWrites are how many engine calls may be under way; 0
	// is 8 reads a core and 4 writes. The private road is not counted.
	MaxReads, MaxWrites int
	// ReadDeadline ends a read that takes too long; 0 is 10 seconds.
	ReadDeadline time.Duration
	// Grace is how long requests under way may go on when the server stops;
	// 0 is 30 seconds.
	Grace time.Duration
	// Version of the program, told to assistants.
	Version string
}

// Validate reports the first option that cannot be meant, and fills in the
// defaults.
func (o *Options) Validate() error {
	for _, h := range o.AllowedHosts {
		if h == "" || strings.ContainsAny(h, "/@ \t\r\n") || strings.Contains(h, "*") {
			return fmt.Errorf("allowed host %q: a name or an address without port is needed", h)
		}
	}
	for _, origin := range o.Origins {
		if !isOrigin(origin) {
			return fmt.Errorf("origin %q: a scheme and a host are needed, such as https://papers.example.org", origin)
		}
	}
	if o.MaxReads < 0 || o.MaxWrites < 0 || o.ReadDeadline < 0 || o.Grace < 0 || o.Rate < 0 {
		return fmt.Errorf("server options: a limit is negative")
	}
	if o.Token != "" && len(o.Token) < 16 {
		return fmt.Errorf("server options: a token needs 16 characters or more")
	}
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.Writer == nil {
		o.Writer = paper.Extraction{}
	}
	setDefault(&o.MaxReads, 8*runtime.GOMAXPROCS(0))
	setDefault(&o.MaxWrites, 4)
	setDefault(&o.ReadDeadline, 10*time.Second)
	setDefault(&o.Grace, 30*time.Second)
	return nil
}

func setDefault[T comparable](v *T, to T) {
	var zero T
	if *v == zero {
		*v = to
	}
}
