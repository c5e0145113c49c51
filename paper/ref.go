package paper

import (
	"net/url"
	"regexp"
	"strings"
)

// Ref names a paper by an id that others gave it. Two refs name the same paper
// when they are equal: the value has the one form of its kind.
type Ref struct {
	Kind  string // a key of Paper.IDs, or "url"
	Value string
}

// refKinds are the prefixes of ids in lower case, and the kinds they stand for.
var refKinds = map[string]string{
	"arxiv": "arxiv", "doi": "doi", "acl": "acl", "pmid": "pmid", "pmcid": "pmcid",
	"corpusid": "corpusid", "mag": "mag", "dblp": "dblp", "url": "url", "openalex": "openalex", "s2": "s2",
	// as Semantic Scholar calls them in a paper's ids
	"pubmed": "pmid", "pubmedcentral": "pmcid",
}

var (
	doiForm      = regexp.MustCompile(`^10\.[0-9]{4,9}/\S`)
	aclForm      = regexp.MustCompile(`^(?:[a-z][0-9]{2}-[0-9]{4}|[0-9]{4}\.[a-z0-9_]+-[a-z0-9_]+\.[0-9]+)$`)
	openalexForm = regexp.MustCompile(`^w[0-9]+$`)
	s2Form       = regexp.MustCompile(`^[0-9a-f]{40}$`)
	arxivForm    = regexp.MustCompile(`^(?:[0-9]{4}\.[0-9]{4,5}|[a-z-]+(?:\.[a-z]{2})?/[0-9]{7})(v[0-9]+)?$`)
)

// ParseRef reads an id with its kind before it (DOI:10.1000/1, ARXIV:1605.08803,
// ACL:…, PMID:…, PMCID:…, MAG:…, DBLP:…, CorpusId:…, S2:…, OpenAlex:W…,
// URL:https://…, in any case),
// or a DOI, an arXiv id or a link of the web by itself.
func ParseRef(s string) (Ref, bool) {
	if len(s) > MaxName {
		return Ref{}, false
	}
	if before, after, ok := strings.Cut(s, ":"); ok {
		if kind, ok := refKinds[strings.ToLower(before)]; ok {
			return NewRef(kind, after)
		}
	}
	lower := strings.ToLower(s)
	switch {
	case strings.HasPrefix(lower, "https:/"), strings.HasPrefix(lower, "http:/"):
		return NewRef("url", s)
	case doiForm.MatchString(s):
		return NewRef("doi", s)
	case arxivForm.MatchString(lower):
		return NewRef("arxiv", s)
	}
	return Ref{}, false
}

// NewRef puts an id into the form of its kind; ok is false for one that says
// nothing. Links to arXiv, doi.org, the ACL Anthology, PubMed, OpenAlex and
// Semantic Scholar become the ids that stand in them.
func NewRef(kind, value string) (r Ref, ok bool) {
	kind = strings.ToLower(kind)
	if known, ok := refKinds[kind]; ok {
		kind = known
	}
	value = strings.ToLower(strings.TrimSpace(value))
	switch kind {
	case "url":
		return linkRef(value)
	case "arxiv":
		value = cutAll(value, "arxiv:")
		if m := arxivForm.FindStringSubmatch(value); m != nil {
			value = strings.TrimSuffix(value, m[1])
		}
	case "doi":
		value = cutAll(value, "doi:", "https://doi.org/", "http://doi.org/", "https://dx.doi.org/", "http://dx.doi.org/")
	case "pmid":
		value = cutAll(value, "pmid:")
	case "openalex":
		value = cutAll(value, "openalex:", "https://openalex.org/", "http://openalex.org/", "https://api.openalex.org/works/")
	}
	return Ref{kind, value}, value != ""
}

// cutAll cuts prefixes and blanks off s until there are no more.
func cutAll(s string, prefixes ...string) string {
	for before := ""; before != s; {
		before, s = s, strings.TrimSpace(s)
		for _, p := range prefixes {
			s = strings.TrimPrefix(s, p)
		}
	}
	return s
}

// linkRef is the ref of a link in lower case.
func linkRef(s string) (Ref, bool) {
	// Some clients fold the two slashes of a link that stands in a path.
	for _, scheme := range []string{"https:", "http:"} {
		if rest, ok := strings.CutPrefix(s, scheme); ok {
			s = strings.TrimLeft(rest, "/")
		}
	}
	s = strings.TrimSuffix(strings.TrimPrefix(s, "www."), "/")
	host, path, _ := strings.Cut(s, "/")
	if host == "" {
		return Ref{}, false
	}
	if plain, err := url.PathUnescape(path); err == nil {
		path = plain
	}
	switch host {
	case "arxiv.org", "export.arxiv.org":
		for _, page := range []string{"abs/", "pdf/", "html/"} {
			if id, ok := strings.CutPrefix(path, page); ok {
				return NewRef("arxiv", strings.TrimSuffix(id, ".pdf"))
			}
		}
	case "doi.org", "dx.doi.org":
		return NewRef("doi", path)
	case "aclanthology.org", "aclweb.org":
		return NewRef("acl", strings.TrimSuffix(strings.TrimPrefix(path, "anthology/"), ".pdf"))
	case "pubmed.ncbi.nlm.nih.gov":
		return NewRef("pmid", path)
	case "openalex.org", "api.openalex.org":
		if id := strings.TrimPrefix(path, "works/"); openalexForm.MatchString(id) {
			return Ref{"openalex", id}, true
		}
	case "semanticscholar.org":
		// With the title's words before it, or not.
		if id := path[strings.LastIndexByte(path, '/')+1:]; strings.HasPrefix(path, "paper/") && s2Form.MatchString(id) {
			return Ref{"s2", id}, true
		}
	}
	return Ref{"url", s}, true
}

// Refs are p's names beside its own id, in no order.
func (p *Paper) Refs() []Ref {
	refs := make([]Ref, 0, len(p.IDs)+1)
	for kind, value := range p.IDs {
		if r, ok := NewRef(kind, value); ok {
			refs = append(refs, r)
		}
	}
	if p.URL != "" {
		if r, ok := NewRef("url", p.URL); ok {
			refs = append(refs, r)
		}
	}
	return refs
}

// Speaks reports whether an id of this form is of this kind whoever gives it,
// so that a paper whose own id it is has it even if it does not say so.
func (r Ref) Speaks() bool {
	switch r.Kind {
	case "arxiv":
		return arxivForm.MatchString(r.Value)
	case "doi":
		return doiForm.MatchString(r.Value)
	case "acl":
		return aclForm.MatchString(r.Value)
	}
	return false
}
