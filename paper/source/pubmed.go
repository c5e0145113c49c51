package source

import (
	"bufio"
	"strings"
)

// pubmedFormat is PubMed's XML: the baseline and update files and what E-utilities
// and the site export (https://www.nlm.nih.gov/bsd/licensee/elements_descriptions.html).
// The id is the PMID. Parts of an abstract have a line each, with their label.
// Citations that an update file deletes are reported like those of oai.
func pubmedFormat() *format {
	return &format{name: "pubmed", sniff: sniffXML("<PubmedArticle", "<!DOCTYPE PubmedArticleSet"), read: readPubMed}
}

func readPubMed(text *bufio.Reader, out *sink) error {
	return readXML(text, out, map[string]bool{"PubmedArticle": true, "DeleteCitation": true}, func(line int, e *element) error {
		if e.name == "DeleteCitation" {
			for _, pmid := range e.all("PMID") {
				if err := out.deleted(line, out.format, pmid.words()); err != nil {
					return err
				}
			}
			return nil
		}
		citation := e.first("MedlineCitation")
		article := citation.first("Article")
		r := &record{
			shape: markupShape, id: citation.first("PMID").words(), title: article.first("ArticleTitle").words(),
			venue: article.first("Journal", "Title").words(), date: pubmedDate(article.first("ArticleDate")),
			updated: pubmedDate(citation.first("DateRevised")),
		}
		if r.title == "" {
			r.title = article.first("VernacularTitle").words()
		}
		var parts []string
		for _, part := range article.all("Abstract", "AbstractText") {
			s := part.words()
			if label := part.attr("Label"); label != "" && s != "" {
				s = label + ": " + s
			}
			parts = append(parts, s)
		}
		r.abstract = strings.Join(parts, "\n")
		if issue := article.first("Journal", "JournalIssue", "PubDate"); r.date == "" {
			if r.date = pubmedDate(issue); r.date == "" { // "2019 Mar-Apr", "Spring 2019"
				for _, word := range strings.Fields(issue.first("MedlineDate").words()) {
					if r.year == "" && yearNumber(word) > 1000 {
						r.year = word
					}
				}
			}
		}
		for _, a := range article.all("AuthorList", "Author") {
			name := joinName(a.first("ForeName").words(), a.first("LastName").words(), a.first("Suffix").words())
			if name == "" {
				name = a.first("CollectiveName").words()
			}
			r.authors.list = append(r.authors.list, name)
		}
		for _, heading := range citation.all("MeshHeadingList", "MeshHeading", "DescriptorName") {
			r.categories.list = append(r.categories.list, heading.words())
		}
		for _, keyword := range citation.all("KeywordList", "Keyword") {
			r.categories.list = append(r.categories.list, keyword.words())
		}
		for _, id := range e.all("PubmedData", "ArticleIdList", "ArticleId") {
			switch id.attr("IdType") {
			case "doi":
				r.addID("doi", id.words())
			case "pmc":
				r.addID("pmcid", id.words())
			}
		}
		if r.addID("pmid", r.id); r.id != "" {
			r.url = "https://pubmed.ncbi.nlm.nih.gov/" + r.id
		}
		return out.paper(line, r.paper())
	})
}

// pubmedDate reads an element with Year, Month and Day in it.
func pubmedDate(e *element) string {
	return joinDate(e.first("Year").words(), e.first("Month").words(), e.first("Day").words())
}
