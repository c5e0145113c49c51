//go:build !race

package index_test

import (
	"cmp"
	"flag"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"kindred/internal/eval"
	"kindred/paper"
)

var update = flag.Bool("update", false, "write the golden files anew")

// near is how close two scores are taken for one. Processors with and without
// fused multiply-add differ by less than a hundredth of it, so that a golden
// file is the same on all of them: papers so close stand in the order of their
// ids, and what is written is rounded to two decimals.
const near = 1e-4

// settled returns the hits with those of nearly one score in the order of
// their ids.
func settled(hits []paper.Hit) []paper.Hit {
	out := slices.Clone(hits)
	for i := 0; i < len(out); {
		j := i + 1
		for j < len(out) && math.Abs(out[j-1].Score-out[j].Score) < near {
			j++
		}
		slices.SortFunc(out[i:j], func(a, b paper.Hit) int { return cmp.Compare(a.Paper.ID, b.Paper.ID) })
		i = j
	}
	return out
}

// golden compares with a file of testdata, or writes it.
func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); d != "" {
		t.Errorf("%s has changed; if the new ranking is better, go test ./index -run %s -update\n%s", file, t.Name(), d)
	}
}

func TestGoldenRanking(t *testing.T) {
	x := sampleIndex(t)
	questions, qrels := sampleQuestions(t)
	var b strings.Builder
	b.WriteString("# The sample corpus with the base model: measures of each mode, then each question's\n" +
		"# first five papers (* answers it, + is related) with their scores.\n")
	b.WriteString("# mode      nDCG@10  recall@100  MAP   MRR@10\n")
	first := map[string][]paper.Hit{}
	for _, mode := range []paper.Mode{paper.Lexical, paper.Semantic, paper.Hybrid} {
		var all []eval.Measures
		for _, q := range questions {
			hits := settled(search(t, x, q.Text, paper.Options{Mode: mode, Limit: paper.MaxLimit}).Hits)
			var ranking []string
			for _, h := range hits {
				ranking = append(ranking, h.Paper.ID)
			}
			all = append(all, eval.Measure(ranking, qrels[q.ID]))
			first[q.ID] = hits // hybrid comes last
		}
		m := eval.Mean(all)
		fmt.Fprintf(&b, "%-10s  %.3f    %.3f       %.3f  %.3f\n", mode, m.NDCG10, m.Recall100, m.MAP, m.MRR10)
	}
	for _, q := range questions {
		fmt.Fprintf(&b, "\n%s: %s\n", q.ID, q.Text)
		for _, h := range first[q.ID][:5] {
			mark := map[float64]string{0: " ", 1: "+", 2: "*"}[qrels[q.ID][h.Paper.ID]]
			fmt.Fprintf(&b, "  %s %.2f %-18s %s\n", mark, h.Score, h.Paper.ID, h.Paper.Title)
		}
	}
	golden(t, "ranking.txt", b.String())
}

func TestGoldenSimilar(t *testing.T) {
	x := sampleIndex(t)
	var b strings.Builder
	b.WriteString("# Papers like one of the sample corpus, by its title: the first five with their scores.\n")
	for _, c := range []struct{ id, twin string }{
		{"sample-ml-005", "sample-ml-006"}, {"sample-phys-005", "sample-phys-006"},
		{"sample-math-006", "sample-math-005"}, {"sample-econ-030", "sample-econ-031"},
		{"sample-bio-002", "sample-bio-001"}, {"sample-med-001", "sample-med-005"},
		{"sample-chem-014", "sample-chem-017"}, {"sample-earth-001", "sample-earth-002"},
		{"sample-ml-031", "sample-ml-030"}, {"sample-med-013", "sample-med-016"},
		{"sample-ml-001", ""}, {"sample-phys-007", ""},
	} {
		p, err := x.Paper(t.Context(), c.id)
		if err != nil {
			t.Fatal(err)
		}
		r := similar(t, x, paper.Similar{Title: p.Title})
		if r.Resolved == nil || r.Resolved.ID != c.id || r.Resolved.Confidence != 1 {
			t.Errorf("%q resolves to %+v", p.Title, r.Resolved)
		}
		if c.twin != "" && r.Hits[0].Paper.ID != c.twin {
			t.Errorf("%s is not the first of those like %s, but %s", c.twin, c.id, r.Hits[0].Paper.ID)
		}
		fmt.Fprintf(&b, "\n%s %s\n", c.id, p.Title)
		for _, h := range settled(r.Hits)[:5] {
			fmt.Fprintf(&b, "    %.2f %-18s %s\n", h.Score, h.Paper.ID, h.Paper.Title)
		}
	}
	golden(t, "similar.txt", b.String())
}
