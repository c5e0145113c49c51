package eval

import (
	"regexp"
	"strings"
	"testing"

	"kindred/paper"
)

// outcome is a collection whose queries have the given nDCG@10 by lexical
// mode and by hybrid mode; the other measures are 0.
func outcome(name string, task Task, lexical, hybrid []float64) *Outcome {
	o := &Outcome{Collection: name, Task: task, Queries: len(lexical)}
	for mode, values := range map[paper.Mode][]float64{paper.Lexical: lexical, paper.Hybrid: hybrid} {
		r := Result{Mode: mode}
		for _, v := range values {
			r.PerQuery = append(r.PerQuery, Measures{NDCG10: v})
		}
		r.Measures = Mean(r.PerQuery)
		o.Results = append(o.Results, r)
	}
	// The map's order is random; lexical mode comes first.
	if o.Results[0].Mode != paper.Lexical {
		o.Results[0], o.Results[1] = o.Results[1], o.Results[0]
	}
	return o
}

func TestReport(t *testing.T) {
	r := NewReport([]*Outcome{
		outcome("large", Question, []float64{.2, .2, .2, .2}, []float64{.3, .3, .3, .3}),
		outcome("small", Question, []float64{.8}, []float64{.8}),
		outcome("like", Similar, []float64{.5, .7}, []float64{.3, .3}),
	})
	hybrid := r.Collections[0].Results[1]
	if a := hybrid.Lexical; a == nil || !near(a.Percent.NDCG10, 50) || a.Percent.MAP != 0 || a.P < .1 || a.P > .15 {
		t.Errorf("large: %+v; of 16 ways to turn four equal differences two are as extreme", a)
	}
	if r.Collections[0].Results[0].Lexical != nil {
		t.Error("lexical mode is compared with itself")
	}
	if len(r.Means) != 2 || r.Means[0].Task != Question || r.Means[0].Collections != 2 || r.Means[1].Collections != 1 {
		t.Fatalf("means %+v", r.Means)
	}
	// Each collection counts the same: (.3 + .8)/2 against (.2 + .8)/2.
	m := r.Means[0].Results[1]
	if !near(m.NDCG10, .55) || !near(m.Lexical.Percent.NDCG10, 10) || m.Lexical.P != 0 {
		t.Errorf("mean %+v, %+v", m, m.Lexical)
	}
	if m := r.Means[1].Results[1]; !near(m.Lexical.Percent.NDCG10, -50) {
		t.Errorf("similar: %+v", m.Lexical)
	}

	var b strings.Builder
	if err := r.Print(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(b.String(), "\n")
	if len(lines) != 1+6+4+1 || !regexp.MustCompile(`^mean +question +hybrid +0\.5500 +\+10\.0% `).MatchString(lines[8]) {
		t.Errorf("printed\n%s", b.String())
	}
	for _, line := range lines {
		if strings.TrimRight(line, " ") != line {
			t.Errorf("space at the end of %q", line)
		}
	}
}

func TestReportOfNothing(t *testing.T) {
	var b strings.Builder
	if err := NewReport(nil).Print(&b); err != nil || strings.Count(b.String(), "\n") != 1 {
		t.Errorf("%q, %v", b.String(), err)
	}
}

func TestCompareRuns(t *testing.T) {
	qrels := Qrels{"up": {"x": 1}, "down": {"x": 1}, "still": {"x": 1}, "both silent": {"x": 1}}
	hit, second := []Ranked{{ID: "x"}}, []Ranked{{ID: "y"}, {ID: "x"}}
	c := CompareRuns(
		Run{"down": hit, "still": hit, "unjudged": hit},
		Run{"down": second, "still": hit, "up": hit}, qrels)
	if c.Queries != 4 || len(c.Measures) != 4 || c.Measures[0].Measure != "nDCG@10" {
		t.Fatalf("%+v", c)
	}
	n := c.Measures[0]
	if !near(n.A, .5) || !near(n.B, (2+1/1.5849625007211562)/4) || !near(n.Difference, n.B-n.A) || n.Better != 1 || n.Worse != 1 || n.Same != 2 {
		t.Errorf("nDCG@10 %+v", n)
	}
	if len(c.Moved) != 2 || c.Moved[0].Query != "up" || c.Moved[1].Query != "down" || c.Moved[1].B >= c.Moved[1].A {
		t.Errorf("moved %+v", c.Moved)
	}
	if d := CompareRuns(Run{}, Run{}, qrels); len(d.Moved) != 0 || d.Measures[0].P != 1 {
		t.Errorf("two silent runs: %+v", d)
	}
}
