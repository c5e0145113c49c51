package paper

import "math"

// Scale maps one signal's scores to its share of a hit's score, so that a
// score can be recomputed from the signals it shows:
//
//	Weight × max((score − Low) / (High − Low), Floor)
type Scale struct {
	Weight float64 `json:"weight"`
	Low    float64 `json:"low"`
	High   float64 `json:"high"`
	Floor  float64 `json:"floor"`
}

// At is the contribution of a score. NaN stands for a signal that says nothing
// of a paper and counts as the floor.
func (s Scale) At(score float64) float64 {
	switch {
	case s.Weight == 0:
		return 0
	case math.IsNaN(score):
		return s.Weight * s.Floor
	}
	return s.Weight * max((score-s.Low)/(s.High-s.Low), s.Floor)
}

// Fusion is how the two signals became one score:
//
//	score = Lexical.At(lexical score, 0 where no word matches)
//	      + Semantic.At(semantic score, NaN where there is none)
type Fusion struct {
	Lexical  Scale `json:"lexical"`
	Semantic Scale `json:"semantic"`
}

// Score is a hit's fused score.
func (f Fusion) Score(lexical, semantic float64) float64 {
	return f.Lexical.At(lexical) + f.Semantic.At(semantic)
}
