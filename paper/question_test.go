package paper

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestParseQuestion(t *testing.T) {
	for s, want := range map[string]Question{
		`normalizing flows`:                       {Text: `normalizing flows`},
		`"normalizing flows" for images`:          {Text: `normalizing flows for images`, Must: []string{"normalizing flows"}},
		`flows -images`:                           {Text: `flows`, Never: []string{"images"}},
		`-images flows`:                           {Text: `flows`, Never: []string{"images"}},
		`flows -images -"generative adversarial"`: {Text: `flows`, Never: []string{"images", "generative adversarial"}},
		`flows -state-of-the-art.`:                {Text: `flows`, Never: []string{"state-of-the-art."}},
		`“graph networks” and „deep learning“`:    {Text: `graph networks and deep learning`, Must: []string{"graph networks", "deep learning"}},
		`«réseaux de neurones»`:                   {Text: `réseaux de neurones`, Must: []string{"réseaux de neurones"}},
		`what is ("attention")?`:                  {Text: `what is (attention)?`, Must: []string{"attention"}},
		"deep\t-été\nlearning":                    {Text: "deep\t\nlearning", Never: []string{"été"}},
		`"the" -"the"`:                            {Text: `the`, Must: []string{"the"}, Never: []string{"the"}},

		// Nothing of these is a mark.
		`state-of-the-art`:      {Text: `state-of-the-art`},
		`x -1 y`:                {Text: `x -1 y`},
		`flows - images`:        {Text: `flows - images`},
		`flows --images`:        {Text: `flows --images`},
		`pre- and post-`:        {Text: `pre- and post-`},
		`-images`:               {Text: `-images`},
		`-images -flows`:        {Text: `-images -flows`},
		`-"only this"`:          {Text: `-"only this"`},
		`a 5" disk and 8" disk`: {Text: `a 5" disk and 8" disk`},
		`say "hello`:            {Text: `say "hello`},
		`say " hello"`:          {Text: `say " hello"`},
		`"" and "..." flows`:    {Text: `"" and "..." flows`},
		`"a"b`:                  {Text: `"a"b`},
		`-`:                     {Text: `-`},
		`"`:                     {Text: `"`},
		``:                      {},
	} {
		if diff := cmp.Diff(want, ParseQuestion(s)); diff != "" {
			t.Errorf("%s: %s", s, diff)
		}
	}
}

func TestTooManyDemands(t *testing.T) {
	q := Query{Text: "flows" + strings.Repeat(" -a", MaxDemands)}
	if err := q.Validate(); err != nil {
		t.Error(err)
	}
	q.Text += " -a"
	if err := q.Validate(); err == nil {
		t.Error("one more is taken")
	}
	q.Verbatim = true
	if err := q.Validate(); err != nil || len(q.Question().Never) != 0 {
		t.Error("marks of a verbatim question count:", err)
	}
}

func FuzzParseQuestion(f *testing.F) {
	for _, s := range []string{`"a b" -c`, `-"x`, `“a”`, "\xff\"a\"", `-a -b`, `("a" -b)`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		q := ParseQuestion(s)
		if len(q.Must)+len(q.Never) == 0 && q.Text != s {
			t.Errorf("%q became %q", s, q.Text)
		}
		if strings.ContainsFunc(s, isWordRune) && !strings.ContainsFunc(q.Text, isWordRune) {
			t.Errorf("nothing is left of %q", s)
		}
		for _, list := range [][]string{q.Must, q.Never} {
			for _, what := range list {
				if !strings.Contains(s, what) || !strings.ContainsFunc(what, isWordRune) {
					t.Errorf("%q has no %q", s, what)
				}
			}
		}
	})
}
