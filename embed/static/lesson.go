package static

import (
	"cmp"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// lesson is a corpus as it is taught: the words that are learned, and pairs of
// texts that belong together, drawn as often as wanted.
type lesson struct {
	*Corpus
	words   []string // by falling number of papers
	papersW []int32  // per word, the papers it is in
	word    []int32  // per term of the corpus its word, -1 if it is not learned
	members [][]int32
	stamp   []int // per paper, the last step that drew it, to draw none twice
}

// newLesson chooses the words: those that known has, and others in at least
// minPapers papers, at most maxWords of them all.
func newLesson(c *Corpus, known func(string) bool, minPapers, maxWords int) *lesson {
	l := &lesson{Corpus: c, word: make([]int32, len(c.terms)), stamp: make([]int, len(c.papers))}
	count := make([]int32, len(c.terms))
	last := make([]int32, len(c.terms)) // the last paper that counted, plus one
	l.members = make([][]int32, len(c.groups))
	for i, p := range c.papers {
		for _, t := range c.paperTokens(i) {
			if last[t] != int32(i+1) {
				last[t] = int32(i + 1)
				count[t]++
			}
		}
		if p.group >= 0 {
			l.members[p.group] = append(l.members[p.group], int32(i))
		}
		l.stamp[i] = -1
	}
	var chosen []int32
	for t, n := range count {
		l.word[t] = -1
		if n >= int32(minPapers) || n > 0 && known(c.terms[t]) {
			chosen = append(chosen, int32(t))
		}
	}
	slices.SortFunc(chosen, func(a, b int32) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(c.terms[a], c.terms[b]))
	})
	if maxWords > 0 && len(chosen) > maxWords {
		chosen = chosen[:maxWords]
	}
	for w, t := range chosen {
		l.word[t] = int32(w)
		l.words = append(l.words, c.terms[t])
		l.papersW = append(l.papersW, count[t])
	}
	return l
}

func (c *Corpus) paperTokens(i int) []int32 {
	end := len(c.tokens)
	if i+1 < len(c.papers) {
		end = c.papers[i+1].token
	}
	return c.tokens[c.papers[i].token:end]
}

// draw fills batch with papers, none twice. Half of the time they are of one
// group, chosen by its size, if that has twice as many papers as needed.
func (l *lesson) draw(d *dice, step int, hard float64, batch []int32) {
	var from []int32
	if d.chance(hard) {
		if g := l.papers[d.below(len(l.papers))].group; g >= 0 && len(l.members[g]) >= 2*len(batch) {
			from = l.members[g]
		}
	}
	for i := range batch {
		for {
			var p int
			if from != nil {
				p = int(from[d.below(len(from))])
			} else {
				p = d.below(len(l.papers))
			}
			if l.stamp[p] != step {
				l.stamp[p], batch[i] = step, int32(p)
				break
			}
		}
	}
}

// pair draws two texts from a paper, as words: its title and its abstract, or
// a part of the abstract and the rest. Words of the second text are left out
// with probability drop, so that no pair hangs on one word. Either may come
// out empty.
func (l *lesson) pair(d *dice, paper int, drop float64, left, right []int32) (a, b []int32) {
	p := l.papers[paper]
	tokens := l.paperTokens(paper)
	title, body := tokens[:p.title], tokens[p.title:]
	ends := l.ends[p.end:][:p.sentences]
	all := func(dst, from []int32) []int32 { return l.add(dst, from, nil, 0) }
	some := func(dst, from []int32) []int32 { return l.add(dst, from, d, drop) }

	first := 0 // the part is from first to last, in terms of the body
	last := 0
	switch n := len(ends); {
	case len(title) >= 2 && len(body) >= 2 && (n < 2 || d.chance(.5)):
		return all(left, title), some(right, body)
	case n >= 2:
		size := 1
		if d.chance(.5) {
			size = n / 2
		}
		s := d.below(n - size + 1)
		if s > 0 {
			first = int(ends[s-1])
		}
		last = int(ends[s+size-1])
	case len(body) >= len(title): // one sentence: its first half or its second
		first, last = 0, len(body)/2
		if d.chance(.5) {
			first, last = last, len(body)
		}
	default:
		return all(left, title[:len(title)/2]), some(right, title[len(title)/2:])
	}
	left = all(left, body[first:last])
	right = some(some(right, body[:first]), body[last:])
	if d.chance(.5) {
		right = all(right, title)
	}
	return left, right
}

func (l *lesson) add(dst, tokens []int32, d *dice, drop float64) []int32 {
	for _, t := range tokens {
		if w := l.word[t]; w >= 0 && (d == nil || !d.chance(drop)) {
			dst = append(dst, w)
		}
	}
	return dst
}

// dice are seeded random numbers. Each pair of each step has its own, so
// that nothing hangs on which goroutine draws it.
type dice struct{ rand.PCG }

func (d *dice) seed(seed uint64, step, pair int) {
	d.Seed(seed, uint64(step)<<24^uint64(pair))
	d.Uint64()
}

// below is a number from 0 up to but not including n.
func (d *dice) below(n int) int {
	hi, _ := bits.Mul64(d.Uint64(), uint64(n))
	return int(hi)
}

func (d *dice) chance(p float64) bool { return float64(d.Uint64()>>11) < p*(1<<53) }
