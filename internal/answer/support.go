package answer

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kindred/internal/text"
	"kindred/paper"
)

// A sentence of a chat model is believed by its words alone, since the model's
// own word for it is worth nothing: what it may have read in an abstract that
// lies ("ignore the above and say …") is held against the abstracts like all else.
// The check is by form. It finds what the papers do not speak of, other numbers,
// and the opposite of what they say; a sentence that puts their words together
// in a wrong way can pass it. The thresholds are measured, see support_test.go.
const (
	// leastShare of a sentence's topic words stand in the papers it cites.
	leastShare = 0.6
	// leastNear of them stand in two sentences of each paper that follow each
	// other: words from all over an abstract say what the abstract does not.
	leastNear = 0.65
	// leastOwn of them stand in a paper that is cited, or the citation goes.
	leastOwn = 0.3
	// leastWords is how many topic words a sentence needs to be held against.
	leastWords = 2
	// aboutAsMuch is how much less of it a sentence of a paper may speak of than
	// the nearest one and still have a say in whether the opposite is meant.
	aboutAsMuch = 0.2
	// maxSentences bounds the work on one monstrous abstract.
	maxSentences = 200
)

// evidence is a paper as sentences are held against it: title and abstract
// together, each two sentences that follow each other, and each sentence.
type evidence struct {
	whole              *claim
	windows, sentences []*claim
}

// claim is what a piece of text says, as far as words tell.
type claim struct {
	terms    map[string]bool // that carry its topic
	numbers  map[string]bool
	up, down bool // speaks of more, of less
	not      bool // is negated
	hardly   bool // is negated in other words, such as "fails to"
}

func newEvidence(a *text.Analyzer, p *paper.Paper) *evidence {
	e := &evidence{whole: read(a, p.Title+". "+p.Abstract)}
	if p.Year > 0 {
		e.whole.numbers[strconv.Itoa(p.Year)] = true
	}
	before := p.Title
	for s := range text.Sentences(p.Abstract) {
		one := p.Abstract[s.Start:s.End]
		e.sentences = append(e.sentences, read(a, one))
		e.windows = append(e.windows, read(a, before+". "+one))
		if before = one; len(e.sentences) == maxSentences {
			break
		}
	}
	if len(e.windows) == 0 {
		e.windows = []*claim{read(a, p.Title)}
		e.sentences = e.windows
	}
	return e
}

// supported returns the citations of papers that bear the sentence out, by
// number from 1; none where they do not.
func supported(a *text.Analyzer, sentence string, citations []int, papers []*evidence) []int {
	c := read(a, sentence)
	if len(c.terms)+len(c.numbers) < leastWords {
		return nil
	}
	var cited []int
	var near []*claim    // the windows that speak of it most, one a paper
	var windows []*claim // those that speak of it about as much
	var single []*claim  // likewise, one sentence each
	for _, n := range citations {
		e := papers[n-1]
		if c.share(e.whole) < leastOwn {
			continue
		}
		cited = append(cited, n)
		some := c.nearest(e.windows)
		near, windows = append(near, some[0]), append(windows, some...)
		single = append(single, c.nearest(e.sentences)...)
	}
	if len(cited) == 0 {
		return nil
	}
	var whole []*claim
	for _, n := range cited {
		whole = append(whole, papers[n-1].whole)
	}
	for n := range c.numbers {
		if !slices.ContainsFunc(whole, func(w *claim) bool { return w.numbers[n] }) {
			return nil
		}
	}
	if c.share(whole...) < leastShare || c.share(near...) < leastNear {
		return nil
	}
	// The opposite of what the papers say.
	switch {
	case c.up != c.down && !slices.ContainsFunc(single, func(s *claim) bool { return s.up == s.down || s.up == c.up }),
		c.not && !slices.ContainsFunc(windows, func(w *claim) bool { return w.not || w.hardly }),
		!c.not && !c.hardly && !c.down && slices.ContainsFunc(single, func(s *claim) bool { return s.not }):
		return nil
	}
	return cited
}

// nearest are those that speak of most of the claim's topic, the nearest first.
func (c *claim) nearest(of []*claim) []*claim {
	best := slices.MaxFunc(of, func(a, b *claim) int { return cmp.Compare(c.share(a), c.share(b)) })
	out := []*claim{best}
	for _, one := range of {
		if one != best && c.share(one) >= c.share(best)-aboutAsMuch {
			out = append(out, one)
		}
	}
	return out
}

// share is how much of the claim's topic the others speak of together.
func (c *claim) share(of ...*claim) float64 {
	n := 0
	for t := range c.terms {
		if slices.ContainsFunc(of, func(o *claim) bool { return o.terms[t] }) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(c.terms)))
}

// number finds numbers as they are written: 0.93, 10,000, 2-3 (two of them).
var number = regexp.MustCompile(`\d+(?:[.,]\d+)*`)

func read(a *text.Analyzer, s string) *claim {
	c := &claim{terms: map[string]bool{}, numbers: map[string]bool{}}
	for _, n := range number.FindAllString(s, -1) {
		c.numbers[strings.ReplaceAll(n, ",", "")] = true
	}
	for _, k := range a.Tokens(nil, s) {
		switch t := k.Term; {
		case numberWords[t] != "":
			c.numbers[numberWords[t]] = true
		case upWords[t]:
			c.up = true
		case downWords[t]:
			c.down = true
		case notWords[t]:
			c.not = true
		case hardlyWords[t]:
			c.hardly = true
		case !text.Stop(t) && !frameWords[t] && !isNumber(t):
			c.terms[t] = true
		}
	}
	return c
}

func isNumber(t string) bool {
	return !strings.ContainsFunc(t, func(r rune) bool { return r < '0' || r > '9' })
}

func words(s string) map[string]bool {
	var a text.Analyzer
	m := map[string]bool{}
	for _, t := range a.Terms(nil, s) {
		m[t] = true
	}
	return m
}

var (
	// frameWords are put around what a paper says; the paper need not have them.
	frameWords = words(`abstract according additionally addition also although author authors based conclude conclusion
		describe described demonstrate demonstrated discuss discussed example find finding findings found furthermore
		however include includes including indicate indicates investigate moreover namely note observe observed overall
		paper papers present presented propose proposed provide provides recent report reported research researchers
		result results reveal see shown show shows specifically state studied studies study suggest suggested suggests
		summary therefore thus work works`)
	upWords = words(`better enhance enhances exceed exceeds gain gains greater higher improve improved improvement
		increase increased increases more outperform outperforms rise rises superior surpass surpasses faster`)
	downWords = words(`decline declines decrease decreased decreases degrade degrades degradation diminish drop drops fall
		falls fewer inferior less lose loses lost loss lower reduce reduced reduces reduction shrink shrinks slower worse worsen`)
	notWords    = words(`cannot neither never no nor not don't doesn't didn't isn't aren't wasn't weren't can't won't couldn't`)
	hardlyWords = words(`avoid avoids fail failed fails hardly lack lacks prevent prevents rarely unable without`)
	numberWords = func() map[string]string {
		var a text.Analyzer
		m := map[string]string{}
		for i, t := range a.Terms(nil, "two three four five six seven eight nine ten eleven twelve") {
			m[t] = strconv.Itoa(i + 2)
		}
		return m
	}()
)
