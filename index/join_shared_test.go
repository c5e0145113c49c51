//go:build shared

package index_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/internal/sharedtest/abstracts"
	"kindred/paper"
)

// allOf are all papers of a shared file.
func allOf(t *testing.T, name string) []paper.Paper {
	t.Helper()
	var out []paper.Paper
	abstracts.Each(t, name, func(p paper.Paper) bool {
		out = append(out, p)
		return true
	})
	return out
}

// joinedPairs are the ids of parts that became one paper with an earlier part.
func joinedPairs(t *testing.T, x *index.Index) map[[2]string]string {
	t.Helper()
	out := map[[2]string]string{}
	for _, d := range duplicates(t, x, paper.ReviewJoined).Found {
		for i, a := range d.Parts {
			for _, b := range d.Parts[:i] {
				out[[2]string{b.ID, a.ID}] = a.Why
			}
		}
	}
	return out
}

func ingestAll(t *testing.T, x *index.Index, papers []paper.Paper) index.Counts {
	t.Helper()
	c, err := x.Ingest(t.Context(), stream(papers), index.IngestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// families are the sorted family names of some authors.
func families(names []string) string {
	var out []string
	for _, n := range names {
		words := strings.Fields(paper.FoldName(n))
		if len(words) > 0 {
			out = append(out, words[len(words)-1])
		}
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

// overlap is the share of the words of the shorter of two texts that both have.
func overlap(a, b string) float64 {
	set := func(s string) map[string]bool {
		m := map[string]bool{}
		for w := range strings.FieldsSeq(paper.FoldName(s)) {
			m[w] = true
		}
		return m
	}
	as, bs := set(a), set(b)
	both := 0
	for w := range as {
		if bs[w] {
			both++
		}
	}
	return float64(both) / float64(max(1, min(len(as), len(bs))))
}

// TestDuplicatesOfTwoCorpora measures merging where two corpora overlap: the
// conferences' papers that are the ACL's stand in the Anthology too. Which are
// the same is told without what merging goes by: the venue, the year, the same
// authors without exception, and a text of which most words are the same.
func TestDuplicatesOfTwoCorpora(t *testing.T) {
	anthology, conferences := allOf(t, abstracts.Anthology), allOf(t, abstracts.Conferences)
	byAuthors := map[string][]*paper.Paper{}
	for i := range anthology {
		p := &anthology[i]
		key := fmt.Sprint(p.Year, families(p.Authors))
		byAuthors[key] = append(byAuthors[key], p)
	}
	ours := regexp.MustCompile(`^(ACL|NAACL|COLING)\b`)
	truth := map[[2]string]bool{}
	in := map[string]*paper.Paper{}
	for i := range conferences {
		p := &conferences[i]
		in[p.ID] = p
		if !ours.MatchString(p.Venue) {
			continue
		}
		for _, a := range byAuthors[fmt.Sprint(p.Year, families(p.Authors))] {
			if overlap(a.Title+" "+a.Abstract, p.Title+" "+p.Abstract) >= .7 {
				truth[[2]string{a.ID, p.ID}] = true
			}
		}
	}
	for i := range anthology {
		in[anthology[i].ID] = &anthology[i]
	}

	x := open(t, t.TempDir(), index.Options{NoSync: true})
	ingestAll(t, x, anthology)
	counts := ingestAll(t, x, conferences)
	found, right := joinedPairs(t, x), 0
	for pair := range truth {
		if found[pair] != "" {
			right++
		} else if testing.Verbose() {
			a, b := in[pair[0]], in[pair[1]]
			t.Logf("missed: %s %q / %s %q", a.ID, a.Title, b.ID, b.Title)
		}
	}
	for pair, why := range found {
		if !truth[pair] && testing.Verbose() {
			a, b := in[pair[0]], in[pair[1]]
			t.Logf("beyond the truth, by %s: %s %d %q %v / %s %d %q %v", why, a.ID, a.Year, a.Title, a.Authors, b.ID, b.Year, b.Title, b.Authors)
		}
	}
	t.Logf("%d pairs are the same, %d of them found (recall %.4f); %d found in all (%.4f among them); %+v",
		len(truth), right, float64(right)/float64(len(truth)), len(found), float64(right)/float64(len(found)), counts)
	if len(truth) < 5000 || float64(right) < .99*float64(len(truth)) {
		t.Errorf("recall: %d of %d", right, len(truth))
	}
}

type variant struct {
	name string
	same bool
	make func(r *rand.Rand, p *paper.Paper)
}

// otherWords are words of abstracts, in the order in which they stand there.
var otherWords []string

// variants are ways in which another source has a paper, or another paper is
// like it.
var variants = []variant{
	{"title in capitals", true, func(_ *rand.Rand, p *paper.Paper) { p.Title = strings.ToUpper(p.Title) }},
	{"title in braces and dashes", true, func(_ *rand.Rand, p *paper.Paper) {
		words := strings.Fields(p.Title)
		words[0] = "{" + words[0] + "}"
		p.Title = strings.Join(words, " -- ")
	}},
	{"without abstract", true, func(_ *rand.Rand, p *paper.Paper) { p.Abstract = "" }},
	{"abstract cut", true, func(_ *rand.Rand, p *paper.Paper) { p.Abstract = p.Abstract[:len(p.Abstract)/3] + "…" }},
	{"initials, family first", true, func(_ *rand.Rand, p *paper.Paper) {
		for i, a := range p.Authors {
			w := strings.Fields(a)
			p.Authors[i] = w[len(w)-1] + ", " + w[0][:1] + "."
		}
	}},
	{"first three authors, next year", true, func(_ *rand.Rand, p *paper.Paper) {
		p.Authors, p.Year, p.Date = p.Authors[:min(3, len(p.Authors))], p.Year+1, ""
	}},
	{"another title", true, func(_ *rand.Rand, p *paper.Paper) { p.Title = "Revisited: what we learned" }},
	{"another title, a tenth of the words changed", true, func(r *rand.Rand, p *paper.Paper) {
		p.Title += " in practice"
		w := strings.Fields(p.Abstract)
		for range len(w) / 10 {
			w[r.IntN(len(w))] = otherWords[r.IntN(len(otherWords))]
		}
		p.Abstract = strings.Join(w, " ")
	}},
	{"no authors, the abstract alone", true, func(_ *rand.Rand, p *paper.Paper) { p.Authors, p.Title = nil, "" }},

	{"its second part", false, func(_ *rand.Rand, p *paper.Paper) { p.Title += ", part II" }},
	{"other authors under the title", false, func(_ *rand.Rand, p *paper.Paper) {
		p.Authors, p.Abstract = []string{"Ada Fictional", "Ben Invented"}, ""
	}},
	{"ten years later", false, func(_ *rand.Rand, p *paper.Paper) { p.Year, p.Date = p.Year+10, "" }},
	{"the same authors on something else", false, func(_ *rand.Rand, p *paper.Paper) {
		p.Title, p.Abstract = "A note on something else entirely, which nobody has written", ""
	}},
}

// least are the shares of a kind that must be found by ingest and by dedup: six
// bands find four in five of those whose abstracts have half of their shingles
// in common, the nearest vectors the others.
func (v variant) least() (ingest, dedup float64) {
	if strings.Contains(v.name, "a tenth of the words") {
		return .7, .99
	}
	return .99, .99
}

// TestDuplicatesAmongVariants measures merging with made variants of real
// papers: each kind is one file of papers with ids of its own.
func TestDuplicatesAmongVariants(t *testing.T) {
	const every = 240
	all := allOf(t, abstracts.ArXiv)
	var papers []paper.Paper
	for i := 0; i < len(all); i += every {
		if p := all[i]; len(strings.Fields(p.Title)) > 3 && len(strings.Fields(p.Abstract)) > 60 && len(p.Authors) > 0 {
			papers = append(papers, p)
			otherWords = append(otherWords, strings.Fields(p.Abstract)...)
		}
	}
	r := rand.New(rand.NewPCG(1, 2))
	for k, v := range variants {
		x := open(t, t.TempDir(), index.Options{NoSync: true})
		ingestAll(t, x, papers)
		made := make([]paper.Paper, len(papers))
		for i, p := range papers {
			p.Authors = slices.Clone(p.Authors)
			p.ID, p.IDs, p.URL, p.Origin, p.Source = fmt.Sprintf("%d-%d", k, i), nil, "", uint64(k+1), "made"
			v.make(r, &p)
			made[i] = p
		}
		ingestAll(t, x, made)
		joined := func() (share float64, wrong int) {
			right := 0
			for pair := range joinedPairs(t, x) {
				if papers[index1(pair[1])].ID == pair[0] {
					right++
				} else {
					wrong++
				}
			}
			return float64(right) / float64(len(papers)), wrong
		}
		share, wrong := joined()
		duplicates(t, x, paper.JoinSame)
		later, wrongLater := joined()
		t.Logf("%-45s joined %.4f, by dedup %.4f; with another paper %d, %d", v.name, share, later, wrong, wrongLater)
		ingest, dedup := v.least()
		if v.same && (share < ingest || later < dedup) || !v.same && later > .001 || wrongLater > len(papers)/1000 {
			t.Errorf("%s: %.4f, then %.4f right, %d wrong of %d", v.name, share, later, wrongLater, len(papers))
		}
	}
}

// index1 is the number behind a made paper's dash.
func index1(id string) (n int) {
	fmt.Sscanf(id[strings.IndexByte(id, '-')+1:], "%d", &n)
	return n
}
