package harvest

import (
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// The kinds of harvest.
const (
	ArXiv           = "arxiv"        // OAI-PMH, of arXiv or another archive
	ArXivSearch     = "arxiv-search" // arXiv's API
	OpenAlex        = "openalex"
	SemanticScholar = "s2"
	RSS             = "rss" // RSS 1.0, 2.0 or Atom
)

// Request says what to harvest. It holds nothing secret, as it is kept in the
// data folder.
type Request struct {
	Kind    string `json:"kind"`
	BaseURL string `json:"base_url,omitempty"` // empty: where the service is today; of a feed, the feed

	Set    string `json:"set,omitempty"`             // of OAI-PMH, such as cs or math:math:AG
	Prefix string `json:"metadata_prefix,omitempty"` // of OAI-PMH: arXiv, arXivRaw or oai_dc; empty: arXiv there, oai_dc elsewhere

	Query         string `json:"query,omitempty"`           // of the searches
	Filter        string `json:"filter,omitempty"`          // of OpenAlex
	NewBy         string `json:"new_by,omitempty"`          // of OpenAlex; see [NewBys]
	Fields        string `json:"fields,omitempty"`          // of Semantic Scholar, separated by commas
	FieldsOfStudy string `json:"fields_of_study,omitempty"` // of Semantic Scholar
	Venue         string `json:"venue,omitempty"`           // of Semantic Scholar

	// From and Until bound the dates by which the service lists, YYYY-MM-DD,
	// both included. From is where the first harvest begins.
	From  string `json:"from,omitempty"`
	Until string `json:"until,omitempty"`
}

// NewBys are the dates of a work by which OpenAlex may tell what is new. All
// but the first are for keys that are paid for.
func NewBys() []string { return []string{"publication", "created", "updated"} }

// Kinds are the kinds of harvest there are.
func Kinds() []string { return []string{ArXiv, ArXivSearch, OpenAlex, SemanticScholar, RSS} }

// Settle checks r and leaves out of it what is usual anyway, so that two requests
// for the same are equal. The error names what is wrong in the words of the
// command line.
func (r *Request) Settle() error {
	p, err := protocolOf(r.Kind)
	if err != nil {
		return err
	}
	for _, s := range []*string{&r.BaseURL, &r.Set, &r.Prefix, &r.Query, &r.Filter, &r.NewBy, &r.Fields, &r.FieldsOfStudy, &r.Venue, &r.From, &r.Until} {
		*s = strings.TrimSpace(*s)
	}
	if r.BaseURL == p.home() {
		r.BaseURL = ""
	}
	if err := p.settle(r); err != nil {
		return err
	}
	u, err := url.Parse(r.base())
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("%q is no address such as https://example.org/oai", r.BaseURL)
	case u.User != nil:
		return errors.New("an address must not hold a name and password, which would be kept in the data folder")
	}
	for _, day := range []struct{ flag, value string }{{"from", r.From}, {"until", r.Until}} {
		if _, err := time.Parse(time.DateOnly, day.value); day.value != "" && err != nil {
			return fmt.Errorf("--%s %q is no day such as 2024-01-31", day.flag, day.value)
		}
	}
	if r.Until != "" && r.Until < r.From {
		return fmt.Errorf("--until %s is before --from %s", r.Until, r.From)
	}
	return nil
}

// base is the address to ask.
func (r *Request) base() string {
	if r.BaseURL != "" {
		return r.BaseURL
	}
	p, err := protocolOf(r.Kind)
	if err != nil {
		return ""
	}
	return p.home()
}

// doubt says what to check where r's address may be the wrong one; nothing where
// it is the service's usual one.
func (r *Request) doubt() string {
	switch {
	case r.Kind == RSS:
		return "; check the feed's address"
	case r.BaseURL != "":
		return "; check --base-url"
	}
	return ""
}

// Name is what a harvest of r, which is settled, is called unless it is given a
// name: the same for requests that differ in where they begin alone.
func (r Request) Name() string {
	parts := []string{r.Kind}
	if r.Set != "" {
		parts = append(parts, r.Set)
	}
	if u, err := url.Parse(r.BaseURL); err == nil && r.BaseURL != "" {
		parts = append(parts, u.Hostname())
	}
	rest := r
	rest.Kind, rest.Set, rest.From = "", "", ""
	if rest != (Request{}) {
		text, _ := json.Marshal(rest) // leaves out what is empty, so fields that come later change no name
		parts = append(parts, shortHash(text))
	}
	name := strings.Trim(notName.ReplaceAllString(strings.ToLower(strings.Join(parts, "-")), "-"), "-._")
	if len(name) > maxName {
		hash := shortHash([]byte(name))
		name = strings.TrimRight(name[:maxName-len(hash)-1], "-._") + "-" + hash
	}
	return name
}

// shortHash is eight letters and digits that stand for a text.
func shortHash(text []byte) string {
	h := fnv.New64a()
	_, _ = h.Write(text)
	return fmt.Sprintf("%016x", h.Sum64())[:8]
}

const maxName = 64

var (
	notName = regexp.MustCompile(`[^a-z0-9._]+`)
	isName  = regexp.MustCompile(`^[a-zA-Z0-9][a-zA-Z0-9._-]{0,63}$`)
)

// CheckName refuses what cannot be a harvest's name.
func CheckName(name string) error {
	if !isName.MatchString(name) || strings.HasSuffix(name, ".lock") || strings.HasPrefix(name, "host-") {
		return fmt.Errorf("%q cannot be a harvest's name: letters, digits, hyphens, dots and underscores, %d at most", name, maxName)
	}
	return nil
}

// sameAs reports whether o asks for the same, but for where the first harvest
// begins and where a service is, since services move.
func (r Request) sameAs(o Request) bool {
	r.From, o.From = "", ""
	if r.Kind != RSS {
		r.BaseURL, o.BaseURL = "", ""
	}
	return r == o
}

// only refuses settings that a kind of harvest has no use for.
func (r *Request) only(known ...string) error {
	for _, s := range []struct{ flag, value string }{
		{"set", r.Set}, {"metadata-prefix", r.Prefix}, {"query", r.Query}, {"filter", r.Filter}, {"new-by", r.NewBy},
		{"fields", r.Fields}, {"fields-of-study", r.FieldsOfStudy}, {"venue", r.Venue}, {"from", r.From}, {"until", r.Until},
	} {
		if s.value != "" && !slices.Contains(known, s.flag) {
			return fmt.Errorf("a harvest of %s knows no %s", r.Kind, s.flag)
		}
	}
	return nil
}
