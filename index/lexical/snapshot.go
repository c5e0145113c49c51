package lexical

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"

	"kindred/internal/section"
)

// A snapshot is a row of sections, see package section:
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

// Snapshot is the state of an index at one moment, to be written out while the
// index goes on.
type Snapshot struct {
	opt  Options
	view view
	dict dictionary
	df   []uint32
	last int64
}

// Snapshot takes the state of the index as it is, which is a matter of a
// millisecond for a million terms.
func (ix *Index) Snapshot() *Snapshot {
	ix.writing.Lock()
	defer ix.writing.Unlock()
	df := append([]uint32(nil), ix.df...) // changed in place by later updates
	return &Snapshot{ix.opt, ix.view, ix.dict, df, ix.last}
}

// WriteTo writes a snapshot of the index as it is when the call begins. It
// keeps searches waiting no more than adding does.
func (ix *Index) WriteTo(w io.Writer) (int64, error) { return ix.Snapshot().WriteTo(w) }

// Len is the number of documents.
func (s *Snapshot) Len() int { return s.view.docs }

// WriteTo writes the snapshot for [Read].
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	v, dict, df, last := s.view, s.dict, s.df, s.last
	sw := section.NewWriter(w)
	head := []byte(snapshotMagic)
	for _, n := range []uint64{snapshotVersion, math.Float64bits(s.opt.K1), math.Float64bits(s.opt.B),
		math.Float64bits(s.opt.TitleWeight), uint64(last), uint64(dict.len()), uint64(len(v.parts))} {
		head = binary.LittleEndian.AppendUint64(head, n)
	}
	sw.Bytes(head)
	sw.Bytes(dict.text)
	sw.Words(dict.ends)
	sw.Words(df)
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
		sw.Bytes(binary.LittleEndian.AppendUint64(nil, math.Float64bits(p.average)))
		sw.Words(numbers)
		sw.Words(p.lengths)
		sw.Words(p.dense.terms)
		sw.Bytes(bounds)
		sw.Words(chunks)
		sw.Halves(p.dense.postings)
		sw.Bytes(p.dense.tfs)
		sw.Words(p.sparse.terms)
		sw.Words(p.sparse.ends)
		sw.Bytes(p.sparse.data)
		sw.Words(dead)
	}
	if sw.Err != nil {
		return sw.N, fmt.Errorf("lexical: write snapshot: %w", sw.Err)
	}
	return sw.N, nil
}

// Read makes an index of a snapshot. It reads no further than the snapshot's
// end, in many small steps where r is unbuffered. size is what r holds at
// least, as far as that is known. Its errors wrap [ErrSnapshot] unless they are
// r's own.
func Read(r io.Reader, size int64, o Options) (*Index, error) {
	ix, err := New(o)
	if err != nil {
		return nil, err
	}
	sr := section.NewReader(r).Expect(size)
	head := sr.Bytes()
	if sr.Err == nil && len(head) != len(snapshotMagic)+7*8 {
		return nil, fmt.Errorf("lexical: %w: a head of %d bytes", ErrSnapshot, len(head))
	}
	if sr.Err != nil {
		return nil, failed(sr)
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
	ix.dict.text = sr.Bytes()
	ix.dict.ends = sr.Words()
	ix.df = sr.Words()
	if sr.Err != nil {
		return nil, failed(sr)
	}
	if uint64(len(ix.dict.ends)) != number(5) || len(ix.df) != len(ix.dict.ends) {
		return nil, fmt.Errorf("lexical: %w: %d terms, %d frequencies", ErrSnapshot, len(ix.dict.ends), len(ix.df))
	}
	if err := ix.dict.rebuild(); err != nil {
		return nil, err
	}
	for range number(6) {
		p, err := readPart(sr)
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

// failed explains what ended the reading.
func failed(sr *section.Reader) error {
	if sr.Damaged() {
		return fmt.Errorf("lexical: %w: %w", ErrSnapshot, sr.Err)
	}
	return fmt.Errorf("lexical: read snapshot: %w", sr.Err)
}

func readPart(sr *section.Reader) (p part, err error) {
	s := new(segment)
	average := sr.Bytes()
	s.numbers, s.lengths = sr.Words(), sr.Words()
	d, r := &s.dense, &s.sparse
	d.terms = sr.Words()
	bounds, chunks := sr.Bytes(), sr.Words()
	d.postings, d.tfs = sr.Halves(), sr.Bytes()
	r.terms, r.ends, r.data = sr.Words(), sr.Words(), sr.Bytes()
	dead := sr.Words()
	if sr.Err != nil {
		return p, failed(sr)
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
