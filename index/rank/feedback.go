package rank

import (
	"math"
	"slices"
)

// Weights shares one unit of weight among the best candidates of a first
// round by their scores, negative ones counting 0.
func Weights(best []Candidate) []float64 {
	w := make([]float64, len(best))
	var sum float64
	for i, c := range best {
		w[i] = max(c.Score, 0)
		sum += w[i]
	}
	for i := range w {
		if sum > 0 {
			w[i] /= sum
		} else {
			w[i] = 1 / float64(len(w))
		}
	}
	return w
}

// MoveVector returns the question's vector moved towards the weighted mean of
// the feedback papers' vectors (Rocchio), unit length; papers without a vector
// are nil. A question without a vector gets the mean alone.
func MoveVector(question []float32, papers [][]float32, weights []float64, amount float64) []float32 {
	var out []float32
	if question != nil {
		out = slices.Clone(question)
	}
	for i, v := range papers {
		if v == nil {
			continue
		}
		if out == nil {
			out = make([]float32, len(v))
		}
		a := float32(weights[i] * amount)
		for j, x := range v {
			out[j] += a * x
		}
	}
	if out == nil {
		return nil
	}
	return unit(out)
}

func unit(v []float32) []float32 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return nil
	}
	s := float32(1 / math.Sqrt(sum))
	for i := range v {
		v[i] *= s
	}
	return v
}
