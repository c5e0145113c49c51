package source

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxWindow bounds the memory that a compressed file can ask for by its
// header: 128 MiB, what the zstd program itself allows without --long=31; xz's
// highest preset takes 64.
const maxWindow = 128 << 20

// decompress recognises gzip (RFC 1952), zstd (RFC 8878) and xz (The .xz File
// Format, 1.2) by their first bytes and undoes them; anything else passes as
// it is. The content may be in several members, frames or streams.
func decompress(s *stored) (p *plain, closer func() error, err error) {
	br := bufio.NewReaderSize(s, 64<<10)
	head, err := br.Peek(64)
	if len(head) == 0 && err != nil && err != io.EOF {
		return nil, nil, err
	}
	p = &plain{r: br, stored: s}
	closer = func() error { return nil }
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}):
		p.kind = "gzip"
		var z *gzip.Reader
		if z, err = gzip.NewReader(br); err == nil {
			p.r, closer = z, func() error { z.Close(); return nil } // it gives the last Read's error again
		}
	case bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippableFrame(head):
		p.kind = "zstd"
		var z *zstd.Decoder
		if z, err = zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true)); err == nil {
			p.r, closer = z, func() error { z.Close(); return nil }
		}
	case bytes.HasPrefix(head, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		p.kind = "xz"
		if size := xzDictionary(head); size > maxWindow {
			return nil, nil, fmt.Errorf("xz data with a dictionary of %d bytes; at most %d are allowed", size, maxWindow)
		}
		var z *xz.Reader
		if z, err = xz.NewReader(br); err == nil {
			p.r = z
		}
	default:
		err = nil
	}
	if err == io.EOF { // in the header
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, nil, p.explain(err)
	}
	return p, closer, nil
}

// isSkippableFrame reports whether a zstd file begins with a frame of
// metadata, as those of pzstd do.
func isSkippableFrame(head []byte) bool {
	return len(head) >= 4 && head[0]&0xf0 == 0x50 && bytes.Equal(head[1:4], []byte{0x2a, 0x4d, 0x18})
}

// xzDictionary is the size of the dictionary that the first block of an xz
// file asks for, 0 if head does not tell. The library allocates whatever it is.
func xzDictionary(head []byte) int64 {
	const block = 12 // after the stream's header
	if len(head) < block+2 {
		return 0
	}
	flags, rest := head[block+1], head[block+2:]
	for _, size := range []byte{0x40, 0x80} { // compressed and uncompressed size
		if flags&size == 0 {
			continue
		}
		for len(rest) > 0 && rest[0]&0x80 != 0 {
			rest = rest[1:]
		}
		rest = rest[min(1, len(rest)):]
	}
	if len(rest) < 3 || rest[0] != 0x21 || rest[1] != 1 || rest[2] > 40 { // LZMA2
		return 0
	}
	return int64(2|rest[2]&1) << (rest[2]/2 + 11)
}

// stored counts the bytes of the file as they are taken. A decompressor may
// read it from a goroutine of its own.
type stored struct {
	r    io.Reader
	size int64
	read atomic.Int64
	err  atomic.Pointer[error] // of the file itself, not of what is in it
}

func (s *stored) Read(p []byte) (int, error) {
	if failed := s.err.Load(); failed != nil {
		return 0, *failed
	}
	n, err := s.r.Read(p)
	s.read.Add(int64(n))
	if err != nil && err != io.EOF {
		s.err.Store(&err)
	}
	return n, err
}

// plain is the uncompressed content.
type plain struct {
	r           io.Reader
	kind        string // of compression; empty for none
	stored      *stored
	interrupted func() error // ends the reading once it gives an error; may be nil
	err         error
}

// Read gives the same error again when it is asked again, which bufio's Peek
// makes readers do and not all of them are made for.
func (p *plain) Read(b []byte) (n int, err error) {
	if p.interrupted != nil {
		if err := p.interrupted(); err != nil {
			return 0, err
		}
	}
	if p.err == nil {
		if n, p.err = p.r.Read(b); p.err != nil {
			p.err = p.explain(p.err)
		}
	}
	return n, p.err
}

// explain says whether it is the file or its content that is bad.
func (p *plain) explain(err error) error {
	switch fileErr := p.stored.err.Load(); {
	case fileErr != nil:
		return *fileErr
	case p.kind == "" || err == io.EOF:
		return err
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("the %s data ends too early, the file is cut off: %w", p.kind, err)
	}
	return fmt.Errorf("damaged %s data: %w", p.kind, err)
}
