package paper

import (
	"fmt"
	"testing"
)

func TestExtract(t *testing.T) {
	hit := func(id, abstract, sentence string, matches int) Hit {
		return Hit{Paper: Paper{ID: id, Abstract: abstract}, Highlights: []Highlight{{Text: sentence, Matches: make([][2]int, matches)}}}
	}
	r := &Result{Query: "q", Model: "m", Degraded: "d", Hits: []Hit{
		hit("a", "One. Two.", "Two.", 1),
		hit("b", "Three.", "Three.", 0),    // has no word of the question
		hit("c", "", "A title.", 1),        // has no abstract
		hit("d", "Four.", "Not in it.", 1), // is not the abstract's
		hit("e", "Two. Again.", "Two.", 2), // is known
		hit("f", "Five. Six.", "Five.", 1),
		{Paper: Paper{ID: "g"}},
	}}
	a := Extract(r)
	if got := fmt.Sprint(a.Sentences); got != "[{Two. [1 2]} {Five. [3]}]" {
		t.Errorf("sentences %s", got)
	}
	var ids []string
	for _, p := range a.Papers {
		ids = append(ids, p.ID)
	}
	if fmt.Sprint(ids) != "[a e f]" || a.Query != "q" || a.Model != "m" || a.Degraded != "d" {
		t.Errorf("%v, %+v", ids, a)
	}
	r.Hits = nil
	for i := range 20 {
		s := fmt.Sprintf("Sentence %d.", i)
		r.Hits = append(r.Hits, hit(fmt.Sprint(i), s, s, 1))
	}
	if a := Extract(r); len(a.Sentences) != AnswerSentences || len(a.Papers) != AnswerSentences {
		t.Errorf("%d sentences of %d papers", len(a.Sentences), len(a.Papers))
	}
}
