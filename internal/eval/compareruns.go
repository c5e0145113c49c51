package eval

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"math"
	"slices"
)

// RunComparison sets two runs side by side over the judged queries.
type RunComparison struct {
	Queries  int                 `json:"queries"`
	Measures []MeasureComparison `json:"measures"`
	Moved    []Move              `json:"moved"` // by nDCG@10, the greatest moves first
}

// MeasureComparison is the comparison of one measure's means.
type MeasureComparison struct {
	Measure string  `json:"measure"`
	A       float64 `json:"a"`
	B       float64 `json:"b"`
	Comparison
}

// Move is how a query's nDCG@10 differs between two runs.
type Move struct {
	Query string  `json:"query"`
	A     float64 `json:"a"`
	B     float64 `json:"b"`
}

// maxMoved bounds how many queries are named.
const maxMoved = 10

// CompareRuns judges two runs by the same judgements. A query that a run does
// not answer counts 0 there.
func CompareRuns(a, b Run, qrels Qrels) *RunComparison {
	var queries []Query
	for _, id := range slices.Sorted(maps.Keys(qrels)) {
		queries = append(queries, Query{ID: id})
	}
	scoresA, scoresB := Score(a, queries, qrels), Score(b, queries, qrels)
	meanA, meanB := Mean(scoresA), Mean(scoresB)
	c := &RunComparison{Queries: len(queries), Moved: []Move{}}
	for _, m := range measures {
		c.Measures = append(c.Measures, MeasureComparison{
			m.name, *m.of(&meanA), *m.of(&meanB), Compare(column(scoresA, m), column(scoresB, m)),
		})
	}
	for i, q := range queries {
		if x, y := scoresA[i].NDCG10, scoresB[i].NDCG10; math.Abs(x-y) > same {
			c.Moved = append(c.Moved, Move{q.ID, x, y})
		}
	}
	slices.SortStableFunc(c.Moved, func(a, b Move) int {
		return cmp.Compare(math.Abs(b.B-b.A), math.Abs(a.B-a.A))
	})
	c.Moved = c.Moved[:min(maxMoved, len(c.Moved))]
	return c
}

// Print writes the comparison for people.
func (c *RunComparison) Print(w io.Writer) error {
	t := table{{"measure", "A", "B", "B-A", "", "p", "better", "worse", "same"}}
	for _, m := range c.Measures {
		change := ""
		if m.A > 0 {
			change = percent(100 * m.Difference / m.A)
		}
		t = append(t, []string{m.Measure, fmt.Sprintf("%.4f", m.A), fmt.Sprintf("%.4f", m.B), fmt.Sprintf("%+.4f", m.Difference),
			change, fmt.Sprintf("%.4f", m.P), fmt.Sprint(m.Better), fmt.Sprint(m.Worse), fmt.Sprint(m.Same)})
	}
	if err := t.print(w); err != nil || len(c.Moved) == 0 {
		return err
	}
	fmt.Fprintf(w, "\nmoved most, by nDCG@10\n")
	t = table{{"query", "A", "B", "B-A"}}
	for _, m := range c.Moved {
		t = append(t, []string{m.Query, fmt.Sprintf("%.4f", m.A), fmt.Sprintf("%.4f", m.B), fmt.Sprintf("%+.4f", m.B-m.A)})
	}
	return t.print(w)
}
