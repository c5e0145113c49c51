package source

import (
	"strings"
	"testing"
)

// TestHeadless has tables without column names that are known, which are
// refused, and texts that look like tables here and there, which are lines.
func TestHeadless(t *testing.T) {
	abstract := strings.Repeat("Stones, sand, and dust are weighed; the sums are compared | or not. ", 5)
	for name, tt := range map[string]struct{ in, want string }{
		"quoted":     {"\"On Stones\",\"Quarry, A.\",2019\n\"On Sand\",\"Pebble, B.\",2020\n", "such as title,abstract,authors,year"},
		"one column": {"\"On Stones\",1\n\"On Sand\",2\n", "such as title,"},
		"semicolons": {"On Stones;A. Quarry;2019\nOn Sand;B. Pebble;2020\nOn Dust;C;2021\n", "such as title;abstract;authors;year"},
		"bars":       {"1|On Stones|2019\r\n2|On Sand|2020\r\n3|On Dust|2021\r\n", "such as title|abstract|authors|year"},
		"tabs":       {"On Stones\t2019\nOn Sand\t2020\n", "title, abstract, authors, year, separated by tabs"},
		"names":      {"Titel,Verfasser,Jahr\nOn Stones,A. Quarry,2019\nOn Sand,B. Pebble,2020\n", "such as title,"},
		"breaks":     {"\"On Stones\",\"Heavy\nand round\"\n\"On Sand\",\"Light\nand fine\"\n", "such as title,"},
		"ragged":     {strings.Repeat("On Stones,A,2019\n", 20) + "On Sand, and On Dust,B,2020\n", "such as title,"},
		"long":       {strings.Repeat("\"On Stones\",\""+abstract+"\n"+abstract+"\"\n", 200), "such as title,"},
		"old Mac":    {"\"On Stones\",\"Quarry, A.\"\r\"On Sand\",\"Pebble, B.\"\r", "such as title,"},
	} {
		out := readString(t, tt.in, "")
		if out.err == nil || !strings.Contains(out.err.Error(), "in: format not recognised: a table without known column names; put a line of column names above it") || !strings.HasSuffix(out.err.Error(), tt.want) && !strings.Contains(out.err.Error(), tt.want) {
			t.Errorf("%s: %s", name, said(out))
		}
	}
	for name, in := range map[string]string{
		"lines":      "On Stones\n" + abstract + "\nOn Sand\n" + abstract + "\n",
		"commas":     "Stones, sand and dust\nBig, small and fine\nRound, flat and none\nWet, dry and clean\n",
		"two":        "On Stones,sand,dust\nOn Water,air,fire\n",
		"quotations": "\"Stones\" in the rain\n\"Heavy\" is what they are, it turns out.\n",
		"inset":      "\tOn Stones\n\tThey are heavy.\n\tOn Sand\n\tIt is light.\n",
		"one":        "\"On Stones\",1\n",
		"damaged":    "On caf\xc3\xa9 \xff stones\nHeavy.\nOn Sand\nLight.\n",
		"one tab":    "On\tStones\n" + abstract + "\n",
	} {
		if out := readString(t, in, ""); out.err != nil || len(out.items) == 0 || out.items[0].Paper.Source != "lines" || name == "damaged" && len(out.rejected) != 1 {
			t.Errorf("%s: %s", name, said(out))
		}
	}
	if out := readString(t, "On Stones;A\nOn Sand;B\n", "csv"); out.err == nil || !strings.Contains(out.err.Error(), "in:1: no column is called title or abstract: \"On Stones;A\"; put a line of column names above it") {
		t.Error(said(out))
	}
}

// TestOpenQuote names the line on which a quote opened that nothing closes.
func TestOpenQuote(t *testing.T) {
	for in, want := range map[string]string{
		"title,abstract\nOn Stones,\"Heavy\nand round\nOn Sand,Light\n": "in:2 csv On Stones\nin:4 csv On Sand\n" + // a cell may begin with a quote
			"in:3: 1 cells in 2 columns: perhaps the quote that opens on line 2 is not closed",
		"a,title,year\n1,\"On Stones\nand,2019\n2,On Sand,2020\n3,On Dust\n": "in:4 csv On Sand\n" +
			"in:2: 2 cells in 3 columns: perhaps the quote that opens on line 2 is not closed\n" +
			"in:3: 2 cells in 3 columns: perhaps the quote that opens on line 2 is not closed\n" +
			"in:5: 2 cells in 3 columns",
		"a,title,year\n\"1\n\",\"On Stones\nand,2019\n2,On Sand,2020\n": "in:5 csv On Sand\n" +
			"in:2: 1 cells in 3 columns: perhaps the quote that opens on line 3 is not closed\n" +
			"in:3: 2 cells in 3 columns: perhaps the quote that opens on line 3 is not closed\n" +
			"in:4: 2 cells in 3 columns: perhaps the quote that opens on line 3 is not closed",
		"title,year\n\"On Stones\",\"A\",2019\nOn Sand,2020\n":        "in:3 csv On Sand\nin:2: 3 cells in 2 columns",
		"title,year\n\"On Stones\nx,2019\nOn Dust,\"\nOn Sand,2020\n": "in:5 csv On Sand\nin:2: 1 cells in 2 columns: perhaps the quote that opens on line 2 is not closed",
	} {
		if got := said(readString(t, in, "csv")); got != want {
			t.Errorf("%q:\n%s\nwant\n%s", in, got, want)
		}
	}
}

// TestOldMac has lines that end in carriage returns alone, in each format of
// lines; what is no text is left as it is.
func TestOldMac(t *testing.T) {
	for name, in := range map[string]string{
		"csv":    "title,abstract\nOn Stones,\"Heavy\nand round\"\n{\n",
		"tsv":    "title\tabstract\nOn Stones\tHeavy\n{\n",
		"ris":    "TY  - JOUR\nTI  - On Stones\nER  - \nTY  - JOUR\n",
		"bibtex": "@misc{a,\n title={On Stones}}\n@misc{b,\n",
		"nbib":   "PMID- 1\nTI  - On Stones\n\nPMID- 2\n",
		"wos":    "FN x\nVR 1.0\nPT J\nTI On Stones\nER\nPT J\n",
		"lines":  "On Stones\nHeavy.\n",
		"jsonl":  stoneLine + "{\n",
	} {
		for _, old := range []string{strings.ReplaceAll(in, "\n", "\r"), string(pack(t, "utf-16le", []byte(strings.ReplaceAll(in, "\n", "\r"))))} {
			want, got := said(readString(t, in, "")), said(readString(t, old, ""))
			if got != want || !strings.Contains(got, name+" On Stones") {
				t.Errorf("%s:\n%s\nwant\n%s", name, got, want)
			}
		}
	}
	parquet := strings.ReplaceAll(string(parquetFile(t, []struct{ Title string }{{"On\rStones"}})), "\n", "\v")
	if got := said(readString(t, parquet, "")); !strings.Contains(got, "parquet On\nStones") {
		t.Errorf("%q", got)
	}
}
