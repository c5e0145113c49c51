package eval

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// Ranked is one answer of a run.
type Ranked struct {
	ID    string
	Score float64
}

// Run holds a ranking per query, best first: what a system answered.
type Run map[string][]Ranked

// WriteRanking writes one query's answers as TREC run lines:
// "qid Q0 docid rank score tag", ranks from 1.
func WriteRanking(w io.Writer, query string, ranking []Ranked, tag string) error {
	for i, r := range ranking {
		if _, err := fmt.Fprintf(w, "%s Q0 %s %d %s %s\n", query, r.ID, i+1,
			strconv.FormatFloat(r.Score, 'g', -1, 64), tag); err != nil {
			return err
		}
	}
	return nil
}

// ReadRun reads TREC run lines. Answers keep the order of the lines.
func ReadRun(r io.Reader) (Run, error) {
	run := Run{}
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 0, 64<<10), maxLine)
	for n := 1; sc.Scan(); n++ {
		f := strings.Fields(sc.Text())
		if len(f) == 0 {
			continue
		}
		if len(f) < 6 {
			return nil, fmt.Errorf("line %d: %d columns, not qid Q0 docid rank score tag", n, len(f))
		}
		score, err := strconv.ParseFloat(f[len(f)-2], 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: score %q is not a number", n, f[len(f)-2])
		}
		// Ids may hold spaces; what stands between and behind them may not.
		between := max(1, slices.Index(f[:len(f)-4], "Q0"))
		query, id := strings.Join(f[:between], " "), strings.Join(f[between+1:len(f)-3], " ")
		run[query] = append(run[query], Ranked{ID: id, Score: score})
	}
	return run, sc.Err()
}

// Judged counts the judged queries that have an answer.
func (r Run) Judged(qrels Qrels) int {
	n := 0
	for query := range qrels {
		if len(r[query]) > 0 {
			n++
		}
	}
	return n
}

// Score judges a run: measures per judged query, in the order of queries. A
// query without an answer counts 0.
func Score(run Run, queries []Query, qrels Qrels) []Measures {
	out := make([]Measures, len(queries))
	for i, q := range queries {
		ids := make([]string, len(run[q.ID]))
		for j, r := range run[q.ID] {
			ids[j] = r.ID
		}
		out[i] = Measure(ids, qrels[q.ID])
	}
	return out
}
