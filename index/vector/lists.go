package vector

import (
	"context"
	"hash/crc32"
	"math"
	"slices"
	"sync/atomic"
	"unsafe"
)

// list is the codes of one cell of the space. It never changes; adding to a
// cell makes a new list that shares the full blocks.
type list struct {
	blocks []*block // all full but perhaps the last
}

// lists is the codes of all documents. Those that were there when the centres
// were learned are by the centre that they are nearest to, and a search looks
// into some of these lists only. Later ones are in a list of their own that
// every search goes through, since the centres may know nothing like them. So
// what a search finds depends on which documents there are and which of them
// the centres were learned from, not on their order.
type lists struct {
	dimension int
	rotation  rotation
	deviation float32     // of an estimate, for differences from the centre of unit length
	trained   int         // how many documents the centres were learned from
	passing   bool        // made while documents were coming in, see Build
	centres   [][]float32 // the first, of the later documents, is the origin
	rotated   [][]float32 // the centres
	squares   []float32   // of the centres' lengths
	spread    []float32   // of each list: the typical distance from the centre
	reach     reach

	cells []atomic.Pointer[list] // one for each centre

	// For writers, who exclude each other:
	size    int     // codes in all cells
	later   int     // of them in the first
	entries []entry // by document
}

// entry says where a document's code is.
type entry struct {
	sum  uint32 // checksum of the vector; 0 when there is no code
	cell uint32
}

// newLists returns empty lists around centres, which it keeps.
func newLists(dimension, trained int, centres [][]float32) *lists {
	centres = append([][]float32{make([]float32, dimension)}, centres...)
	l := &lists{
		dimension: dimension,
		rotation:  newRotation(dimension),
		trained:   trained,
		centres:   centres,
		cells:     make([]atomic.Pointer[list], len(centres)),
	}
	l.deviation = codeDeviation / float32(math.Sqrt(float64(l.rotation.padded)))
	for i, c := range centres {
		turned := make([]float32, l.rotation.padded)
		l.rotation.apply(turned, c)
		l.rotated = append(l.rotated, turned)
		square := cosine(c, c)
		l.squares = append(l.squares, square)
		l.spread = append(l.spread, float32(math.Sqrt(float64(max(leastSpread, 1-square)))))
		l.cells[i].Store(new(list))
	}
	return l
}

// leastSpread keeps a list of equal vectors from promising less than they give.
const leastSpread = 0.001

// checksum stands for a vector; it is never 0.
func checksum(v []float32) uint32 {
	bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(v))), 4*len(v))
	return crc32.Checksum(bytes, castagnoli) | 1
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode makes the codes of later documents. It needs no lock.
func (l *lists) encode(ctx context.Context, vectors [][]float32) ([]code, error) {
	codes := make([]code, len(vectors))
	width := l.rotation.padded / 4
	nibbles := make([]byte, len(vectors)*width)
	turned := make([]float32, l.rotation.padded)
	for i, v := range vectors {
		if i%scanStep == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		codes[i].nibbles = nibbles[i*width : (i+1)*width]
		l.rotation.apply(turned, v)
		codes[i].encode(turned, l.rotated[0])
		codes[i].sum = checksum(v)
	}
	return codes, nil
}

// insert adds later documents.
func (l *lists) insert(docs []uint32, codes []code) {
	if len(docs) == 0 {
		return
	}
	next := &list{blocks: slices.Clone(l.cells[0].Load().blocks)}
	if n := len(next.blocks); n > 0 && next.blocks[n-1].count < blockSize {
		next.blocks[n-1] = next.blocks[n-1].clone()
	}
	for i, doc := range docs {
		next.add(doc, &codes[i])
		l.remember(doc, entry{sum: codes[i].sum})
	}
	l.cells[0].Store(next)
}

// add puts a code at the end of a list that is being made, whose last block is
// its own.
func (l *list) add(doc uint32, c *code) {
	if n := len(l.blocks); n == 0 || l.blocks[n-1].count == blockSize {
		l.blocks = append(l.blocks, newBlock(4*len(c.nibbles)))
	}
	l.blocks[len(l.blocks)-1].add(doc, c)
}

func (l *lists) remember(doc uint32, e entry) {
	if n := int(doc) + 1; n > len(l.entries) {
		l.entries = append(l.entries, make([]entry, n-len(l.entries))...)
	}
	l.entries[doc] = e
	l.size++
	if e.cell == 0 {
		l.later++
	}
}

// sum returns the checksum of the vector whose code is held for doc, else 0.
func (l *lists) sum(doc uint32) uint32 {
	if int(doc) < len(l.entries) {
		return l.entries[doc].sum
	}
	return 0
}

// unknown returns those of the documents whose vectors' codes are not held.
func (l *lists) unknown(docs []uint32, vectors [][]float32) (fresh []uint32, rows [][]float32) {
	for i, doc := range docs {
		if sum := l.sum(doc); sum == 0 || sum != checksum(vectors[i]) {
			fresh, rows = append(fresh, doc), append(rows, vectors[i])
		}
	}
	return fresh, rows
}

func (l *lists) holdsAny(docs []uint32) bool {
	return slices.ContainsFunc(docs, func(doc uint32) bool { return l.sum(doc) != 0 })
}

// remove drops the codes of the documents that have one.
func (l *lists) remove(docs []uint32) {
	touched := make(map[uint32]bool)
	for _, doc := range docs {
		if l.sum(doc) == 0 {
			continue
		}
		cell := l.entries[doc].cell
		touched[cell] = true
		l.entries[doc].sum = 0
		l.size--
		if cell == 0 {
			l.later--
		}
	}
	for cell := range touched {
		l.cells[cell].Store(l.cells[cell].Load().without(func(doc uint32) bool { return l.entries[doc].sum == 0 }))
	}
}

// retain removes the documents that are not to be kept.
func (l *lists) retain(keep func(doc uint32) bool) {
	var others []uint32
	for i, e := range l.entries {
		if doc := uint32(i); e.sum != 0 && !keep(doc) {
			others = append(others, doc)
		}
	}
	l.remove(others)
}

// without returns the list less the codes of some documents, whose places the
// last ones take.
func (l *list) without(gone func(doc uint32) bool) *list {
	blocks := slices.Clone(l.blocks)
	ours := make(map[*block]bool)
	own := func(i int) *block {
		if !ours[blocks[i]] {
			blocks[i] = blocks[i].clone()
			ours[blocks[i]] = true
		}
		return blocks[i]
	}
	for i := 0; i < len(blocks); i++ {
		for j := 0; i < len(blocks) && j < blocks[i].count; {
			if !gone(blocks[i].docs[j]) {
				j++
				continue
			}
			end := len(blocks) - 1
			last := own(end)
			last.count--
			if i != end || j != last.count {
				own(i).put(j, last, last.count)
			}
			if last.count == 0 {
				blocks = blocks[:end]
			}
		}
	}
	return &list{blocks}
}

// memory is about how many bytes the lists take.
func (l *lists) memory() int64 {
	perCode := int64(l.rotation.padded/8 + 3*4)
	perCentre := int64(2*l.dimension+l.rotation.padded)*4 + blockSize*perCode/2
	return int64(l.size)*perCode + int64(len(l.centres))*perCentre + int64(len(l.entries))*8
}
