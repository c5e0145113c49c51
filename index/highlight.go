package index

import (
	"math"
	"unicode/utf8"

	"kindred/internal/text"
	"kindred/paper"
)

// maxSentences bounds the work on one monstrous abstract.
const maxSentences = 200

// topic is what a question is about: what highlights are chosen by.
type topic struct {
	weight map[string]float64 // idf of the question's terms
	total  float64            // their sum
	vector []float32          // nil when there is none
}

// highlighter finds the sentences that answer best, one paper after the other,
// in the same space.
type highlighter struct {
	topic    topic
	analyzer *text.Analyzer
	embed    func([]float32, []string) bool // nil: the embedder reads no terms

	vector       []float32
	tokens, best []text.Token
	terms        []string
}

// highlight returns the sentence of p that answers best, with the question's
// words in it: the greatest sum of the share of the question's weight that
// the sentence covers and its cosine to the question. A paper without an
// abstract shows its title.
func (h *highlighter) highlight(p *paper.Paper) []paper.Highlight {
	src := p.Abstract
	if src == "" {
		src = p.Title
	}
	var best text.Span
	t, bestScore, n := &h.topic, math.Inf(-1), 0
	if len(h.vector) != len(t.vector) {
		h.vector = make([]float32, len(t.vector))
	}
	for s := range text.Sentences(src) {
		if n++; n > maxSentences {
			break
		}
		h.tokens, h.terms = h.analyzer.Tokens(h.tokens[:0], src[s.Start:s.End]), h.terms[:0]
		var covered float64
		for i, k := range h.tokens {
			if w := t.weight[k.Term]; w > 0 && firstOf(h.tokens[:i], k.Term) {
				covered += w
			}
			h.terms = append(h.terms, k.Term)
		}
		var score float64
		if t.total > 0 {
			score = covered / t.total
		}
		if t.vector != nil && h.embed != nil && h.embed(h.vector, h.terms) {
			score += dot(h.vector, t.vector)
		}
		if score > bestScore {
			best, bestScore = s, score
			h.best = append(h.best[:0], h.tokens...)
		}
	}
	if math.IsInf(bestScore, -1) {
		return nil
	}
	return []paper.Highlight{mark(src[best.Start:best.End], h.best, t.weight)}
}

func firstOf(before []text.Token, term string) bool {
	for _, k := range before {
		if k.Term == term {
			return false
		}
	}
	return true
}

func dot(a, b []float32) (sum float64) {
	for i, x := range a {
		sum += float64(x * b[i])
	}
	return sum
}

// mark makes a highlight of s: the tokens with a weighted term, their places
// turned from bytes into code points.
func mark(s string, tokens []text.Token, weight map[string]float64) paper.Highlight {
	h := paper.Highlight{Text: s, Matches: [][2]int{}}
	at, runes := 0, 0
	place := func(i int) int {
		runes += utf8.RuneCountInString(s[at:i])
		at = i
		return runes
	}
	for _, k := range tokens {
		if weight[k.Term] > 0 {
			h.Matches = append(h.Matches, [2]int{place(k.Start), place(k.End)})
		}
	}
	return h
}
