// Package section is the wire format of snapshots: a row of sections, each
//
//	8 bytes   length of the payload
//	          payload
//	4 bytes   CRC-32C of length and payload
//
// all numbers little-endian. Damage is found before what was read is used, and
// memory grows with what has been read, not with what a damaged length says.
package section

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"slices"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// step is the number of bytes read or written at a time.
const step = 1 << 20

// Writer writes sections until the first error.
type Writer struct {
	N   int64 // bytes written
	Err error // the first error, the underlying writer's own

	w   io.Writer
	sum uint32
	buf []byte
}

// NewWriter returns a Writer to w.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

func (s *Writer) write(b []byte) {
	if s.Err != nil {
		return
	}
	s.sum = crc32.Update(s.sum, castagnoli, b)
	n, err := s.w.Write(b)
	s.N += int64(n)
	s.Err = err
}

func (s *Writer) begin(length int) {
	s.sum = 0
	s.write(binary.LittleEndian.AppendUint64(nil, uint64(length)))
}

func (s *Writer) end() { s.write(binary.LittleEndian.AppendUint32(nil, s.sum)) }

// Bytes writes b as one section.
func (s *Writer) Bytes(b []byte) {
	s.begin(len(b))
	s.write(b)
	s.end()
}

// Words writes 32-bit numbers as one section.
func (s *Writer) Words(words []uint32) {
	s.begin(4 * len(words))
	for chunk := range slices.Chunk(words, step/4) {
		s.buf = s.buf[:0]
		for _, w := range chunk {
			s.buf = binary.LittleEndian.AppendUint32(s.buf, w)
		}
		s.write(s.buf)
	}
	s.end()
}

// Halves writes 16-bit numbers as one section.
func (s *Writer) Halves(halves []uint16) {
	s.begin(2 * len(halves))
	for chunk := range slices.Chunk(halves, step/2) {
		s.buf = s.buf[:0]
		for _, h := range chunk {
			s.buf = binary.LittleEndian.AppendUint16(s.buf, h)
		}
		s.write(s.buf)
	}
	s.end()
}

// Strings writes texts as two sections: their bytes, one after the other, and
// where each ends. Together they take less than 4 GiB.
func (s *Writer) Strings(list []string) {
	size := 0
	for _, t := range list {
		size += len(t)
	}
	text, ends := make([]byte, 0, size), make([]uint32, len(list))
	for i, t := range list {
		text = append(text, t...)
		ends[i] = uint32(len(text))
	}
	s.Bytes(text)
	s.Words(ends)
}

// ErrDamaged is a section that cannot have been written so.
var ErrDamaged = errors.New("damaged section")

// Reader reads sections until the first error. What it returns after one is
// not to be used.
type Reader struct {
	Err error // the first error; see Damaged

	r    io.Reader
	most uint64 // bytes that r can still hold, as far as is known
	sum  uint32
	buf  []byte
}

// NewReader returns a Reader from r, of which it reads no more than is asked
// for, in many small steps where r is unbuffered.
func NewReader(r io.Reader) *Reader { return &Reader{r: r} }

// Expect says that r holds at least n bytes, such as a file of that size: so
// much memory may be asked for at once.
func (s *Reader) Expect(n int64) *Reader {
	s.most = uint64(max(n, 0))
	return s
}

// Damaged reports whether Err is the fault of what was read, its end included,
// and not of reading.
func (s *Reader) Damaged() bool {
	return s.Err == ErrDamaged || errors.Is(s.Err, io.EOF) || errors.Is(s.Err, io.ErrUnexpectedEOF)
}

func (s *Reader) full(b []byte) {
	if s.Err != nil {
		return
	}
	if _, s.Err = io.ReadFull(s.r, b); s.Err == nil {
		s.sum = crc32.Update(s.sum, castagnoli, b)
	}
}

// section calls next with the payload, piece by piece, and then checks it.
func (s *Reader) section(next func(piece []byte, left uint64)) {
	var b [8]byte
	s.sum = 0
	s.full(b[:])
	left := binary.LittleEndian.Uint64(b[:])
	if s.buf == nil {
		s.buf = make([]byte, step)
	}
	for s.Err == nil && left > 0 {
		piece := s.buf[:min(left, step)]
		if s.full(piece); s.Err == nil {
			left -= uint64(len(piece))
			next(piece, left)
		}
	}
	want := s.sum
	if s.full(b[:4]); s.Err == nil && binary.LittleEndian.Uint32(b[:4]) != want {
		s.Err = ErrDamaged
	}
}

// Bytes reads a section.
func (s *Reader) Bytes() (out []byte) {
	s.section(func(piece []byte, left uint64) {
		out = append(grow(out, len(piece), left, s.most), piece...)
	})
	return out
}

// Words reads a section of 32-bit numbers.
func (s *Reader) Words() (out []uint32) {
	s.section(func(piece []byte, left uint64) {
		if len(piece)%4 != 0 {
			s.Err = ErrDamaged
			return
		}
		n := len(out)
		out = grow(out, len(piece)/4, left/4, s.most/4)[:n+len(piece)/4]
		for i := range out[n:] {
			out[n+i] = binary.LittleEndian.Uint32(piece[4*i:])
		}
	})
	return out
}

// Halves reads a section of 16-bit numbers.
func (s *Reader) Halves() (out []uint16) {
	s.section(func(piece []byte, left uint64) {
		if len(piece)%2 != 0 {
			s.Err = ErrDamaged
			return
		}
		n := len(out)
		out = grow(out, len(piece)/2, left/2, s.most/2)[:n+len(piece)/2]
		for i := range out[n:] {
			out[n+i] = binary.LittleEndian.Uint16(piece[2*i:])
		}
	})
	return out
}

// Strings reads what Writer.Strings has written. The texts share one memory.
func (s *Reader) Strings() []string {
	text, ends := string(s.Bytes()), s.Words()
	if s.Err != nil {
		return nil
	}
	out := make([]string, len(ends))
	from := uint32(0)
	for i, end := range ends {
		if end < from || int(end) > len(text) {
			s.Err = ErrDamaged
			return nil
		}
		out[i] = text[from:end]
		from = end
	}
	return out
}

// grow makes room for n more, and for those left as far as what is there
// already, or is known to be coming, makes that many credible.
func grow[T any](s []T, n int, left, most uint64) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return slices.Grow(s, n+int(min(left, max(most, uint64(4*(len(s)+n))))))
}
