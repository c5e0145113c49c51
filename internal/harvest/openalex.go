package harvest

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
)

// openalexProtocol is lists of works of OpenAlex by cursor
// (https://developers.openalex.org/guides/page-through-results). It needs a key,
// which is free, for more than a first page.
//
// What is new is told by the date of publication, since the dates of creation
// and change in OpenAlex can be asked for with keys that are paid for alone. A
// work that comes to OpenAlex long after its publication is missed that way,
// as is a change of one that is known.
type openalexProtocol struct{}

const openalexPage = "100" // the most there is

// openalexFields are what package source reads of a work. The date of change is
// left out: it changes by the day and would make every work a changed one.
const openalexFields = "id,doi,ids,display_name,publication_year,publication_date,authorships,primary_location,abstract_inverted_index,topics,keywords"

func (openalexProtocol) home() string { return "https://api.openalex.org/works" }

func (openalexProtocol) lateness(r *Request) int {
	if r.NewBy != "" { // those dates are OpenAlex's own
		return 1
	}
	return 60
}

func (openalexProtocol) settle(r *Request) error {
	if r.NewBy == "publication" {
		r.NewBy = ""
	}
	r.Filter = strings.Trim(r.Filter, ",")
	switch {
	case r.Filter == "" && r.Query == "":
		return errors.New("openalex needs a filter, such as --filter primary_topic.id:T10181, or a query: all of it is 250 million works, which are to be had as a snapshot")
	case r.NewBy != "" && !slices.Contains(NewBys(), r.NewBy):
		return fmt.Errorf("new works are known by %s, not by %q", strings.Join(NewBys(), ", "), r.NewBy)
	}
	return r.only("filter", "query", "new-by", "from", "until")
}

func (openalexProtocol) ask(r *Request, w *Way, key string) (map[string]string, http.Header) {
	filters := []string{"has_abstract:true"}
	if r.Filter != "" {
		filters = append(filters, r.Filter)
	}
	by := cmp.Or(r.NewBy, "publication")
	if w.Since != "" {
		filters = append(filters, "from_"+by+"_date:"+w.Since)
	}
	if r.Until != "" {
		filters = append(filters, "to_"+by+"_date:"+r.Until)
	}
	q := map[string]string{
		"filter": strings.Join(filters, ","), "per_page": openalexPage, "select": openalexFields, "cursor": "*",
	}
	if w.Cursor != "" {
		q["cursor"] = w.Cursor
	}
	if r.Query != "" {
		q["search"] = r.Query
	}
	if key != "" {
		q["api_key"] = key
	}
	return q, nil
}

func (openalexProtocol) read(_ *Request, w *Way, a *answer) (*page, error) {
	if err := a.check(); err != nil {
		if w.Cursor != "" && a.status == http.StatusBadRequest && strings.Contains(strings.ToLower(a.says()), "cursor") {
			return nil, errExpired
		}
		return nil, err
	}
	var list struct {
		Meta *struct {
			Count int    `json:"count"`
			Next  string `json:"next_cursor"`
		} `json:"meta"`
		Results []json.RawMessage `json:"results"`
	}
	if err := json.Unmarshal(a.body, &list); err != nil {
		return nil, passing("%s answers with broken JSON (%w)", a.host, err)
	}
	if list.Meta == nil || list.Results == nil {
		return nil, passing("%s answers without a list of works", a.host)
	}
	p := &page{body: a.body, total: list.Meta.Count, date: a.date()}
	if len(list.Results) > 0 {
		p.format, p.next = "openalex", list.Meta.Next
	}
	return p, nil
}
