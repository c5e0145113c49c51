package lexical

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// sectionWriter writes sections until the first error.
type sectionWriter struct {
	w   io.Writer
	n   int64
	sum uint32
	buf []byte
	err error
}

func (s *sectionWriter) write(b []byte) {
	if s.err != nil {
		return
	}
	s.sum = crc32.Update(s.sum, castagnoli, b)
	n, err := s.w.Write(b)
	s.n += int64(n)
	s.err = err
}

func (s *sectionWriter) begin(length int) {
	s.sum = 0
	s.write(binary.LittleEndian.AppendUint64(nil, uint64(length)))
}

func (s *sectionWriter) end() { s.write(binary.LittleEndian.AppendUint32(nil, s.sum)) }

func (s *sectionWriter) bytes(b []byte) {
	s.begin(len(b))
	s.write(b)
	s.end()
}

func (s *sectionWriter) words(words []uint32) {
	s.begin(4 * len(words))
	for chunk := range slices.Chunk(words, sectionStep/4) {
		s.buf = s.buf[:0]
		for _, w := range chunk {
			s.buf = binary.LittleEndian.AppendUint32(s.buf, w)
		}
		s.write(s.buf)
	}
	s.end()
}

func (s *sectionWriter) halves(halves []uint16) {
	s.begin(2 * len(halves))
	for chunk := range slices.Chunk(halves, sectionStep/2) {
		s.buf = s.buf[:0]
		for _, h := range chunk {
			s.buf = binary.LittleEndian.AppendUint16(s.buf, h)
		}
		s.write(s.buf)
	}
	s.end()
}

// sectionStep is the number of bytes read or written at a time. Memory grows
// with what has been read and not with what a damaged length promises.
const sectionStep = 1 << 20

// sectionReader reads sections until the first error.
type sectionReader struct {
	r   io.Reader
	sum uint32
	buf []byte
	err error
}

// errDamaged is a section that cannot have been written so.
var errDamaged = errors.New("damaged section")

// failed explains err.
func (s *sectionReader) failed() error {
	if s.err == errDamaged || errors.Is(s.err, io.EOF) || errors.Is(s.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("lexical: %w: %w", ErrSnapshot, s.err)
	}
	return fmt.Errorf("lexical: read snapshot: %w", s.err)
}

func (s *sectionReader) full(b []byte) {
	if s.err != nil {
		return
	}
	if _, s.err = io.ReadFull(s.r, b); s.err == nil {
		s.sum = crc32.Update(s.sum, castagnoli, b)
	}
}

// section calls next with the payload, piece by piece, and then checks it.
func (s *sectionReader) section(next func(piece []byte, left uint64)) {
	var b [8]byte
	s.sum = 0
	s.full(b[:])
	left := binary.LittleEndian.Uint64(b[:])
	if s.buf == nil {
		s.buf = make([]byte, sectionStep)
	}
	for s.err == nil && left > 0 {
		piece := s.buf[:min(left, sectionStep)]
		if s.full(piece); s.err == nil {
			left -= uint64(len(piece))
			next(piece, left)
		}
	}
	want := s.sum
	if s.full(b[:4]); s.err == nil && binary.LittleEndian.Uint32(b[:4]) != want {
		s.err = errDamaged
	}
}

func (s *sectionReader) bytes() (out []byte) {
	s.section(func(piece []byte, left uint64) {
		out = append(grow(out, len(piece), left), piece...)
	})
	return out
}

func (s *sectionReader) words() (out []uint32) {
	s.section(func(piece []byte, left uint64) {
		if len(piece)%4 != 0 {
			s.err = errDamaged
			return
		}
		out = grow(out, len(piece)/4, left/4)
		for i := 0; i < len(piece); i += 4 {
			out = append(out, binary.LittleEndian.Uint32(piece[i:]))
		}
	})
	return out
}

func (s *sectionReader) halves() (out []uint16) {
	s.section(func(piece []byte, left uint64) {
		if len(piece)%2 != 0 {
			s.err = errDamaged
			return
		}
		out = grow(out, len(piece)/2, left/2)
		for i := 0; i < len(piece); i += 2 {
			out = append(out, binary.LittleEndian.Uint16(piece[i:]))
		}
	})
	return out
}

// grow makes room for n more, and for those left as far as what is there
// already makes that many credible.
func grow[T any](s []T, n int, left uint64) []T {
	if cap(s)-len(s) >= n {
		return s
	}
	return slices.Grow(s, n+int(min(left, uint64(4*(len(s)+n)))))
}
