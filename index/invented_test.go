package index_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"

	"kindred/paper"
)

// invented makes n papers out of the sample corpus's words, always the same
// ones: about 130 words each with the frequencies of real text (Zipf), on one
// of 40 topics that prefer words of their own.
func invented(n int) []paper.Paper {
	const topics = 40
	words := sampleWords()
	vocabulary := uint64(len(words))
	r := rand.New(rand.NewPCG(1, 2))
	common := rand.NewZipf(r, 1.1, 8, vocabulary-1)
	topical := rand.NewZipf(r, 1.2, 4, 300)
	papers := make([]paper.Paper, n)
	var b strings.Builder
	for i := range papers {
		topic := r.IntN(topics)
		text := func(count, sentence int) string {
			b.Reset()
			for k := range count {
				w := common.Uint64()
				if r.IntN(4) == 0 {
					w = (200 + uint64(topic)*137 + topical.Uint64()*13) % vocabulary
				}
				b.WriteString(words[w])
				if (k+1)%sentence == 0 {
					b.WriteByte('.')
				}
				b.WriteByte(' ')
			}
			return b.String()
		}
		author := words[r.IntN(1000)] + " " + words[r.IntN(1000)]
		papers[i] = paper.Paper{
			ID:         fmt.Sprintf("invented-%06d", i),
			Title:      text(6+r.IntN(8), 100),
			Abstract:   text(80+r.IntN(90), 17),
			Authors:    []string{author},
			Year:       1990 + r.IntN(35),
			Categories: []string{fmt.Sprintf("field%d.T%d", topic%8, topic)},
		}
	}
	return papers
}

// brief cuts the abstracts to their first sentence, for tests that need many
// papers and little text.
func brief(papers []paper.Paper) []paper.Paper {
	for i := range papers {
		papers[i].Abstract, _, _ = strings.Cut(papers[i].Abstract, ".")
	}
	return papers
}

// sampleWords are the words of the sample corpus, the most frequent first.
var sampleWords = sync.OnceValue(func() []string {
	count := map[string]int{}
	for _, p := range samplePapers() {
		for w := range strings.FieldsFuncSeq(strings.ToLower(p.Abstract), func(r rune) bool { return r < 'a' || r > 'z' }) {
			count[w]++
		}
	}
	return slices.SortedFunc(maps.Keys(count), func(a, b string) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
})

// inventedQuestions takes sentences of n of the papers as questions.
func inventedQuestions(papers []paper.Paper, n int) []string {
	var out []string
	for i := range n {
		sentences := strings.Split(papers[i*len(papers)/n].Abstract, ".")
		out = append(out, sentences[i%(len(sentences)-1)])
	}
	return out
}
