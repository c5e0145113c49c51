package source

import (
	"bufio"
	"strings"
)

// atomFormat is Atom feeds (RFC 4287), above all answers of arXiv's API
// (https://info.arxiv.org/help/api/user-manual.html): published is the date of
// the first version, updated that of the last.
func atomFormat() *format {
	return &format{name: "atom", sniff: sniffXML("http://www.w3.org/2005/Atom"), read: readAtom}
}

func readAtom(text *bufio.Reader, out *sink) error {
	return readXML(text, out, map[string]bool{"entry": true}, func(line int, e *element) error {
		id := e.first("id").words()
		if strings.Contains(id, "arxiv.org/api/errors") {
			return out.reject(line, "the server answered an error: %s", clip(e.first("summary").words()))
		}
		r := &record{
			id: arxivBase(id), title: plainMarkup(e.first("title").words()), abstract: e.first("summary").passage(),
			venue: e.first("journal_ref").words(), date: e.first("published").words(), updated: e.first("updated").words(),
		}
		if r.abstract == "" {
			r.abstract = e.first("content").passage()
		}
		r.oneID[doiPlace] = e.first("doi").words()
		for _, author := range e.all("author", "name") {
			r.authors.list = append(r.authors.list, author.words())
		}
		for _, category := range e.all("category") {
			r.categories.list = append(r.categories.list, category.attr("term"))
		}
		if r.hasArxivID() {
			r.versions = []string{r.date}
			r.version = arxivVersion(id)
			r.comments = e.first("comment").words()
			return out.arxiv(line, r)
		}
		for _, link := range e.all("link") {
			if rel := link.attr("rel"); r.url == "" && (rel == "" || rel == "alternate") {
				r.url = link.attr("href")
			}
		}
		r.shape, r.id = tableShape, id
		return out.paper(line, r.paper())
	})
}
