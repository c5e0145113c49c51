package index

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"kindred/index/plane"
	"kindred/internal/text"
	"kindred/paper"
)

// Regions are named at several levels: some for the whole map, four times as
// many for each level below.
const (
	nameLevels  = 4
	firstNames  = 14
	namingReads = 60_000 // papers whose titles are read, evenly spread
	namingRound = 12     // of k-means
)

// region is a part of the map that gets a name.
type region struct {
	level  int
	centre plane.Point
	papers int
	counts map[uint64]int // of titles with a phrase
}

// nameRegions divides the map into regions and names each by the phrase of one
// or two words that is most telling of its papers' titles beside all others'.
// The same papers give the same names.
func (x *Index) nameRegions(ctx context.Context, a *atlas) ([]paper.MapName, error) {
	var middles [nameLevels][]plane.Point
	var levels [nameLevels][]*region // in the same order
	for level := range levels {
		middles[level] = centres(a.layout.Landmarks(), firstNames<<(2*level))
		for _, c := range middles[level] {
			levels[level] = append(levels[level], &region{level: level, centre: c, counts: map[uint64]int{}})
		}
	}
	phrases := newPhraseBook()
	total, err := x.readTitles(ctx, a, func(at plane.Point, title string) {
		found := phrases.of(title)
		for level, list := range levels {
			r := list[nearestPoint(middles[level], at)]
			r.papers++
			for _, p := range found {
				r.counts[p]++
			}
		}
	})
	if err != nil || total == 0 {
		return nil, err
	}
	var out []paper.MapName
	taken := map[string]bool{}
	for _, list := range levels {
		// Large regions choose first.
		slices.SortStableFunc(list, func(a, b *region) int { return cmp.Compare(b.papers, a.papers) })
		for _, r := range list {
			name := phrases.best(r, total, taken)
			if name == "" {
				continue
			}
			out = append(out, paper.MapName{
				X: float64(r.centre.X), Y: float64(r.centre.Y), Level: r.level,
				Text: name, Size: float64(r.papers) / float64(total),
			})
		}
	}
	return out, nil
}

// readTitles calls fn with the places and titles of papers evenly spread over
// the map, and returns their number.
func (x *Index) readTitles(ctx context.Context, a *atlas, fn func(at plane.Point, title string)) (int, error) {
	all := a.papers.All()
	some := make([]uint32, min(len(all), namingReads))
	for i := range some {
		some[i] = all[i*len(all)/len(some)]
	}
	slices.Sort(some) // as they lie on the disk
	total := 0
	for chunk := range slices.Chunk(some, batchPapers) {
		papers, err := x.store.PapersAscending(ctx, chunk)
		if err != nil {
			return total, err
		}
		for i, p := range papers {
			if at, ok := a.papers.At(chunk[i]); ok && p != nil {
				fn(at, paper.PlainText(p.Title))
				total++
			}
		}
	}
	return total, nil
}

// centres divides places into at most n parts by k-means, the same for the same
// places.
func centres(places []plane.Point, n int) []plane.Point {
	n = min(n, (len(places)+3)/4)
	out := make([]plane.Point, 0, n)
	sorted := slices.Clone(places)
	slices.SortFunc(sorted, func(a, b plane.Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	columns := max(1, int(math.Sqrt(float64(n))))
	for c := range columns { // in columns, each by height
		column := sorted[c*len(sorted)/columns : (c+1)*len(sorted)/columns]
		slices.SortFunc(column, func(a, b plane.Point) int { return cmp.Or(cmp.Compare(a.Y, b.Y), cmp.Compare(a.X, b.X)) })
		rows := (c+1)*n/columns - c*n/columns
		for r := range rows {
			out = append(out, column[(2*r+1)*len(column)/(2*rows)])
		}
	}
	for range namingRound {
		sums := make([]struct{ x, y, n float64 }, len(out))
		for _, p := range places {
			s := &sums[nearestPoint(out, p)]
			s.x, s.y, s.n = s.x+float64(p.X), s.y+float64(p.Y), s.n+1
		}
		for i, s := range sums {
			if s.n > 0 {
				out[i] = plane.Point{X: float32(s.x / s.n), Y: float32(s.y / s.n)}
			}
		}
	}
	return out
}

func nearestPoint(list []plane.Point, p plane.Point) int {
	best, least := 0, float32(math.Inf(1))
	for i, c := range list {
		dx, dy := c.X-p.X, c.Y-p.Y
		if d := float32(dx*dx) + float32(dy*dy); d < least {
			best, least = i, d
		}
	}
	return best
}

// phraseBook numbers phrases of one or two words, singular and plural as one,
// counts the titles they stand in, and remembers how they are written.
type phraseBook struct {
	analyzer text.Analyzer
	tokens   []text.Token
	words    map[string]uint32
	forms    []map[string]int // by word, how it is written
	titles   map[uint64]int   // by phrase
	found    []uint64
}

func newPhraseBook() *phraseBook {
	return &phraseBook{words: map[string]uint32{}, forms: make([]map[string]int, 1), titles: map[uint64]int{}}
}

// of returns the phrases of a title, each once: words, and pairs of words that
// stand side by side. They are lent.
func (b *phraseBook) of(title string) []uint64 {
	b.tokens = b.analyzer.Tokens(b.tokens[:0], title)
	b.found = b.found[:0]
	last, end := uint32(0), 0
	for _, t := range b.tokens {
		form := title[t.Start:t.End]
		lower := strings.ToLower(form)
		if text.Stop(t.Term) || weak[lower] || len(form) < 3 || strings.ContainsAny(form, `\{}$^_0123456789`) {
			last = 0
			continue
		}
		key := singular(lower)
		word, known := b.words[key]
		if !known {
			word = uint32(len(b.forms))
			b.words[key] = word
			b.forms = append(b.forms, map[string]int{})
		}
		b.forms[word][form]++
		b.note(uint64(word))
		if between := title[end:t.Start]; last != 0 && (between == " " || between == "-") {
			b.note(uint64(last)<<32 | uint64(word))
		}
		last, end = word, t.End
	}
	return b.found
}

func (b *phraseBook) note(phrase uint64) {
	if !slices.Contains(b.found, phrase) {
		b.titles[phrase]++
		b.found = append(b.found, phrase)
	}
}

// singular takes the plural's ending off an English word, near enough to tell
// its two forms from other words.
func singular(word string) string {
	for _, end := range []string{"ss", "us", "is"} {
		if strings.HasSuffix(word, end) {
			return word
		}
	}
	if stem, ok := strings.CutSuffix(word, "ies"); ok && len(stem) > 2 {
		return stem + "y"
	}
	if stem, ok := strings.CutSuffix(word, "s"); ok && len(stem) > 2 {
		return stem
	}
	return word
}

// weak are words of titles that say how papers are made, not what about.
var weak = map[string]bool{}

func init() {
	for _, w := range strings.Fields(`new novel approach approaches method methods via using based study studies
		analysis note notes results result problem problems two one three first some general towards toward
		efficient improved application applications effect effects model models case review survey paper
		introduction remarks remark comment on use properties theory system systems simple type types and data`) {
		weak[w] = true
	}
}

// best is the phrase whose share of a region's titles is largest and least
// expected of so many titles of all: its part of the divergence of the one
// from the other (Kullback and Leibler 1951). Pairs of words say more, and
// count for more. Names are given once.
func (b *phraseBook) best(r *region, total int, taken map[string]bool) string {
	type choice struct {
		text  string
		score float64
	}
	best := choice{}
	least := max(2, r.papers/60)
	for phrase, n := range r.counts {
		if n < least {
			continue
		}
		expected := float64(b.titles[phrase]) / float64(total) * float64(r.papers)
		score := float64(n) * math.Log(float64(n)/expected)
		if phrase>>32 != 0 {
			score *= pairsCount
		}
		if score < best.score || score <= 0 {
			continue
		}
		if c := (choice{b.text(phrase), score}); !taken[strings.ToLower(c.text)] && (c.score > best.score || c.text < best.text) {
			best = c
		}
	}
	if best.text != "" {
		taken[strings.ToLower(best.text)] = true
	}
	return best.text
}

const pairsCount = 1.6

// text is a phrase as it is mostly written.
func (b *phraseBook) text(phrase uint64) string {
	if first := uint32(phrase >> 32); first != 0 {
		return b.form(first) + " " + b.form(uint32(phrase))
	}
	return b.form(uint32(phrase))
}

// form is how a word is mostly written. Titles write all words with capitals
// often enough, so a word is small that is so now and then.
func (b *phraseBook) form(word uint32) string {
	all, small := 0, 0
	best, most := "", 0
	bestSmall, mostSmall := "", 0
	for form, n := range b.forms[word] {
		all += n
		if n > most || n == most && form < best {
			best, most = form, n
		}
		if form == strings.ToLower(form) {
			small += n
			if n > mostSmall || n == mostSmall && form < bestSmall {
				bestSmall, mostSmall = form, n
			}
		}
	}
	if small*smallOften > all {
		return bestSmall
	}
	return best
}

// smallOften: one in so many makes a word small.
const smallOften = 6
