package eval

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"kindred/paper"
)

// Report is what was measured of several collections.
type Report struct {
	Collections []*Outcome `json:"collections"`
	Means       []TaskMean `json:"means"`
}

// TaskMean is the macro mean over the collections of one task: each counts
// the same, however many queries it has.
type TaskMean struct {
	Task        Task     `json:"task"`
	Collections int      `json:"collections"`
	Results     []Result `json:"results"`
}

// Against compares a result with lexical mode's on the same collections.
type Against struct {
	// Percent is how much higher each measure is; 0 where lexical mode's is 0.
	Percent Measures `json:"percent"`
	// P is the probability of such a difference in nDCG@10 by chance (see
	// Compare); 0 for means over collections, which have none.
	P float64 `json:"p,omitempty"`
}

// NewReport adds the means and sets every result against lexical mode's. All
// outcomes are of one plan.
func NewReport(outcomes []*Outcome) *Report {
	r := &Report{Collections: outcomes}
	for _, task := range []Task{Question, Similar} {
		m := TaskMean{Task: task}
		var all [][]Measures // per result, of each collection
		for _, o := range outcomes {
			if o.Task != task {
				continue
			}
			m.Collections++
			for i, result := range o.Results {
				if i == len(m.Results) {
					m.Results = append(m.Results, Result{Mode: result.Mode, Model: result.Model})
					all = append(all, nil)
				}
				all[i] = append(all[i], result.Measures)
			}
			setAgainst(o.Results)
		}
		for i := range m.Results {
			m.Results[i].Measures = Mean(all[i])
		}
		setAgainst(m.Results)
		if m.Collections > 0 {
			r.Means = append(r.Means, m)
		}
	}
	return r
}

// setAgainst compares each other result with lexical mode's, if that is there.
func setAgainst(results []Result) {
	i := slices.IndexFunc(results, func(r Result) bool { return r.Mode == paper.Lexical })
	if i < 0 {
		return
	}
	lexical := results[i]
	for j := range results {
		r := &results[j]
		if j == i {
			continue
		}
		a := &Against{}
		for _, m := range measures {
			if was := m.of(&lexical.Measures); *was > 0 {
				*m.of(&a.Percent) = 100 * (*m.of(&r.Measures) / *was - 1)
			}
		}
		if len(r.PerQuery) > 0 {
			a.P = Compare(column(lexical.PerQuery, measures[0]), column(r.PerQuery, measures[0])).P
		}
		r.Lexical = a
	}
}

// measure names one of the measures and finds it.
type measure struct {
	name string
	of   func(*Measures) *float64
}

var measures = []measure{
	{"nDCG@10", func(m *Measures) *float64 { return &m.NDCG10 }},
	{"recall@100", func(m *Measures) *float64 { return &m.Recall100 }},
	{"MAP", func(m *Measures) *float64 { return &m.MAP }},
	{"MRR@10", func(m *Measures) *float64 { return &m.MRR10 }},
}

// column is one measure of each query.
func column(all []Measures, m measure) []float64 {
	out := make([]float64, len(all))
	for i := range all {
		out[i] = *m.of(&all[i])
	}
	return out
}

// Print writes the report as a table: a row a collection or, where several
// results were measured of each, a row a result with its difference from
// lexical mode in percent.
func (r *Report) Print(w io.Writer) error {
	several, compared := false, false
	for _, m := range r.Means {
		several = several || len(m.Results) > 1
		for _, result := range m.Results {
			compared = compared || result.Lexical != nil
		}
	}
	t := table{{"collection", "task", "papers", "queries"}}
	if several {
		t[0] = append(t[0], "mode", "model")
	}
	for _, m := range measures {
		t[0] = append(t[0], m.name)
		if compared {
			t[0] = append(t[0], "")
		}
	}
	if compared {
		t[0] = append(t[0], "p")
	}
	rows := func(results []Result, front ...string) {
		for _, result := range results {
			row := slices.Clone(front)
			if several {
				row = append(row, string(result.Mode), result.Model)
			}
			for _, m := range measures {
				row = append(row, fmt.Sprintf("%.4f", *m.of(&result.Measures)))
				if compared {
					row = append(row, result.Lexical.percent(m))
				}
			}
			if a := result.Lexical; a != nil && a.P > 0 {
				row = append(row, fmt.Sprintf("%.4f", a.P))
			}
			t = append(t, row)
		}
	}
	for _, o := range r.Collections {
		rows(o.Results, o.Collection, string(o.Task), fmt.Sprint(o.Papers), fmt.Sprint(o.Queries))
	}
	for _, m := range r.Means {
		task := ""
		if len(r.Means) > 1 {
			task = string(m.Task)
		}
		rows(m.Results, "mean", task, "", "")
	}
	return t.print(w)
}

func (a *Against) percent(m measure) string {
	if a == nil {
		return ""
	}
	return percent(*m.of(&a.Percent))
}

func percent(x float64) string { return fmt.Sprintf("%+.1f%%", x) }

// table is rows of cells, the first one the heads of the columns.
type table [][]string

// print aligns columns: numbers to the right, all else to the left.
func (t table) print(w io.Writer) error {
	width := make([]int, len(t[0]))
	number := make([]bool, len(t[0]))
	for r, row := range t {
		for c, cell := range row {
			width[c] = max(width[c], utf8.RuneCountInString(cell))
			number[c] = number[c] || r > 0 && cell != "" && strings.Trim(cell, "+-.%0123456789") == ""
		}
	}
	for _, row := range t {
		var line strings.Builder
		for c, cell := range row {
			if number[c] {
				fmt.Fprintf(&line, "%*s  ", width[c], cell)
			} else {
				fmt.Fprintf(&line, "%-*s  ", width[c], cell)
			}
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(line.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
