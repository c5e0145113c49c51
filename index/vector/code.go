package vector

// A code is one bit for each dimension of the rotated space: the sign of the
// vector's difference from its list's centre. It stands for the cosine to any
// query through the estimate of RaBitQ (Gao and Long 2024): with o the rotated
// difference, b its signs, c the centre and q the query,
//
//	<q,v> = <q,c> + <q-c,v-c> + <c,v-c>,  <q-c,v-c> ~ |o|^2/|o|_1 * <b,Rq-Rc>.
//
// What does not depend on the query is put in two numbers a vector, base and
// slope, so that <q,v> ~ <q,c> + base + slope*<b,Rq>. The error is that of the
// difference from the centre, yet one table a query serves all lists.
//
// <b,Rq> is summed from a table of 16 entries for every four dimensions, each
// in 8 bits, as in fast scans of product quantisation (André et al. 2015).

// blockSize is how many codes are scanned at a time.
const blockSize = 32

// block holds up to blockSize codes. It does not change once it is in a list.
type block struct {
	count int
	docs  [blockSize]uint32
	base  [blockSize]float32
	slope [blockSize]float32
	// bits has 32 bytes for every eight dimensions, of which byte i has those
	// of documents i and i+16: the first four dimensions in the first 16
	// bytes, the next four in the others; the low half of a byte is document
	// i, the high half i+16.
	bits []byte
}

func newBlock(padded int) *block { return newBlocks(padded, 1)[0] }

// newBlocks returns n blocks that lie one after the other in memory, in the
// order in which a search goes through them, so that the next ones are on their
// way into the cache while one is looked at.
func newBlocks(padded, n int) []*block {
	size := padded / 8 * blockSize
	all, bits, blocks := make([]block, n), make([]byte, n*size), make([]*block, n)
	for i := range blocks {
		all[i].bits = bits[i*size : (i+1)*size : (i+1)*size]
		blocks[i] = &all[i]
	}
	return blocks
}

// blocksFor is how many blocks hold so many codes.
func blocksFor(codes int) int { return (codes + blockSize - 1) / blockSize }

// clone returns a copy to be filled further.
func (b *block) clone() *block {
	c := *b
	c.bits = append([]byte(nil), b.bits...)
	return &c
}

// code is a vector's code outside of a block, four dimensions a byte.
type code struct {
	base, slope float32
	nibbles     []byte
	sum         uint32 // the vector's checksum
}

// codeDeviation is the standard deviation of the estimate of <q-c,v-c> where
// both differences have unit length, times the root of the dimension:
// sqrt(1-t^2)/t with t = sqrt(2/pi), what signs keep of a random direction.
const codeDeviation = 0.756

// encode writes the code of a rotated vector next to a rotated centre.
func (c *code) encode(v, centre []float32) {
	var l1, l2, offset, signed float32
	for i := range c.nibbles {
		v, centre := v[4*i:4*i+4:4*i+4], centre[4*i:4*i+4:4*i+4]
		var nibble byte
		for j, x := range centre {
			d := v[j] - x
			offset += float32(x * d)
			l2 += float32(d * d)
			if d > 0 {
				nibble |= 1 << j
				l1 += d
				signed += x
			} else {
				l1 -= d
				signed -= x
			}
		}
		c.nibbles[i] = nibble
	}
	c.slope = 0
	if l1 > 0 {
		c.slope = l2 / l1
	}
	c.base = offset - float32(c.slope*signed)
}

// add puts a code into b, which is not full and not yet in a list.
func (b *block) add(doc uint32, c *code) {
	i := b.count
	b.count++
	b.docs[i], b.base[i], b.slope[i] = doc, c.base, c.slope
	for m, nibble := range c.nibbles {
		b.setNibble(m, i, nibble)
	}
}

// put writes the i-th code of another block, or of b itself, in the place of
// b's own code at.
func (b *block) put(at int, from *block, i int) {
	b.docs[at], b.base[at], b.slope[at] = from.docs[i], from.base[i], from.slope[i]
	for m := range len(b.bits) / 16 {
		b.setNibble(m, at, from.bits[m*16+i%16]>>(i/16*4)&15)
	}
}

func (b *block) setNibble(m, i int, nibble byte) {
	bits, shift := &b.bits[m*16+i%16], i/16*4
	*bits = *bits&^(15<<shift) | nibble<<shift
}

// lookup is a query made ready for scanning codes: the sum of the table's
// entries for a code, times delta, less offset, is <b,Rq>.
type lookup struct {
	table         []byte // 16 entries for every four dimensions
	delta, offset float32
	rotated       []float32
}

func (l *lookup) prepare(r *rotation, q []float32) {
	if len(l.rotated) != r.padded {
		l.rotated, l.table = make([]float32, r.padded), make([]byte, r.padded*4)
	}
	r.apply(l.rotated, q)
	var widest float32
	l.offset = 0
	for i := 0; i < r.padded; i += 4 {
		x := l.rotated[i : i+4 : i+4]
		size := abs(x[0]) + abs(x[1]) + abs(x[2]) + abs(x[3])
		l.offset += size
		widest = max(widest, size)
	}
	// Sums of all entries must fit in 16 bits.
	most := float32(min(255, 65535/(r.padded/4)))
	l.delta = 2 * widest / most
	scale := most / (2 * widest)
	for i := 0; i < r.padded; i += 4 {
		x := l.rotated[i : i+4 : i+4]
		var sums [16]float32 // of the numbers whose bit is set less those whose is not, made positive
		sums[0] = abs(x[0]) - x[0] + abs(x[1]) - x[1] + abs(x[2]) - x[2] + abs(x[3]) - x[3]
		for j, f := range x {
			for nibble := range 1 << j {
				sums[nibble|1<<j] = sums[nibble] + 2*f
			}
		}
		table := (*[16]byte)(l.table[4*i:])
		for nibble, sum := range sums {
			table[nibble] = byte(min(most, max(0, float32(sum*scale)+0.5)))
		}
	}
}

func abs(f float32) float32 { return max(f, -f) }

// estimates writes an estimate for each of the block's codes and returns the
// set of those that reach floor, bit i for code i. centre is <q,c> of the
// block's list. Each operation is rounded by itself, so every kernel gives the
// same bits.
func (l *lookup) estimates(out *[blockSize]float32, b *block, centre, floor float32) uint32 {
	reached := estimate(out, b, l, centre, floor)
	if b.count < blockSize {
		reached &= 1<<b.count - 1
	}
	return reached
}

// estimateGo is estimate in plain Go.
func estimateGo(out *[blockSize]float32, b *block, l *lookup, centre, floor float32) uint32 {
	var sums [blockSize]uint16
	low, high := sums[:16], sums[16:32]
	for m := 0; m < len(b.bits); m += 16 {
		table, bits := l.table[m:m+16:m+16], b.bits[m:m+16:m+16]
		for i, c := range bits {
			low[i] += uint16(table[c&15])
			high[i] += uint16(table[c>>4])
		}
	}
	var reached uint32
	for i, sum := range sums {
		dot := float32(float32(sum)*l.delta) - l.offset
		e := float32(dot*b.slope[i]) + b.base[i]
		e += centre
		out[i] = e
		if e >= floor {
			reached |= 1 << i
		}
	}
	return reached
}
