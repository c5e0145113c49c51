package source

import (
	"encoding/json"
	"slices"
	"strings"
)

// fieldKind is what a field of a record is about.
type fieldKind uint8

const (
	otherField fieldKind = iota
	idField
	titleField
	abstractField
	textField // may be more than the abstract
	authorsField
	yearField
	dateField
	updatedField
	venueField
	categoriesField
	keywordsField // categories that may have spaces in them
	urlField
	sourceField
	arxivField
	doiField
	aclField
	pmidField
	pmcidField
	openalexField
	s2Field
	corpusField
	idsField
	foreignIDsField // Semantic Scholar's names of ids

	// Only in JSON.
	commentsField // the arXiv snapshot's
	parsedField   // the arXiv snapshot's authors_parsed
	versionsField // the arXiv snapshot's
	invertedField // OpenAlex's abstract
	locationField // OpenAlex's place of publication
	customField   // what programs add to CSL-JSON
)

// idKinds are the fields that are one id, by its kind, in the order in which
// they stand in for an id of the source's own.
var idKinds = []struct {
	field fieldKind
	kind  string
}{
	{arxivField, "arxiv"}, {doiField, "doi"}, {aclField, "acl"}, {pmidField, "pmid"},
	{pmcidField, "pmcid"}, {openalexField, "openalex"}, {s2Field, "s2"}, {corpusField, "corpusid"},
}

const doiPlace = 1 // in idKinds

// fieldNames are the names under which JSON, tables and Parquet files have
// their fields, as [foldKey] gives them: Kindred's own, BEIR's, Semantic
// Scholar's, OpenAlex's, CSL-JSON's, those of the tables that Zotero, Scopus,
// Web of Science, PubMed, IEEE Xplore, Dimensions, Lens and OpenAlex export.
var fieldNames = map[string]fieldKind{
	"id": idField, "paperid": idField, "s2id": s2Field,

	"title": titleField, "articletitle": titleField, "documenttitle": titleField, "papertitle": titleField,
	"displayname": titleField,

	"abstract": abstractField, "abstractnote": abstractField, "abstracttext": abstractField,
	"text": textField, "summary": textField,

	"authors": authorsField, "author": authorsField, "authornames": authorsField, "creator": authorsField,
	"creators": authorsField, "authorships": authorsField, "authorshipsauthordisplayname": authorsField,
	"authorfullnames": authorsField,

	"year": yearField, "publicationyear": yearField, "pubyear": yearField, "publishedyear": yearField,

	"date": dateField, "published": dateField, "publicationdate": dateField, "publishedat": dateField,
	"issued": dateField, "datepublished": dateField, "publisheddate": dateField,

	"updated": updatedField, "updatedate": updatedField, "updatedat": updatedField, "updateddate": updatedField,

	"venue": venueField, "journal": venueField, "booktitle": venueField, "conference": venueField,
	"journalref": venueField, "containertitle": venueField, "publicationtitle": venueField,
	"sourcetitle": venueField, "journaltitle": venueField, "journalname": venueField, "journalbook": venueField,
	"conferencename": venueField, "publicationvenue": venueField, "primarylocationsourcedisplayname": venueField,

	"categories": categoriesField, "category": categoriesField, "fieldsofstudy": categoriesField,
	"s2fieldsofstudy": categoriesField, "topics": categoriesField,
	"keywords": keywordsField, "keyword": keywordsField, "authorkeywords": keywordsField,
	"indexkeywords": keywordsField, "manualtags": keywordsField, "tags": keywordsField, "concepts": keywordsField,
	"topicsdisplayname": keywordsField, "keywordsdisplayname": keywordsField,

	"url": urlField, "link": urlField, "articleurl": urlField, "doiurl": urlField,
	"source": sourceField,

	"arxivid": arxivField, "arxiv": arxivField, "doi": doiField, "aclid": aclField,
	"pmid": pmidField, "pubmedid": pmidField, "pmcid": pmcidField, "openalexid": openalexField,
	"corpusid": corpusField, "ids": idsField, "externalids": foreignIDsField,

	"comments": commentsField, "authorsparsed": parsedField, "versions": versionsField, "abstractinvertedindex": invertedField,
	"custom": customField, "primarylocation": locationField, "hostvenue": locationField,
}

// foldKey makes paperId, paper_id, "Paper ID" and paper-id one, and Author/s
// and Author(s).
func foldKey(name string) string {
	plain := true
	for i := 0; i < len(name) && plain; i++ {
		plain = 'a' <= name[i] && name[i] <= 'z'
	}
	if plain {
		return name
	}
	return strings.Map(func(r rune) rune {
		switch {
		case 'A' <= r && r <= 'Z':
			return r + 'a' - 'A'
		case strings.ContainsRune("_- /.()\ufeff", r):
			return -1
		}
		return r
	}, name)
}

// setText fills a field from text: a table's cell, a column's value. Of several
// for one field the first that has a value counts.
func (r *record) setText(kind fieldKind, text string) {
	switch kind {
	case authorsField:
		r.authors.setText(text)
		return
	case categoriesField:
		r.categories.setText(text)
		return
	case keywordsField:
		if r.categories.empty() {
			if r.categories.setText(text); r.categories.list == nil {
				r.categories = field{list: splitList(text)}
			}
		}
		return
	case idsField, foreignIDsField:
		r.setIDText(text)
		return
	}
	if target := r.target(kind); target != nil && *target == "" {
		*target = strings.TrimSpace(text)
	}
}

// target is where a field that is one text goes; nil for others.
func (r *record) target(kind fieldKind) *string {
	switch kind {
	case idField:
		return &r.id
	case titleField:
		return &r.title
	case abstractField:
		return &r.abstract
	case textField:
		return &r.text
	case yearField:
		return &r.year
	case dateField:
		return &r.date
	case updatedField:
		return &r.updated
	case venueField:
		return &r.venue
	case urlField:
		return &r.url
	case sourceField:
		return &r.source
	case commentsField:
		return &r.comments
	}
	for i := range idKinds {
		if idKinds[i].field == kind {
			return &r.oneID[i]
		}
	}
	return nil
}

// setText reads a text that may be a list as JSON or Python write it.
func (f *field) setText(text string) {
	text = strings.TrimSpace(text)
	if !f.empty() || text == "" {
		return
	}
	if f.list = quotedList(text); f.list == nil {
		f.text = text
	}
}

// quotedList reads ["A", "B"] and ['A', "B"], as programs write lists into
// tables; nil if text is no such list.
func quotedList(text string) []string {
	if len(text) < 2 || text[0] != '[' || text[len(text)-1] != ']' {
		return nil
	}
	inner := text[1 : len(text)-1]
	var list []string
	if json.Unmarshal([]byte(text), &list) == nil {
		return list
	}
	list = nil
	for inner = strings.TrimSpace(inner); inner != ""; {
		quote := inner[:1]
		item, rest, ok := strings.Cut(inner[1:], quote)
		if quote != "'" && quote != `"` || !ok {
			return nil
		}
		list = append(list, item)
		if inner = strings.TrimSpace(rest); inner != "" && inner[0] != ',' {
			return nil
		}
		inner = strings.TrimSpace(strings.TrimPrefix(inner, ","))
	}
	return list
}

// setIDText reads ids from one text: a JSON object of them, or kind:id, more
// of them behind semicolons.
func (r *record) setIDText(text string) {
	var ids map[string]string
	if json.Unmarshal([]byte(text), &ids) == nil {
		for kind, id := range ids {
			r.addID(strings.ToLower(kind), id)
		}
		return
	}
	for _, one := range strings.Split(text, ";") {
		if kind, id, ok := strings.Cut(one, ":"); ok {
			r.addID(strings.ToLower(strings.TrimSpace(kind)), strings.TrimSpace(id))
		}
	}
}

// unique is list without what it has already said, in its order.
func unique(list []string) []string {
	var out []string
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
