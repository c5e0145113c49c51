package paper

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLinksOutside(t *testing.T) {
	p := Paper{URL: "javascript:alert(1)", IDs: map[string]string{"arxiv": "hep-th/9901001", "doi": "10.1/a b?c", "acl": "../../x", "other": "1"}}
	want := []Link{{"arXiv", "https://arxiv.org/abs/hep-th/9901001"}, {"DOI", "https://doi.org/10.1/a%20b%3Fc"}, {"ACL Anthology", "https://aclanthology.org/../../x"}}
	if d := cmp.Diff(want, p.Links()); d != "" {
		t.Error(d)
	}
	for u, ok := range map[string]bool{"https://example.org/x": true, "http://x": true, "//x/y": false, "data:text/html,x": false, "ftp://x": false, "https:": false, "": false, "JavaScript:x": false} {
		if got := len((&Paper{URL: u}).Links()) == 1; got != ok {
			t.Errorf("%q is linked: %v", u, got)
		}
	}
}
