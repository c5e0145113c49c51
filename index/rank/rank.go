// Package rank joins the two signals into one ranking: it fuses scores, and
// turns the best papers of a first round into a better question for a second
// (pseudo-relevance feedback). It knows papers by their doc numbers only, and
// does no searching of its own.
package rank

import (
	"cmp"
	"math"
	"slices"

	"kindred/paper"
)

// Settings hold every weight of the ranking. One setting serves all corpora;
// each value stands with the measurement that chose it in docs/quality.md.
type Settings struct {
	Semantic  float64 // weight of the semantic signal; the lexical one has the rest to 1
	Unlearned float64 // Semantic while the built-in model has not learned the corpus
	Depth     int     // the scores of the best Depth papers of a signal set its scale
	Floor     float64 // a scaled score is never below this

	Candidates int // papers of each signal that are fused; at least Depth

	FeedbackPapers int     // best papers of the first round that feed back
	FeedbackWeight float64 // how far the question's vector moves towards theirs

	TitleWeight int // how often a title's words count among a paper's when it is searched by
}

// Questions ranks the answers to a question in words.
var Questions = Settings{
	Semantic: 0.5, Unlearned: 0.25, Depth: 60, Floor: -1, Candidates: 150,
	FeedbackPapers: 8, FeedbackWeight: 1,
}

// Similars ranks the papers that are like others.
var Similars = Settings{
	Semantic: 0.5, Unlearned: 0.25, Depth: 60, Floor: -1, Candidates: 150,
	FeedbackPapers: 3, FeedbackWeight: 1.5, TitleWeight: 3,
}

// Fusion sets the scales by each signal's scores, best first. Where one signal
// has none, the other has all the weight.
func (s Settings) Fusion(lexical, semantic []float64) paper.Fusion {
	w := s.Semantic
	switch {
	case len(semantic) == 0:
		w = 0
	case len(lexical) == 0:
		w = 1
	}
	return paper.Fusion{
		Lexical:  NewScale(1-w, s.Floor, lexical, s.Depth),
		Semantic: NewScale(w, s.Floor, semantic, s.Depth),
	}
}

// Candidate is a paper with its exact scores by both signals.
type Candidate struct {
	Doc      uint32
	Lexical  float64 // BM25; 0 where no term matches
	Semantic float64 // cosine; NaN where the paper or the question has no vector
	Score    float64 // fused
}

// NewScale sets a scale by the best scores of a signal, best first, of which
// the first depth count. A list shorter than depth holds everything that has a
// score above 0, so its scale begins there. Without scores the scale gives 0
// for everything.
func NewScale(weight, floor float64, scores []float64, depth int) paper.Scale {
	if len(scores) == 0 {
		return paper.Scale{}
	}
	high, low := scores[0], scores[min(depth, len(scores))-1]
	if len(scores) < depth {
		low = min(low, 0)
	}
	if high-low < 1e-6 {
		// One score for all says nothing among them, only against the rest.
		low = high - max(math.Abs(high), 1e-6)
	}
	return paper.Scale{Weight: weight, Low: low, High: high, Floor: floor}
}

// Fuse fills in the fused scores and sorts the candidates, best first, ties
// by doc number.
func Fuse(f paper.Fusion, c []Candidate) {
	for i := range c {
		c[i].Score = f.Score(c[i].Lexical, c[i].Semantic)
	}
	slices.SortFunc(c, func(a, b Candidate) int {
		if d := cmp.Compare(b.Score, a.Score); d != 0 {
			return d
		}
		return cmp.Compare(a.Doc, b.Doc)
	})
}
