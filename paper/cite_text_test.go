package paper

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestTitles(t *testing.T) {
	for _, tt := range []struct{ source, bibtex, plain string }{
		{"Plain words", "Plain words", "Plain words"},
		{"A  line\nbreak\tand tab ", "A line break and tab", "A line break and tab"},
		// LaTeX that stays, and what becomes of it elsewhere.
		{`Schr\"odinger and G{\"o}del`, `Schr\"odinger and G{\"o}del`, "Schrödinger and Gödel"},
		{`Erd\H os and \L ukasz`, `{Erd\H{o}s} and {{\L{}ukasz}}`, "Erdős and Łukasz"},
		{`Fu\v{c}\'\i k, na\"{\i}ve, gar\c{c}on`, `Fu\v{c}\'\i{}k, na\"{\i}ve, gar\c{c}on`, "Fučík, naïve, garçon"},
		{`\emph{E. coli}, {\it in vivo}`, `\emph{E. coli}, {\it in vivo}`, "E. coli, in vivo"},
		{`von~Neumann, 50\% \& more\,of it`, `von~Neumann, 50\% \& more\,of it`, "von Neumann, 50% & more of it"},
		{`A \foo{bar}{baz} of \alpha`, `A \foo{bar}{baz} of \alpha`, `A \foo{bar}{baz} of \alpha`},
		{`\~O(n) and \^{}`, `{{\~O}}(n) and \^{}`, "Õ(n) and ^"},
		// Formulas.
		{`On $\ell_1$ and $L_p$`, `On $\ell_1$ and {$L_p$}`, `On $\ell_1$ and $L_p$`},
		{`$\{0,1\}^n$, $#P$, $5\%$`, `$\{0,1\}^n$, {$\#P$}, $5\%$`, `$\{0,1\}^n$, $\#P$, $5\%$`},
		{`On $\mathbb{P}}^{2}$`, `On {$\mathbb{P}^{2}$}`, `On $\mathbb{P}^{2}$`},
		{`$\{x$ and $A^{(2)_2$`, `$\lbrace x$ and {$A^(2)_2$}`, `$\lbrace x$ and $A^(2)_2$`},
		{`\(a_b\) and $$c$$`, `\(a_b\) and $$c$$`, `\(a_b\) and $$c$$`},
		{`costs $150 US`, `costs \$150 {US}`, `costs $150 US`},
		{`$5 or $10`, `\$5 or \$10`, `$5 or $10`},
		// What is no LaTeX.
		{`R&D of 5% #1 c_0 x^2 a<b>c | ~8K`, `{R}\&{D} of 5\% \#1 c\_0 x\textasciicircum{}2 a\textless{}b\textgreater{}c \textbar{} \textasciitilde{}{8K}`, `R&D of 5% #1 c_0 x^2 a<b>c | ~8K`},
		{`C:\1 and \`, `{C}:\textbackslash{}1 and \textbackslash{}`, `C:\1 and \`},
		{`an end}: su_{q}(m|n) {`, `an end: su\_{q}(m\textbar{}n)`, `an end: su_{q}(m|n)`},
		{`\{a\}`, `\textbraceleft{}a\textbraceright{}`, `{a}`},
		{`accent at the end \"`, `accent at the end \"{}`, `accent at the end`},
		// What a stranger must not do in one's document.
		{`\input{/etc/passwd} $^^5cinput{x}$`, `{/etc/passwd} $^5cinput{x}$`, `/etc/passwd $^5cinput{x}$`},
		{`\foo\def}bar`, `\foo bar`, `\foo bar`},
		{"a\u202eb\u2066c\ufeffd\x1b[31m", "abcd [31m", "abcd [31m"},
		// Capitals.
		{`BERT, fMRI and ImageNet for MS-COCO`, `{BERT}, {fMRI} and {ImageNet} for {MS}-{COCO}`, `BERT, fMRI and ImageNet for MS-COCO`},
		{`Vitamin D: A study of O'Neil's X-rays`, `Vitamin {D}: A study of {O'Neil's} {X}-rays`, `Vitamin D: A study of O'Neil's X-rays`},
		{`{PAC} learning of CO$_2$ by \textsc{Foo}Bar`, `{PAC} learning of {CO$_2$} by {{\textsc{Foo}Bar}}`, `PAC learning of CO$_2$ by FooBar`},
		{`ALL ABOUT $X$ AND Y`, `ALL ABOUT {$X$} AND Y`, `ALL ABOUT $X$ AND Y`},
		{`ÉCOLE École écolE`, `{ÉCOLE} École {écolE}`, `ÉCOLE École écolE`},
		{`\Delta t and \it NVP`, `{{\Delta t}} and \it {NVP}`, `\Delta t and NVP`},
		{`深度学习 на русском`, `深度学习 на русском`, `深度学习 на русском`},
	} {
		if got := texTitle(oneLine(tt.source)); got != tt.bibtex {
			t.Errorf("%q in BibTeX is\n%s, want\n%s", tt.source, got, tt.bibtex)
		}
		if err := checkTeX(tt.bibtex); err != nil {
			t.Errorf("%q: %v", tt.bibtex, err)
		}
		if got := plainText(tt.source); got != tt.plain {
			t.Errorf("%q is %q in plain text, want %q", tt.source, got, tt.plain)
		}
	}
}

func TestNames(t *testing.T) {
	for s, want := range map[string]name{
		"Samy Bengio":                       {given: "Samy", family: "Bengio"},
		"Bengio, Samy":                      {given: "Samy", family: "Bengio"},
		"J. D. Finley, III":                 {given: "J. D.", family: "Finley", suffix: "III"},
		"Finley, J. D., III":                {given: "J. D.", family: "Finley", suffix: "III"},
		"Martin Luther King Jr.":            {given: "Martin Luther", family: "King", suffix: "Jr."},
		"King, Jr, Martin Luther":           {given: "Martin Luther", family: "King", suffix: "Jr"},
		"Smith, John, PhD":                  {given: "John", family: "Smith", suffix: "PhD"},
		"Wilberd van der Kallen":            {given: "Wilberd", particle: "van der", family: "Kallen"},
		"van der Kallen, Wilberd":           {given: "Wilberd", particle: "van der", family: "Kallen"},
		"Kallen, Wilberd van der":           {given: "Wilberd", particle: "van der", family: "Kallen"},
		"Ludwig von Beethoven Jr.":          {given: "Ludwig", particle: "von", family: "Beethoven", suffix: "Jr."},
		"Luc Van Gool":                      {given: "Luc", family: "Van Gool"},
		"Guy Van den Broeck":                {given: "Guy", family: "Van den Broeck"},
		"C. de La Taille":                   {given: "C.", particle: "de", family: "La Taille"},
		"De la Torre, Fernando":             {given: "Fernando", family: "De la Torre"},
		"de Gennes":                         {particle: "de", family: "Gennes"},
		"Di Wang":                           {given: "Di", family: "Wang"},
		"Xue Bin Peng":                      {given: "Xue Bin", family: "Peng"},
		"xiaofei wu":                        {given: "xiaofei", family: "wu"},
		"José Vinícius de M. Cardoso":       {given: "José Vinícius de M.", family: "Cardoso"},
		"Xi (Leslie) Chen":                  {given: "Xi (Leslie)", family: "Chen"},
		"Niels Gr\\o nbech-Jensen":          {given: "Niels", family: "Grønbech-Jensen"},
		"Jo\\~{a}o  P.\nCosteira":           {given: "João P.", family: "Costeira"},
		"H. Eugene~Stanley":                 {given: "H. Eugene", family: "Stanley"},
		"Mausam":                            {literal: "Mausam"},
		"江常皓":                               {literal: "江常皓"},
		"Smith,":                            {literal: "Smith"},
		"Smith, Jr.":                        {literal: "Smith, Jr."},
		", Smith":                           {literal: ", Smith"},
		"The ATLAS Collaboration":           {literal: "The ATLAS Collaboration"},
		"M1S2S-Collaboration":               {literal: "M1S2S-Collaboration"},
		"on behalf of the CMS Group":        {literal: "on behalf of the CMS Group"},
		"Stephan Gekle \\and José Gordillo": {literal: `Stephan Gekle \and José Gordillo`},
		"A, B, C, D":                        {literal: "A, B, C, D"},
		"":                                  {},
		" , ,":                              {},
	} {
		if d := cmp.Diff(want, parseName(plainText(s)), cmp.AllowUnexported(name{})); d != "" {
			t.Errorf("%q: -want +got\n%s", s, d)
		}
	}
}

func TestVenues(t *testing.T) {
	kinds := map[venueKind][]string{
		journal: {"Phys.Rev.D76:013009,2007", "Nature", "Proc.Nat.Acad.Sci. 102 (2005)", "Proceedings of the Royal Society A", "Proceedings of the IEEE",
			"Proc. Amer. Math. Soc. 130 (2002)", "Proceedings of the VLDB Endowment", "Nucl.Phys.Proc.Suppl. 121 (2003)",
			"Proceedings of the ACM on Programming Languages", "Transactions of the Association for Computational Linguistics", "مجلة العلوم"},
		proceedings: {"ICLR 2017", "icml2020", "NeurIPS'20", "Proc. of the 3rd Int. Conf. on X", "Proceedings of the IEEE International Conference on Robotics",
			"Advances in Neural Information Processing Systems (NeurIPS)", "Annual Meeting of the Cognitive Science Society", "ACL Anthology", "Proceedings of Something", "3dv2025"},
		preprint:    {"arXiv", "arXiv preprint arXiv:1605.08803", "CoRR abs/1605.08803", "bioRxiv", "Invented Preprints in Biology"},
		unpublished: {"", " ", "-"},
	}
	for want, venues := range kinds {
		for _, v := range venues {
			if got := kindOfVenue(v, ""); got != want {
				t.Errorf("%q is of kind %d, want %d", v, got, want)
			}
		}
	}
	if got := kindOfVenue("", "1605.08803"); got != preprint {
		t.Errorf("a paper of arXiv alone is of kind %d", got)
	}
}

func TestKeys(t *testing.T) {
	for _, tt := range []struct {
		paper Paper
		want  string
	}{
		{Paper{Title: "Density estimation", Authors: []string{"Laurent Dinh"}, Year: 2016}, "dinh2016density"},
		{Paper{Title: "Density estimation", Authors: []string{"Dinh, Laurent", "Samy Bengio"}, Date: "2016-05"}, "dinh2016density"},
		{Paper{Title: `On the \emph{Erd\H{o}s} problem`, Authors: []string{"Jos\\'e M\\\"uller"}, Year: 2001}, "muller2001erdos"},
		{Paper{Title: "A 3D view", Authors: []string{"Wilberd van der Kallen"}}, "vanderkallen3d"},
		{Paper{Title: "$L_p$ spaces", Authors: []string{"The ATLAS Collaboration"}, Year: 2012}, "atlas2012spaces"},
		{Paper{Title: "Deep nets", Authors: []string{"江常皓"}, Year: 2020}, "paper2020deep"},
		{Paper{Title: "3D nets"}, "paper3d"},
		{Paper{Title: "On the"}, "on"},
		{Paper{Abstract: "x"}, "paper"},
	} {
		if got := CitationKey(&tt.paper); got != tt.want {
			t.Errorf("%+v has the key %q, want %q", tt.paper, got, tt.want)
		}
	}
}

func TestDates(t *testing.T) {
	for _, tt := range []struct {
		date string
		year int
		want [3]int
	}{
		{"2016-05-27", 2016, [3]int{2016, 5, 27}},
		{"2016-05", 0, [3]int{2016, 5, 0}},
		{"2016", 0, [3]int{2016, 0, 0}},
		{"2015-12-31", 2016, [3]int{2016, 0, 0}},
		{"", 2016, [3]int{2016, 0, 0}},
		{"May", 2016, [3]int{2016, 0, 0}},
		{"", -4, [3]int{}},
	} {
		y, m, d := published(&Paper{Date: tt.date, Year: tt.year})
		if got := [3]int{y, m, d}; got != tt.want {
			t.Errorf("%q and %d give %v, want %v", tt.date, tt.year, got, tt.want)
		}
	}
}

func TestLinks(t *testing.T) {
	for s, want := range map[string]string{
		"https://e.org/a b{c}\\d%20?q=\"x\"": "https://e.org/a%20b%7Bc%7D%5Cd%20?q=%22x%22",
		"http://e.org":                       "http://e.org",
		"javascript:alert(1)":                "",
		"ftp://e.org/x":                      "",
		"https:///x":                         "",
		"e.org":                              "",
		"":                                   "",
	} {
		if got := webLink(s); got != want {
			t.Errorf("%q becomes %q, want %q", s, got, want)
		}
	}
	for s, want := range map[string]string{"https://doi.org/10.1/x": "10.1/x", "DOI: 10.1/x": "10.1/x", "10.1/x": "10.1/x", "": ""} {
		if got := newCitation(&Paper{IDs: map[string]string{"doi": s}}).doi; got != want {
			t.Errorf("the DOI %q becomes %q, want %q", s, got, want)
		}
	}
}
