package harvest

import (
	"errors"
	"net/http"
)

// feedProtocol is one RSS 1.0, 2.0 or Atom feed, which is asked for only where
// it has changed (RFC 9110, 13.1). What left the feed between two runs is lost
// to them: feeds are short.
type feedProtocol struct{}

func (feedProtocol) home() string          { return "" }
func (feedProtocol) lateness(*Request) int { return 0 }

func (feedProtocol) settle(r *Request) error {
	if r.BaseURL == "" {
		return errors.New("rss needs the address of a feed")
	}
	return r.only()
}

func (feedProtocol) ask(*Request, *Way, string) (map[string]string, http.Header) {
	return nil, http.Header{"Accept": {"application/atom+xml, application/rss+xml, application/rdf+xml, application/xml;q=0.9, text/xml;q=0.9, */*;q=0.1"}}
}

func (feedProtocol) read(_ *Request, _ *Way, a *answer) (*page, error) {
	if a.status == http.StatusNotModified {
		return &page{date: a.date()}, nil
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	around, _, _ := withoutRecords(a.body, "item", "channel", "rss", "RDF")
	around, _, _ = withoutRecords(around, "entry", "feed")
	doc, broken := outline(around, 1, "rss", "RDF", "feed")
	if broken != nil {
		return nil, passing("%s answers with %w", a.host, broken)
	}
	p := &page{body: a.body, format: "rss", date: a.date(), mark: shortHash(a.body)}
	if doc[0].path == "feed" {
		p.format = "atom"
	}
	p.seen = &Seen{ETag: a.header.Get("ETag"), Modified: a.header.Get("Last-Modified")}
	return p, nil
}
