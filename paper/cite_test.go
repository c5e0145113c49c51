package paper

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the citations into testdata")

// TestCitationsGolden cites the papers of testdata/cite.jsonl.
func TestCitationsGolden(t *testing.T) {
	data, err := os.ReadFile("testdata/cite.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	var papers []Paper
	for d := json.NewDecoder(bytes.NewReader(data)); d.More(); {
		var p Paper
		if err := d.Decode(&p); err != nil {
			t.Fatal(err)
		}
		papers = append(papers, p)
		holdCitations(t, p)
	}
	for format, read := range readers {
		t.Run(string(format), func(t *testing.T) {
			var got bytes.Buffer
			if err := WriteCitations(&got, format, papers...); err != nil {
				t.Fatal(err)
			}
			if refs, err := read(got.Bytes()); err != nil || len(refs) != len(papers) {
				t.Errorf("%d references for %d papers: %v", len(refs), len(papers), err)
			}
			file := "testdata/cite" + format.Extension()
			if *update {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got.String()); d != "" {
				t.Errorf("-want +got\n%s", d)
			}
		})
	}
}

// hostilePapers are what nobody writes in earnest.
func hostilePapers() []Paper {
	papers := []Paper{
		{},
		{Title: "@comment{x", Authors: []string{"a and b", "others", "et al.", ",", ",,,", "A, B, C, D", "{", "}", `\`, "*", "AND", "a AND b"}, Year: 1},
		{Title: "}\n@misc{x, title={y}}", Abstract: "a\r\nTY  - JOUR\r\nER  - \r\n", Authors: []string{"A\nB", "TY  - X"}, Year: 9999},
		{Title: "\x00\x01\x1b[31m\u202eevil\u2066 \u2028x\u0085y\ufeff", Authors: []string{"\u202eA B"}, Year: -5},
		{Title: "\xff\xfe broken \xc3", Authors: []string{"\xff"}, Venue: "\xff"},
		{Title: `\input{/etc/passwd} \write18{rm} $^^5cinput{x}$ \csname input\endcsname \def\x{}`, Venue: `\input{x}`, Authors: []string{`\input{x}`}},
		{Title: `{{{{`, Abstract: `}}}}`, Venue: `{}}{`, Authors: []string{"{{", "a{b c}d"}},
		{Title: `\{ {\{} \} $\{$ $\}$ $\left\{ x \right.$ {$a} b$ $a {b$ c}`},
		{Title: `$5 or $10, $5$-fold, $$, $$$, $$x$$, $ $, \$5, a$`, Abstract: "$"},
		{Title: `\" \' \H \c{} \^{} \~{} \"{} a\"`, Authors: []string{`\"`, `R\" Adler`, `Mart\'{ı}nez`, `T\H okési`, `Clémen\con`}},
		{Title: `\`, Abstract: `\\\`, Venue: `\1 \é`},
		{Title: `$\v$ $\g \oplus_{\rho} \v$ $\H(\c)$ $a\'$ $\^$ $\text{G\"odel \v{C}ech}$ $x\in\v_1$ $\'` + "é$"},
		{Title: `\(a_b\) \[c_d\] \(open \) closed\) \(\(\)`},
		{Title: "a~b ~8K c ~ d~ ~", Abstract: "~"},
		{Title: "أثر التعلم العميق على الترجمة", Authors: []string{"محمد بن علي", "江常皓", "江 常皓"}, Venue: "مجلة العلوم"},
		{Title: "100% of #1 & c_0 ^ < > | \"x\" ' `y'", Authors: []string{"100% & #1_x", "O'Neil, \"Bob\""}, Venue: "R&D_100%"},
		{Title: "x", URL: "javascript:alert(1)", IDs: map[string]string{"doi": "10.1/a{b}c\\d%20 e\nf", "arxiv": "} , x = {"}},
		{Title: "x", URL: "https://e.org/a{b}\\c d|^`<>\"é\n%7B", Date: "2019-13", Year: 2019},
	}
	return papers
}

func TestHostilePapers(t *testing.T) {
	for i, p := range hostilePapers() {
		t.Run(fmt.Sprint(i), func(t *testing.T) { holdCitations(t, p) })
	}
}

// TestFormulasHaveNoAccents has the names of authors' own macros, as abstracts
// of mathematicians do, and text within a formula.
func TestFormulasHaveNoAccents(t *testing.T) {
	const title = `Of $\g \oplus_{\rho} \v$, $\H(\c)$, $a\'$, $x\in\v_1$ and $\text{G\"odel \v{C}ech}$`
	const want = `Of $\g \oplus_{\rho} v$, $H(c)$, $a$, $x\in v_1$ and $\text{G\"odel \v{C}ech}$`
	if got := plainText(title); got != want {
		t.Errorf("%s", got)
	}
	if got := texPassage(title); got != want {
		t.Errorf("%s", got)
	}
}

// TestLongPapers is for what would grow with the square of the length.
func TestLongPapers(t *testing.T) {
	for _, unit := range []string{"a ", "{", "}", "{}", "$", "$1", `\(`, `\[\(`, `\`, `\{`, `$\{`, "~", `\"`, "_{", "é"} {
		authors := make([]string, 50)
		for i := range authors {
			authors[i] = strings.Repeat(unit, 100/len(unit)) + fmt.Sprintf("A%d Family", i)
		}
		p := Paper{
			ID: "x", Title: strings.Repeat(unit, MaxTitle/4/len(unit)), Abstract: strings.Repeat(unit, MaxAbstract/16/len(unit)),
			Venue: strings.Repeat(unit, MaxName/4/len(unit)), Authors: authors, Year: 2020,
		}
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		holdCitations(t, p)
	}
	p := Paper{Title: "x", Authors: make([]string, MaxList)}
	for i := range p.Authors {
		p.Authors[i] = fmt.Sprintf("Given%d Family%d", i, i)
	}
	holdCitations(t, p)
}

func TestKeysAreUniqueInAFile(t *testing.T) {
	papers := []Paper{
		{Title: "Flows", Authors: []string{"Ada One"}, Year: 2020},
		{Title: "Flowsa", Authors: []string{"Ada One"}, Year: 2020},
		{Title: "On Flows", Authors: []string{"Bob One"}, Year: 2020},
		{Title: "The Flows", Authors: []string{"One, C."}, Year: 2020},
	}
	for range 60 {
		papers = append(papers, papers[0])
	}
	var file bytes.Buffer
	if err := WriteCitations(&file, BibTeX, papers...); err != nil {
		t.Fatal(err)
	}
	refs, err := readBibTeX(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, ref := range refs {
		if seen[ref.key] {
			t.Errorf("%s twice", ref.key)
		}
		seen[ref.key] = true
	}
	for i, want := range []string{"one2020flows", "one2020flowsa", "one2020flowsb", "one2020flowsc"} {
		if refs[i].key != want {
			t.Errorf("paper %d has the key %q, want %q", i, refs[i].key, want)
		}
	}
	if last := refs[len(refs)-1].key; last != "one2020flowsbk" {
		t.Errorf("the last key is %q", last)
	}
}

func TestEmptyFiles(t *testing.T) {
	for format, want := range map[CitationFormat]string{BibTeX: "", RIS: "", CSL: "[\n\n]\n", CSV: csvHeader(), JSONL: ""} {
		var file bytes.Buffer
		if err := WriteCitations(&file, format); err != nil || file.String() != want {
			t.Errorf("%s: %q, %v", format, file.String(), err)
		}
	}
}

func TestCitationFormats(t *testing.T) {
	for name, media := range map[string]string{
		"bibtex": "application/x-bibtex", "ris": "application/x-research-info-systems", "csl": "application/vnd.citationstyles.csl+json",
		"csv": "text/csv", "jsonl": "application/x-ndjson",
	} {
		f, err := ParseCitationFormat(name)
		if err != nil || f.MediaType() != media || !strings.HasPrefix(f.Extension(), ".") {
			t.Errorf("%s: %q, %q, %v", name, f.MediaType(), f.Extension(), err)
		}
		if of, ok := CitationFormatOf(media); !ok || of != f {
			t.Errorf("%s is taken for %q", media, of)
		}
	}
	for _, media := range []string{"", "text/html", "application/json", "csv"} {
		if f, ok := CitationFormatOf(media); ok {
			t.Errorf("%q is taken for %s", media, f)
		}
	}
	for _, name := range []string{"", "BibTeX", "bib", "CSV", "json", "bibtex,ris"} {
		_, err := ParseCitationFormat(name)
		if invalid, ok := errors.AsType[*InvalidError](err); !ok || invalid.Field != "format" {
			t.Errorf("%q: %v", name, err)
		}
	}
}

var errFull = errors.New("disk full")

// fullDisk takes some writes and then no more.
type fullDisk int

func (n *fullDisk) Write(p []byte) (int, error) {
	if *n--; *n < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteErrorsAreReported(t *testing.T) {
	for format, writes := range map[CitationFormat]int{BibTeX: 2, RIS: 2, CSL: 3, CSV: 2, JSONL: 2} {
		for n := range writes {
			disk := fullDisk(n)
			if err := WriteCitations(&disk, format, Paper{Title: "a"}, Paper{Title: "b"}); !errors.Is(err, errFull) {
				t.Errorf("%s: after %d writes: %v", format, n, err)
			}
		}
		disk := fullDisk(writes)
		if err := WriteCitations(&disk, format, Paper{Title: "a"}, Paper{Title: "b"}); err != nil {
			t.Errorf("%s: %v", format, err)
		}
	}
}

func BenchmarkCitations(b *testing.B) {
	p := Paper{
		Title: `Density estimation using $L_p$ norms and Real NVP of Schr\"odinger & al.`, Authors: []string{"Laurent Dinh", "Jascha Sohl-Dickstein", "Wilberd van der Kallen"},
		Abstract: strings.Repeat("Unsupervised learning of probabilistic models is a central yet challenging problem. ", 15), Year: 2016, Venue: "ICLR 2017",
	}
	for _, format := range citationFormats {
		b.Run(string(format), func(b *testing.B) {
			w := NewCitationWriter(io.Discard, format)
			b.ReportAllocs()
			for b.Loop() {
				if err := w.Write(&p); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
