package lexical

import (
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

// levels divide the saturations of a list, in 256ths, evenly.
type levels struct{ least, greatest uint8 }

// of is the level of a saturation.
func (l levels) of(bin uint8) uint8 {
	return uint8(int(bin-l.least) * levelCount / (int(l.greatest-l.least) + 1))
}

// bound is what no saturation of a level exceeds.
func (l levels) bound(level int) float64 {
	span := int(l.greatest-l.least) + 1
	return float64(int(l.least)+((level+1)*span+levelCount-1)/levelCount) / 256
}

// chunk is a list's part in a window.
type chunk struct {
	postings uint32 // where they begin
	tfs      uint32 // where they begin
	meta     uint32 // number of postings, 16 bits; bits a frequency, 6; greatest level, 4
}

func newChunk(postings, tfs, n int, width uint, greatest uint8) chunk {
	return chunk{uint32(postings), uint32(tfs), uint32(n) | uint32(width)<<16 | uint32(greatest)<<22}
}

func (c chunk) len() int       { return int(c.meta & (1<<16 - 1)) }
func (c chunk) width() uint    { return uint(c.meta >> 16 & 63) }
func (c chunk) greatest() uint { return uint(c.meta >> 22 & (levelCount - 1)) }

// add appends a list. bins are the postings' saturations in 256ths, rounded
// down. It lessens the frequencies by one each.
func (d *dense) add(term uint32, docs, tfs []uint32, bins []uint8, windows int) {
	lv := levels{slices.Min(bins), slices.Max(bins)}
	d.terms = append(d.terms, term)
	d.levels = append(d.levels, lv)
	for w := range windows {
		begin := len(d.postings)
		n, greatest := 0, uint8(0)
		for n < len(docs) && int(docs[n]>>windowBits) == w {
			level := lv.of(bins[n])
			greatest = max(greatest, level)
			d.postings = append(d.postings, uint16(docs[n]<<levelBits)|uint16(level))
			tfs[n]--
			n++
		}
		width := widthOf(tfs[:n])
		d.chunks = append(d.chunks, newChunk(begin, len(d.tfs), n, width, greatest))
		d.tfs = pack(d.tfs, tfs[:n], width)
		docs, tfs, bins = docs[n:], tfs[n:], bins[n:]
	}
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
	return 4*int64(cap(d.terms)) + 2*int64(cap(d.levels)) +
		int64(unsafe.Sizeof(chunk{}))*int64(cap(d.chunks)) + 2*int64(cap(d.postings)) + int64(cap(d.tfs))
}
