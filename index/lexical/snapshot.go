package lexical

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
)

// A snapshot is a row of sections, each
//
//	8 bytes   length of the payload
//	          payload
//	4 bytes   CRC-32C of length and payload
//
// all numbers little-endian:
//
//	head      "kindred lexical\n", version, then as 64-bit numbers: K1, B,
//	          TitleWeight (floating point), the greatest number ever added,
//	          terms, parts
//	text      the terms' bytes, one after the other
//	ends      per term, where it ends in text; 32 bits
//	df        per term, documents that are not deleted; 32 bits
//
// and per part, as 32-bit numbers unless told otherwise:
//
//	average   of lengths when the part was made; floating point
//	numbers   per document its number
//	lengths   per document its length
//	terms     of [dense]
//	levels    least and greatest, bytes
//	chunks    postings, tfs, meta of each
//	postings  16 bits each
//	tfs       bytes
//	terms     of [sparse]
//	ends
//	data      bytes
//	dead      a bit a document, in 64-bit words; empty when none is deleted
//
// History: 1, the first.
const (
	snapshotMagic   = "kindred lexical\n"
	snapshotVersion = 1
)

// ErrSnapshot is wrapped by [Read] when a snapshot is damaged, of another
// version or made with other options. The index is then to be built anew.
var ErrSnapshot = errors.New("unusable snapshot of the inverted index")

// WriteTo writes a snapshot of the index as it is when the call begins. It
// keeps searches waiting no more than adding does.
func (ix *Index) WriteTo(w io.Writer) (int64, error) {
	ix.writing.Lock()
	v, dict, last := ix.view, ix.dict, ix.last
	df := append([]uint32(nil), ix.df...) // changed in place by later updates
	ix.writing.Unlock()

	sw := sectionWriter{w: w}
	head := []byte(snapshotMagic)
	for _, n := range []uint64{snapshotVersion, math.Float64bits(ix.opt.K1), math.Float64bits(ix.opt.B),
		math.Float64bits(ix.opt.TitleWeight), uint64(last), uint64(dict.len()), uint64(len(v.parts))} {
		head = binary.LittleEndian.AppendUint64(head, n)
	}
	sw.bytes(head)
	sw.bytes(dict.text)
	sw.words(dict.ends)
	sw.words(df)
	for _, p := range v.parts {
		numbers := p.numbers
		if numbers == nil {
			numbers = make([]uint32, p.len())
			for i := range numbers {
				numbers[i] = p.first + uint32(i)
			}
		}
		chunks := make([]uint32, 0, 3*len(p.dense.chunks))
		for _, c := range p.dense.chunks {
			chunks = append(chunks, c.postings, c.tfs, c.meta)
		}
		var bounds []byte
		for _, l := range p.dense.levels {
			bounds = append(bounds, l.least, l.greatest)
		}
		dead := make([]uint32, 0, 2*len(p.dead))
		for _, word := range p.dead {
			dead = append(dead, uint32(word), uint32(word>>32))
		}
		sw.bytes(binary.LittleEndian.AppendUint64(nil, math.Float64bits(p.average)))
		sw.words(numbers)
		sw.words(p.lengths)
		sw.words(p.dense.terms)
		sw.bytes(bounds)
		sw.words(chunks)
		sw.halves(p.dense.postings)
		sw.bytes(p.dense.tfs)
		sw.words(p.sparse.terms)
		sw.words(p.sparse.ends)
		sw.bytes(p.sparse.data)
		sw.words(dead)
	}
	if sw.err != nil {
		return sw.n, fmt.Errorf("lexical: write snapshot: %w", sw.err)
	}
	return sw.n, nil
}

// Read makes an index of a snapshot. It reads no further than the snapshot's
// end, in many small steps where r is unbuffered. Its errors wrap
// [ErrSnapshot] unless they are r's own.
func Read(r io.Reader, o Options) (*Index, error) {
	ix, err := New(o)
	if err != nil {
		return nil, err
	}
	sr := sectionReader{r: r}
	head := sr.bytes()
	if sr.err == nil && len(head) != len(snapshotMagic)+7*8 {
		return nil, fmt.Errorf("lexical: %w: a head of %d bytes", ErrSnapshot, len(head))
	}
	if sr.err != nil {
		return nil, sr.failed()
	}
	number := func(i int) uint64 { return binary.LittleEndian.Uint64(head[len(snapshotMagic)+8*i:]) }
	switch {
	case !bytes.HasPrefix(head, []byte(snapshotMagic)):
		return nil, fmt.Errorf("lexical: %w: not one at all", ErrSnapshot)
	case number(0) != snapshotVersion:
		return nil, fmt.Errorf("lexical: %w: version %d, not %d", ErrSnapshot, number(0), snapshotVersion)
	case number(1) != math.Float64bits(ix.opt.K1), number(2) != math.Float64bits(ix.opt.B),
		number(3) != math.Float64bits(ix.opt.TitleWeight):
		return nil, fmt.Errorf("lexical: %w: made with other options", ErrSnapshot)
	}
	if ix.last = int64(number(4)); ix.last < -1 || ix.last > math.MaxUint32 {
		return nil, fmt.Errorf("lexical: %w: last document %d", ErrSnapshot, ix.last)
	}
	ix.dict.text = sr.bytes()
	ix.dict.ends = sr.words()
	ix.df = sr.words()
	if sr.err != nil {
		return nil, sr.failed()
	}
	if uint64(len(ix.dict.ends)) != number(5) || len(ix.df) != len(ix.dict.ends) {
		return nil, fmt.Errorf("lexical: %w: %d terms, %d frequencies", ErrSnapshot, len(ix.dict.ends), len(ix.df))
	}
	if err := ix.dict.rebuild(); err != nil {
		return nil, err
	}
	for range number(6) {
		p, err := readPart(&sr)
		if err != nil {
			return nil, err
		}
		ix.view.parts = append(ix.view.parts, p)
	}
	if err := ix.verify(); err != nil {
		return nil, err
	}
	return ix, nil
}

func readPart(sr *sectionReader) (p part, err error) {
	s := new(segment)
	average := sr.bytes()
	s.numbers, s.lengths = sr.words(), sr.words()
	d, r := &s.dense, &s.sparse
	d.terms = sr.words()
	bounds, chunks := sr.bytes(), sr.words()
	d.postings, d.tfs = sr.halves(), sr.bytes()
	r.terms, r.ends, r.data = sr.words(), sr.words(), sr.bytes()
	dead := sr.words()
	if sr.err != nil {
		return p, sr.failed()
	}
	if len(average) != 8 || len(bounds)%2 != 0 || len(chunks)%3 != 0 || len(dead)%2 != 0 || len(s.numbers) == 0 || len(s.numbers) != len(s.lengths) {
		return p, fmt.Errorf("lexical: %w: sections do not fit each other", ErrSnapshot)
	}
	if s.average = math.Float64frombits(binary.LittleEndian.Uint64(average)); !(s.average > 0) {
		return p, fmt.Errorf("lexical: %w: average length %v", ErrSnapshot, s.average)
	}
	for l := range slices.Chunk(bounds, 2) {
		d.levels = append(d.levels, levels{l[0], l[1]})
	}
	d.chunks = make([]chunk, len(chunks)/3)
	for i := range d.chunks {
		d.chunks[i] = chunk{chunks[3*i], chunks[3*i+1], chunks[3*i+2]}
	}
	s.setNumbers()
	p.segment = s
	if len(dead) > 0 {
		p.dead = make(bitset, len(dead)/2)
		for i := range p.dead {
			p.dead[i] = uint64(dead[2*i]) | uint64(dead[2*i+1])<<32
		}
		p.deleted = p.dead.count()
	}
	return p, nil
}
