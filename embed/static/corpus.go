package static

import (
	"math/bits"

	"kindred/internal/text"
)

const (
	// defaultTokens bounds a Corpus unless it says otherwise: 256 MB of terms,
	// some 400,000 abstracts.
	defaultTokens = 64 << 20
	// maxPaper bounds what one paper teaches; longer ones are cut.
	maxPaper = 640
	// minPaper is the fewest terms that can be set against each other.
	minPaper = 4
	// A sentence of over maxSentence terms (text without stops) is cut into
	// pieces of about pieceTerms; one of under minSentence joins the next.
	maxSentence, pieceTerms, minSentence = 60, 24, 4
)

// Corpus is what Learn learns from: papers as numbers of terms. The zero
// value is empty and ready. A Corpus is filled by one goroutine.
type Corpus struct {
	// MaxTokens bounds the terms held, repetitions included; 0 means 64 Mi
	// (256 MB). When papers would go beyond it, half of them are let go, a
	// fair sample chosen by their words and not by their order.
	MaxTokens int

	terms  []string
	id     map[string]int32
	groups map[string]int32
	papers []span
	tokens []int32
	ends   []int32 // where each sentence ends, counted from its paper's body
	seen   map[uint64]struct{}
	thin   uint64 // papers are kept whose hash has none of these bits
}

// span is one paper's place in tokens and ends.
type span struct {
	hash             uint64
	token, end       int
	title, sentences int32
	group            int32 // -1: none
}

// Papers is the number of papers held.
func (c *Corpus) Papers() int { return len(c.papers) }

// Add adds a paper, keeping nothing of d but its terms' strings. Group is
// what the paper shares with its likes (its first category), "" for none;
// papers of one group are set against each other. A paper with next to no
// words, and one whose words came before, teach nothing and are passed over.
func (c *Corpus) Add(d *text.Doc, group string) {
	if len(d.Title)+len(d.Body) < minPaper {
		return
	}
	if c.id == nil {
		c.id, c.groups, c.seen = map[string]int32{}, map[string]int32{}, map[uint64]struct{}{}
	}
	p := span{token: len(c.tokens), end: len(c.ends), group: -1}
	title := d.Title[:min(len(d.Title), maxPaper/2)]
	body := d.Body[:min(len(d.Body), maxPaper-len(title))]
	for _, t := range title {
		c.tokens = append(c.tokens, c.number(t))
	}
	for _, t := range body {
		c.tokens = append(c.tokens, c.number(t))
	}
	c.ends = appendSentences(c.ends, d.Ends, len(body))
	p.title, p.sentences = int32(len(title)), int32(len(c.ends)-p.end)
	p.hash = hashTokens(c.tokens[p.token:])
	if _, twice := c.seen[p.hash]; twice || p.hash&c.thin != 0 {
		c.tokens, c.ends = c.tokens[:p.token], c.ends[:p.end]
		return
	}
	c.seen[p.hash] = struct{}{}
	if group != "" {
		g, ok := c.groups[group]
		if !ok {
			g = int32(len(c.groups))
			c.groups[group] = g
		}
		p.group = g
	}
	c.papers = append(c.papers, p)

	limit := c.MaxTokens
	if limit <= 0 {
		limit = defaultTokens
	}
	for len(c.tokens) > limit && len(c.papers) > 1 {
		c.halve()
	}
}

// number is a term's number, given in the order of first use.
func (c *Corpus) number(term string) int32 {
	n, ok := c.id[term]
	if !ok {
		n = int32(len(c.terms))
		c.id[term] = n
		c.terms = append(c.terms, term)
	}
	return n
}

// halve lets go of the papers that have the next bit of their hash set.
func (c *Corpus) halve() {
	c.thin = c.thin<<1 | 1
	papers, tokens, ends := c.papers[:0], c.tokens[:0], c.ends[:0]
	for i, p := range c.papers {
		if p.hash&c.thin != 0 {
			delete(c.seen, p.hash)
			continue
		}
		token, end := len(c.tokens), len(c.ends)
		if i+1 < len(c.papers) {
			token, end = c.papers[i+1].token, c.papers[i+1].end
		}
		words, stops := c.tokens[p.token:token], c.ends[p.end:end]
		p.token, p.end = len(tokens), len(ends)
		papers, tokens, ends = append(papers, p), append(tokens, words...), append(ends, stops...)
	}
	c.papers, c.tokens, c.ends = papers, tokens, ends
}

// appendSentences appends where the sentences of a body of n terms end: those
// of ends, long ones cut and short ones joined.
func appendSentences(dst []int32, ends []int, n int) []int32 {
	start := 0
	for i, end := range ends {
		end = min(end, n)
		if end-start < minSentence && i+1 < len(ends) && end < n {
			continue
		}
		if size := end - start; size > maxSentence {
			pieces := size / pieceTerms
			for k := 1; k < pieces; k++ {
				dst = append(dst, int32(start+k*size/pieces))
			}
		}
		if end > start {
			dst = append(dst, int32(end))
		}
		start = end
	}
	return dst
}

// hashTokens is FNV-1a by whole numbers, mixed so that every bit is as good
// as another.
func hashTokens(tokens []int32) uint64 {
	h := uint64(14695981039346656037)
	for _, t := range tokens {
		h = (h ^ uint64(uint32(t))) * 1099511628211
		h = bits.RotateLeft64(h, 23)
	}
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}
