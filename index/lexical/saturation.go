package lexical

// frequencies counts terms in whole units: an eighth, a quarter, half or one
// occurrence in the abstract, so that an occurrence in the title is a whole
// number of them too. Lengths are in the same units.
type frequencies struct {
	title, body uint32 // units of one occurrence
}

func newFrequencies(titleWeight float64) frequencies {
	f := frequencies{body: 1}
	for titleWeight*float64(f.body) != float64(uint32(titleWeight*float64(f.body))) {
		f.body *= 2
	}
	f.title = uint32(titleWeight * float64(f.body))
	return f
}

// saturation is the part of BM25 that depends on the document: it grows with
// the term's frequency towards 1, slower in longer documents.
type saturation struct {
	base, perUnit float32
}

func newSaturation(o Options, f frequencies, average float64) saturation {
	b := max(o.B, 0)
	k := o.K1 * float64(f.body)
	return saturation{base: float32(k * (1 - b)), perUnit: float32(k * b / average)}
}

// of is at most 1, whatever is given. The conversions keep a compiler from
// fusing the two operations, which would round differently on some machines.
func (s saturation) of(tf, length uint32) float32 {
	t := float32(tf)
	return t / (t + (s.base + float32(s.perUnit*float32(length))))
}
