package main

import (
	"fmt"
	"io"

	"kindred/internal/eval"
	"kindred/paper"
)

// evalReport is what eval prints.
type evalReport struct {
	Mode        paper.Mode    `json:"mode"`
	Learned     bool          `json:"learned"` // unless the corpus is too small for it
	Collections []evalRow     `json:"collections"`
	Mean        eval.Measures `json:"mean"` // over the collections, each counting the same
}

// evalRow is one collection's measures, means over its judged queries.
type evalRow struct {
	Collection string    `json:"collection"`
	Task       eval.Task `json:"task"`
	Papers     int       `json:"papers"`
	Queries    int       `json:"queries"`
	eval.Measures
	IngestSeconds float64 `json:"ingest_seconds"`
	LearnSeconds  float64 `json:"learn_seconds"`
	AnswerSeconds float64 `json:"answer_seconds"`
}

func (r *evalReport) add(row evalRow) {
	r.Collections = append(r.Collections, row)
	all := make([]eval.Measures, len(r.Collections))
	for i, c := range r.Collections {
		all[i] = c.Measures
	}
	r.Mean = eval.Mean(all)
}

func (r *evalReport) print(w io.Writer) error {
	width := len("collection")
	for _, c := range r.Collections {
		width = max(width, len(c.Collection))
	}
	fmt.Fprintf(w, "%-*s  %-8s  %7s  %7s  %7s  %10s  %6s  %6s\n",
		width, "collection", "task", "papers", "queries", "nDCG@10", "recall@100", "MAP", "MRR@10")
	line := func(name, task, papers, queries string, m eval.Measures) error {
		_, err := fmt.Fprintf(w, "%-*s  %-8s  %7s  %7s  %7.4f  %10.4f  %6.4f  %6.4f\n",
			width, name, task, papers, queries, m.NDCG10, m.Recall100, m.MAP, m.MRR10)
		return err
	}
	for _, c := range r.Collections {
		if err := line(c.Collection, string(c.Task), fmt.Sprint(c.Papers), fmt.Sprint(c.Queries), c.Measures); err != nil {
			return err
		}
	}
	return line("mean", "", "", "", r.Mean)
}
