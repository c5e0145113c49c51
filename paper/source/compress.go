package source

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// maxWindow bounds the memory that a zstd file can ask for: 128 MiB, what the
// zstd program itself allows without --long=31.
const maxWindow = 128 << 20

// decompress recognises gzip (RFC 1952), zstd (RFC 8878) and xz by their first
// bytes and undoes them; anything else passes as it is. closer may be nil.
func decompress(r io.Reader) (plain io.Reader, closer func() error, err error) {
	br := bufio.NewReaderSize(r, 64<<10)
	magic, err := br.Peek(6)
	if err != nil && err != io.EOF {
		return nil, nil, err
	}
	switch {
	case bytes.HasPrefix(magic, []byte{0x1f, 0x8b}):
		z, err := gzip.NewReader(br)
		if err != nil {
			return nil, nil, err
		}
		return &sticky{r: z}, z.Close, nil
	case bytes.HasPrefix(magic, []byte{0x28, 0xb5, 0x2f, 0xfd}), isSkippableFrame(magic):
		z, err := zstd.NewReader(br, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, nil, err
		}
		return &sticky{r: z}, func() error { z.Close(); return nil }, nil
	case bytes.HasPrefix(magic, []byte{0xfd, '7', 'z', 'X', 'Z', 0}):
		z, err := xz.NewReader(br)
		if err != nil {
			return nil, nil, err
		}
		return &sticky{r: z}, nil, nil
	}
	return &sticky{r: br}, nil, nil
}

// sticky gives the same error again when it is asked again, which bufio's Peek
// makes readers do and not all of them are made for.
type sticky struct {
	r   io.Reader
	err error
}

func (s *sticky) Read(p []byte) (n int, err error) {
	if s.err == nil {
		n, s.err = s.r.Read(p)
	}
	return n, s.err
}

// isSkippableFrame reports whether a zstd file begins with a frame of
// metadata, as those of pzstd do.
func isSkippableFrame(magic []byte) bool {
	return len(magic) >= 4 && magic[0]&0xf0 == 0x50 && bytes.Equal(magic[1:4], []byte{0x2a, 0x4d, 0x18})
}
