package vector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"slices"
)

// ErrSnapshot is wrapped when a snapshot is damaged, of another version, or of
// other vectors than the index is for.
var ErrSnapshot = errors.New("unusable snapshot of vector lists")

// A snapshot holds what is derived from the vectors and costs time to derive:
// the centres, the codes and which list each is in. In little-endian order:
//
//	magic                     8 bytes
//	version                   uint32
//	stamp                     length uint32, bytes
//	dimension, trained        uint32 each
//	passing                   uint32: 1 when made while documents were coming in
//	reach                     2 float32
//	centres                   number uint32, dimension float32 each
//	lists, one more           codes uint32, then blocks of 32, the last one padded
//	  block                   docs, checksums 32 uint32 each, base, slope 32 float32 each, bits
//	checksum                  uint32, Castagnoli CRC of all before
const snapshotMagic = "KNDLISTS"

// Versions written so far: 1, without passing, in no release; 2.
const snapshotVersion = 2

// numbersPerCode bounds how thin the numbers of a snapshot's documents may be
// spread, so that a damaged one cannot ask for any amount of memory; one that
// is over it, after many rewritings of a corpus, is made anew.
const numbersPerCode = 64

// Snapshot is the lists at one moment, to be written out while the index goes
// on.
type Snapshot struct {
	stamp   string
	lists   *lists
	cells   []*list
	entries []entry
}

// Snapshot takes the lists as they are. It waits for additions and deletions
// under way, but holds up neither them nor searches.
func (x *Index) Snapshot() *Snapshot {
	x.mu.Lock()
	defer x.mu.Unlock()
	l := x.lists.Load()
	cells := make([]*list, len(l.cells))
	for i := range cells {
		cells[i] = l.cells[i].Load()
	}
	return &Snapshot{x.options.Stamp, l, cells, slices.Clone(l.entries)}
}

// WriteTo writes a snapshot of the lists for ReadFrom.
func (x *Index) WriteTo(w io.Writer) (int64, error) { return x.Snapshot().WriteTo(w) }

// WriteTo writes the snapshot for ReadFrom.
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	l, cells, entries := s.lists, s.cells, s.entries
	out := &summing{to: w}
	head := []byte(snapshotMagic)
	head = binary.LittleEndian.AppendUint32(head, snapshotVersion)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(s.stamp)))
	head = append(head, s.stamp...)
	head = binary.LittleEndian.AppendUint32(head, uint32(l.dimension))
	head = binary.LittleEndian.AppendUint32(head, uint32(l.trained))
	passing := uint32(0)
	if l.passing {
		passing = 1
	}
	head = binary.LittleEndian.AppendUint32(head, passing)
	head = appendFloats(head, l.reach.few, l.reach.many)
	head = binary.LittleEndian.AppendUint32(head, uint32(len(l.centres)-1))
	for _, c := range l.centres[1:] {
		head = appendFloats(head, c...)
	}
	out.write(head)
	var record []byte
	for _, cell := range cells {
		count := 0
		for _, b := range cell.blocks {
			count += b.count
		}
		record = binary.LittleEndian.AppendUint32(record[:0], uint32(count))
		for _, b := range cell.blocks {
			record = b.append(record, entries)
		}
		out.write(record)
	}
	out.write(binary.LittleEndian.AppendUint32(nil, out.sum))
	if out.err != nil {
		return out.n, fmt.Errorf("vector: writing a snapshot: %w", out.err)
	}
	return out.n, nil
}

func (b *block) append(to []byte, entries []entry) []byte {
	for _, doc := range b.docs {
		to = binary.LittleEndian.AppendUint32(to, doc)
	}
	for i, doc := range b.docs {
		var sum uint32
		if i < b.count {
			sum = entries[doc].sum
		}
		to = binary.LittleEndian.AppendUint32(to, sum)
	}
	to = appendFloats(to, b.base[:]...)
	to = appendFloats(to, b.slope[:]...)
	return append(to, b.bits...)
}

func appendFloats(to []byte, floats ...float32) []byte {
	for _, f := range floats {
		to = binary.LittleEndian.AppendUint32(to, math.Float32bits(f))
	}
	return to
}

// summing writes until an error and remembers it.
type summing struct {
	to  io.Writer
	n   int64
	sum uint32
	err error
}

func (s *summing) write(p []byte) {
	if s.err != nil {
		return
	}
	n, err := s.to.Write(p)
	s.n += int64(n)
	s.sum = crc32.Update(s.sum, castagnoli, p)
	s.err = err
}

// ReadFrom takes in a snapshot, before any document is added: documents that
// it knows, with the same vector, are then added without being encoded again,
// and those that are never added are never found. On an error, which wraps
// ErrSnapshot unless reading itself failed, the index is as before.
func (x *Index) ReadFrom(r io.Reader) (int64, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return int64(len(data)), fmt.Errorf("vector: reading a snapshot: %w", err)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.Len() > 0 {
		return int64(len(data)), errors.New("vector: a snapshot is read into an empty index")
	}
	l, err := x.decode(data)
	if err != nil {
		return int64(len(data)), fmt.Errorf("vector: %w: %w", ErrSnapshot, err)
	}
	x.lists.Store(l)
	return int64(len(data)), nil
}

func (x *Index) decode(data []byte) (*lists, error) {
	if len(data) < len(snapshotMagic)+8 || string(data[:len(snapshotMagic)]) != snapshotMagic {
		return nil, errors.New("it does not begin like one")
	}
	end := len(data) - 4
	if crc32.Checksum(data[:end], castagnoli) != binary.LittleEndian.Uint32(data[end:]) {
		return nil, errors.New("its checksum does not fit")
	}
	in := &reading{rest: data[len(snapshotMagic):end]}
	if v := in.uint32(); v != snapshotVersion {
		return nil, fmt.Errorf("its version is %d", v)
	}
	if stamp := in.bytes(int(in.uint32())); string(stamp) != x.options.Stamp {
		return nil, fmt.Errorf("it is for %q, not for %q", stamp, x.options.Stamp)
	}
	if d := in.uint32(); int(d) != x.dimension {
		return nil, fmt.Errorf("its dimension is %d, not %d", d, x.dimension)
	}
	trained := int(in.uint32())
	passing := in.uint32()
	if passing > 1 {
		return nil, fmt.Errorf("passing is %d", passing)
	}
	var r [2]float32
	in.floats(r[:])
	number := int(in.uint32())
	if number > len(in.rest)/(4*x.dimension) {
		return nil, fmt.Errorf("%d centres learned from %d vectors", number, trained)
	}
	centres := make([][]float32, number)
	for i := range centres {
		centres[i] = make([]float32, x.dimension)
		in.floats(centres[i])
	}
	l := newLists(x.dimension, trained, centres)
	l.passing = passing == 1
	l.reach = reach{few: r[0], many: r[1]}
	blockBytes := 4*4*blockSize + l.rotation.padded/8*blockSize
	most := uint64(len(in.rest)/blockBytes)*blockSize*numbersPerCode + 1<<20
	for i := range l.cells {
		count := int(in.uint32())
		if count > len(in.rest)/blockBytes*blockSize {
			return nil, fmt.Errorf("list %d is said to have %d codes", i, count)
		}
		blocks := newBlocks(l.rotation.padded, blocksFor(count))
		for _, b := range blocks {
			b.count = min(count, blockSize)
			count -= b.count
			if err := l.readBlock(b, in, uint32(i), most); err != nil {
				return nil, fmt.Errorf("list %d: %w", i, err)
			}
		}
		l.cells[i].Store(&list{blocks})
	}
	if in.short || len(in.rest) > 0 {
		return nil, fmt.Errorf("%d bytes are left over", len(in.rest))
	}
	return l, nil
}

// readBlock reads the codes of a block, of documents under most.
func (l *lists) readBlock(b *block, in *reading, cell uint32, most uint64) error {
	for i := range b.docs {
		b.docs[i] = in.uint32()
	}
	for i, doc := range b.docs {
		sum := in.uint32()
		if i >= b.count {
			continue
		}
		if uint64(doc) >= most || sum == 0 || l.sum(doc) != 0 {
			return fmt.Errorf("document %d is out of place", doc)
		}
		l.remember(doc, entry{sum, cell})
	}
	in.floats(b.base[:])
	in.floats(b.slope[:])
	copy(b.bits, in.bytes(len(b.bits)))
	return nil
}

// reading takes numbers off the front of rest; zeros when it has run out.
type reading struct {
	rest  []byte
	short bool
}

func (r *reading) bytes(n int) []byte {
	if n < 0 || n > len(r.rest) {
		r.rest, r.short = nil, true
		return nil
	}
	b := r.rest[:n]
	r.rest = r.rest[n:]
	return b
}

func (r *reading) uint32() uint32 {
	if b := r.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

func (r *reading) float() float32 { return math.Float32frombits(r.uint32()) }

func (r *reading) floats(to []float32) {
	for i := range to {
		to[i] = r.float()
	}
}
