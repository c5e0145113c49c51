//go:build shared

package eval

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kindred/internal/sharedtest"
	"kindred/paper"
)

var (
	update = flag.Bool("update", false, "raise the floors to what is measured")
	lower  = flag.Bool("lower", false, "with -update, lower them where less is measured")
)

var allModes = []paper.Mode{paper.Lexical, paper.Semantic, paper.Hybrid}

// sharedTrials opens the collections of ../shared beside the repository.
func sharedTrials(t *testing.T) []Trial {
	t.Helper()
	var trials []Trial
	for _, name := range []string{"cranfield", "med", "cisi", "cf", "scifact-train", "nfcorpus-dev", "cf-similar", "cisi-similar"} {
		c, err := Load(sharedtest.Path(t, "collections", name))
		if err != nil {
			t.Fatal(err)
		}
		task := Question
		if strings.HasSuffix(name, "-similar") {
			task = Similar
		}
		trials = append(trials, Trial{c, task})
	}
	return trials
}

// TestCollections measures every mode, the model having learned each
// collection, against floors that only rise: go test -tags shared
// ./internal/eval -run TestCollections -update.
func TestCollections(t *testing.T) {
	floors := readFloors(t)
	var outcomes []*Outcome
	measured := map[string]bool{}
	for _, trial := range sharedTrials(t) {
		o, err := trial.Measure(t.Context(), t.TempDir(), Plan{Modes: allModes})
		if err != nil {
			t.Fatal(err)
		}
		outcomes = append(outcomes, o)
		for _, r := range o.Results {
			key := o.Collection + "\t" + string(r.Mode)
			measured[key] = true
			floor, known := floors[key]
			if !known && !*update {
				t.Errorf("%s in %s mode has no floor; -update sets it", o.Collection, r.Mode)
			}
			now := [2]float64{r.NDCG10, r.Recall100}
			for i, name := range []string{"nDCG@10", "recall@100"} {
				if now[i] < floor[i]-tolerance {
					t.Errorf("%s in %s mode: %s is %.4f, its floor %.4f", o.Collection, r.Mode, name, now[i], floor[i])
				}
				if now[i] > floor[i] || *lower {
					floor[i] = now[i]
				}
			}
			floors[key] = floor
		}
	}
	for key := range floors {
		if !measured[key] {
			t.Errorf("%q has a floor and was not measured", key)
		}
	}
	var table strings.Builder
	if err := NewReport(outcomes).Print(&table); err != nil {
		t.Fatal(err)
	}
	t.Log("\n" + table.String())
	if *update {
		writeFloors(t, outcomes, floors)
	}
}

// tolerance is how far below its floor a measure may fall: other processors
// sum in another order, by which a few neighbours in a ranking change places,
// and on the smallest collection (30 questions) one such change moves the mean
// by .001.
const tolerance = .002

const floorsFile = "testdata/floors.tsv"

const floorsHead = "collection\tmode\tnDCG@10\trecall@100\n"

// readFloors returns nDCG@10 and recall@100 by collection, tab and mode.
func readFloors(t *testing.T) map[string][2]float64 {
	t.Helper()
	text, err := os.ReadFile(floorsFile)
	if err != nil && !(*update && os.IsNotExist(err)) {
		t.Fatal(err)
	}
	floors := map[string][2]float64{}
	for line := range strings.Lines(strings.TrimPrefix(string(text), floorsHead)) {
		f := strings.Split(strings.TrimSpace(line), "\t")
		if len(f) != 4 {
			t.Fatalf("%s: %q has %d columns", floorsFile, line, len(f))
		}
		var floor [2]float64
		for i := range floor {
			if floor[i], err = strconv.ParseFloat(f[2+i], 64); err != nil {
				t.Fatalf("%s: %v", floorsFile, err)
			}
		}
		floors[f[0]+"\t"+f[1]] = floor
	}
	return floors
}

func writeFloors(t *testing.T, outcomes []*Outcome, floors map[string][2]float64) {
	t.Helper()
	var b strings.Builder
	b.WriteString(floorsHead)
	for _, o := range outcomes {
		for _, r := range o.Results {
			key := o.Collection + "\t" + string(r.Mode)
			fmt.Fprintf(&b, "%s\t%.4f\t%.4f\n", key, floors[key][0], floors[key][1])
		}
	}
	if err := os.MkdirAll(filepath.Dir(floorsFile), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(floorsFile, []byte(b.String()), 0o644); err != nil {
		t.Fatal(err)
	}
}
