package source

import (
	"bufio"
	"strings"
)

// oaiFormat is answers of OAI-PMH, ListRecords or GetRecord, one or several in
// a file (https://www.openarchives.org/OAI/openarchivesprotocol.html), with
// metadata as arXiv, arXivRaw (https://info.arxiv.org/help/oa) or oai_dc. A
// record's datestamp is not the paper's date. A deleted record is reported as
// a [LineError] with [LineError.Deleted], as arXiv's withdrawn papers are.
func oaiFormat() *format {
	return &format{name: "oai", sniff: sniffXML("<OAI-PMH", "<oai:OAI-PMH"), read: readOAI}
}

func readOAI(text *bufio.Reader, out *sink) error {
	return readXML(text, out, map[string]bool{"record": true, "error": true}, func(line int, e *element) error {
		if e.name == "error" {
			return out.reject(line, "the server answered %s: %s", e.attr("code"), clip(e.words()))
		}
		identifier := e.first("header", "identifier").words()
		if e.first("header").attr("status") == "deleted" {
			from := out.format
			id, ours := strings.CutPrefix(identifier, "oai:arXiv.org:")
			if ours {
				from = "arxiv"
			}
			return out.deleted(line, from, id)
		}
		meta := e.first("metadata")
		for _, name := range []string{"arXiv", "arXivRaw"} {
			if len(meta.all(name)) > 0 {
				return out.arxiv(line, arxivXML(meta.first(name)))
			}
		}
		if len(meta.all("dc")) > 0 {
			return dublinCore(line, identifier, meta.first("dc"), out)
		}
		return out.reject(line, "no metadata as arXiv, arXivRaw or oai_dc")
	})
}

// arxivXML reads arXiv and arXivRaw, which have the snapshot's fields.
func arxivXML(e *element) *record {
	r := &record{
		id: e.first("id").words(), title: e.first("title").words(), abstract: e.first("abstract").passage(),
		venue: e.first("journal-ref").words(), updated: e.first("updated").words(), comments: e.first("comments").words(),
	}
	r.categories.text = e.first("categories").words()
	r.oneID[doiPlace] = e.first("doi").words()
	for _, a := range e.all("authors", "author") {
		r.parsed = append(r.parsed, []string{a.first("keyname").words(), a.first("forenames").words(), a.first("suffix").words()})
	}
	r.authors.text = e.first("authors").words()
	if created := e.first("created").words(); created != "" {
		r.versions = []string{created}
	}
	for _, v := range e.all("version") {
		r.versions = append(r.versions, v.first("date").words())
		r.version++
		r.files = filesOf(v.first("source_type").words(), v.first("size").words())
	}
	return r
}

// dublinCore reads oai_dc (https://www.dublincore.org/specifications/dublin-core/dces).
func dublinCore(line int, identifier string, e *element, out *sink) error {
	r := &record{
		shape: tableShape, id: strings.TrimPrefix(identifier, "oai:arXiv.org:"),
		title: e.first("title").words(), abstract: e.first("description").passage(),
	}
	for _, creator := range e.all("creator") {
		r.authors.list = append(r.authors.list, creator.words())
	}
	for _, subject := range e.all("subject") {
		r.categories.list = append(r.categories.list, subject.words())
	}
	for i, date := range e.all("date") { // of the first version, then of the last
		if i == 0 {
			r.date = date.words()
		} else {
			r.updated = date.words()
		}
	}
	for _, id := range e.all("identifier") {
		s := id.words()
		if doi, ok := strings.CutPrefix(s, "doi:"); ok {
			r.addID("doi", doi)
		} else if r.url == "" && strings.HasPrefix(s, "http") {
			r.url = s
		}
	}
	for _, description := range e.all("description") { // the abstract, then the comments
		if comments, ok := strings.CutPrefix(description.words(), "Comment:"); ok {
			r.comments = strings.TrimSpace(comments)
		}
	}
	p := r.paper()
	if p.IDs["arxiv"] != "" {
		p.Source = "arxiv"
		if notice := r.notice(); notice != "" {
			return out.withdrawn(line, p.ID, notice)
		}
	}
	return out.paper(line, p)
}
