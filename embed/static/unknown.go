package static

import (
	"math"

	"kindred/embed"
)

// A word that the model does not know gets a vector nevertheless: the sum of
// pseudo-random directions, one for each run of gramMin to gramMax letters of
// the word, so that the word meets itself and its likes ("cytokine",
// "cytokines", "cytokinesis") in other texts. The vector hangs on nothing but
// the word, the dimension and Info.Unknown.
const gramMin, gramMax = 4, 5

// unknownLength is how long unknown words' vectors are, in mean lengths of
// known ones (docs/quality.md).
const unknownLength = 2

// addUnknown adds weight times the vector of a word that has no row.
func (m *Model) addUnknown(dst embed.Vector, word string, weight float32) {
	var edged [80]byte // the analysis cuts words at 64
	w := append(edged[:0], '<')
	w = append(append(w, word[:min(len(word), maxTerm)]...), '>')
	grams := 0
	for n := gramMin; n <= gramMax; n++ {
		grams += max(len(w)-n+1, 0)
	}
	if grams == 0 {
		addDirection(dst, w, weight*m.unknown)
		return
	}
	each := weight * m.unknown / float32(math.Sqrt(float64(grams)))
	for n := gramMin; n <= gramMax; n++ {
		for i := 0; i+n <= len(w); i++ {
			addDirection(dst, w[i:i+n], each)
		}
	}
}

// addDirection adds step or -step to each number, by the bits of the letters'
// hash; as a vector, what is added is step*sqrt(len(dst)) long.
func addDirection(dst embed.Vector, letters []byte, step float32) {
	h := uint64(14695981039346656037)
	for _, c := range letters {
		h = (h ^ uint64(c)) * 1099511628211
	}
	bits := math.Float32bits(step)
	for len(dst) > 0 {
		// The next of splitmix64's numbers (Steele et al. 2014).
		h += 0x9e3779b97f4a7c15
		z := h
		z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
		z = (z ^ z>>27) * 0x94d049bb133111eb
		z ^= z >> 31
		n := min(64, len(dst))
		for i := range dst[:n] {
			dst[i] += math.Float32frombits(bits ^ uint32(z)<<31)
			z >>= 1
		}
		dst = dst[n:]
	}
}
