// Package fakearchive is a server for tests that speaks the protocols package
// harvest asks in, with papers invented for the project and every fault that a
// test wants. Nothing but tests imports it.
package fakearchive

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Paper is one paper of the archive.
type Paper struct {
	Number  int // its id is made of it
	Title   string
	Text    string
	Day     string // when its record changed, YYYY-MM-DD
	Deleted bool
}

// ID is the paper's arXiv id.
func (p Paper) ID() string { return fmt.Sprintf("2401.%05d", p.Number) }

// Request is one that came.
type Request struct {
	At     time.Time
	Path   string
	Query  map[string][]string
	Header http.Header
}

// Archive answers at /oai (OAI-PMH), /api/query (arXiv's API), /works
// (OpenAlex), /bulk (Semantic Scholar), /feed.rss, /feed.rdf and /feed.atom, and
// takes orders at /control, for tests that reach it by HTTP alone. Its fields
// are to be set before it serves.
type Archive struct {
	Page int              // records of a page
	Now  func() time.Time // its clock

	mu       sync.Mutex
	papers   []Paper
	requests []Request
	epoch    int // of the tokens that are known
	failures []int
	fault    Fault
}

// Fault looks at the n-th request before it is answered, from 1. It reports
// whether it has answered itself.
type Fault func(n int, w http.ResponseWriter, r *http.Request) (done bool)

// Break has f look at all requests from now on; nil ends that.
func (a *Archive) Break(f Fault) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.fault = f
}

// New has n papers, changed on one day after another from 2024-01-01 on, a
// hundred a day.
func New(n int) *Archive {
	a := &Archive{Page: 10, Now: time.Now}
	topics := []string{"gravel", "echoes", "lanterns", "tides", "moss", "bells", "kites"}
	for i := range n {
		topic := topics[i%len(topics)]
		a.papers = append(a.papers, Paper{
			Number: i + 1,
			Title:  fmt.Sprintf("On %s, part %d", topic, i+1),
			Text:   fmt.Sprintf("We measure %s in %d places & find that a < b for all of them.", topic, i*i+3),
			Day:    time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, i/100).Format(time.DateOnly),
		})
	}
	return a
}

// Change edits the paper of a number, which is made where there is none.
func (a *Archive) Change(number int, day string, edit func(*Paper)) {
	a.mu.Lock()
	defer a.mu.Unlock()
	i := slices.IndexFunc(a.papers, func(p Paper) bool { return p.Number == number })
	if i < 0 {
		a.papers = append(a.papers, Paper{Number: number, Title: "A later paper", Text: "It came later."})
		i = len(a.papers) - 1
	}
	a.papers[i].Day = day
	if edit != nil {
		edit(&a.papers[i])
	}
	slices.SortStableFunc(a.papers, func(p, q Paper) int { return strings.Compare(p.Day, q.Day) })
}

// Papers are the papers as they are now.
func (a *Archive) Papers() []Paper {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.papers)
}

// Expire makes all tokens given out so far unknown.
func (a *Archive) Expire() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.epoch++
}

// Requests are those that came so far.
func (a *Archive) Requests() []Request {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.requests)
}

func (a *Archive) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/control" {
		a.control(w, r)
		return
	}
	a.mu.Lock()
	a.requests = append(a.requests, Request{At: a.Now(), Path: r.URL.Path, Query: r.URL.Query(), Header: r.Header.Clone()})
	n := len(a.requests)
	status := 0
	if len(a.failures) > 0 {
		status, a.failures = a.failures[0], a.failures[1:]
	}
	fault := a.fault
	a.mu.Unlock()
	switch {
	case status == http.StatusOK:
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, "<!DOCTYPE html><title>Back soon</title>")
		return
	case status != 0:
		w.Header().Set("Retry-After", "0")
		http.Error(w, "not now", status)
		return
	case fault != nil && fault(n, w, r):
		return
	}
	w.Header().Set("Date", a.Now().UTC().Format(http.TimeFormat))
	a.mu.Lock()
	defer a.mu.Unlock()
	switch r.URL.Path {
	case "/oai":
		a.oai(w, r)
	case "/api/query":
		a.search(w, r)
	case "/works":
		a.works(w, r)
	case "/bulk":
		a.bulk(w, r)
	case "/feed.rss", "/feed.rdf", "/feed.atom":
		a.feed(w, r)
	default:
		http.NotFound(w, r)
	}
}

// control takes fail=STATUS,STATUS… (the next answers; 200 is a web page),
// change=NUMBER and delete=NUMBER with day=DAY, and expire=1. It answers how
// many requests came.
func (a *Archive) control(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	for status := range strings.SplitSeq(q.Get("fail"), ",") {
		if n, err := strconv.Atoi(status); err == nil {
			a.mu.Lock()
			a.failures = append(a.failures, n)
			a.mu.Unlock()
		}
	}
	if n, err := strconv.Atoi(q.Get("change")); err == nil {
		a.Change(n, q.Get("day"), func(p *Paper) { p.Text = "Changed: " + p.Text })
	}
	if n, err := strconv.Atoi(q.Get("delete")); err == nil {
		a.Change(n, q.Get("day"), func(p *Paper) { p.Deleted = true })
	}
	if q.Has("expire") {
		a.Expire()
	}
	fmt.Fprintf(w, "requests %d\n", len(a.Requests()))
}

func escape(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// between are the papers whose records changed from one day to another; empty
// days are no bounds.
func (a *Archive) between(from, until string) []Paper {
	var list []Paper
	for _, p := range a.papers {
		if p.Day >= from && (until == "" || p.Day <= until) {
			list = append(list, p)
		}
	}
	return list
}

// cut is the page of list behind a place, and the next place; 0 at the end.
func (a *Archive) cut(list []Paper, at int) ([]Paper, int) {
	if at > len(list) {
		at = len(list)
	}
	end := min(at+a.Page, len(list))
	if end == len(list) {
		return list[at:end], 0
	}
	return list[at:end], end
}

func (a *Archive) oai(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/xml; charset=utf-8")
	fmt.Fprintf(w, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"+
		`<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/"><responseDate>%s</responseDate><request verb="ListRecords">http://%s/oai</request>`+"\n",
		a.Now().UTC().Format(time.RFC3339), r.Host)
	defer fmt.Fprintln(w, "</OAI-PMH>")
	refuse := func(code, text string) { fmt.Fprintf(w, "<error code=%q>%s</error>\n", code, escape(text)) }
	q := r.URL.Query()
	from, until, at, prefix := q.Get("from"), q.Get("until"), 0, q.Get("metadataPrefix")
	if token := q.Get("resumptionToken"); token != "" {
		parts := strings.Split(token, "|")
		if len(parts) != 5 || parts[0] != strconv.Itoa(a.epoch) || len(q) != 2 {
			refuse("badResumptionToken", "no such token")
			return
		}
		from, until, prefix = parts[1], parts[2], parts[4]
		at, _ = strconv.Atoi(parts[3])
	} else if prefix == "" || from > a.Now().UTC().Format(time.DateOnly) {
		refuse("badArgument", "from is in the future, or there is no metadataPrefix")
		return
	}
	if prefix != "arXiv" && prefix != "arXivRaw" && prefix != "oai_dc" {
		refuse("cannotDisseminateFormat", prefix)
		return
	}
	if set := q.Get("set"); set != "" && set != "cs" {
		refuse("badArgument", "no such set")
		return
	}
	list := a.between(from, until)
	if len(list) == 0 {
		refuse("noRecordsMatch", "")
		return
	}
	page, next := a.cut(list, at)
	fmt.Fprintln(w, "<ListRecords>")
	for _, p := range page {
		fmt.Fprint(w, oaiRecord(p, prefix))
	}
	switch {
	case next > 0:
		fmt.Fprintf(w, "<resumptionToken cursor=\"%d\" completeListSize=\"%d\">%d|%s|%s|%d|%s</resumptionToken>\n", at, len(list), a.epoch, from, until, next, prefix)
	case at > 0:
		fmt.Fprintln(w, "<resumptionToken/>")
	}
	fmt.Fprintln(w, "</ListRecords>")
}

func oaiRecord(p Paper, prefix string) string {
	status, meta := "", ""
	switch {
	case p.Deleted:
		status = ` status="deleted"`
	case prefix == "arXiv":
		meta = fmt.Sprintf(`<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>%s</id><created>2024-01-01</created><authors><author><keyname>Quarry</keyname><forenames>Ada</forenames></author></authors><title>%s</title><categories>cs.CL cs.IR</categories><abstract>%s</abstract></arXiv>`,
			p.ID(), escape(p.Title), escape(p.Text))
	case prefix == "arXivRaw":
		meta = fmt.Sprintf(`<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>%s</id><version version="v1"><date>Mon, 1 Jan 2024 00:00:00 GMT</date></version><title>%s</title><authors>Ada Quarry</authors><categories>cs.CL</categories><abstract>%s</abstract></arXivRaw>`,
			p.ID(), escape(p.Title), escape(p.Text))
	default:
		meta = fmt.Sprintf(`<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>%s</dc:title><dc:creator>Quarry, Ada</dc:creator><dc:description>%s</dc:description><dc:date>2024-01-01</dc:date></oai_dc:dc>`,
			escape(p.Title), escape(p.Text))
	}
	if meta != "" {
		meta = "<metadata>" + meta + "</metadata>"
	}
	return fmt.Sprintf("<record><header%s><identifier>oai:arXiv.org:%s</identifier><datestamp>%s</datestamp><setSpec>cs</setSpec></header>%s</record>\n", status, p.ID(), p.Day, meta)
}

// there are the papers that are not deleted, the one changed last first.
func (a *Archive) there() []Paper {
	var list []Paper
	for _, p := range slices.Backward(a.papers) {
		if !p.Deleted {
			list = append(list, p)
		}
	}
	return list
}

func atomEntry(p Paper) string {
	return fmt.Sprintf(`<entry><id>http://arxiv.org/abs/%sv1</id><updated>%sT10:00:00Z</updated><published>2024-01-01T10:00:00Z</published><title>%s</title><summary>%s</summary><author><name>Ada Quarry</name></author><category term="cs.CL"/></entry>`+"\n",
		p.ID(), p.Day, escape(p.Title), escape(p.Text))
}

func (a *Archive) search(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/atom+xml; charset=UTF-8")
	q := r.URL.Query()
	fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom"><title>arXiv Query</title><updated>%s</updated>`, a.Now().UTC().Format(time.RFC3339))
	defer fmt.Fprintln(w, "</feed>")
	if strings.Contains(q.Get("search_query"), "((") {
		fmt.Fprint(w, `<entry><id>http://arxiv.org/api/errors#malformed</id><title>Error</title><summary>malformed query</summary></entry>`)
		return
	}
	list := a.there()
	at, _ := strconv.Atoi(q.Get("start"))
	page, _ := a.cut(list, at)
	fmt.Fprintf(w, `<opensearch:totalResults xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/">%d</opensearch:totalResults>`+"\n", len(list))
	for _, p := range page {
		fmt.Fprint(w, atomEntry(p))
	}
}

// inverted is a text as OpenAlex has it.
func inverted(text string) map[string][]int {
	index := map[string][]int{}
	for i, word := range strings.Fields(text) {
		index[word] = append(index[word], i)
	}
	return index
}

// place reads a cursor or token, EPOCH-PLACE.
func (a *Archive) place(cursor string) (at int, ok bool) {
	epoch, place, found := strings.Cut(cursor, "-")
	at, err := strconv.Atoi(place)
	return at, found && err == nil && epoch == strconv.Itoa(a.epoch)
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that goes away is one of the tests
}

func (a *Archive) works(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	from, at := "", 0
	for f := range strings.SplitSeq(q.Get("filter"), ",") {
		name, value, _ := strings.Cut(f, ":")
		switch name {
		case "from_publication_date":
			from = value
		case "from_created_date", "from_updated_date":
			if q.Get("api_key") != "paid" {
				writeJSON(w, http.StatusForbidden, map[string]string{"error": "Plan upgrade required", "message": name + " is for paid plans"})
				return
			}
			from = value
		case "has_abstract", "primary_topic.id":
		default:
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "Invalid filter", "message": "unknown filter " + name})
			return
		}
	}
	if c := q.Get("cursor"); c != "*" {
		ok := false
		if at, ok = a.place(c); !ok {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "Invalid query parameter", "message": "cursor is not valid"})
			return
		}
	}
	var list []Paper
	for _, p := range a.there() {
		if p.Day >= from {
			list = append(list, p)
		}
	}
	page, next := a.cut(list, at)
	results := []map[string]any{}
	for _, p := range page {
		results = append(results, map[string]any{
			"id": fmt.Sprintf("https://openalex.org/W%d", p.Number), "display_name": p.Title, "publication_date": p.Day,
			"publication_year": 2024, "authorships": []any{}, "abstract_inverted_index": inverted(p.Text),
		})
	}
	meta := map[string]any{"count": len(list), "next_cursor": nil}
	if next > 0 {
		meta["next_cursor"] = fmt.Sprintf("%d-%d", a.epoch, next)
	}
	writeJSON(w, http.StatusOK, map[string]any{"meta": meta, "results": results, "group_by": []any{}})
}

func (a *Archive) bulk(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	from, _, _ := strings.Cut(q.Get("publicationDateOrYear"), ":")
	at := 0
	if token := q.Get("token"); token != "" {
		ok := false
		if at, ok = a.place(token); !ok {
			writeJSON(w, http.StatusBadRequest, map[string]string{"error": "Unacceptable query params: [token]"})
			return
		}
	}
	var list []Paper
	for _, p := range a.there() {
		if p.Day >= from {
			list = append(list, p)
		}
	}
	page, next := a.cut(list, at)
	data := []map[string]any{}
	for _, p := range page {
		data = append(data, map[string]any{
			"paperId": fmt.Sprintf("%040x", p.Number), "title": p.Title, "abstract": p.Text, "year": 2024, "publicationDate": p.Day,
			"externalIds": map[string]any{"ArXiv": p.ID(), "CorpusId": p.Number}, "authors": []any{map[string]any{"authorId": "1", "name": "Ada Quarry"}},
		})
	}
	answer := map[string]any{"total": len(list), "token": nil, "data": data}
	if next > 0 {
		answer["token"] = fmt.Sprintf("%d-%d", a.epoch, next)
	}
	writeJSON(w, http.StatusOK, answer)
}

// feed has the papers that changed last, and an entity tag.
func (a *Archive) feed(w http.ResponseWriter, r *http.Request) {
	list := a.there()
	list = list[:min(len(list), a.Page)]
	var b strings.Builder
	head, tail := `<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>New</title>`, "</channel></rss>"
	switch r.URL.Path {
	case "/feed.rdf":
		head, tail = `<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>New</title></channel>`, "</rdf:RDF>"
	case "/feed.atom":
		head, tail = `<feed xmlns="http://www.w3.org/2005/Atom"><title>New</title>`, "</feed>"
	}
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + head + "\n")
	for _, p := range list {
		if r.URL.Path == "/feed.atom" {
			b.WriteString(atomEntry(p))
			continue
		}
		fmt.Fprintf(&b, "<item><title>%s</title><link>https://arxiv.org/abs/%s</link><description>arXiv:%sv1 Announce Type: new\nAbstract: %s</description><dc:creator>Ada Quarry</dc:creator></item>\n",
			escape(p.Title), p.ID(), p.ID(), escape(p.Text))
	}
	b.WriteString(tail)
	tag := fmt.Sprintf(`"%x"`, len(b.String())*31+sum(b.String()))
	w.Header().Set("ETag", tag)
	if r.Header.Get("If-None-Match") == tag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	w.Header().Set("Content-Type", "application/xml")
	fmt.Fprint(w, b.String())
}

func sum(s string) (n int) {
	for i := range len(s) {
		n = n*131 + int(s[i])
	}
	return n & 0xffffffff
}
