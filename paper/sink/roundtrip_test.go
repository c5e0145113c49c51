package sink_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"kindred/paper"
	"kindred/paper/sink"
	"kindred/paper/source"
)

// butOrigin leaves out which file a paper came in.
var butOrigin = cmpopts.IgnoreFields(paper.Paper{}, "Origin")

// oddPapers have every field and what files and formats may stumble over.
func oddPapers() []paper.Paper {
	papers := []paper.Paper{
		{ID: "1605.08803", Title: "Density estimation using Real NVP", Abstract: "Unsupervised learning of probabilistic models is a central yet challenging problem.",
			Authors: []string{"Laurent Dinh", "Jascha Sohl-Dickstein", "Samy Bengio"}, Year: 2016, Date: "2016-05-27", Updated: "2017-02-27", Venue: "ICLR 2017",
			Categories: []string{"cs.LG", "cs.AI", "stat.ML"}, IDs: map[string]string{"arxiv": "1605.08803", "doi": "10.48550/arxiv.1605.08803", "s2": "09879f7956dddc2a9328f5c1472feeb8402bcbcf"},
			URL: "https://arxiv.org/abs/1605.08803", Source: "arxiv"},
		{ID: "title only", Title: "A title alone"},
		{ID: "abstract only", Abstract: "An abstract alone, of\nseveral lines\n\nand a paragraph."},
		{ID: "latex", Title: `Schr\"odinger's \emph{E. coli} \& $\ell_2$ norms of CO$_2$, 50\% {PAC}`, Abstract: `Of \alpha and $x < y_{i}$ & R&D #1 {unbalanced, 5% off, <i>no tag</i> &amp; no entity a\_b ~ c^d`, Venue: `Phys.~Rev.~{\bf D}`, Year: 1999},
		{ID: "formula", Title: "=SUM(A1:A9)", Abstract: "+1 for it", Venue: "@home", Authors: []string{"-Dash, A.", "=cmd|' /C calc'!A0"}},
		{ID: "'=already", Title: "'=an apostrophe of its own", Abstract: "''+two"},
		{ID: "names", Title: "Names", Authors: []string{"van der Kallen, Wilberd", "King, Martin Luther, Jr.", "The ATLAS Collaboration", "江常皓", "Mausam", "A; B", "Smith, John and Doe, Jane", "J. D. Finley, III", "Luc Van Gool", "Robert L Logan Iv", "others", "Gr\\o nbech, N."}},
		{ID: "10.1000/Ünïcode:id;with=signs&more%20 {x}\\y", Title: "“Quotes”, ‘commas’, and \"straight\" ones", Abstract: "tab\there, [brackets], {\"json\": 1}, a|b, \u2028 line separator", Year: 1},
		{ID: "list-like", Title: `["not", "a list"]`, Authors: []string{"[Bracket] Name"}, Categories: []string{"math.AG", "a, b; c", "with space"}},
		{ID: "kinds", Title: "Ids of all kinds", IDs: map[string]string{"doi": "10.1000/ABC", "arxiv": "hep-th/9901001", "acl": "P19-1001", "pmid": "123", "pmcid": "PMC7", "openalex": "W1", "s2": "ab", "corpusid": "9", "mag": "3", "dblp": "conf/x/Y", "Mine": "x=1&y"},
			URL: "http://example.org/a b?c={d}"},
		{ID: "None", Title: "An id that others write for none", Updated: "2020-01"},
		{ID: "years", Title: "A year beside the date's", Year: 2015, Date: "2016-03", URL: "ftp://no.web/page"},
		{ID: "day", Title: "A day", Year: 2020, Date: "2020-02-29", Venue: "arXiv preprint arXiv:1", Source: "a source of its own"},
		{ID: "control", Categories: []string{"W\x0e", "a < b & c"}, Title: "A bell \x07 and a carriage\rreturn", Abstract: "Lines\r\nof Windows"},
		{ID: "same title and venue", Title: "Nature", Venue: "Nature"},
		{ID: "filed", Title: "In collections", Collections: []string{"My Library", "zum Lesen; später"}},
		paper.Combine([]paper.Paper{
			{ID: "part one", Title: "Of two sources", Abstract: "As the first has it.", Authors: []string{"A. Quarry"}, Year: 2019, Source: "csv"},
			{ID: "part two", Title: "OF TWO SOURCES", Authors: []string{"Quarry, Ada"}, Venue: "Stones", Year: 2020, Source: "bibtex", Collections: []string{"My Library"}},
		}),
		{ID: "long", Title: strings.Repeat("word ", 3000) + "end", Abstract: strings.Repeat("A sentence of some length. ", 9000) + "End."},
	}
	for i := range 3000 {
		papers = append(papers, paper.Paper{ID: fmt.Sprintf("many/%05d", i), Title: fmt.Sprintf("Paper number %d of many", i),
			Abstract: strings.Repeat(fmt.Sprintf("Sentence %d. ", i), 20), Year: 1900 + i%150, Authors: []string{"Ada Quarry", fmt.Sprintf("B. Pebble%d", i)}})
	}
	for i := range papers {
		papers[i].Normalize()
	}
	return papers
}

// expected is what comes back of p from a format.
func expected(f sink.Format, p paper.Paper) paper.Paper {
	switch f {
	case "bibtex", "ris", "csl": // text is one line without LaTeX
		p.Title, p.Abstract, p.Venue = paper.PlainText(p.Title), paper.PlainText(p.Abstract), paper.PlainText(p.Venue)
	}
	return p
}

func TestExportsAreReadBack(t *testing.T) {
	for _, name := range sink.Formats() {
		f := sink.Format(name)
		for _, model := range []string{"", "static:test"} {
			if model != "" && !f.HoldsVectors() {
				continue
			}
			t.Run(name+model, func(t *testing.T) {
				papers := oddPapers()
				file := export(t, f, model, papers)
				if again := export(t, f, model, papers); !bytes.Equal(file, again) {
					t.Error("the same papers make another file")
				}
				got := readAll(t, file)
				if len(got) != len(papers) {
					t.Errorf("%d papers of %d come back", len(got), len(papers))
				}
				bad := 0
				for i := range min(len(got), len(papers)) {
					if d := cmp.Diff(expected(f, papers[i]), got[i], butOrigin); d != "" {
						if bad++; bad < 12 {
							t.Errorf("%s: -written +read\n%s", papers[i].ID, d)
						}
					}
				}
			})
		}
	}
}

// What ten sources say of a collaboration's paper, each with thousands of
// authors, keeps no other paper of the file from being read.
func TestPaperOfACollaborationInParquet(t *testing.T) {
	parts := make([]paper.Paper, 10)
	for i := range parts {
		parts[i] = paper.Paper{ID: fmt.Sprint("source ", i), Title: "Owls at 7 TeV", Source: fmt.Sprint(i)}
		for k := range 3500 {
			parts[i].Authors = append(parts[i].Authors, fmt.Sprintf("Givenname M. Family%04d", k))
		}
	}
	papers := []paper.Paper{{ID: "before", Title: "Before"}, paper.Combine(parts), {ID: "behind", Title: "Behind"}}
	if d := cmp.Diff(papers, readAll(t, export(t, sink.Parquet, "", papers)), butOrigin); d != "" {
		t.Errorf("%.500s", d)
	}
}

func export(t *testing.T, f sink.Format, model string, papers []paper.Paper) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := sink.New(&b, f, sink.Options{Model: model})
	if err != nil {
		t.Fatal(err)
	}
	for i := range papers {
		var vector []float32
		if i%5 != 0 {
			vector = []float32{float32(i), 0.1, -1e-9}
		}
		if err := w.Write(&papers[i], vector); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func readAll(t *testing.T, file []byte) []paper.Paper {
	t.Helper()
	r, err := source.NewReader(bytes.NewReader(file), "export", source.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var papers []paper.Paper
	for item, err := range r.Papers(t.Context()) {
		if err != nil {
			t.Error(err)
			continue
		}
		if item.Paper.Origin == 0 {
			t.Errorf("%s came in no file", item.Paper.ID)
		}
		papers = append(papers, item.Paper)
	}
	return papers
}

// FuzzRoundTrip writes a paper in every format and reads it back: one paper, its
// ids, names, dates and categories as they were, and in three formats all of it.
func FuzzRoundTrip(f *testing.F) {
	for _, p := range oddPapers()[:17] {
		f.Add(p.ID, p.Title, p.Abstract, strings.Join(p.Authors, "\n"), strings.Join(p.Categories, "\n"), p.Venue, p.URL, p.Source, p.Year)
	}
	f.Fuzz(func(t *testing.T, id, title, abstract, authors, categories, venue, url, origin string, year int) {
		p := paper.Paper{ID: id, Title: title, Abstract: abstract, Authors: strings.Split(authors, "\n"), Categories: strings.Split(categories, "\n"),
			Venue: venue, URL: url, Source: origin, Year: year, IDs: map[string]string{"doi": id, "odd=" + origin: url}}
		p.Normalize()
		if p.Validate() != nil {
			return
		}
		for _, name := range sink.Formats() {
			lossy := name == "bibtex" || name == "ris" || name == "csl"
			if lossy && paper.PlainText(p.Title) == "" && paper.PlainText(p.Abstract) == "" {
				continue // nothing but LaTeX: there is nothing to read back
			}
			file := export(t, sink.Format(name), "", []paper.Paper{p})
			r, err := source.NewReader(bytes.NewReader(file), "export", source.Options{Format: name})
			if err != nil {
				t.Fatalf("%s: %v\n%q", name, err, file)
			}
			var got []paper.Paper
			for item, err := range r.Papers(t.Context()) {
				if err != nil {
					t.Fatalf("%s: %v\n%q", name, err, file)
				}
				got = append(got, item.Paper)
			}
			r.Close()
			want := p
			if lossy && len(got) == 1 {
				want.Title, want.Abstract, want.Venue = got[0].Title, got[0].Abstract, got[0].Venue
			}
			if d := cmp.Diff([]paper.Paper{want}, got, butOrigin); d != "" {
				t.Fatalf("%s:\n%s\n%q", name, d, file)
			}
		}
	})
}
