package harvest

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"
)

// scholarProtocol is Semantic Scholar's bulk search
// (https://api.semanticscholar.org/api-docs/graph#tag/Paper-Data/operation/get_graph_paper_bulk_search),
// a thousand papers at once. What is new is told by the date of publication.
type scholarProtocol struct{}

// keyHeader carries Semantic Scholar's key. It is not passed on to other hosts.
const keyHeader = "x-api-key"

const scholarFields = "title,abstract,authors,year,publicationDate,venue,externalIds,fieldsOfStudy,url"

func (scholarProtocol) home() string {
	return "https://api.semanticscholar.org/graph/v1/paper/search/bulk"
}
func (scholarProtocol) lateness(*Request) int { return 60 }

func (scholarProtocol) settle(r *Request) error {
	if r.Fields == scholarFields {
		r.Fields = ""
	}
	if r.Query == "" && r.FieldsOfStudy == "" && r.Venue == "" && r.From == "" {
		return errors.New("s2 needs a query, a field of study, a venue or a date to begin from: all of it is 200 million papers, which are to be had as a data set")
	}
	return r.only("query", "fields", "fields-of-study", "venue", "from", "until")
}

func (scholarProtocol) ask(r *Request, w *Way, key string) (map[string]string, http.Header) {
	q := map[string]string{"fields": cmp.Or(r.Fields, scholarFields), "sort": "paperId:asc"}
	dates := ""
	if w.Since != "" || r.Until != "" {
		dates = w.Since + ":" + r.Until
	}
	for name, value := range map[string]string{
		"query": r.Query, "token": w.Cursor, "fieldsOfStudy": r.FieldsOfStudy, "venue": r.Venue, "publicationDateOrYear": dates,
	} {
		if value != "" {
			q[name] = value
		}
	}
	h := http.Header{}
	if key != "" {
		h.Set(keyHeader, key)
	}
	return q, h
}

func (scholarProtocol) read(_ *Request, w *Way, a *answer) (*page, error) {
	if err := a.check(); err != nil {
		if w.Cursor != "" && a.status == http.StatusBadRequest && strings.Contains(strings.ToLower(a.says()), "token") {
			return nil, errExpired
		}
		return nil, err
	}
	var list struct {
		Total int               `json:"total"`
		Token string            `json:"token"`
		Data  []json.RawMessage `json:"data"`
	}
	if err := json.Unmarshal(a.body, &list); err != nil {
		return nil, passing("%s answers with broken JSON (%w)", a.host, err)
	}
	if list.Data == nil && list.Total > 0 {
		return nil, passing("%s answers without a list of papers", a.host)
	}
	p := &page{body: a.body, total: list.Total, date: a.date()}
	if len(list.Data) > 0 {
		p.format, p.next = "s2", list.Token
	}
	return p, nil
}

// date is the server's clock as the header tells it; the zero time where it
// does not.
func (a *answer) date() time.Time {
	t, _ := http.ParseTime(a.header.Get("Date"))
	return t
}
