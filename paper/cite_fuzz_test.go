package paper

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// holdCitations writes p twice in each format and fails the test unless a
// stranger reads it back: title, authors, year, and two different keys.
func holdCitations(t testing.TB, p Paper) {
	t.Helper()
	holdTables(t, p)
	var authors []string
	for _, s := range p.Authors {
		if n := parseName(plainText(s)); n != (name{}) {
			authors = append(authors, n.sorted())
		}
	}
	year := ""
	if y, _, _ := published(&p); y > 0 {
		year = fmt.Sprint(y)
	}
	for format, read := range readers {
		var file bytes.Buffer
		if err := WriteCitations(&file, format, p, p); err != nil {
			t.Fatal(err)
		}
		refs, err := read(file.Bytes())
		if err != nil {
			t.Errorf("%s: %v\n%s", format, err, file.Bytes())
			continue
		}
		if len(refs) != 2 {
			t.Errorf("%s: %d references for 2 papers\n%s", format, len(refs), file.Bytes())
			continue
		}
		if key := CitationKey(&p); refs[0].key != key || refs[1].key != key+"a" || !regexp.MustCompile(`^[a-z][a-z0-9]*$`).MatchString(key) {
			t.Errorf("%s: the keys %q and %q, want %q", format, refs[0].key, refs[1].key, key)
		}
		for _, ref := range refs {
			if want := plainText(p.Title); ref.title != want {
				t.Errorf("%s: the title %q is read back as %q\n%s", format, want, ref.title, file.Bytes())
			}
			want := authors
			if format == RIS {
				want = nil
				for _, a := range authors {
					if a = withoutStars(a); a != "" {
						want = append(want, a)
					}
				}
			}
			if !slices.Equal(ref.authors, want) {
				t.Errorf("%s: the authors %q are read back as %q\n%s", format, want, ref.authors, file.Bytes())
			}
			if ref.year() != year {
				t.Errorf("%s: the year %q is read back as %q\n%s", format, year, ref.year(), file.Bytes())
			}
		}
	}
}

// holdTables does the same for CSV and JSON lines.
func holdTables(t testing.TB, p Paper) {
	t.Helper()
	var file bytes.Buffer
	if err := WriteCitations(&file, CSV, p, p); err != nil {
		t.Fatal(err)
	}
	rows := readCSVRows(t, file.Bytes())
	if len(rows) != 2 {
		t.Fatalf("%d rows for 2 papers: %q", len(rows), file.Bytes())
	}
	if want := inert(plainText(p.Title)); rows[1]["title"] != strings.ToValidUTF8(want, "\ufffd") && rows[1]["title"] != want {
		t.Errorf("the title %q is read back as %q", want, rows[1]["title"])
	}
	for name, cell := range rows[0] {
		if strings.IndexAny(cell, "=+-@\t\r\n ") == 0 || strings.ContainsAny(cell, "\r\n") {
			t.Errorf("%s is %q", name, cell)
		}
	}
	file.Reset()
	if err := WriteCitations(&file, JSONL, p, p); err != nil {
		t.Fatal(err)
	}
	if lines := bytes.Count(file.Bytes(), []byte("\n")); lines != 2 {
		t.Errorf("%d lines for 2 papers: %q", lines, file.Bytes())
	}
}

func FuzzCitations(f *testing.F) {
	for _, p := range hostilePapers() {
		f.Add(p.Title, p.Abstract, strings.Join(p.Authors, "\n"), p.Venue, p.Date, p.Year, p.IDs["arxiv"], p.IDs["doi"], p.URL)
	}
	f.Fuzz(func(t *testing.T, title, abstract, authors, venue, date string, year int, arxiv, doi, url string) {
		holdCitations(t, Paper{
			Title: title, Abstract: abstract, Authors: strings.Split(authors, "\n"), Venue: venue, Date: date, Year: year,
			IDs: map[string]string{"arxiv": arxiv, "doi": doi}, URL: url, Categories: []string{venue},
		})
	})
}

// fragments are what the lexer decides about.
var fragments = []string{
	`\`, `\\`, `{`, `}`, `\{`, `\}`, `$`, `$$`, `\$`, `\(`, `\)`, `\[`, `\]`, ` `, `~`, `_`, `^`, `^^`, `&`, `%`, `#`, `<`, `|`, `"`, `'`, `-`, `,`, `.`, `@`,
	`\"`, `\'`, `\^`, `\~`, `\H`, `\c`, `\t`, `\i`, `\o`, `\ss`, `\emph`, `\it`, `\foo`, `\input`, `\alpha`, `\Delta`, `\left`, `\&`, `\_`, `\ `, `\,`, `\1`, `\é`,
	`a`, `o`, `A`, `NVP`, `x1`, `5`, `ö`, `ı`, `Ö`, "o\u0308", `Ж`, `ß`, `日`, `א`, ` and `, `van`, ` Jr.`, `*`, "\n", "\x00", "\u202e", "\xff",
}

// TestCitationsOfFragments joins fragments at random, with a fixed seed.
func TestCitationsOfFragments(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	text := func() string {
		var b strings.Builder
		for range random.IntN(12) {
			b.WriteString(fragments[random.IntN(len(fragments))])
		}
		return b.String()
	}
	for range 500 {
		p := Paper{Title: text(), Abstract: text(), Venue: text(), Authors: []string{text(), text(), text()}, Year: random.IntN(3) * 1009,
			URL: "https://e.org/" + text(), IDs: map[string]string{"doi": text(), "arxiv": text()}}
		if holdCitations(t, p); t.Failed() {
			t.Fatalf("%#v", p)
		}
	}
}
