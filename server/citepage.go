package server

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// plainFormat is a line for a list of references, for people.
const plainFormat = "plain"

// citeFormats are the formats that the page offers, with their names.
var citeFormats = []struct{ format, name string }{
	{plainFormat, "Plain text"}, {string(paper.BibTeX), "BibTeX"}, {string(paper.RIS), "RIS"},
}

// citeForm is a citation to be copied.
type citeForm struct {
	Name, Text string
	URL        string // of the file
}

// citeLink is papers as a file in one format.
type citeLink struct{ Name, URL string }

func citeLinks(ids []string) []citeLink {
	if len(ids) == 0 {
		return nil
	}
	out := make([]citeLink, len(citeFormats))
	for i, f := range citeFormats {
		out[i] = citeLink{f.name, place{citePage, values{"id": ids, "format": {f.format}}}.String()}
	}
	return out
}

func citeForms(p *paper.Paper) ([]citeForm, error) {
	out := make([]citeForm, len(citeFormats))
	for i, l := range citeLinks([]string{p.ID}) {
		f, err := citeFile([]paper.Paper{*p}, citeFormats[i].format)
		if err != nil {
			return nil, err
		}
		out[i] = citeForm{l.Name, strings.TrimSpace(string(f.body)), l.URL}
	}
	return out, nil
}

// cite is the papers of some ids as one file. Ids that are gone are passed
// over, if any is left.
func (p *page) cite(c *gin.Context) (any, error) {
	vals, err := queryValues(c.Request.URL.RawQuery)
	if err != nil {
		return nil, err
	}
	ids := vals["id"]
	if len(ids) == 0 {
		return nil, paper.Invalid("id", "the id of a paper is needed")
	}
	papers, err := p.marked(c.Request.Context(), ids, "id")
	if err != nil {
		return nil, err
	}
	if len(papers) == 0 {
		return nil, refuse(paper.ErrNotFound, "id", "no paper has the id %q", shorten(ids[0]))
	}
	return citeFile(papers, first(vals, "format"))
}

func citeFile(papers []paper.Paper, format string) (file, error) {
	f := file{name: "kindred", mediaType: "text/plain"}
	if len(papers) == 1 {
		f.name = paper.CitationKey(&papers[0])
	}
	var body bytes.Buffer
	if format == plainFormat {
		f.name += ".txt"
		for i := range papers {
			body.WriteString(plainCitation(&papers[i]) + "\n")
		}
	} else {
		cited, err := paper.ParseCitationFormat(format)
		if err == nil {
			err = paper.WriteCitations(&body, cited, papers...)
		}
		if err != nil {
			return file{}, err
		}
		f.name, f.mediaType = f.name+cited.Extension(), cited.MediaType()
	}
	f.body = body.Bytes()
	return f, nil
}

// plainCitation is authors, title, venue, year and the first link, on a line.
func plainCitation(p *paper.Paper) string {
	var parts []string
	if len(p.Authors) > 0 {
		parts = append(parts, authors(p.Authors))
	}
	parts = append(parts, displayTitle(*p))
	in := p.Venue
	if y := p.Year; y > 0 {
		in = strings.TrimPrefix(in+", "+strconv.Itoa(y), ", ")
	}
	if in != "" {
		parts = append(parts, in)
	}
	if links := p.Links(); len(links) > 0 {
		parts = append(parts, links[0].URL)
	}
	line := ""
	for _, s := range parts {
		s = strings.Join(strings.Fields(s), " ")
		if line != "" && !strings.HasSuffix(line, "?") && !strings.HasSuffix(line, "!") && !strings.HasSuffix(line, ".") {
			line += "."
		}
		line = strings.TrimSpace(line + " " + s)
	}
	return line
}
