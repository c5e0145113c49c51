package paper

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readCSVRows reads a file back by its header.
func readCSVRows(t testing.TB, file []byte) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll() // also checks that all rows are as long
	if err != nil || len(rows) == 0 {
		t.Fatalf("%v in %q", err, file)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		cells := make(map[string]string)
		for i, name := range rows[0] {
			cells[name] = row[i]
		}
		out = append(out, cells)
	}
	return out
}

func TestCSVHoldsWhatAPaperSays(t *testing.T) {
	p := Paper{
		ID: "hep-th/9901001", Title: "On \"flows\",\n  of $L_p$ and Schr\\\"odinger", Authors: []string{"Ada One", "van der Kallen, Wilberd", "The ATLAS Collaboration"},
		Year: 2020, Date: "2020-02", Venue: "J. Math; A, B", Categories: []string{"math.AG", "cs.LG"},
		IDs: map[string]string{"doi": "https://doi.org/10.1/x", "arxiv": "hep-th/9901001"}, URL: "javascript:alert(1)", Abstract: "First line\r\nsecond.",
	}
	var file bytes.Buffer
	if err := WriteCitations(&file, CSV, p, Paper{ID: "b"}); err != nil {
		t.Fatal(err)
	}
	want := []map[string]string{{
		"id": "hep-th/9901001", "title": `On "flows", of $L_p$ and Schrödinger`, "authors": "One, Ada; van der Kallen, Wilberd; The ATLAS Collaboration",
		"year": "2020", "date": "2020-02", "venue": "J. Math; A, B", "categories": "math.AG; cs.LG", "doi": "10.1/x", "arxiv": "hep-th/9901001",
		"pmid": "", "url": "", "abstract": "First line second.",
	}, {
		"id": "b", "title": "", "authors": "", "year": "", "date": "", "venue": "", "categories": "", "doi": "", "arxiv": "", "pmid": "", "url": "", "abstract": "",
	}}
	if d := cmp.Diff(want, readCSVRows(t, file.Bytes())); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if lines := strings.Count(file.String(), "\r\n"); lines != 3 || strings.Count(file.String(), "\n") != 3 {
		t.Errorf("%d lines in %q", lines, file.String())
	}
}

// TestNoCellIsAFormula puts what spreadsheets compute into every field.
func TestNoCellIsAFormula(t *testing.T) {
	for _, begin := range []string{"=", "+", "-", "@", "＝", "＋", "－", "＠", "\t=", "\r=", " \n+", "\u202e=", "\ufeff@", "{=", `\emph{=`, "$=$"} {
		s := begin + `HYPERLINK("http://e.org","x")`
		p := Paper{ID: s, Title: s, Authors: []string{s}, Date: s, Venue: s, Categories: []string{s}, IDs: map[string]string{"doi": s, "arxiv": s, "pmid": s}, URL: s, Abstract: s}
		var file bytes.Buffer
		if err := WriteCitations(&file, CSV, p); err != nil {
			t.Fatal(err)
		}
		for name, cell := range readCSVRows(t, file.Bytes())[0] {
			if strings.IndexAny(strings.TrimSpace(cell), "=+-@＝＋－＠\t\r") == 0 {
				t.Errorf("%q: %s is %q", begin, name, cell)
			}
		}
	}
}

func TestJSONLinesAreThePapers(t *testing.T) {
	papers := []Paper{{ID: "a", Title: "A <b> & \u2028 c", Authors: []string{"Ada One"}, IDs: map[string]string{"doi": "10.1/x"}, Source: "s", Updated: "2021"}, {ID: "b", Abstract: "x\ny"}}
	var file bytes.Buffer
	if err := WriteCitations(&file, JSONL, papers...); err != nil {
		t.Fatal(err)
	}
	var got []Paper
	for line := range strings.Lines(file.String()) {
		var p Paper
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatal(err)
		}
		got = append(got, p)
	}
	if d := cmp.Diff(papers, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}
