package harvest

import (
	"errors"
	"html"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"kindred/internal/quote"
	"kindred/paper/source"
)

// searchProtocol is arXiv's API
// (https://info.arxiv.org/help/api/user-manual.html): the papers changed last
// come first, and behind those that were harvested before nothing is asked for.
type searchProtocol struct{}

// arXiv gives out 30,000 results of a query, and at most 2,000 at once; large
// pages fail more often.
const (
	searchPage = 500
	searchMax  = 30_000
)

// searchError is an answer's one entry when there is something wrong with the
// query, with what it says of it.
var searchError = regexp.MustCompile(`(?s)<id>[^<]*arxiv\.org/api/errors.*<summary[^>]*>([^<]*)`)

func (searchProtocol) home() string { return "https://export.arxiv.org/api/query" }

// lateness: a paper is dated by when it was sent in and comes to stand in the
// list when it is announced; moderation takes up to some weeks.
func (searchProtocol) lateness(*Request) int { return 30 }

func (searchProtocol) settle(r *Request) error {
	if r.Query == "" {
		return errors.New(`arxiv-search needs a query, such as "cat:cs.CL AND abs:retrieval"`)
	}
	return r.only("query")
}

func (searchProtocol) ask(r *Request, w *Way, _ string) (map[string]string, http.Header) {
	return map[string]string{
		"search_query": r.Query, "sortBy": "lastUpdatedDate", "sortOrder": "descending",
		"start": strconv.Itoa(offset(w)), "max_results": strconv.Itoa(searchPage),
	}, nil
}

// offset is the number of results before the page that w is at.
func offset(w *Way) int {
	n, _ := strconv.Atoi(w.Cursor)
	return n
}

func (searchProtocol) read(r *Request, w *Way, a *answer) (*page, error) {
	around, entries, first := withoutRecords(a.body, "entry", "feed")
	doc, broken := outline(around, 2, "feed")
	if broken != nil {
		if err := a.check(); err != nil {
			return nil, err
		}
		return nil, passing("%s answers with %w", a.host, broken)
	}
	if m := searchError.FindSubmatch(first); m != nil && entries == 1 {
		return nil, final("%s refuses the query: %s", a.host, quote.Line(html.UnescapeString(string(m[1])), ""))
	}
	p := &page{body: a.body, format: "atom"}
	total := -1
	for _, e := range doc {
		switch e.path {
		case "feed/updated":
			p.date, _ = time.Parse(time.RFC3339, strings.TrimSpace(e.text))
		case "feed/totalResults":
			total, _ = strconv.Atoi(strings.TrimSpace(e.text))
		}
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	start := offset(w)
	switch {
	case total < 0:
		return nil, passing("%s answers without the number of results", a.host)
	case entries == 0 && start < total: // as it does now and then
		return nil, passing("%s answers with an empty page where there should be results", a.host)
	}
	p.total = min(total, searchMax)
	since := w.Since
	p.done = func(i source.Item) bool {
		return since != "" && i.Paper.Updated != "" && i.Paper.Updated < since
	}
	if next := start + entries; entries > 0 && next < total {
		if next >= searchMax {
			return nil, final("%s gives out no more than %d results of a query, and this one has %d: narrow it, or harvest by kindred harvest arxiv --set; what came is kept",
				a.host, searchMax, total)
		}
		p.next = strconv.Itoa(next)
	}
	return p, nil
}
