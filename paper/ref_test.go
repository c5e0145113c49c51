package paper

import (
	"slices"
	"strings"
	"testing"
)

func TestParseRef(t *testing.T) {
	for in, want := range map[string]Ref{
		"DOI:10.1000/ABC(1)":                          {"doi", "10.1000/abc(1)"},
		"doi:https://doi.org/10.1000/1":               {"doi", "10.1000/1"},
		"10.1000/1":                                   {"doi", "10.1000/1"},
		"ARXIV:1605.08803v3":                          {"arxiv", "1605.08803"},
		"arXiv:hep-th/9901001":                        {"arxiv", "hep-th/9901001"},
		"math.GT/0309136v1":                           {"arxiv", "math.gt/0309136"},
		"1605.08803":                                  {"arxiv", "1605.08803"},
		"ACL:W12-3903":                                {"acl", "w12-3903"},
		"PMID:19872477":                               {"pmid", "19872477"},
		"PMCID:2323736":                               {"pmcid", "2323736"},
		"CorpusId:215416146":                          {"corpusid", "215416146"},
		"URL:https://arxiv.org/abs/1605.08803v2":      {"arxiv", "1605.08803"},
		"URL:https:/arxiv.org/pdf/1605.08803v2.pdf":   {"arxiv", "1605.08803"},
		"https://www.aclweb.org/anthology/P19-1001/":  {"acl", "p19-1001"},
		"https://doi.org/10.1000%2F1":                 {"doi", "10.1000/1"},
		"http://pubmed.ncbi.nlm.nih.gov/19872477/":    {"pmid", "19872477"},
		"openalex:W2741809807":                        {"openalex", "w2741809807"},
		"OpenAlex:https://openalex.org/W2741809807":   {"openalex", "w2741809807"},
		"https://openalex.org/W2741809807":            {"openalex", "w2741809807"},
		"https://openalex.org/works/w2741809807":      {"openalex", "w2741809807"},
		"https://api.openalex.org/works/W2741809807":  {"openalex", "w2741809807"},
		"https://openalex.org/A5023888391":            {"url", "openalex.org/a5023888391"},
		"S2:649DEF34F8BE52C8B66281AF98AE884C09AEF38B": {"s2", "649def34f8be52c8b66281af98ae884c09aef38b"},
		"https://www.semanticscholar.org/paper/649def34f8be52c8b66281af98ae884c09aef38b":             {"s2", "649def34f8be52c8b66281af98ae884c09aef38b"},
		"https://www.semanticscholar.org/paper/A-Title-of/649def34f8be52c8b66281af98ae884c09aef38b/": {"s2", "649def34f8be52c8b66281af98ae884c09aef38b"},
		"https://www.semanticscholar.org/author/1":                                                   {"url", "semanticscholar.org/author/1"},
		"URL:https://www.Example.org/papers/1/":                                                      {"url", "example.org/papers/1"},
		"https://arxiv.org/list/cs.LG/recent":                                                        {"url", "arxiv.org/list/cs.lg/recent"},
		"URL:example.org/papers/1":                                                                   {"url", "example.org/papers/1"},
	} {
		if got, ok := ParseRef(in); !ok || got != want {
			t.Errorf("%s is %v %v, want %v", in, got, ok, want)
		}
	}
	for _, in := range []string{"", "p0", "text:abc", "DOI:", "URL:https://", "other:1", "12345", "10.1000", strings.Repeat("URL:", MaxName)} {
		if got, ok := ParseRef(in); ok {
			t.Errorf("%.20q is %v", in, got)
		}
	}
}

func TestRefsOfAPaper(t *testing.T) {
	p := Paper{ID: "x", IDs: map[string]string{"arxiv": "1605.08803v1", "DOI": "https://doi.org/10.1000/A", "pmid": "", "other": "Q"},
		URL: "https://example.org/x"}
	refs := p.Refs()
	for _, name := range []string{"ARXIV:1605.08803", "10.1000/a", "URL:http://www.example.org/x/"} {
		if r, _ := ParseRef(name); !slices.Contains(refs, r) {
			t.Errorf("%s is not among %v", name, refs)
		}
	}
	if len(refs) != 4 {
		t.Errorf("%v", refs)
	}
}

func FuzzParseRef(f *testing.F) {
	for _, s := range []string{"DOI:10.1000/1", "url:https://arxiv.org/abs/1605.08803", "https:/doi.org/%2", "arxiv:arxiv:1", ":", "PMID: 1 "} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r, ok := ParseRef(s)
		if !ok {
			return
		}
		if r.Value == "" {
			t.Errorf("%q is %q", s, r)
		}
		if again, ok := NewRef(r.Kind, r.Value); r.Kind != "url" && (!ok || again != r) {
			t.Errorf("%q is %q, which is %q", s, r, again)
		}
	})
}
