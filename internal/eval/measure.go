// Package eval measures retrieval quality: test collections in, measures out.
package eval

import (
	"math"
	"slices"
)

// Qrels holds the judgements of a collection: query id → document id → grade.
// Only grades above 0 count as relevant.
type Qrels map[string]map[string]float64

// Measures of one query, or means over queries. All lie between 0 and 1.
type Measures struct {
	NDCG10    float64 `json:"ndcg@10"`    // linear gain, log2 discount, as trec_eval's ndcg_cut_10
	Recall100 float64 `json:"recall@100"` // relevant documents among the first 100
	MAP       float64 `json:"map"`        // average precision over the whole ranking given
	MRR10     float64 `json:"mrr@10"`     // 1/rank of the first relevant document among the first 10
}

// Measure judges one ranking, best first. A document that occurs again counts
// once, at its first place. grades must hold a grade above 0.
func Measure(ranking []string, grades map[string]float64) Measures {
	var ideal []float64
	for _, g := range grades {
		if g > 0 {
			ideal = append(ideal, g)
		}
	}
	if len(ideal) == 0 {
		return Measures{}
	}
	slices.SortFunc(ideal, func(a, b float64) int {
		if a > b {
			return -1
		}
		return 1
	})
	var best float64
	for i, g := range ideal[:min(10, len(ideal))] {
		best += discounted(g, i)
	}

	var m Measures
	seen := make(map[string]bool, len(ranking))
	rank, found := 0, 0
	for _, id := range ranking {
		if seen[id] {
			continue
		}
		seen[id] = true
		if g := grades[id]; g > 0 {
			found++
			if rank < 10 {
				m.NDCG10 += discounted(g, rank)
				if found == 1 {
					m.MRR10 = 1 / float64(rank+1)
				}
			}
			if rank < 100 {
				m.Recall100++
			}
			m.MAP += float64(found) / float64(rank+1)
		}
		rank++
	}
	relevant := float64(len(ideal))
	m.NDCG10 /= best
	m.Recall100 /= relevant
	m.MAP /= relevant
	return m
}

// discounted is the gain of a grade at a rank counted from 0.
func discounted(grade float64, rank int) float64 { return grade / math.Log2(float64(rank)+2) }

// Mean averages measures; the mean of none is zero.
func Mean(all []Measures) Measures {
	var m Measures
	for _, x := range all {
		m.NDCG10 += x.NDCG10
		m.Recall100 += x.Recall100
		m.MAP += x.MAP
		m.MRR10 += x.MRR10
	}
	if n := float64(len(all)); n > 0 {
		m.NDCG10 /= n
		m.Recall100 /= n
		m.MAP /= n
		m.MRR10 /= n
	}
	return m
}
