package text

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestTerms(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{" \n\t .,;! ", ""},
		{"Normalizing flows", "normal flow"},
		{"out-of-distribution", "out of distribut"},
		{`Schr\"odinger Schrödinger Schr{\"o}dinger Schr\"{o}dinger`, "schroding schroding schroding schroding"},
		{`Erd\H{o}s Ha\v{s}ek K\"ahler \'Etale na\"ive`, "erdo hasek kahler etal naiv"},
		{`Na\"{\i}ve {\O}rsted`, "naiv orst"},
		{"CO$_2$ CO2 CO_2 CO$_{2}$ $\\mathrm{CO}_2$", "co2 co2 co2 co2 co2"},
		{"H$_2$O and H_2O", "h2o and h2o"},
		{`$\alpha$-divergence, α-divergence, \alpha-divergence`, "alpha diverg alpha diverg alpha diverg"},
		{`$O(n \log n)$`, "o n log n"},
		{`$\mathcal{N}=4$`, "n 4"},
		{`\emph{E. coli} \textbf{bold}`, "e coli bold"},
		{"10$^{-3}$", "10 3"},
		{"snake_case 5_000", "snake case 5000"},
		{"GPT-4o x86 BERT2BERT", "gpt 4o x86 bert2bert"},
		{"Newton's law, Newton’s law, newtons", "newton law newton law newton"},
		{"don't O'Brien 'quoted' it's", "dont obrien quot it"},
		{"naïve Gauß Łódź Ørsted æther", "naiv gauss lodz orst aether"},
		{"μm µm β-sheet Ω", "mum mum beta sheet omega"},
		{"深度学习 deep", "深 度 学 习 deep"},
		{"глубокое обучение", "глубокое обучение"},
		{"ｆｕｌｌｗｉｄｔｈ ﬁnite", "fullwidth finit"},
		{"soft\u00adhyphen e\u0301tale", "softhyphen etal"},
		{"a\xffb", "a b"},
		{"trailing backslash \\", "trail backslash"},
		{`\`, ""}, {`$`, ""}, {`_`, ""}, {`'s`, ""}, {`\'`, ""}, {`x'`, "x"}, {`x$_`, "x"},
	} {
		var a Analyzer
		if got := strings.Join(a.Terms(nil, c.in), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func TestTokensKeepTheirPlace(t *testing.T) {
	const s = `The Schr\"odinger's CO$_2$ naïve word`
	var a Analyzer
	var got []string
	for _, k := range a.Tokens(nil, s) {
		got = append(got, s[k.Start:k.End])
	}
	if d := cmp.Diff([]string{"The", `Schr\"odinger`, "CO$_2", "naïve", "word"}, got); d != "" {
		t.Error(d)
	}
}

func TestLongWordsAreBounded(t *testing.T) {
	var a Analyzer
	for _, s := range []string{strings.Repeat("x", 5000), strings.Repeat("ж", 5000), strings.Repeat("ﬃ", 5000)} {
		got := a.Terms(nil, s)
		if len(got) != 1 || len(got[0]) > maxWord || !utf8.ValidString(got[0]) {
			t.Errorf("%.10s…: %q", s, got)
		}
	}
}

func TestStemsAreShared(t *testing.T) {
	var a Analyzer
	got := a.Terms(nil, "flows flow flowing")
	if d := cmp.Diff([]string{"flow", "flow", "flow"}, got); d != "" {
		t.Error(d)
	}
}

func TestSentences(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
	}{
		{"", nil},
		{"  \n ", nil},
		{"No mark at all", []string{"No mark at all"}},
		{"We do e.g. this. Then that? Yes! it is lower.", []string{"We do e.g. this.", "Then that?", "Yes! it is lower."}},
		{"By J. Smith et al. Found here. 3 things (ok.) End", []string{"By J. Smith et al. Found here.", "3 things (ok.)", "End"}},
		{"at delivery . significant correlations were . obtained .", []string{"at delivery .", "significant correlations were .", "obtained ."}},
		{"Values of 0.5 and 1.5 hold. $x$ is next.", []string{"Values of 0.5 and 1.5 hold.", "$x$ is next."}},
		{"深度。学习！好", []string{"深度。", "学习！", "好"}},
		{"Line\nbreaks in.\nMiddle.", []string{"Line\nbreaks in.", "Middle."}},
		{"...", []string{"..."}},
	} {
		var got []string
		for s := range Sentences(c.in) {
			got = append(got, c.in[s.Start:s.End])
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%q: %s", c.in, d)
		}
	}
	for range Sentences("One. Two. Three.") {
		break // an early end must not go on yielding
	}
}

func TestDoc(t *testing.T) {
	var a Analyzer
	var d Doc
	a.Doc(&d, "A title", "First one. ... Second two three.")
	if d2 := cmp.Diff(Doc{Title: []string{"a", "titl"}, Body: []string{"first", "one", "second", "two", "three"}, Ends: []int{2, 5}}, d); d2 != "" {
		t.Error(d2)
	}
	if got := d.Sentence(1); strings.Join(got, " ") != "second two three" {
		t.Errorf("sentence 1: %q", got)
	}
	a.Doc(&d, "", "")
	if len(d.Title)+len(d.Body)+len(d.Ends) != 0 {
		t.Errorf("empty paper: %+v", d)
	}
}

func TestQuestion(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"how can normalizing flows detect out-of-distribution inputs", "normal flow detect distribut input"},
		{"find papers about graph neural networks", "graph neural network"},
		{"papers", "paper"}, // nothing else to go by
		{"what is it", "what is it"},
		{"", ""},
	} {
		var a Analyzer
		if got := strings.Join(a.Question(c.in), " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzAnalyzer(f *testing.F) {
	for _, s := range []string{`Schr\"odinger's CO$_2$`, "深度。", "a\xff’s", `\H{\'{e}}$_{2}$`, "E. coli. Then."} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		var a Analyzer
		last := 0
		tokens := a.Tokens(nil, s)
		for _, k := range tokens {
			if k.Start < last || k.End <= k.Start || k.End > len(s) || k.Term == "" || len(k.Term) > maxWord {
				t.Fatalf("token %+v after %d in %q", k, last, s)
			}
			last = k.End
		}
		if terms := a.Terms(nil, s); len(terms) != len(tokens) {
			t.Fatalf("%d terms, %d tokens in %q", len(terms), len(tokens), s)
		}
		rest := 0
		for span := range Sentences(s) {
			if span.Start < rest || span.End <= span.Start || strings.TrimSpace(s[rest:span.Start]) != "" {
				t.Fatalf("sentence %v after %d in %q", span, rest, s)
			}
			rest = span.End
		}
	})
}

const abstract = `We introduce a fully 3D, deep learning-based approach for the joint inversion of time-lapse surface gravity
and seismic data for reconstructing subsurface density and velocity models. The target application of this proposed
inversion approach is the prediction of subsurface CO$_2$ plumes as a complementary tool for monitoring sequestration.
Results by Schr\"odinger and Erd\H{o}s indicate that $\alpha$-divergences, at $O(n \log n)$ cost, are effective tools.`

func BenchmarkDoc(b *testing.B) {
	var a Analyzer
	var d Doc
	b.SetBytes(int64(len(abstract)))
	b.ReportAllocs()
	for b.Loop() {
		a.Doc(&d, "Joint inversion of gravity and seismic data", abstract)
	}
}
