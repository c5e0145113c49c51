package index_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// wordy makes n papers of words that stand in at least two of the papers
// given, but for one in every so many, which stands nowhere else.
func wordy(n, every int, from []paper.Paper) []paper.Paper {
	in := map[string]int{}
	for _, p := range from {
		words := strings.Fields(p.Abstract)
		slices.Sort(words)
		for _, w := range slices.Compact(words) {
			in[w]++
		}
	}
	var common []string
	for w := range in {
		if in[w] > 1 && len(w) > 3 && strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") == "" {
			common = append(common, w)
		}
	}
	slices.Sort(common)
	papers := make([]paper.Paper, n)
	for i := range papers {
		words := make([]string, 100)
		for k := range words {
			words[k] = common[(i*37+k*k)%len(common)]
			if k%every == every-1 {
				words[k] = fmt.Sprintf("qx%dz%d", i, k)
			}
		}
		papers[i] = paper.Paper{ID: fmt.Sprint("wordy-", i), Abstract: strings.Join(words, " ")}
	}
	return papers
}

func TestAdvice(t *testing.T) {
	sample := samplePapers()[:160]
	learned := func(t *testing.T) *index.Index {
		x := filled(t, index.Options{}, sample...)
		learn(t, x)
		return x
	}
	for _, tt := range []struct {
		name   string
		more   []paper.Paper
		says   string // of the advice; empty: there is none
		papers int    // new
	}{
		{"nothing new", nil, "", 0},
		{"few papers of its words", wordy(34, 101, sample), "", 34},
		{"many papers of its words", wordy(41, 101, sample), "160 papers when the model learned, and there are 201 now", 41},
		{"few papers of other words", wordy(31, 20, sample), "", 31},
		{"more papers of a few other words", wordy(34, 50, sample), "", 34},
		{"more papers of other words", wordy(34, 20, sample), "the 34 papers that have come in since the model learned, it does not know 5 %", 34},
	} {
		t.Run(tt.name, func(t *testing.T) {
			x := learned(t)
			put(t, x, tt.more...)
			l := stats(t, x).Learning
			if l.Papers != 160 || l.NewPapers != tt.papers || !(l.UnknownWords >= 0 && l.UnknownWords <= 1) {
				t.Errorf("%+v", l)
			}
			if (l.Advice == "") != (tt.says == "") || !strings.Contains(l.Advice, tt.says) || tt.says != "" && !strings.HasSuffix(l.Advice, ": kindred learn") {
				t.Errorf("advice %q at %+v", l.Advice, l)
			}
			y := reopened(t, x)
			if again := stats(t, y).Learning; *again != *l {
				t.Errorf("opened again it says %+v, before %+v", again, l)
			}
			learn(t, y)
			if after := stats(t, y).Learning; after.Advice != "" || after.NewPapers != 0 || after.UnknownWords != 0 {
				t.Errorf("having learned again: %+v", after)
			}
		})
	}
}

// The share of unknown words is that of the papers which are new, of those that
// are there.
func TestShareOfUnknownWords(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:100]...)
	learn(t, x)
	known := strings.Join(slices.Repeat([]string{"cells"}, 9), " ")
	if r := search(t, x, "cells", paper.Options{Mode: paper.Lexical}); len(r.Hits) == 0 {
		t.Fatal("cells are in no paper")
	}
	var odd []paper.Paper
	for i := range 700 { // more than are surveyed
		odd = append(odd, paper.Paper{ID: fmt.Sprint("odd-", i), Abstract: fmt.Sprintf("%s zq%dx.", known, i)})
	}
	put(t, x, odd...)
	if l := stats(t, x).Learning; l.NewPapers != 700 || l.UnknownWords < .0999 || l.UnknownWords > .1001 {
		t.Errorf("one word in ten is unknown: %+v", l)
	}
	if _, err := x.Delete(t.Context(), []string{"odd-0", "odd-699"}); err != nil {
		t.Fatal(err)
	}
	if l := stats(t, x).Learning; l.NewPapers != 698 {
		t.Errorf("two of them deleted: %+v", l)
	}
	for i := range odd {
		odd[i].Abstract = known
	}
	put(t, x, odd...)
	if l := stats(t, x).Learning; l.NewPapers != 700 || l.UnknownWords != 0 {
		t.Errorf("all words are known now: %+v", l)
	}
	var gone []string
	for _, p := range odd {
		gone = append(gone, p.ID)
	}
	if _, err := x.Delete(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	if l := stats(t, x).Learning; l.NewPapers != 0 || l.UnknownWords != 0 || l.Advice != "" {
		t.Errorf("all of them deleted: %+v", l)
	}
}

// Papers that teach nothing new are no reason to learn for ever.
func TestAdviceEndsWithLearning(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()[:64]...)
	learn(t, x)
	twice := samplePapers()[:64]
	for i := range twice {
		twice[i].ID += "-again"
	}
	put(t, x, twice...)
	before := stats(t, x)
	if before.Learning.Advice == "" {
		t.Error("no advice though there are twice as many papers")
	}
	learn(t, x)
	after := stats(t, x)
	if after.Model != before.Model || after.Generation != before.Generation {
		t.Errorf("the same texts taught another model: %+v", after)
	}
	if want := (paper.Learning{Papers: 128}); *after.Learning != want {
		t.Errorf("%+v", after.Learning)
	}
	if again := stats(t, reopened(t, x)).Learning; *again != *after.Learning {
		t.Errorf("opened again: %+v", again)
	}
}
