package answer

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSplitter(t *testing.T) {
	for _, c := range []struct {
		text string
		want []string
	}{
		{"One is so [1]. Two is not [2].", []string{"One is so [1].", "Two is not [2]."}},
		{"One is so. [1] Two is not. [2][3]", []string{"One is so [1].", "Two is not [2][3]."}},
		{"One is so.[1] Two is not [2]", []string{"One is so [1].", "Two is not [2]"}},
		{"- **One** [1]\n- Two [2]. Three [3].\n\nFour", []string{"- **One** [1]", "- Two [2].", "Three [3].", "Four"}},
		{"1. One is so [1].\n2. Two is, e.g. by 1.5 %, not [2].", []string{"1. One is so [1].", "2. Two is, e.g. by 1.5 %, not [2]."}},
		{"<think>What is one [1]? Perhaps. So.</think>\nOne is so [1].", []string{"One is so [1]."}},
		{"<think>For ever. And ever", nil},
		{strings.Repeat("word ", 1000) + "end. One is so [1].", []string{"One is so [1]."}},
		{"Is it [sic]? It is.", []string{"Is it [sic]?", "It is."}},
		{"", nil},
	} {
		// However the text is cut up, the sentences are the same.
		for _, size := range []int{1, 2, 3, 7, 10_000} {
			var s splitter
			var got []string
			for piece := range slices.Chunk([]byte(c.text), size) {
				got = append(got, s.add(string(piece))...)
			}
			got = append(got, s.rest()...)
			for i := range got {
				got[i] = strings.NewReplacer(" .", ".", "] [", "][").Replace(got[i])
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%.60q in pieces of %d: %q", c.text, size, got)
			}
		}
	}
}

func TestSplitterDoesNotWait(t *testing.T) {
	var s splitter
	if got := s.add("One is so [1]. T"); len(got) != 1 {
		t.Errorf("%q", got)
	}
}

func TestCitations(t *testing.T) {
	for _, c := range []struct {
		sentence, text string
		citations      []int
	}{
		{"One is so [1].", "One is so.", []int{1}},
		{"One [2, 1] is so [2] .", "One is so.", []int{2, 1}},
		{"One is so [1-3].", "One is so.", []int{1, 2, 3}},
		{"One is so [2–9].", "One is so.", []int{2, 3, 4}},
		{"One is so [0][5][99].", "One is so.", nil},
		{"- **One** is so [1]; two, too [3]", "One is so; two, too", []int{1, 3}},
		{"A list [sic] of x[i].", "A list [sic] of x[i].", nil},
	} {
		if text, n := citations(c.sentence, 4); text != c.text || fmt.Sprint(n) != fmt.Sprint(c.citations) {
			t.Errorf("%q: %q %v", c.sentence, text, n)
		}
	}
}

// Whatever a model writes, in whatever pieces, no sentence is over the bound, no
// citation is of a paper that is not there, and little is held back.
func FuzzSplitter(f *testing.F) {
	for _, text := range []string{"One is so [1]. Two [2, 3]", "<think>a</think>b. [1] C", "[1-999] 1. - [", "a.\n\n[2]. B [4] ?!", "。x！[1]"} {
		f.Add(text, 3)
	}
	f.Fuzz(func(t *testing.T, text string, size int) {
		var s splitter
		var got []string
		for piece := range slices.Chunk([]byte(text), max(1, size%64)) {
			got = append(got, s.add(string(piece))...)
			if len(s.buffer) > maxSentence+2*64 {
				t.Fatalf("%d bytes are held back", len(s.buffer))
			}
		}
		for _, one := range append(got, s.rest()...) {
			if len(one) > maxSentence || strings.TrimSpace(one) == "" {
				t.Errorf("a sentence of %d bytes", len(one))
			}
			plain, cited := citations(one, 4)
			if len(plain) > len(one) || slices.ContainsFunc(cited, func(n int) bool { return n < 1 || n > 4 }) {
				t.Errorf("%q: %q cites %v", one, plain, cited)
			}
		}
	})
}
