package source

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
)

// venues are the papers of an input, with what they may have inherited.
func venues(out outcome) string {
	var s []string
	for _, i := range out.items {
		s = append(s, strings.TrimRight(fmt.Sprintf("%d %s|%s|%.0d|%s", i.Line, i.Paper.Title, i.Paper.Venue, i.Paper.Year, i.Paper.Date), "|"))
	}
	for _, e := range out.rejected {
		s = append(s, fmt.Sprintf("%d: %s", e.Line, e.Reason))
	}
	if out.err != nil {
		s = append(s, out.err.Error())
	}
	return strings.Join(s, "\n")
}

func TestCrossref(t *testing.T) {
	const child = "@inproceedings{a, title={On Stones}, crossref={Conf}}\n"
	for name, tt := range map[string]struct{ in, want string }{
		"behind": {child + "@proceedings{conf, title={Proc. of Stones}, year=2019}", "1 On Stones|Proc. of Stones|2019\n2 Proc. of Stones||2019"},
		"before": {"@proceedings{conf, title={Proc. of Stones}, year=2019}\n" + child, "1 Proc. of Stones||2019\n2 On Stones|Proc. of Stones|2019"},
		"its own fields": {"@proceedings{conf, title={Proc.}, booktitle={Stones 2019}, year=2019, month=mar}\n@inproceedings{a, title={A}, booktitle={Mine}, year=2020, crossref={conf}}\n@inproceedings{b, title={B}, crossref={conf}}",
			"1 Proc.|Stones 2019|2019|2019-03\n2 A|Mine|2020\n3 B|Stones 2019|2019|2019-03"},
		"a macro, a subtitle": {"@string{s = {Stones}}\n@incollection{a, title={A}, crossref=conf}\n@book{conf, title=s, subtitle={A Book}, date={2018-05}}", "2 A|Stones: A Book|2018|2018-05\n3 Stones: A Book||2018|2018-05"},
		"an issue":            {"@article{a, title={A}, crossref={j}}\n@periodical{j, title={Journal of Stones}, year=2001}", "1 A|Journal of Stones|2001\n2 Journal of Stones||2001"},
		"order":               {child + "@misc{x, title={Between}}\n@misc{y}\n@misc{z,\n@proceedings{conf, title={P}}\n@misc{v, title={Last}}", "1 On Stones|P\n2 Between\n5 P\n6 Last\n3: @misc has no fields\n4: the entry does not end before the next begins"},
		"missing":             {child + "@misc{x, title={Last}}", "1 On Stones\n2 Last"},
		"xdata":               {"@misc{a, title={A}, xdata={one, two}}\n@xdata{one, year=2001, author={Quarry, Ada}}\n@xdata{two, year=2002, journal={J}}", "1 A|J|2001"},
		"a circle":            {"@book{a, title={A}, crossref={b}}\n@book{b, title={B}, crossref={a}}", "1 A|B\n2 B|A"},
		"no abstract":         {"@proceedings{conf, title={P}, abstract={Of all.}, doi={10.1/p}, url={http://example.org/p}}\n" + child, "1 P\n2 On Stones|P"},
	} {
		out := readString(t, tt.in, "bibtex")
		if got := venues(out); got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
		for _, i := range out.items {
			if i.Paper.Title == "On Stones" && (i.Paper.Abstract != "" || i.Paper.IDs != nil || i.Paper.URL != "") {
				t.Errorf("%s: %+v", name, i.Paper)
			}
			if name == "xdata" && fmt.Sprint(i.Paper.Authors) != "[Ada Quarry]" {
				t.Errorf("%s: %v", name, i.Paper.Authors)
			}
		}
	}
	broken := errors.New("gone")
	out := read(t.Context(), io.MultiReader(strings.NewReader(child+"@misc{x, title={Before}}\n@misc{y, title={Cut"), iotest.ErrReader(broken)), Options{})
	if len(out.items) != 2 || !errors.Is(out.err, broken) {
		t.Error(venues(out))
	}
}

// TestCrossrefBounded has a child whose parent comes too late, and more parents
// than are kept: all papers come, in order and in bounded memory.
func TestCrossrefBounded(t *testing.T) {
	entries := func(format string, n int) io.Reader {
		i := 0
		var rest string
		return readerFunc(func(p []byte) (int, error) {
			if rest == "" && i < n {
				rest = fmt.Sprintf(format, i, i, strings.Repeat("stones ", 10))
				i++
			}
			if rest == "" {
				return 0, io.EOF
			}
			k := copy(p, rest)
			rest = rest[k:]
			return k, nil
		})
	}
	const n = 60_000
	for name, in := range map[string]io.Reader{
		"children": entries("@inproceedings{a%d, title={Paper %d}, note={%s}, crossref={late}}\n", n),
		"parents":  entries("@proceedings{a%d, title={Paper %d %s}}\n", n),
	} {
		papers, line, most, first := 0, 0, uint64(0), ""
		r, err := NewReader(io.MultiReader(in, strings.NewReader("@proceedings{late, title={Late}}\n@misc{x, title={X}, crossref={late}}\n")), "in", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for i, err := range r.Papers(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if i.Line <= line {
				t.Fatalf("%s: line %d behind %d", name, i.Line, line)
			}
			if line = i.Line; papers == 0 {
				first = i.Paper.Venue
			}
			if papers++; papers%10_000 == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				most = max(most, m.HeapAlloc)
			}
		}
		r.Close()
		if papers != n+2 || first != "" || most > 64<<20 {
			t.Errorf("%s: %d papers, the first in %q, %d MB", name, papers, first, most>>20)
		}
	}
}

// TestForeignRecords has records of other formats in a file of BibTeX: each
// stretch of them is told once, and comments are not.
func TestForeignRecords(t *testing.T) {
	const entry = "@misc{a, title={On Stones}}\n"
	for name, tt := range map[string]struct{ in, want string }{
		"RIS":       {entry + "TY  - JOUR\nTI  - On Sand\nER  - \nTY  - JOUR\nTI  - On Dust\nER  -\n" + entry + "TY  - BOOK\nER  - \n", "1 On Stones\n8 On Stones\n2: a record of RIS among\n9: a record of RIS among"},
		"RIS above": {"TY  - JOUR\nTI  - On Sand\nER  - \n" + entry, "4 On Stones\n1: a record of RIS among"},
		"EndNote":   {entry + "\n%0 Journal Article\n%T On Sand\n", "1 On Stones\n3: a record of EndNote among"},
		"MEDLINE":   {entry + "PMID- 1\nTI  - On Sand\n", "1 On Stones\n2: a record of MEDLINE among"},
		"WoS":       {entry + "PT J\r\nTI On Sand\r\nER\r\n", "1 On Stones\n2: a record of Web of Science among"},
		"JSON":      {entry + "{\"title\": \"On Sand\"}\n{\"title\": \"On Dust\"}\n", "1 On Stones\n2: a record of JSON among"},
		"an array":  {entry + "[{\"title\": \"On Sand\"}]\n", "1 On Stones\n2: a record of JSON among"},
		"comments":  {entry + "% TY  - JOUR\nPT symmetry is a title\n{\"o} is an accent\nTY is a tag\n%0\n" + "@comment{\nTY  - JOUR\n}\n", "1 On Stones"},
	} {
		got := venues(readString(t, tt.in, ""))
		got = strings.ReplaceAll(got, " entries of BibTeX; put what is not BibTeX into a file of its own", "")
		if got != tt.want {
			t.Errorf("%s:\n%s\nwant\n%s", name, got, tt.want)
		}
	}
	ris := "TY  - JOUR\nTI  - On Sand\nER  - \n"
	if got := venues(readString(t, ris+"\n"+entry+entry+ris, "ris")); got != "1 On Sand\n7 On Sand\n5: an entry of BibTeX among records of RIS; put what is not RIS into a file of its own" {
		t.Error(got)
	}
}
