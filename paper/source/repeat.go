package source

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"

	"github.com/cespare/xxhash/v2"

	"kindred/paper"
)

// repeats tells a second paper under one id from a later version of the first:
// some files use one id for several papers (an export that cuts ids short), and
// taken as they are, each would replace the one before. Another paper is one
// with another title and an abstract of quite other words; where the id is made
// of the title, as of a thousand "Editorials", one by others or of another year.
// It gets an id of its own, made of the file's and what tells it apart, so that
// the same file read again gives the same ids.
type repeats struct {
	seen map[uint64]sketch // by hash of the id; the first paper of each
}

// sketch is what is remembered of a paper, the same on every machine.
type sketch struct {
	title uint32 // hash of the folded title
	words uint64 // SimHash of the abstract's words (Charikar 2002); 0: too few to say
	names uint64 // a bit for each author's family name
	year  int32
}

const (
	// maxRepeats bounds the memory to about 150 MB; behind it, a repeated id
	// replaces.
	maxRepeats = 4 << 20
	// Abstracts under minWords words are too short to say that they differ.
	minWords = 12
	// Sketches of unrelated abstracts differ in 32 of 64 bits, give or take 4,
	// less for shared common words; those of two versions of one rarely in
	// more than 10.
	otherPaper = 14
)

// tellApart gives p an id of its own when its id stands for another paper of
// this input.
func (r *repeats) tellApart(p *paper.Paper) {
	if r.seen == nil {
		r.seen = map[uint64]sketch{}
	}
	key := xxhash.Sum64String(p.ID)
	now := sketchOf(p)
	first, again := r.seen[key]
	if !again {
		if len(r.seen) < maxRepeats {
			r.seen[key] = now
		}
		return
	}
	otherWords := now.words != 0 && first.words != 0 && bits.OnesCount64(now.words^first.words) >= otherPaper
	tells := paper.TitleKey(p.Title)
	if paper.IsTextID(p.ID) {
		otherNames := now.names != 0 && first.names != 0 && now.names&first.names == 0
		otherYear := now.year != 0 && first.year != 0 && max(now.year-first.year, first.year-now.year) > 1
		if !otherNames && !(otherYear && (otherWords || now.words == 0)) {
			return
		}
		tells = fmt.Sprint(p.Authors, p.Year, paper.TitleKey(p.Abstract))
	} else if now.title == first.title || !otherWords {
		return
	}
	sum := sha256.Sum256([]byte(tells))
	if id := p.ID + "~" + hex.EncodeToString(sum[:4]); len(id) <= paper.MaxID {
		p.ID = id
	}
}

func sketchOf(p *paper.Paper) sketch {
	s := sketch{title: uint32(xxhash.Sum64String(paper.TitleKey(p.Title))), year: int32(p.Year)}
	if paper.IsTextID(p.ID) {
		for _, name := range p.Authors {
			s.names |= 1 << (xxhash.Sum64String(family(name)) % 64)
		}
	}
	// Of each bit how often it was set, as binary numbers that stand upright: bit
	// b of planes[i] is bit i of b's count. Adding a word touches two planes in
	// the mean, where 64 sums would all be touched.
	var planes [20]uint64
	n := 0
	for w := range strings.FieldsSeq(p.Abstract) {
		if len(w) < 4 {
			continue // mostly the words that all abstracts share
		}
		n++
		carry := xxhash.Sum64String(w)
		for i := 0; carry != 0 && i < len(planes); i++ {
			planes[i], carry = planes[i]^carry, planes[i]&carry
		}
	}
	if n < minWords {
		return s
	}
	for b := range 64 {
		set := 0
		for i, plane := range planes {
			set |= int(plane>>b&1) << i
		}
		if 2*set > n {
			s.words |= 1 << b
		}
	}
	return s
}

// family is what stands for a name among few others: its last word, or what
// stands before a comma.
func family(name string) string {
	if before, _, ok := strings.Cut(name, ","); ok {
		return paper.FoldName(before)
	}
	words := strings.Fields(paper.FoldName(name))
	if len(words) == 0 {
		return ""
	}
	return words[len(words)-1]
}
