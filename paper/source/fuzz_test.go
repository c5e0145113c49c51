package source

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"kindred/paper"
)

// seedCorpus gives the fuzzer the files of testdata.
func seedCorpus(f *testing.F, add func(data []byte)) {
	files, err := filepath.Glob("testdata/*.*")
	if err != nil || len(files) == 0 {
		f.Fatal("no testdata", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		add(data)
	}
}

// check holds what is true of every reading: papers are valid, lines rise, and
// the pieces in which the input comes make no difference.
func check(t *testing.T, data []byte, format string) outcome {
	out := read(t.Context(), bytes.NewReader(data), Options{Format: format})
	line := 1
	for _, i := range out.items {
		if err := i.Paper.Validate(); err != nil {
			t.Fatalf("line %d: %v", i.Line, err)
		}
		if i.Line < line {
			t.Fatalf("line %d after %d", i.Line, line)
		}
		line = i.Line
	}
	deleted := slices.ContainsFunc(out.rejected, func(e *LineError) bool { return e.Deleted != "" })
	if len(out.items) == 0 && out.err == nil && !deleted {
		t.Fatal("neither papers nor an error")
	}
	again := read(t.Context(), iotest.OneByteReader(bytes.NewReader(data)), Options{Format: format})
	if len(again.items) != len(out.items) || len(again.rejected) != len(out.rejected) {
		t.Fatalf("byte by byte: %d and %d, at once %d and %d", len(again.items), len(again.rejected), len(out.items), len(out.rejected))
	}
	return out
}

func FuzzRead(f *testing.F) {
	seedCorpus(f, func(data []byte) {
		f.Add(data)
		for _, kind := range append([]string{"utf-16le"}, compressions...) {
			f.Add(pack(f, kind, data[:min(len(data), 1000)]))
		}
	})
	f.Add([]byte("<OAI-PMH><record><header status='deleted'></header></record>"))
	f.Add([]byte("<OAI-PMH><record><header status='deleted'><identifier>x</identifier></header></record>"))
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, "") })
}

func FuzzLines(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		if bytes.HasPrefix(data, []byte{0xff, 0xfe}) || bytes.HasPrefix(data, []byte{0xfe, 0xff}) {
			return // lines are counted in the text below
		}
		out := check(t, data, "lines")
		lines, used := 0, len(out.rejected)
		for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
			if len(bytes.TrimSpace(line)) > 0 {
				lines++
			}
		}
		for _, i := range out.items {
			for _, s := range []string{i.Paper.Title, i.Paper.Abstract} {
				if s != "" {
					used++
				}
			}
		}
		// A rejected pair has two lines, and control characters alone none.
		if out.err == nil && used > lines {
			t.Fatalf("%d lines, %d used", lines, used)
		}
	})
}

// FuzzJSON holds besides that a JSON object, alone, on a line or in an array,
// is taken whole.
func FuzzJSON(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Add([]byte(`{"id":{"a":[1,{}]},"title":"\\\"","authors":[["x"],{"name":1}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []string{"jsonl", "arxiv", "openalex", "s2", "csl"} {
			check(t, data, format)
		}
		object := bytes.TrimSpace(data)
		if !bytes.HasPrefix(object, []byte("{")) || !json.Valid(object) || depth(object) > maxDepth {
			return
		}
		for _, list := range answerLists {
			if bytes.Contains(object, list) {
				return // perhaps an API's answer, which is taken apart
			}
		}
		s := newJSONSplitter(iotest.HalfReader(strings.NewReader("[" + string(object) + ",\n" + string(object) + string(object) + "\n]")))
		for range 3 {
			if text, _, err := s.next(); err != nil || !bytes.Equal(text, object) {
				t.Fatalf("%q, %v", text, err)
			}
		}
		if _, _, err := s.next(); err == nil {
			t.Fatal("a fourth object")
		}
		var r record
		if err := newJSONParser().parse(object, &r); err != nil {
			t.Fatal(err)
		}
	})
}

func depth(object []byte) (most int) {
	d := json.NewDecoder(bytes.NewReader(object))
	for n := 0; ; {
		token, err := d.Token()
		if err != nil {
			return most
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			n++
		case json.Delim('}'), json.Delim(']'):
			n--
		}
		most = max(most, n)
	}
}

func FuzzBibTeX(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) { check(t, data, "bibtex") })
}

func FuzzRIS(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []string{"ris", "nbib", "wos"} {
			check(t, data, format)
		}
	})
}

func FuzzXML(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, format := range []string{"oai", "atom", "pubmed", "acl"} {
			check(t, data, format)
		}
	})
}

// FuzzTable holds besides that what encoding/csv writes is read as it was.
func FuzzTable(f *testing.F) {
	seedCorpus(f, func(data []byte) { f.Add(data) })
	f.Fuzz(func(t *testing.T, data []byte) {
		check(t, data, "csv")
		check(t, data, "tsv")
		cell := strings.ReplaceAll(string(data), "\r", "")
		if !utf8.ValidString(cell) || len(cell) > 10_000 || strings.TrimSpace(cell) == "" || strings.HasPrefix(cell, "\ufeff") {
			return
		}
		var b bytes.Buffer
		w := csv.NewWriter(&b)
		_ = w.WriteAll([][]string{{"venue", "title", "x"}, {cell, "A", cell}, {"", "B", cell}})
		r := &tableReader{window: newWindow(iotest.HalfReader(&b)), sep: ',', columns: make([]fieldKind, 3)}
		for i, want := range [][]string{{"venue", "title", "x"}, {cell, "A", cell}, {"", "B", cell}} {
			if got, _, err := r.next(); err != nil || !slices.Equal(got, want) {
				t.Fatalf("record %d: %q, %v; want %q", i, got, err, want)
			}
		}
	})
}

func FuzzFields(f *testing.F) {
	for _, s := range []string{"Mon, 2 Apr 2007 19:18:42 GMT", "2007 Apr 2", "0704.0001v2", "1802.0649600000002", "hep-th/9901001", "A. B, C (D (E)) and F", "it\u0092s\x07"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if d := isoDate(s); d != "" {
			if _, err := paper.ParseDate(d); err != nil || isoDate(d) != d {
				t.Errorf("%q is no date", d)
			}
		}
		if y := yearNumber(s); y < 0 || y > 9999 {
			t.Error(y)
		}
		if number, month := arxivNumber(arxivBase(s)); month != "" {
			if again, m := arxivNumber(number); again != number || m != month {
				t.Errorf("%q becomes %q, %q", number, again, m)
			}
		}
		if c := cleanText(s); cleanText(c) != c {
			t.Errorf("%q becomes %q", c, cleanText(c))
		}
		cleanDOI(s)
		splitAuthors(s)
		splitNames(s)
		splitCategories(s)
	})
}
