package main

import (
	"bytes"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"kindred/paper"
)

func TestParagraph(t *testing.T) {
	for _, test := range []struct {
		name   string
		screen screen
		first  string
		text   string
		marks  [][2]int
		want   string
	}{
		{"white space", screen{}, "", " a\n\tb  c ", nil, "a b c\n"},
		{"LaTeX line breaks", screen{}, "", `one\\ two\\three \alpha`, nil, "one two three \\alpha\n"},
		{"wrapped", screen{width: 12}, " 1. ", "seven letters and more", nil, " 1. seven\n    letters\n    and more\n"},
		{"longer than a line", screen{width: 6}, "> ", "incomprehensible it is", nil, "> incomprehensible\n  it\n  is\n"},
		{"wide signs", screen{width: 6}, "", "漢字 漢字", nil, "漢字\n漢字\n"},
		{"marks in a pipe", screen{}, "", "flows detect", [][2]int{{0, 5}}, "flows detect\n"},
		{"marks", screen{bold: true}, "", "the flows détect it", [][2]int{{4, 9}, {10, 16}},
			"the \x1b[1mflows\x1b[22m \x1b[1mdétect\x1b[22m it\n"},
		{"mark over words", screen{bold: true}, "", "a b c", [][2]int{{0, 3}}, "\x1b[1ma\x1b[22m \x1b[1mb\x1b[22m c\n"},
		{"mark inside a word", screen{bold: true}, "", "reflows", [][2]int{{2, 6}}, "re\x1b[1mflow\x1b[22ms\n"},
		{"marks out of range", screen{bold: true}, "", "ab", [][2]int{{1, 9}, {20, 30}}, "a\x1b[1mb\x1b[22m\n"},
		{"steering the terminal", screen{}, "", "a\x1b[2Jb\x07c\u202ed\u009bm", nil, "a [2Jb cd m\n"},
		{"nothing", screen{}, "", "", nil, "\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			s := test.screen
			s.to = &b
			s.print(test.first, s.words(test.text, test.marks))
			if d := cmp.Diff(test.want, b.String()); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzWords(f *testing.F) {
	f.Add("the flows", 4, 9, 20)
	f.Add("\x1b]0;title\x07\u202e", 0, 1, 1)
	f.Add("\xff\\\\\\", 2, 1, 0)
	f.Fuzz(func(t *testing.T, text string, from, to, width int) {
		var b bytes.Buffer
		s := screen{to: &b, width: width, bold: true}
		s.print("", s.words(text, [][2]int{{from, to}}))
		plain := strings.NewReplacer("\x1b[1m", "", "\x1b[22m", "").Replace(b.String())
		for _, r := range strings.ReplaceAll(plain, "\n", " ") {
			if unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) {
				t.Fatalf("%q reaches the terminal as %q", text, b.String())
			}
		}
		if strings.Count(b.String(), "\x1b[1m") != strings.Count(b.String(), "\x1b[22m") {
			t.Fatalf("%q stays bold: %q", text, b.String())
		}
	})
}

func TestPrintHits(t *testing.T) {
	var b bytes.Buffer
	printHits(&screen{to: &b, width: 60, bold: true}, &paper.Result{
		Resolved: &paper.Resolved{ID: "x", Title: "Density estimation", Confidence: 0.996},
		Hits: []paper.Hit{
			{
				Paper: paper.Paper{
					ID: "1605.08803", Title: "Density estimation\n using Real NVP", Year: 2016, Venue: "ICLR",
					Authors: []string{"Laurent Dinh", "Jascha Sohl-Dickstein", "Samy Bengio", "Somebody Else"},
				},
				Score:      0.8312,
				Signals:    paper.Signals{Lexical: &paper.Signal{Rank: 3}, Semantic: &paper.Signal{Rank: 1}},
				Highlights: []paper.Highlight{{Text: "Real NVP is a flow.", Matches: [][2]int{{14, 18}}}, {Text: "A second."}},
			},
			{Paper: paper.Paper{ID: "t", Title: "A flow"}, Highlights: []paper.Highlight{{Text: "A flow", Matches: [][2]int{{2, 6}}}}},
			{Paper: paper.Paper{ID: "u"}, Signals: paper.Signals{Lexical: &paper.Signal{Rank: 7}, Semantic: &paper.Signal{}}},
		},
	})
	want := `closest title: Density estimation (99%)

 1. Density estimation using Real NVP
    Laurent Dinh, Jascha Sohl-Dickstein et al. · 2016 · ICLR
    · 1605.08803 · 0.831 (lexical #3, semantic #1)
    Real NVP is a ` + "\x1b[1mflow\x1b[22m" + `.

 2. A ` + "\x1b[1mflow\x1b[22m" + `
    t · 0.000

 3. (no title)
    u · 0.000 (lexical #7, semantic far down)
`
	if d := cmp.Diff(want, b.String()); d != "" {
		t.Error(d)
	}
}
