package text

import "slices"

// longPhrase is how many terms a machine word has bits for.
const longPhrase = 64

// Has reports whether the terms of a phrase, one at least, are terms of s one
// after the other. It is several times faster than reading all terms of s: a
// stem begins as its word does, so most words need not be stemmed.
func (a *Analyzer) Has(s string, phrase []string) bool {
	if len(phrase) > longPhrase {
		return follow(a.Terms(nil, s), phrase)
	}
	sc := scanner{src: s, word: a.word[:0]}
	defer func() { a.word = sc.word }()
	// Shift-And (Baeza-Yates and Gonnet 1992): bit k says that the words read
	// last are the first k+1 of the phrase.
	var read uint64
	whole := uint64(1) << (len(phrase) - 1)
	for sc.next() {
		open := read<<1 | 1 // the places in the phrase where this word may stand
		read = 0
		stem := ""
		for k, term := range phrase {
			if open>>k == 0 {
				break
			}
			if open>>k&1 == 0 || sc.word[0] != term[0] {
				continue
			}
			if stem == "" {
				stem = a.stem(sc.word)
			}
			if stem == term {
				read |= 1 << k
			}
		}
		if read&whole != 0 {
			return true
		}
	}
	return false
}

// follow reports whether the words stand in a text one after the other.
func follow(text, words []string) bool {
	for i := 0; i+len(words) <= len(text); i++ {
		if slices.Equal(text[i:i+len(words)], words) {
			return true
		}
	}
	return false
}
