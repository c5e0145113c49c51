package eval

import (
	"math"
	"math/rand/v2"
)

// Comparison sets two systems side by side over the same queries.
type Comparison struct {
	Queries    int     `json:"-"`
	Difference float64 `json:"difference"` // mean of the second less mean of the first
	P          float64 `json:"p"`          // two-sided, paired randomisation test
	Better     int     `json:"better"`     // queries on which the second is better
	Worse      int     `json:"worse"`
	Same       int     `json:"same"`
}

// same is how little two values of a measure differ that are equal but for
// rounding.
const same = 1e-9

// Compare tests whether two systems differ by more than chance: the paired
// randomisation test (Smucker, Allan, Carterette 2007) with 20,000 seeded
// permutations. a and b hold one measure a query, in the same order.
func Compare(a, b []float64) Comparison {
	const permutations = 20_000
	c := Comparison{Queries: len(a), P: 1}
	if len(a) == 0 || len(a) != len(b) {
		return c
	}
	diff := make([]float64, len(a))
	var sum float64
	for i := range a {
		diff[i] = b[i] - a[i]
		sum += diff[i]
		switch {
		case diff[i] > same:
			c.Better++
		case diff[i] < -same:
			c.Worse++
		default:
			c.Same++
		}
	}
	c.Difference = sum / float64(len(a))
	r := rand.New(rand.NewPCG(1, 2))
	extreme := 0
	for range permutations {
		var s float64
		for i := 0; i < len(diff); i += 64 {
			bits := r.Uint64()
			for _, d := range diff[i:min(i+64, len(diff))] {
				if bits&1 == 1 {
					s += d
				} else {
					s -= d
				}
				bits >>= 1
			}
		}
		if math.Abs(s) >= math.Abs(sum)-1e-12 {
			extreme++
		}
	}
	c.P = float64(extreme+1) / float64(permutations+1)
	return c
}
