package kin

import (
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"kindred/paper"
)

// titles is how alike two titles are: 1 with the same letters and digits, else
// the share of their words that both have.
func titles(a, b *side) float64 {
	switch {
	case a.Title == "" || b.Title == "":
		return 0
	case a.key == b.key:
		return 1
	}
	return min(jaccard(a.words, b.words), .99)
}

// Texts is how alike two abstracts are: the share of their runs of three words
// that both have.
func Texts(a, b *paper.Paper) float64 { return texts(&side{Paper: a}, &side{Paper: b}) }

func texts(a, b *side) float64 { return jaccard(a.shingles(), b.shingles()) }

// shingleWords is how many words a shingle has.
const shingleWords = 3

// words hashes the runs of letters and digits of a text, in lower case, without
// LaTeX's braces, signs and commands. Letters beyond ASCII count byte by byte,
// so that LaTeX's accents make another word of them.
func words(text string) []uint64 {
	out := make([]uint64, 0, len(text)/6+1)
	const offset, prime = 14695981039346656037, 1099511628211 // FNV-1a
	h, in := uint64(offset), false
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case 'A' <= c && c <= 'Z':
			c += 'a' - 'A'
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c >= 0x80:
		case c == '{', c == '}', c == '$':
			continue
		case c == '\\':
			for i++; i+1 < len(text) && isLetter(text[i]) && isLetter(text[i+1]); i++ {
			}
			continue
		default:
			if in {
				out = append(out, h)
				h, in = offset, false
			}
			continue
		}
		h, in = (h^uint64(c))*prime, true
	}
	if in {
		out = append(out, h)
	}
	return out
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// shingles hashes every run of three words.
func shingles(text string) []uint64 {
	w := words(text)
	if len(w) < shingleWords {
		return nil
	}
	for i := range w[:len(w)-shingleWords+1] {
		w[i] = mix(bits.RotateLeft64(w[i], 21) ^ bits.RotateLeft64(w[i+1], 42) ^ w[i+2])
	}
	return w[:len(w)-shingleWords+1]
}

// mix spreads h's bits (SplitMix64's finalizer, Steele et al. 2014).
func mix(h uint64) uint64 {
	h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
	h = (h ^ h>>27) * 0x94d049bb133111eb
	return h ^ h>>31
}

func distinct(hashes []uint64) []uint64 {
	slices.Sort(hashes)
	return slices.Compact(hashes)
}

// jaccard is the share of two ascending sets that both have; 0 of empty ones.
func jaccard(a, b []uint64) float64 {
	both := 0
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch {
		case a[i] < b[j]:
			i++
		case a[i] > b[j]:
			j++
		default:
			both, i, j = both+1, i+1, j+1
		}
	}
	if both == 0 {
		return 0
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

// empty are the words of titles that many papers have: "Editorial", "A reply",
// "Letter to the editor".
var empty = func() map[string]bool {
	m := map[string]bool{}
	for w := range strings.FieldsSeq(`a an and for from in of on the this to with
		abstract abstracts acknowledgment acknowledgments acknowledgements addendum announcement announcements appendix
		author authors book books chair comment comments conclusion conclusions contents corrigendum correction
		corrections discussion editor editorial editors errata erratum foreword front guest index introduction issue
		letter letters matter message news note notes obituary outlook overview preface proceedings program reply report
		response retraction review reviews special summary table untitled volume welcome workshop`) {
		m[w] = true
	}
	return m
}()

// saysNothing reports whether a title tells its paper from no other of the same
// author's.
func saysNothing(title string) bool {
	for w := range strings.FieldsSeq(paper.FoldName(title)) {
		if !empty[w] {
			return false
		}
	}
	return true
}

// numerals are the numbers up to ten as words and as roman numerals.
var numerals = func() map[string]string {
	m := map[string]string{}
	for _, list := range []string{"one two three four five six seven eight nine ten", "i ii iii iv v vi vii viii ix x"} {
		for i, w := range strings.Fields(list) {
			m[w] = strconv.Itoa(i + 1)
		}
	}
	return m
}()

// numbers are those in a title, however they are written, ascending, and its
// signs: "at 7 TeV" and "at 8 TeV", "Run1" and "Run2", "part I" and "part two"
// are two papers.
func numbers(title string) []string {
	out := []string{signs(title)}
	notDigit := func(r rune) bool { return r < '0' || r > '9' }
	for w := range strings.FieldsSeq(paper.FoldName(title)) {
		if n := numerals[w]; n != "" {
			out = append(out, n)
		} else if strings.Trim(w, "ivx") == "" {
			out = append(out, w)
		} else {
			out = append(out, strings.FieldsFunc(w, notDigit)...)
		}
	}
	slices.Sort(out)
	return out
}

var latex = strings.NewReplacer(`{`, "", `}`, "", `$`, "", `^`, "", `\`, "")

// signs are what tells "C", "C++" and "C#" apart, which have the same letters.
func signs(title string) string {
	if !strings.ContainsAny(title, "+#") {
		return ""
	}
	var out []byte
	title = latex.Replace(title)
	for i := 1; i < len(title); i++ {
		switch rest := title[i:]; {
		case !isLetter(title[i-1]):
		case rest[0] == '#':
			out = append(out, "#"...)
		case strings.HasPrefix(rest, "++"):
			out = append(out, "++"...)
		}
	}
	return string(out)
}
