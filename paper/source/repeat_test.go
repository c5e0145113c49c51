package source

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

func TestRepeatedIDs(t *testing.T) {
	const (
		tides  = "Tidal friction slows the rotation of moons that circle close to giant planets, and heats their frozen interiors over millions of years of orbital evolution."
		tides2 = "Tidal friction slows the rotation of small moons that circle close to giant planets, and heats their frozen interiors over many millions of years of orbital evolution."
		verbs  = "Speakers of twelve languages drop the subject of coordinated verbs under conditions that current grammars predict poorly, according to annotated conversations."
	)
	for _, c := range []struct {
		name   string
		papers [][3]string // id, title, abstract
		same   bool        // the last one keeps the id
	}{
		{"another paper", [][3]string{{"W19-4", "Moons", tides}, {"W19-4", "Verbs", verbs}}, false},
		{"a version with a new title", [][3]string{{"a", "Moons", tides}, {"a", "Moons, revisited", tides2}}, true},
		{"a rewritten abstract", [][3]string{{"a", "Moons", tides}, {"a", "MOONS.", verbs}}, true},
		{"too short to say", [][3]string{{"a", "Moons", "Short."}, {"a", "Verbs", "Also short."}}, true},
		{"no abstract", [][3]string{{"a", "Moons", ""}, {"a", "Verbs", ""}}, true},
	} {
		var b strings.Builder
		for _, p := range c.papers {
			fmt.Fprintf(&b, "{\"id\":%q,\"title\":%q,\"abstract\":%q}\n", p[0], p[1], p[2])
		}
		var runs [2][]string
		for i := range runs { // twice: the ids must not depend on the run
			r, err := NewReader(strings.NewReader(b.String()), c.name, Options{})
			if err != nil {
				t.Fatal(err)
			}
			for item, err := range r.Papers(context.Background()) {
				if err != nil {
					t.Fatal(err)
				}
				runs[i] = append(runs[i], item.Paper.ID)
			}
		}
		if fmt.Sprint(runs[0]) != fmt.Sprint(runs[1]) {
			t.Errorf("%s: %v, then %v", c.name, runs[0], runs[1])
		}
		if same := runs[0][0] == runs[0][1]; same != c.same {
			t.Errorf("%s: ids %v", c.name, runs[0])
		}
	}
}

// An id made of the title stands for papers of many, where the title says
// nothing.
func TestOneTitleOfSeveral(t *testing.T) {
	const library = `
@article{a, title={Editorial}, author={Strix, Maria}, year={1999}, journal={Looms}}
@article{b, title={Editorial}, author={Ben Invented}, year={1999}, journal={Kilns}}
@article{c, title={Editorial}, author={M. Strix}, year={2020}, journal={Looms}}
@article{d, title={{E}ditorial}, author={Maria Strix and Ada Fictional}, year={2000}}
@article{e, title={Editorial}}
`
	var runs [2][]string
	for i := range runs {
		r, err := NewReader(strings.NewReader(library), "my.bib", Options{})
		if err != nil {
			t.Fatal(err)
		}
		for item, err := range r.Papers(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			runs[i] = append(runs[i], item.Paper.ID)
		}
	}
	ids := runs[0]
	if fmt.Sprint(ids) != fmt.Sprint(runs[1]) || len(ids) != 5 {
		t.Fatal(runs)
	}
	if ids[1] == ids[0] || ids[2] == ids[0] || ids[1] == ids[2] {
		t.Errorf("other authors, another year: %v", ids)
	}
	if ids[3] != ids[0] || ids[4] != ids[0] {
		t.Errorf("the same authors the year after, and nobody's: %v", ids)
	}
}
