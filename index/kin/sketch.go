package kin

// How many bands a text has, and of how many minima each is made. Two texts of
// which a share s of the shingles is common have some band in common with a
// probability of 1-(1-s³)⁶: .99 for s = .8, .77 for .6, .05 for .2.
const (
	bands   = 6
	rows    = 3
	minimum = 24 // shingles; a shorter text says too little
)

// Bands are hashes of which near-identical texts have at least one in common
// (MinHash with one permutation, Li et al. 2012, in bands, Indyk and Motwani
// 1998); none for a text of less than some 25 words.
func Bands(text string) []uint64 {
	hashes := shingles(text)
	if len(hashes) < minimum {
		return nil
	}
	var least [bands * rows]uint64
	for _, h := range hashes {
		bin := h >> 32 * uint64(len(least)) >> 32
		if low := h | 1; least[bin] == 0 || low < least[bin] { // 0 stands for none
			least[bin] = low
		}
	}
	out := make([]uint64, 0, bands)
band:
	for b := range bands {
		h := uint64(b)
		for _, l := range least[b*rows : (b+1)*rows] {
			if l == 0 {
				continue band
			}
			h = mix(h ^ l)
		}
		out = append(out, h)
	}
	return out
}
