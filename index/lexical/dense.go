package lexical

import (
	"math"
	"slices"
	"unsafe"
)

const (
	// windowSize is the number of documents that are searched at a time; a
	// posting holds its document's place in the window and its level.
	windowBits = 12
	windowSize = 1 << windowBits
	levelBits  = 4
	levelCount = 1 << levelBits
)

// dense holds the lists of frequent terms, for adding up without decoding
// anything. A list has one chunk a window of documents. A posting is 16 bits:
// the document's place in the window, then the level, which bounds the term's
// saturation there. The frequencies lie apart, as they are only read for
// documents whose levels could make them an answer.
type dense struct {
	terms    []uint32 // ascending
	levels   []levels
	chunks   []chunk // per term one a window
	postings []uint16
	tfs      []byte // per chunk packed: frequencies less one; packPad bytes at the end
}

// levels are the bounds of saturation that a list's postings refer to: level
// i stands for up to (levels[i]+1)/256.
type levels [levelCount]uint8

// chunk is a list's part in a window.
type chunk struct {
	postings uint32 // where they begin
	tfs      uint32 // where they begin
	meta     uint32 // number of postings, 13 bits; bits a frequency, 6; greatest level, 4
}

func newChunk(postings, tfs, n int, width uint, greatest uint8) chunk {
	return chunk{uint32(postings), uint32(tfs), uint32(n) | uint32(width)<<13 | uint32(greatest)<<19}
}

func (c chunk) len() int       { return int(c.meta & (1<<13 - 1)) }
func (c chunk) width() uint    { return uint(c.meta >> 13 & 63) }
func (c chunk) greatest() uint { return uint(c.meta >> 19 & (levelCount - 1)) }

// add appends a list. bins are the postings' saturations in 256ths, rounded
// down.
func (d *dense) add(term uint32, docs, tfs []uint32, bins []uint8, windows int) {
	lv, code := chooseLevels(bins)
	d.terms = append(d.terms, term)
	d.levels = append(d.levels, lv)
	var less [windowSize]uint32
	for w := range windows {
		begin := len(d.postings)
		n, greatest := 0, uint8(0)
		for n < len(docs) && int(docs[n]>>windowBits) == w {
			level := code[bins[n]]
			greatest = max(greatest, level)
			d.postings = append(d.postings, uint16(docs[n]<<levelBits)|uint16(level))
			less[n] = tfs[n] - 1
			n++
		}
		width := widthOf(less[:n])
		d.chunks = append(d.chunks, newChunk(begin, len(d.tfs), n, width, greatest))
		d.tfs = pack(d.tfs, less[:n], width)
		docs, tfs, bins = docs[n:], tfs[n:], bins[n:]
	}
}

// chooseLevels puts the levels where there are many postings, as the square
// root of how many, and returns the level of each 256th as well.
func chooseLevels(bins []uint8) (lv levels, code [256]uint8) {
	var counts [256]uint32
	least, greatest := uint8(255), uint8(0)
	for _, b := range bins {
		counts[b]++
		least, greatest = min(least, b), max(greatest, b)
	}
	total := 0.0
	for _, n := range counts[least : int(greatest)+1] {
		total += math.Sqrt(float64(n))
	}
	level, sum := 0, 0.0
	for b := int(least); b <= int(greatest); b++ {
		sum += math.Sqrt(float64(counts[b]))
		code[b] = uint8(level)
		lv[level] = uint8(b)
		if sum*levelCount >= total*float64(level+1) && level < levelCount-1 && b < int(greatest) {
			level++
		}
	}
	for i := level + 1; i < levelCount; i++ {
		lv[i] = greatest
	}
	return lv, code
}

func (d *dense) find(term uint32) (at int, ok bool) { return slices.BinarySearch(d.terms, term) }

// list returns a list's chunks.
func (d *dense) list(at, windows int) []chunk { return d.chunks[at*windows : (at+1)*windows] }

func (d *dense) in(c chunk) []uint16 {
	return d.postings[c.postings : int(c.postings)+c.len()]
}

// tf is the frequency of the i-th posting of a chunk.
func (d *dense) tf(c chunk, i int) uint32 { return packed(d.tfs[c.tfs:], i, c.width()) + 1 }

// read appends the documents and frequencies of a list to docs and tfs.
func (d *dense) read(at, windows int, docs, tfs []uint32) ([]uint32, []uint32) {
	for w, c := range d.list(at, windows) {
		for i, p := range d.in(c) {
			docs = append(docs, uint32(w)<<windowBits|uint32(p>>levelBits))
			tfs = append(tfs, d.tf(c, i))
		}
	}
	return docs, tfs
}

func (d *dense) memory() int64 {
	return 4*int64(cap(d.terms)) + levelCount*int64(cap(d.levels)) +
		int64(unsafe.Sizeof(chunk{}))*int64(cap(d.chunks)) + 2*int64(cap(d.postings)) + int64(cap(d.tfs))
}
