package eval

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

func near(a, b float64) bool { return math.Abs(a-b) < 1e-9 }

// The values are computed by hand, with log2(2)=1, log2(3)=1.5849625,
// log2(4)=2, log2(5)=2.3219281.
func TestMeasureByHand(t *testing.T) {
	grades := map[string]float64{"a": 2, "b": 1, "c": 1, "z": 0}
	// relevant at ranks 2 (b), 3 (a), not found: c
	m := Measure([]string{"x", "b", "a", "y"}, grades)
	dcg := 1/1.5849625007211562 + 2/2.0
	ideal := 2/1.0 + 1/1.5849625007211562 + 1/2.0
	want := Measures{NDCG10: dcg / ideal, Recall100: 2.0 / 3, MAP: (1.0/2 + 2.0/3) / 3, MRR10: 0.5}
	if !near(m.NDCG10, want.NDCG10) || !near(m.Recall100, want.Recall100) || !near(m.MAP, want.MAP) || !near(m.MRR10, want.MRR10) {
		t.Errorf("got %+v, want %+v", m, want)
	}
	if math.Abs(m.NDCG10-0.52091) > 1e-5 {
		t.Errorf("nDCG@10 %v, by hand 1.63093/3.13093", m.NDCG10)
	}
}

func TestMeasureEdges(t *testing.T) {
	one := map[string]float64{"a": 1}
	if m := Measure(nil, one); m != (Measures{}) {
		t.Errorf("no answer: %+v", m)
	}
	if m := Measure([]string{"a"}, map[string]float64{"a": 0}); m != (Measures{}) {
		t.Errorf("nothing relevant: %+v", m)
	}
	if m := Measure([]string{"a", "a", "a"}, one); m != (Measures{1, 1, 1, 1}) {
		t.Errorf("repeated answer: %+v", m)
	}
	// At rank 11: outside nDCG@10 and MRR@10, inside recall@100 and MAP.
	long := strings.Split("0 1 2 3 4 5 6 7 8 9 a", " ")
	if m := Measure(long, one); m.NDCG10 != 0 || m.MRR10 != 0 || m.Recall100 != 1 || !near(m.MAP, 1.0/11) {
		t.Errorf("rank 11: %+v", m)
	}
	// More relevant documents than ten: the ideal is cut at ten.
	grades, ranking := map[string]float64{}, []string{}
	for _, id := range strings.Split("abcdefghijkl", "") {
		grades[id] = 1
		ranking = append(ranking, id)
	}
	if m := Measure(ranking, grades); !near(m.NDCG10, 1) {
		t.Errorf("twelve of twelve: %+v", m)
	}
}

func TestScoreCountsMissingQueriesAsZero(t *testing.T) {
	qrels := Qrels{"1": {"a": 1}, "2": {"b": 1}}
	got := Mean(Score(Run{"1": {{"a", 1}}}, []Query{{ID: "1"}, {ID: "2"}}, qrels))
	if got != (Measures{.5, .5, .5, .5}) {
		t.Errorf("got %+v", got)
	}
}

func TestRunRoundTrip(t *testing.T) {
	var b bytes.Buffer
	want := []Ranked{{"hep-th/9901001", 1.25}, {"an id with spaces", 0.1 + 0.2}}
	if err := WriteRanking(&b, "q1", want, "kindred"); err != nil {
		t.Fatal(err)
	}
	if first := strings.SplitN(b.String(), "\n", 2)[0]; first != "q1 Q0 hep-th/9901001 1 1.25 kindred" {
		t.Errorf("line %q", first)
	}
	run, err := ReadRun(&b)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(Run{"q1": want}, run); d != "" {
		t.Error(d)
	}
	run, err = ReadRun(strings.NewReader("a query Q0 with spaces Q0 1 2.5 tag\nq2 0 d 1 2 tag\n\n"))
	if d := cmp.Diff(Run{"a query": {{"with spaces Q0", 2.5}}, "q2": {{"d", 2}}}, run); d != "" || err != nil {
		t.Error(d, err)
	}
	if n := run.Judged(Qrels{"a query": {"x": 1}, "q3": {"x": 1}}); n != 1 {
		t.Errorf("%d judged", n)
	}
	for _, bad := range []string{"q Q0 d 1 x tag", "q Q0 d"} {
		if _, err := ReadRun(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was read", bad)
		}
	}
}

func TestLoad(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), "corpus.jsonl") {
		t.Errorf("empty folder: %v", err)
	}
	write("corpus.jsonl", `{"_id":"d1","title":"t","text":"x"}`)
	write("queries.jsonl", "{\"_id\":\"1\",\"text\":\"one\"}\n{\"_id\":2,\"text\":\"two\"}\n\n{\"_id\":\"3\",\"text\":\"unjudged\"}\n")
	write("qrels.tsv", "query-id\tcorpus-id\tscore\r\n1\td1\t1\r\n2\td 2\t3\r\n2\td1\t0\r\n")
	c, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]Query{{"1", "one"}, {"2", "two"}}, c.Queries); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(Qrels{"1": {"d1": 1}, "2": {"d 2": 3}}, c.Qrels); d != "" {
		t.Error(d)
	}
	for _, bad := range []string{"1\td1\tx\n1\td1\tx", "h\n1"} {
		write("qrels.tsv", bad)
		if _, err := Load(dir); err == nil {
			t.Errorf("qrels %q were read", bad)
		}
	}
}

func TestCompare(t *testing.T) {
	var a, b []float64
	for i := range 50 {
		a = append(a, float64(i%7)/7)
		b = append(b, float64(i%7)/7+0.05)
	}
	if c := Compare(a, b); c.P > 0.001 || c.Better != 50 || !near(c.Difference, 0.05) {
		t.Errorf("always better: %+v", c)
	}
	if c := Compare(a, a); c.P != 1 || c.Same != 50 {
		t.Errorf("the same: %+v", c)
	}
	if c := Compare([]float64{0, 1}, []float64{1, 0}); c.P < 0.5 {
		t.Errorf("one up, one down: %+v", c)
	}
	if c := Compare(nil, nil); c.P != 1 {
		t.Errorf("no queries: %+v", c)
	}
}

func FuzzReadQrels(f *testing.F) {
	f.Add("query-id\tcorpus-id\tscore\n1\td\t1\n")
	f.Add("1 0 d 2\n")
	f.Fuzz(func(t *testing.T, s string) {
		q, err := ReadQrels(strings.NewReader(s))
		for _, docs := range q {
			for _, g := range docs {
				if err == nil && !(g > 0) {
					t.Errorf("grade %v kept", g)
				}
			}
		}
	})
}

// A run that can be read is written and read again the same.
func FuzzReadRun(f *testing.F) {
	f.Add("q Q0 d 1 2.5 tag\n")
	f.Add("a query Q0 a doc Q0 1 -1e300 tag\nq2 0 d 1 2 tag\n")
	f.Add("Q0 Q0 Q0 Q0 0 Q0")
	f.Fuzz(func(t *testing.T, s string) {
		run, err := ReadRun(strings.NewReader(s))
		if err != nil {
			return
		}
		for query, ranking := range run {
			var b bytes.Buffer
			if err := WriteRanking(&b, query, ranking, "tag"); err != nil {
				t.Fatal(err)
			}
			again, err := ReadRun(&b)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(ranking, again[query], cmpopts.EquateNaNs()); d != "" {
				t.Errorf("query %q: %s", query, d)
			}
		}
	})
}
