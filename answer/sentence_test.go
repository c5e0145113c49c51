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
