package index

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"kindred/index/rank"
	"kindred/internal/text"
	"kindred/paper"
)

func candidate(doc uint32) rank.Candidate { return rank.Candidate{Doc: doc} }

// topicOf weighs all words alike.
func topicOf(question string) topic {
	var a text.Analyzer
	t := topic{weight: map[string]float64{}}
	for _, term := range a.Terms(nil, question) {
		if t.weight[term] == 0 {
			t.weight[term] = 1
			t.total++
		}
	}
	return t
}

// words are the marked parts of a highlight.
func words(h paper.Highlight) []string {
	var out []string
	for _, m := range h.Matches {
		out = append(out, string([]rune(h.Text)[m[0]:m[1]]))
	}
	return out
}

func TestHighlight(t *testing.T) {
	const abstract = "We study rivers. Rivers flood in spring, says Kővári. A flood of the river of CO$_2$ rivers is a 🌊 flood."
	tests := []struct {
		name     string
		paper    paper.Paper
		question string
		text     string // how the sentence begins; "" for no highlight
		words    []string
	}{
		{"most of the question", paper.Paper{Abstract: abstract}, "river flooding in the spring", "Rivers flood in spring", []string{"Rivers", "flood", "in", "spring"}},
		{"the first of equals", paper.Paper{Abstract: abstract}, "river", "We study", []string{"rivers"}},
		{"a word counts once", paper.Paper{Abstract: "Flood, flood, flood, flood. River and flood."}, "river flood", "River", []string{"River", "flood"}},
		{"accents and beyond the basic plane", paper.Paper{Abstract: abstract}, "CO2 waves flood river of", "A flood", []string{"flood", "of", "river", "of", "CO$_2", "rivers", "flood"}},
		{"none of the question", paper.Paper{Abstract: abstract}, "galaxies", "We study", nil},
		{"title", paper.Paper{Title: "Rivers in flood"}, "flood", "Rivers in flood", []string{"flood"}},
		{"signs", paper.Paper{Abstract: "??? !!!"}, "flood", "???", nil},
		{"nothing", paper.Paper{}, "flood", "", nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var a text.Analyzer
			got := (&highlighter{analyzer: &a, topic: topicOf(test.question)}).highlight(&test.paper)
			if test.text == "" {
				if got != nil {
					t.Errorf("%+v", got)
				}
				return
			}
			if len(got) != 1 || !strings.HasPrefix(got[0].Text, test.text) {
				t.Fatalf("%+v, want %q", got, test.text)
			}
			if w := words(got[0]); !slices.Equal(w, test.words) {
				t.Errorf("marks %q, want %q", w, test.words)
			}
			if got[0].Matches == nil {
				t.Error("matches are null")
			}
		})
	}
}

// The vector decides between sentences that share no word with the question.
func TestHighlightByVector(t *testing.T) {
	topic := topic{vector: []float32{1, 0}}
	embed := func(dst []float32, terms []string) bool {
		clear(dst)
		if slices.Contains(terms, "second") {
			dst[0] = 1
		} else {
			dst[1] = 1
		}
		return true
	}
	var a text.Analyzer
	h := (&highlighter{analyzer: &a, embed: embed, topic: topic}).highlight(&paper.Paper{Abstract: "The first of them. The second of them. The third."})
	if len(h) != 1 || h[0].Text != "The second of them." {
		t.Errorf("%+v", h)
	}
}

func TestHighlightOfAMonstrousAbstract(t *testing.T) {
	p := &paper.Paper{Abstract: strings.Repeat("Nothing here. ", 15_000) + "The flood."}
	var a text.Analyzer
	if h := (&highlighter{analyzer: &a, topic: topicOf("flood")}).highlight(p); len(h) != 1 || h[0].Text != "Nothing here." {
		t.Errorf("%+v; sentences beyond the first %d are not looked at", h, maxSentences)
	}
}

func FuzzHighlight(f *testing.F) {
	f.Add("We study rivers. Rivers flood.", "flood river")
	f.Add(`Schr\"{o}dinger's $\alpha$_2 cat. 🐝🐝 \emph{Kővári}`, "schrodinger alpha kovari cat")
	f.Add("a\u0301b\u0301. \u200b", "ab á")
	f.Add("深度学习。模型。", "学习 模")
	f.Fuzz(func(t *testing.T, abstract, question string) {
		if !utf8.ValidString(abstract) || len(abstract) > 1<<16 {
			return // Validate keeps others out
		}
		var a text.Analyzer
		topic := topicOf(question)
		for _, h := range (&highlighter{analyzer: &a, topic: topic}).highlight(&paper.Paper{Abstract: abstract}) {
			if !strings.Contains(abstract, h.Text) || !utf8.ValidString(h.Text) {
				t.Fatalf("%q is not of %q", h.Text, abstract)
			}
			n, end := utf8.RuneCountInString(h.Text), 0
			for _, m := range h.Matches {
				if m[0] < end || m[1] <= m[0] || m[1] > n {
					t.Fatalf("%v in %q of %d code points", h.Matches, h.Text, n)
				}
				end = m[1]
			}
		}
	})
}
