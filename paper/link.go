package paper

import (
	"net/url"
	"strings"
)

// Link is a place outside where a paper can be read.
type Link struct{ Name, URL string }

// sites are where papers can be read by the ids that others gave them.
var sites = []struct{ kind, name, prefix string }{
	{"arxiv", "arXiv", "https://arxiv.org/abs/"},
	{"doi", "DOI", "https://doi.org/"},
	{"acl", "ACL Anthology", "https://aclanthology.org/"},
	{"pmid", "PubMed", "https://pubmed.ncbi.nlm.nih.gov/"},
}

// Links are made from p's ids and its own URL, if that is one of the web: what
// a corpus says is not trusted to be.
func (p *Paper) Links() []Link {
	var out []Link
	for _, s := range sites {
		if id := p.IDs[s.kind]; id != "" {
			out = append(out, Link{s.name, s.prefix + strings.ReplaceAll(url.PathEscape(id), "%2F", "/")})
		}
	}
	if u, err := url.Parse(p.URL); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
		out = append(out, Link{u.Host, p.URL})
	}
	return out
}
