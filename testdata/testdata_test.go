package testdata

import (
	"bufio"
	"encoding/json"
	"strings"
	"testing"

	"kindred/internal/eval"
	"kindred/paper"
)

func TestSample(t *testing.T) {
	papers := map[string]bool{}
	fields := map[string]int{}
	sc := bufio.NewScanner(Papers())
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var p paper.Paper
		if err := json.Unmarshal(sc.Bytes(), &p); err != nil {
			t.Fatalf("%v in %s", err, sc.Text())
		}
		p.Normalize()
		if err := p.Validate(); err != nil {
			t.Errorf("%s: %v", p.ID, err)
		}
		if papers[p.ID] {
			t.Errorf("%s stands twice", p.ID)
		}
		papers[p.ID] = true
		parts := strings.Split(p.ID, "-")
		if len(parts) != 3 || parts[0] != "sample" {
			t.Errorf("%q is not marked as a sample", p.ID)
			continue
		}
		fields[parts[1]]++
		if !strings.Contains(p.Venue, "Invented") && p.Venue != "" {
			t.Errorf("%s: venue %q is not marked as invented", p.ID, p.Venue)
		}
		if len(p.Authors) == 0 || p.Year == 0 || len(p.Categories) == 0 {
			t.Errorf("%s lacks a field", p.ID)
		}
	}
	if err := sc.Err(); err != nil {
		t.Fatal(err)
	}
	if len(papers) < 240 || len(fields) != 8 {
		t.Errorf("%d papers of the fields %v, not 240 or more of eight", len(papers), fields)
	}

	queries, err := eval.ReadQueries(Queries())
	if err != nil {
		t.Fatal(err)
	}
	qrels, err := eval.ReadQrels(Qrels())
	if err != nil {
		t.Fatal(err)
	}
	if len(queries) != 40 || len(qrels) != 40 {
		t.Errorf("%d questions, %d judged; not 40", len(queries), len(qrels))
	}
	for _, q := range queries {
		if len(qrels[q.ID]) == 0 || q.Text == "" {
			t.Errorf("%s has no text or no answer", q.ID)
		}
		for id := range qrels[q.ID] {
			if !papers[id] {
				t.Errorf("%s: its answer %s is no paper of the sample", q.ID, id)
			}
		}
	}
}
