package store

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"sync"

	"kindred/paper"
)

// inventedPapers are n papers whose lengths and word frequencies are like
// those of real abstracts, the same ones every time; the caller may change
// them.
func inventedPapers(n int) []*paper.Paper {
	invented.Lock()
	defer invented.Unlock()
	for len(invented.papers) < n {
		invented.papers = append(invented.papers, invented.next(len(invented.papers)))
	}
	papers := make([]*paper.Paper, n)
	for i := range papers {
		p := invented.papers[i]
		papers[i] = &p
	}
	return papers
}

var invented = struct {
	sync.Mutex
	papers []paper.Paper
	next   func(i int) paper.Paper
}{next: inventor()}

func inventor() func(i int) paper.Paper {
	rng := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rng, 1.1, 4, 50_000)
	word := func() string {
		x := zipf.Uint64()
		const letters = "etaoinshrdlcumwfgypbvkxjqz"
		var b strings.Builder
		for x += 3; x > 0; x /= 11 {
			b.WriteByte(letters[x%26])
			b.WriteByte("aeiou"[x%5])
		}
		return b.String()
	}
	words := func(n int) string {
		list := make([]string, n)
		for i := range list {
			list[i] = word()
		}
		return strings.Join(list, " ")
	}
	return func(i int) paper.Paper {
		year := 1990 + i%35
		p := paper.Paper{
			ID:         fmt.Sprintf("%02d%02d.%05d", year%100, i%12+1, i),
			Title:      words(6 + rng.IntN(8)),
			Abstract:   words(80 + rng.IntN(160)),
			Year:       year,
			Date:       fmt.Sprintf("%d-%02d-%02d", year, i%12+1, i%28+1),
			Categories: []string{"cs." + strings.ToUpper(word()[:2])},
			IDs:        map[string]string{"arxiv": fmt.Sprint(i), "doi": fmt.Sprintf("10.1000/%d", i)},
			Source:     "invented",
		}
		for range 1 + rng.IntN(5) {
			p.Authors = append(p.Authors, words(2))
		}
		return p
	}
}

// inventedVector makes the vector of the paper i, of unit length.
func inventedVector(i, dim int) []float32 {
	rng := rand.New(rand.NewPCG(uint64(i), 7))
	v := make([]float32, dim)
	var sum float64
	for j := range v {
		x := rng.NormFloat64()
		v[j] = float32(x)
		sum += x * x
	}
	for j := range v {
		v[j] /= float32(math.Sqrt(sum))
	}
	return v
}
