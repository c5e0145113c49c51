package paper

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Reference managers' formats have no field for much of what a paper is: its
// own id, the ids of catalogues, the source. An export carries it in one field
// that other programs pass over, encoded like the query of a link:
// "id=1605.08803&ids.doi=10.1000%2F1&source=arxiv". In BibTeX the field is
// called kindred, in RIS it is C8 with "kindred:" before it, in CSL-JSON
// kindred in custom.

// carried is what c's entry does not say, or not as the paper does.
func carried(c *citation) string {
	p := c.of
	v := url.Values{}
	set := func(key, value string) {
		if value != "" {
			v.Set(key, value)
		}
	}
	set("id", p.ID)
	set("source", p.Source)
	set("date", p.Date)
	set("updated", p.Updated)
	set("more", p.more(nil))
	for kind, id := range p.IDs {
		v.Set("ids."+kind, id)
	}
	if c.url != p.URL {
		set("url", p.URL)
	}
	// The kinds of places that readers look for elsewhere than in the venue.
	if c.kind == preprint || strings.Contains(p.Venue, "*") || c.venue == c.title {
		set("venue", p.Venue)
	}
	if !slices.Equal(p.Authors, c.displayed()) {
		v["author"] = p.Authors
	}
	if slices.ContainsFunc(p.Categories, func(s string) bool { return plainText(s) != s || strings.ContainsAny(s, ",;") }) {
		v["category"] = p.Categories
	}
	return v.Encode()
}

// displayed are the authors as a reader of the entry writes them, none where that
// is not sure: programs differ about suffixes, and BibTeX's "others" are nobody.
func (c *citation) displayed() []string {
	var names []string
	for _, n := range c.authors {
		s := n.literal
		if s == "" {
			s = n.given + " " + n.familyName()
		}
		if n.suffix != "" || s == "others" || strings.ContainsAny(s, ",*;{}\\") {
			return nil
		}
		names = append(names, s)
	}
	return names
}

// Restore puts back into p what the field of an export carries beside the
// entry that p was read from. The error says that it is no such field.
func (p *Paper) Restore(carried string) error {
	v, err := url.ParseQuery(carried)
	if err == nil && v.Get("id") == "" {
		err = fmt.Errorf("no id")
	}
	if err == nil {
		err = p.SetMore(v.Get("more"))
	}
	if err != nil {
		return fmt.Errorf("what an export carries: %w", err)
	}
	if p.Year == 0 { // before the date that said it goes
		p.Year = yearOf(p.Date)
	}
	p.ID, p.Source, p.Date, p.Updated, p.IDs = v.Get("id"), v.Get("source"), v.Get("date"), v.Get("updated"), nil
	for key, values := range v {
		if kind, ok := strings.CutPrefix(key, "ids."); ok {
			if p.IDs == nil {
				p.IDs = make(map[string]string)
			}
			p.IDs[kind] = values[0]
		}
	}
	for key, field := range map[string]*string{"url": &p.URL, "venue": &p.Venue} {
		if v.Has(key) {
			*field = v.Get(key)
		}
	}
	for key, field := range map[string]*[]string{"author": &p.Authors, "category": &p.Categories} {
		if v.Has(key) {
			*field = v[key]
		}
	}
	return nil
}

// More is what p has beside the fields that tables have columns for, as a JSON
// object; empty where there is nothing. So a field that is new here is in every
// export, and read again.
func (p *Paper) More() string { return p.more(p.origins()) }

func (p *Paper) more(files []string) string {
	rest := *p
	rest.ID, rest.Title, rest.Abstract, rest.Authors, rest.Year = "", "", "", nil, 0
	rest.Date, rest.Updated, rest.Venue, rest.Categories, rest.IDs, rest.URL, rest.Source = "", "", "", nil, nil, "", ""
	text, err := json.Marshal(&moreOf{Paper: &rest, Files: files})
	if err != nil || string(text) == `{"id":""}` { // strings and numbers: nothing can fail
		return ""
	}
	return string(text)
}

// moreOf is what [Paper.More] writes.
type moreOf struct {
	*Paper
	Files []string `json:"files,omitempty"`
}

// SetMore puts what [Paper.More] has given into p and leaves the other fields
// as they are.
func (p *Paper) SetMore(more string) error {
	if more == "" {
		return nil
	}
	rest := Paper{}
	read := moreOf{Paper: &rest}
	if err := json.Unmarshal([]byte(more), &read); err != nil {
		return err
	}
	if read.Paper == nil { // "null"
		return nil
	}
	if err := rest.setOrigins(read.Files); err != nil {
		return err
	}
	rest.ID, rest.Title, rest.Abstract, rest.Authors, rest.Year = p.ID, p.Title, p.Abstract, p.Authors, p.Year
	rest.Date, rest.Updated, rest.Venue, rest.Categories, rest.IDs, rest.URL, rest.Source = p.Date, p.Updated, p.Venue, p.Categories, p.IDs, p.URL, p.Source
	*p = rest
	return nil
}
