package text

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// TestHas compares with reading all terms.
func TestHas(t *testing.T) {
	var a Analyzer
	check := func(s string, phrase []string) bool {
		t.Helper()
		all := a.Terms(nil, s)
		want := false
		for i := 0; i+len(phrase) <= len(all); i++ {
			want = want || slices.Equal(all[i:i+len(phrase)], phrase)
		}
		if got := a.Has(s, phrase); got != want {
			t.Errorf("%q has %q: %v", s, phrase, got)
		}
		return want
	}
	for _, tt := range []struct{ text, phrase string }{
		{"the state of the art", "state-of-the-art"}, {"a a a b", "a a b"}, {"ab ab ac ab ab ab ac", "ab ab ab ac"},
		{"Schr\\\"odinger's equations", "schrodinger equation"}, {"deep", "deep learning"}, {"", "deep"}, {"学习深度", "深度"},
		{"dying skies, lying", "die sky lie"}, {strings.Repeat("x ", 100), strings.TrimSpace(strings.Repeat("x ", longPhrase))},
		{strings.Repeat("x ", 100), strings.TrimSpace(strings.Repeat("x ", longPhrase+1))},
		{strings.Repeat("x ", longPhrase) + "y", strings.TrimSpace(strings.Repeat("x ", longPhrase+1))},
		{strings.Repeat("x ", longPhrase-1) + "y", strings.TrimSpace(strings.Repeat("x ", longPhrase))},
	} {
		check(tt.text, a.Terms(nil, tt.phrase))
	}
	r := rand.New(rand.NewPCG(3, 3))
	words := strings.Fields("run running runs Runner rune Skies sky ski learn Learning learned été ete CO$_2$ co2 the of a")
	text := func(n int) string {
		out := make([]string, n)
		for i := range out {
			out[i] = words[r.IntN(len(words))]
		}
		return strings.Join(out, " ")
	}
	found := 0
	for range 3000 {
		if check(text(30), a.Terms(nil, text(1+r.IntN(3)))) {
			found++
		}
	}
	if found < 100 || found > 2900 {
		t.Errorf("%d of 3000 have the phrase; little was compared", found)
	}
}

// FuzzHas looks for what is there: a stem must begin as its word does.
func FuzzHas(f *testing.F) {
	f.Add("dying skies lying early ugly", 1, 2)
	f.Add("Yes yYy youth sayings", 0, 1)
	f.Fuzz(func(t *testing.T, s string, from, n int) {
		var a Analyzer
		all := a.Terms(nil, s)
		if len(all) == 0 || from < 0 || n <= 0 || from >= len(all) || from+n > len(all) || from+n < from {
			return
		}
		if !a.Has(s, all[from:from+n]) {
			t.Errorf("%q has not its own words %q", s, all[from:from+n])
		}
	})
}
