package harvest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"net/http"
	"time"

	"kindred/paper/source"
)

// protocol is one way to ask for papers page by page.
type protocol interface {
	// home is where the service is; empty where there is none.
	home() string
	// settle fills in and checks what is the protocol's of a request.
	settle(r *Request) error
	// lateness is how many days before the last harvest the next one looks: so
	// late may a record come to stand in the lists with an earlier date.
	lateness(r *Request) int
	// ask is the request for the page that w is at.
	ask(r *Request, w *Way, key string) (query map[string]string, header http.Header)
	// read takes an answer apart. Its error is a *temporary, errExpired, or final.
	read(r *Request, w *Way, a *answer) (*page, error)
}

func protocolOf(kind string) (protocol, error) {
	switch kind {
	case ArXiv:
		return oaiProtocol{}, nil
	case ArXivSearch:
		return searchProtocol{}, nil
	case OpenAlex:
		return openalexProtocol{}, nil
	case SemanticScholar:
		return scholarProtocol{}, nil
	case RSS:
		return feedProtocol{}, nil
	}
	return nil, fmt.Errorf("there is no harvest of %q; there are %v", kind, Kinds())
}

// page is one whole answer.
type page struct {
	body   []byte // UTF-8
	format string // of its records, as package source names it; empty: no records
	next   string // the cursor of the page behind it; empty on the last
	total  int    // records of the list; 0 when unknown
	date   time.Time
	seen   *Seen
	mark   string                 // differs where the same place has other records; empty: it never has
	done   func(source.Item) bool // true behind the last record that is new; nil: never
}

// errExpired says that a cursor is known no more: the list must be asked for
// from its beginning.
var errExpired = errors.New("the server does not know the place any more")

// items yields the records of p; name stands in their places.
func (p *page) items(ctx context.Context, name string) iter.Seq2[source.Item, error] {
	return func(yield func(source.Item, error) bool) {
		if p.format == "" {
			return
		}
		r, err := source.NewReader(bytes.NewReader(p.body), name, source.Options{Format: p.format})
		if err != nil {
			yield(source.Item{}, err)
			return
		}
		defer r.Close()
		for item, err := range r.Papers(ctx) {
			if errors.Is(err, source.ErrNoPapers) { // a page may hold none
				return
			}
			if !yield(item, err) {
				return
			}
		}
	}
}
