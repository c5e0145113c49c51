package source

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestLines writes each paper as "title|abstract" and each rejected line as
// its number.
func TestLines(t *testing.T) {
	long := strings.TrimSpace(strings.Repeat("A long abstract goes on. ", 30))
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"pairs", "A\nB\nC\nD\n", []string{"A|B", "C|D"}},
		{"no line end", "A\nB\nC\nD", []string{"A|B", "C|D"}},
		{"one title", "A", []string{"A|"}},
		{"blank lines", "\n\nA\n \t\nB\n\n\n\nC\n", []string{"A|B", "C|"}},
		{"spaces around", "  A  \n\tB \n", []string{"A|B"}},
		{"one banner line", "Welcome\nA\nLONG\nB\nLONG\n", []string{"1", "A|LONG", "B|LONG"}},
		{"banner and button", "Papers of the day\nPapers\nSubscribeA\nLONG\n", []string{"1", "2", "A|LONG"}},
		{"button alone", "Sign UpA Title\nLONG\n", []string{"A Title|LONG"}},
		{"a title that begins with a button's word", "Subscribers and Loginov's Theorem\nLONG\n", []string{"Subscribers and Loginov's Theorem|LONG"}},
		{"a title that is a button's word", "Subscribe\nLONG\n", []string{"Subscribe|LONG"}},
		{"first abstract short", "A\nB and more.\nC\nLONG\n", []string{"A|B and more.", "C|LONG"}},
		{"long title", "Banner\nBan\n" + strings.Repeat("title ", 40) + "\nLONG\nB\nLONG", []string{"1", "2", strings.TrimSpace(strings.Repeat("title ", 40)) + "|LONG", "B|LONG"}},
		{"abstract lost", "A\nLONG\nB\nC\nLONG\nD\nLONG\n", []string{"A|LONG", "B|", "C|LONG", "D|LONG"}},
		{"title lost", "A\nLONG\nLONG\nB\nLONG\n", []string{"A|LONG", "|LONG", "B|LONG"}},
		{"first title lost", "LONG\nB\nLONG\n", []string{"|LONG", "B|LONG"}},
		{"invalid UTF-8", "A\xff\nLONG\nB\nLONG\xff\nC\nLONG\n", []string{"1", "4", "C|LONG"}},
		{"NUL", "A\nB\x00, and so on and on\nC\nD\n", []string{"2", "C|D"}},
		{"title like JSON", "[MASK] is All You Need\nB\n{\\it Braces}\nD\n", []string{"[MASK] is All You Need|B", "{\\it Braces}|D"}},
		{"title like mail", "@home: a Study\nB {x}\n", []string{"@home: a Study|B {x}"}},
	} {
		in := strings.ReplaceAll(tt.in, "LONG", long)
		out := readString(t, in, "")
		type placed struct {
			line int
			text string
		}
		var got []placed
		for _, i := range out.items {
			got = append(got, placed{i.Line, i.Paper.Title + "|" + i.Paper.Abstract})
		}
		for _, e := range out.rejected {
			got = append(got, placed{e.Line, fmt.Sprint(e.Line)})
		}
		slices.SortFunc(got, func(a, b placed) int { return a.line - b.line })
		var texts []string
		for _, p := range got {
			texts = append(texts, strings.ReplaceAll(p.text, long, "LONG"))
		}
		if diff := cmp.Diff(tt.want, texts); diff != "" || out.err != nil {
			t.Errorf("%s: %v -want +got\n%s", tt.name, out.err, diff)
		}
	}
}

func TestSniff(t *testing.T) {
	arxiv := `{"id":"0704.0001","title":"A","categories":"x","versions":[],"update_date":"2007-01-01"}`
	for _, tt := range []struct{ in, want string }{
		{"A\nB\n", "lines"},
		{`{"id":"1","title":"A"}`, "jsonl"},
		{"\n\n  {\n  \"title\": \"A\"}", "jsonl"},
		{"{\n\n\n\"title\": \"A\"}", "jsonl"},
		{`[{"title":"A"}]`, "jsonl"},
		{"[\n{\"title\":\"A\"}\n]", "jsonl"},
		{"[]", "lines"}, // there is no telling
		{"garbage\n" + `{"title":"A"}`, "jsonl"},
		{arxiv, "arxiv"},
		{"garbage\n" + arxiv, "arxiv"},
		{`{"title":"A"}` + "\n" + arxiv, "jsonl"},
		{`{"broken` + "\n" + arxiv, "arxiv"},
		{strings.Replace(arxiv, `"x"`, `["x"]`, 1), "jsonl"}, // our own form has a list
		{"{\\bf A} Title\nAbstract", "lines"},
		{"Caf\xe9 and Tea\nAn abstract, long enough, in Latin-1.\nB\nC\n", "lines"},
	} {
		r, err := NewReader(strings.NewReader(tt.in), "in", Options{})
		if err != nil || r.Format() != tt.want {
			t.Errorf("%.40q: %v, %v; want %s", tt.in, r, err, tt.want)
		}
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		in    string
		arxiv bool
		want  []string
	}{
		{"A. Smith, B. Jones and C. Lee", true, []string{"A. Smith", "B. Jones", "C. Lee"}},
		{"A. Smith, B. Jones, and C. Lee", true, []string{"A. Smith", "B. Jones", "C. Lee"}},
		{"Ying, Li", true, []string{"Ying", "Li"}},
		{"A. Smith (1 and 2), B. Jones (2) ((1) Here, There, (2) Elsewhere)", true, []string{"A. Smith", "B. Jones"}},
		{"A. Smith (unclosed, B. Jones", true, []string{"A. Smith"}},
		{"A. Smith), B. Jones", true, []string{"A. Smith)", "B. Jones"}},
		{"Martin L. King, Jr., A. Smith III", true, []string{"Martin L. King, Jr.", "A. Smith III"}},
		{"A. Smith et al.", true, []string{"A. Smith"}},
		{"A. Smith, et al", true, []string{"A. Smith"}},
		{"Smith J., Jones B.", true, []string{"Smith J.", "Jones B."}},
		{"Jos\\'e Pebble\n  and\nK. G{\\\"o}del", true, []string{"Jos\\'e Pebble", "K. G{\\\"o}del"}},
		{"Sandy Anderson, Andy Sand", true, []string{"Sandy Anderson", "Andy Sand"}},
		{"Smith, A.; Jones, B.", false, []string{"Smith, A.", "Jones, B."}},
		{"Smith, A. and Jones, B.", false, []string{"Smith, A.", "Jones, B."}},
		{"Smith, John", false, []string{"Smith, John"}},
		{"van der Berg, Jan", false, []string{"van der Berg", "Jan"}},
		{"Ada Quarry, Bo Pebble", false, []string{"Ada Quarry", "Bo Pebble"}},
		{"Ada Quarry and Bo Pebble", false, []string{"Ada Quarry", "Bo Pebble"}},
		{"Ada Quarry", false, []string{"Ada Quarry"}},
		{"", false, nil},
		{" , ; ", true, []string{";"}},
	} {
		split := splitAuthors
		if tt.arxiv {
			split = splitNames
		}
		got := split(tt.in)
		for i := range got {
			got[i] = strings.TrimSpace(got[i])
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%q: -want +got\n%s", tt.in, diff)
		}
	}
}

func TestDates(t *testing.T) {
	for in, want := range map[string]string{
		"":                                "",
		"2019":                            "2019",
		"2019-03":                         "2019-03",
		"2019/03/05":                      "2019-03-05",
		" 2019-03-05 ":                    "2019-03-05",
		"2019-03-05T10:11:12Z":            "2019-03-05",
		"2019-03-05 10:11:12":             "2019-03-05",
		"2019-13-05":                      "",
		"2019-02-30":                      "",
		"Mon, 2 Apr 2007 19:18:42 GMT":    "2007-04-02",
		"Mon, 02 Apr 2007 19:18:42 +0200": "2007-04-02",
		"2 Apr 2007":                      "2007-04-02",
		"2 April 2007":                    "2007-04-02",
		"April 2, 2007":                   "2007-04-02",
		"Apr 2007":                        "2007-04",
		"2007 Apr 2":                      "2007-04-02",
		"2007 Apr":                        "2007-04",
		"yesterday":                       "",
		":":                               "",
		"1583020800":                      "",
	} {
		if got := isoDate(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]int{"2019": 2019, " 2019 ": 2019, "2019.0": 2019, "2019-03-05": 2019, "-5": 0, "20199": 0, "x": 0, "": 0} {
		if got := yearNumber(in); got != want {
			t.Errorf("%q: %d, want %d", in, got, want)
		}
	}
}

func TestArxivNumber(t *testing.T) {
	for in, want := range map[string]string{
		"0704.0001":          "0704.0001 2007-04",
		"1412.9999":          "1412.9999 2014-12",
		"1501.00001":         "1501.00001 2015-01",
		"2503.11731":         "2503.11731 2025-03",
		"hep-th/9901001":     "hep-th/9901001 1999-01",
		"math.GT/0309136":    "math.GT/0309136 2003-09",
		"cond-mat/9108001":   "cond-mat/9108001 1991-08",
		"704.0001":           "0704.0001 2007-04",
		"704.001":            "0704.0010 2007-04",
		"1501.0001":          "1501.00010 2015-01",
		"1501.1":             "1501.10000 2015-01",
		"1802.0649600000002": "1802.06496 2018-02",
		"1803.1088899999997": "1803.10889 2018-03",
		"1803.9999999999999": " ",
		"0713.0001":          " ",
		"0700.0001":          " ",
		"0704.00001":         " ",
		"1501.000001":        " ",
		"15011.00001":        " ",
		"hep-th/990100":      " ",
		"hep-th/9913001":     " ",
		"/9901001":           " ",
		"10.1000/9901001":    " ",
		"W19-4":              " ",
		"":                   " ",
		"1501.":              " ",
		".1501":              " ",
	} {
		number, month := arxivNumber(in)
		if got := number + " " + month; got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"0704.0001v2": "0704.0001", "arXiv:0704.0001": "0704.0001", "https://arxiv.org/abs/hep-th/9901001v12": "hep-th/9901001",
		"solv-int/9901001": "solv-int/9901001", "v1": "v1", "0704.0001v": "0704.0001v", "": "",
	} {
		if got := arxivBase(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain\tand\nlines":                   "plain\tand\nlines",
		"a\r\nb\rc":                           "a\nb\nc",
		"\x1b[31mred\x07":                     "[31mred",
		"it\u0092s \u0093quoted\u0094 \u0081": "it’s “quoted” ",
		"Schrödinger\u00a0Ω":                  "Schrödinger\u00a0Ω",
		"nul\x00":                             "nul\x00",
		"bad\xff\x07":                         "bad\xff\x07",
	} {
		if got := cleanText(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestNaN(t *testing.T) {
	for in, want := range map[string]string{
		`{"a": NaN, "b": -Infinity, "c":[Infinity,NaN]}`: `{"a": null, "b": null, "c":[null,null]}`,
		`{"NaN": "NaN \" Infinity"}`:                     ``,
		`{"a": -1, "b": N}`:                              ``,
		`{"a": "x\`:                                      ``,
	} {
		got, ok := replaceNaN([]byte(in))
		if ok != (want != "") || ok && string(got) != want {
			t.Errorf("%s: %s, %v", in, got, ok)
		}
	}
}

// TestSplitTime has inputs in which every line begins a record that takes in
// all that follows. None may cost much more than its length.
func TestSplitTime(t *testing.T) {
	for _, line := range []string{"{\"a\":\n", "{\"a\":[\n", "{\"a\":[{\"b\":1},\n", "{\"a\":[1,\n", "{\"a\":[\n{\"a\":[\n]},\n", "[\n", "{\n", "{\"a\":{}\n"} {
		in := strings.Repeat(line, 1<<17/len(line))
		start := time.Now()
		out := readString(t, in, "jsonl")
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%q: %v", line, took)
		}
		if len(out.items) > 0 || out.err == nil {
			t.Errorf("%q: %+v", line, out.err)
		}
	}
}
