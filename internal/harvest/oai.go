package harvest

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"kindred/internal/quote"
)

// oaiProtocol is ListRecords of OAI-PMH 2.0
// (https://www.openarchives.org/OAI/openarchivesprotocol.html). Days are asked
// for, never seconds, since every archive knows those.
type oaiProtocol struct{}

func (oaiProtocol) home() string          { return "https://oaipmh.arxiv.org/oai" }
func (oaiProtocol) lateness(*Request) int { return 1 }

func (oaiProtocol) settle(r *Request) error {
	if known := []string{"", "arXiv", "arXivRaw", "oai_dc"}; !slices.Contains(known, r.Prefix) {
		return fmt.Errorf("metadata as %q cannot be read; there are %s", r.Prefix, strings.Join(known[1:], ", "))
	}
	if r.Prefix == usualPrefix(r) {
		r.Prefix = ""
	}
	return r.only("set", "metadata-prefix", "from", "until")
}

// usualPrefix is arXiv's own at arXiv, else what every archive has.
func usualPrefix(r *Request) string {
	if u, err := url.Parse(r.base()); err == nil && isArXiv(u.Hostname()) {
		return "arXiv"
	}
	return "oai_dc"
}

func isArXiv(host string) bool { return host == "arxiv.org" || strings.HasSuffix(host, ".arxiv.org") }

func (oaiProtocol) ask(r *Request, w *Way, _ string) (map[string]string, http.Header) {
	q := map[string]string{"verb": "ListRecords"}
	if w.Cursor != "" {
		q["resumptionToken"] = w.Cursor
		return q, nil
	}
	q["metadataPrefix"] = cmp.Or(r.Prefix, usualPrefix(r))
	for name, value := range map[string]string{"set": r.Set, "from": w.Since, "until": r.Until} {
		if value != "" {
			q[name] = value
		}
	}
	return q, nil
}

func (oaiProtocol) read(_ *Request, w *Way, a *answer) (*page, error) {
	around, _, _ := withoutRecords(a.body, "record", "resumptionToken", "ListRecords", "OAI-PMH")
	doc, broken := outline(around, 3, "OAI-PMH")
	if broken != nil || a.status >= 500 || a.status == http.StatusTooManyRequests {
		if err := a.check(); err != nil {
			return nil, err
		}
		return nil, passing("%s answers with %w", a.host, broken)
	}
	p := &page{body: a.body, format: "oai"}
	token, lists := (*element)(nil), false
	for _, e := range doc {
		switch e.path {
		case "OAI-PMH/responseDate":
			p.date, _ = time.Parse(time.RFC3339, strings.TrimSpace(e.text))
		case "OAI-PMH/error":
			return refusedByOAI(p, w, a.host, e.attr["code"], e.text)
		case "OAI-PMH/ListRecords":
			lists = true
		case "OAI-PMH/ListRecords/resumptionToken":
			token = e
		}
	}
	if err := a.check(); err != nil {
		return nil, err
	}
	if !lists {
		return nil, passing("%s answers without a list of records", a.host)
	}
	if token != nil {
		p.next = strings.TrimSpace(token.text)
		p.total, _ = strconv.Atoi(token.attr["completeListSize"])
	}
	return p, nil
}

// refusedByOAI is what an error of the protocol means.
func refusedByOAI(p *page, w *Way, host, code, text string) (*page, error) {
	switch code {
	case "noRecordsMatch":
		if w.Cursor == "" {
			p.format = ""
			return p, nil
		}
		return nil, errExpired // in the middle of a list there was something
	case "badResumptionToken":
		return nil, errExpired
	}
	err := fmt.Errorf("%s refuses the request (%s)", host, quote.Line(code, ""))
	if text = quote.Line(text, ""); text != "" {
		err = fmt.Errorf("%w: %s", err, text)
	}
	switch code {
	case "badArgument":
		err = fmt.Errorf("%w; check --set, --from and --until", err)
	case "cannotDisseminateFormat":
		err = fmt.Errorf("%w; try another --metadata-prefix", err)
	case "noSetHierarchy":
		err = fmt.Errorf("%w; leave --set out", err)
	case "badVerb":
		err = errors.Join(err) // nothing to advise
	}
	return nil, finalError{err}
}
