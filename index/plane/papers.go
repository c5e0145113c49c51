package plane

import (
	"cmp"
	"slices"

	"kindred/internal/section"
)

// Bits is how many bits a coordinate is kept in, and so the greatest level of a
// [Tile].
const Bits = 16

// code is a place with the bits of its coordinates in turn (Morton 1966), so
// that every square of the plane, halved again and again, is a range of codes.
type code uint32

const nowhere = code(1<<32 - 1) // outside the margin, so no paper's

func encode(p Point) code {
	return code(interleave(quantum(p.X)) | interleave(quantum(p.Y))<<1)
}

func quantum(f float32) uint32 { return uint32(max(0, min(1<<Bits-2, int(f*(1<<Bits))))) }

func (c code) point() Point {
	const half = 0.5
	return Point{(float32(gather(uint32(c))) + half) / (1 << Bits), (float32(gather(uint32(c)>>1)) + half) / (1 << Bits)}
}

// interleave spreads 16 bits over the even ones of 32.
func interleave(v uint32) uint32 {
	v = (v | v<<8) & 0x00ff00ff
	v = (v | v<<4) & 0x0f0f0f0f
	v = (v | v<<2) & 0x33333333
	return (v | v<<1) & 0x55555555
}

// gather is interleave the other way round.
func gather(v uint32) uint32 {
	v &= 0x55555555
	v = (v | v>>1) & 0x33333333
	v = (v | v>>2) & 0x0f0f0f0f
	v = (v | v>>4) & 0x00ff00ff
	return (v | v>>8) & 0x0000ffff
}

// Papers is where papers lie. It does not change; its methods are safe for
// concurrent use.
type Papers struct {
	places []code   // by doc number
	order  []uint32 // doc numbers by place, then by number
	filled [Bits + 1]int
}

// NewPapers keeps the papers' places; docs ascend.
func NewPapers(docs []uint32, at []Point) *Papers {
	p := &Papers{order: slices.Clone(docs)}
	if len(docs) > 0 {
		p.places = slices.Repeat([]code{nowhere}, int(docs[len(docs)-1])+1)
	}
	for i, doc := range docs {
		p.places[doc] = encode(at[i])
	}
	p.sort()
	return p
}

// Change returns the papers without some and with others, whose numbers ascend.
func (p *Papers) Change(keep func(doc uint32) bool, docs []uint32, at []Point) *Papers {
	var all []uint32
	var places []Point
	for doc, c := range p.places {
		if c != nowhere && keep(uint32(doc)) {
			all, places = append(all, uint32(doc)), append(places, c.point())
		}
	}
	return NewPapers(append(all, docs...), append(places, at...))
}

func (p *Papers) sort() {
	slices.SortFunc(p.order, func(a, b uint32) int {
		return cmp.Or(cmp.Compare(p.places[a], p.places[b]), cmp.Compare(a, b))
	})
	for level := range p.filled {
		shift, last := 2*(Bits-level), int64(-1)
		for _, doc := range p.order {
			if cell := int64(uint64(p.places[doc]) >> shift); cell != last {
				p.filled[level]++
				last = cell
			}
		}
	}
}

// Len is the number of papers.
func (p *Papers) Len() int { return len(p.order) }

// At is where a paper lies; false where it has no place.
func (p *Papers) At(doc uint32) (Point, bool) {
	if int(doc) >= len(p.places) || p.places[doc] == nowhere {
		return Point{}, false
	}
	return p.places[doc].point(), true
}

// All are the papers in the order of their places, not to be changed.
func (p *Papers) All() []uint32 { return p.order }

// Tile is a square of the plane: of 2^Level by 2^Level the one in column X and
// row Y.
type Tile struct{ Level, X, Y int }

// In are the papers of a tile, not to be changed.
func (p *Papers) In(t Tile) []uint32 {
	shift := 2 * (Bits - t.Level)
	cell := uint64(interleave(uint32(t.X)) | interleave(uint32(t.Y))<<1)
	at := func(edge uint64) int {
		i, _ := slices.BinarySearchFunc(p.order, edge, func(doc uint32, edge uint64) int {
			return cmp.Compare(uint64(p.places[doc]), edge)
		})
		return i
	}
	return p.order[at(cell<<shift):at((cell+1)<<shift)]
}

// Crowd is how many papers a cell of a level has that has some, on average.
func (p *Papers) Crowd(level int) float64 {
	return float64(len(p.order)) / float64(max(1, p.filled[level]))
}

// Cell is the column and row of a paper that has a place, in cells of a level.
func (p *Papers) Cell(doc uint32, level int) (x, y int) {
	c := uint32(p.places[doc])
	return int(gather(c) >> (Bits - level)), int(gather(c>>1) >> (Bits - level))
}

// Write writes the places by doc number as a section.
func (p *Papers) Write(w *section.Writer) {
	words := make([]uint32, len(p.places))
	for i, c := range p.places {
		words[i] = uint32(c)
	}
	w.Words(words)
}

// ReadPapers reads what Write has written, the papers that are to be kept.
func ReadPapers(r *section.Reader, keep func(doc uint32) bool) (*Papers, error) {
	words := r.Words()
	if r.Err != nil {
		return nil, r.Err
	}
	p := &Papers{places: make([]code, len(words))}
	for doc, w := range words {
		p.places[doc] = nowhere
		if code(w) != nowhere && keep(uint32(doc)) {
			p.places[doc] = code(w)
			p.order = append(p.order, uint32(doc))
		}
	}
	p.sort()
	return p, nil
}
