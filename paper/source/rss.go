package source

import (
	"bufio"
	"strings"
)

// rssFormat is RSS 2.0 (https://www.rssboard.org/rss-specification) and 1.0
// (https://web.resource.org/rss/1.0/spec), of journals and of arXiv
// (https://info.arxiv.org/help/rss.html): the description is the abstract. Names
// of Dublin Core and PRISM (https://www.w3.org/submissions/2020/SUBM-prism-20200910)
// are known.
func rssFormat() *format {
	return &format{
		name:  "rss",
		sniff: sniffXML("<rss ", "<rss>", `http://purl.org/rss/1.0/"`, `http://purl.org/rss/1.0/'`),
		read:  readRSS,
	}
}

func readRSS(text *bufio.Reader, out *sink) error {
	return readXML(text, out, map[string]bool{"item": true}, func(line int, e *element) error {
		r := &record{
			shape: tableShape, id: strings.TrimPrefix(e.first("guid").words(), "oai:arXiv.org:"),
			title: plainMarkup(e.first("title").words()), abstract: e.first("description").passage(),
			date: firstWords(e, "publicationDate", "coverDate", "date", "pubDate"), venue: e.first("publicationName").words(),
			url: firstWords(e, "link"),
		}
		if r.abstract == "" {
			r.abstract = e.first("encoded").passage()
		}
		for _, name := range []string{"creator", "author"} {
			if r.authors.list = rssAuthors(e.all(name)); r.authors.list != nil {
				break
			}
		}
		for _, name := range []string{"category", "subject"} {
			for _, category := range e.all(name) {
				r.categories.list = append(r.categories.list, category.words())
			}
		}
		if r.oneID[doiPlace] = e.first("doi").words(); r.oneID[doiPlace] == "" {
			if doi, ok := strings.CutPrefix(strings.ToLower(e.first("identifier").words()), "doi:"); ok {
				r.oneID[doiPlace] = strings.TrimSpace(doi)
			}
		}
		if !r.hasArxivID() {
			if id := arxivBase(r.url); (&record{id: id}).hasArxivID() {
				r.id = id
			}
		}
		if r.hasArxivID() {
			arxivAnnounced(r)
			return out.arxiv(line, r)
		}
		if r.id == "" {
			r.id = r.url
		}
		return out.paper(line, r.paper())
	})
}

// arxivAnnounced completes the record of a paper that arXiv's feed announces: new, crossed over from
// another category, or replaced. The date is the announcement's, so of the first
// version only the id's month is known.
func arxivAnnounced(r *record) {
	if strings.HasPrefix(r.abstract, "arXiv:") {
		if _, abstract, ok := strings.Cut(r.abstract, "Abstract:"); ok {
			r.abstract = strings.TrimSpace(abstract)
		}
	}
	r.updated = r.date
}

// rssAuthors are the names in the elements: one of many in each, or all in one.
// RSS 2.0 has an address before the name, in parentheses.
func rssAuthors(all []*element) []string {
	var names []string
	for _, e := range all {
		name := e.words()
		if address, inner, ok := strings.Cut(name, " ("); ok && strings.Contains(address, "@") {
			name = strings.TrimSuffix(inner, ")")
		}
		if name != "" {
			names = append(names, name)
		}
	}
	if len(names) == 1 {
		return splitAuthors(names[0])
	}
	return names
}

// firstWords are the words of the first element of these names that has any.
func firstWords(e *element, names ...string) string {
	for _, name := range names {
		for _, one := range e.all(name) {
			if s := one.words(); s != "" {
				return s
			}
		}
	}
	return ""
}
