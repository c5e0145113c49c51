package paper

import (
	"bytes"
	"encoding/json"
	"strings"
)

// cslItem has the fields of the CSL-JSON schema that a paper can fill.
// https://resource.citationstyles.org/schema/latest/input/json/csl-data.json
type cslItem struct {
	ID             string    `json:"id"`
	Type           string    `json:"type"`
	Title          string    `json:"title,omitempty"`
	Author         []cslName `json:"author,omitempty"`
	Issued         *cslDate  `json:"issued,omitempty"`
	ContainerTitle string    `json:"container-title,omitempty"`
	Publisher      string    `json:"publisher,omitempty"`
	Number         string    `json:"number,omitempty"`
	DOI            string    `json:"DOI,omitempty"`
	PMID           string    `json:"PMID,omitempty"`
	URL            string    `json:"URL,omitempty"`
	Abstract       string    `json:"abstract,omitempty"`

	// Only in exports.
	Keyword string     `json:"keyword,omitempty"`
	Custom  *cslCustom `json:"custom,omitempty"`
}

// cslCustom is what the schema leaves to programs.
type cslCustom struct {
	Kindred string `json:"kindred"` // see carried
}

type cslName struct {
	Family   string `json:"family,omitempty"`
	Given    string `json:"given,omitempty"`
	Particle string `json:"non-dropping-particle,omitempty"`
	Suffix   string `json:"suffix,omitempty"`
	Literal  string `json:"literal,omitempty"`
}

type cslDate struct {
	Parts [][]int `json:"date-parts"`
}

// writeCSL writes one item on one line.
func writeCSL(b *bytes.Buffer, c *citation) {
	item := cslItem{
		ID: c.key, Type: "document", Title: plainText(c.title), Abstract: plainText(c.abstract),
		DOI: c.doi, PMID: c.pmid, URL: c.url,
	}
	switch c.kind {
	case journal:
		item.Type, item.ContainerTitle = "article-journal", c.publishedIn()
	case proceedings:
		item.Type, item.ContainerTitle = "paper-conference", c.publishedIn()
	case preprint:
		item.Type, item.Publisher = "article", c.publishedIn() // CSL's word for preprints
		if c.arxiv != "" {
			item.Number = "arXiv:" + c.arxiv
		}
	}
	for _, n := range c.authors {
		item.Author = append(item.Author, cslName{Family: n.family, Given: n.given, Particle: n.particle, Suffix: n.suffix, Literal: n.literal})
	}
	if c.year > 0 {
		parts := []int{c.year}
		if c.month > 0 {
			parts = append(parts, c.month)
		}
		if c.day > 0 {
			parts = append(parts, c.day)
		}
		item.Issued = &cslDate{[][]int{parts}}
	}
	if c.export {
		item.Keyword = oneLine(strings.Join(c.of.Categories, "; "))
		item.Custom = &cslCustom{carried(c)}
	}
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(item) // strings and numbers into memory: nothing can fail
	b.Truncate(b.Len() - 1)
}
