package static

import (
	"math"

	"kindred/embed"
	"kindred/internal/simd"
)

// merge makes a model of learned words' vectors and, for all other words, the
// base's rows as they are.
func merge(base *Model, words []string, table []float32, info Info) *Model {
	m := &Model{info: info}
	dim := info.Dimension
	at := map[string]int{}
	if base != nil {
		m.info.Base = base.Fingerprint()
		m.terms = append(m.terms, base.terms...)
		for t, i := range base.row {
			at[t] = int(i)
		}
	}
	for _, w := range words {
		if _, ok := at[w]; !ok {
			at[w] = len(m.terms)
			m.terms = append(m.terms, w)
		}
	}
	m.rows, m.scales = make([]int8, len(m.terms)*dim), make([]float32, len(m.terms))
	if base != nil {
		copy(m.rows, base.rows)
		copy(m.scales, base.scales)
	}
	for i, w := range words {
		j := at[w]
		m.scales[j] = quantize(m.rows[j*dim:][:dim], table[i*dim:][:dim])
	}
	m.info.Terms = len(m.terms)
	if base != nil {
		m.info.Unknown = base.info.Unknown
	} else {
		m.info.Unknown = unknownLength * m.meanLength()
	}
	m.seal(m.body())
	return m
}

// quantize writes v as whole numbers from -127 to 127 and returns what they
// are to be multiplied by: 0 for a vector that is not finite.
func quantize(q []int8, v []float32) (scale float32) {
	var top float32
	for _, x := range v {
		top = max(top, float32(math.Abs(float64(x)))) // max passes NaN on
	}
	scale = top / 127
	if !(scale > 1e-30 && scale < maxScale) {
		clear(q)
		return 0
	}
	for i, x := range v {
		q[i] = int8(math.RoundToEven(float64(x / scale)))
	}
	return scale
}

// meanLength is the mean length of the words' vectors.
func (m *Model) meanLength() float32 {
	var sum float64
	v := make(embed.Vector, m.info.Dimension)
	for i := range m.terms {
		clear(v)
		simd.AddInt8(m.scales[i], m.rows[i*len(v):][:len(v)], v)
		sum += math.Sqrt(float64(simd.Dot(v, v)))
	}
	return float32(sum / float64(len(m.terms)))
}
