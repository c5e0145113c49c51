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
