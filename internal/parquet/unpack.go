package parquet

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
)

// codecs are the names of CompressionCodec's values, for messages.
var codecs = []string{"UNCOMPRESSED", "SNAPPY", "GZIP", "LZO", "BROTLI", "LZ4", "ZSTD", "LZ4_RAW"}

// maxSnappy is how much longer Snappy can make a text: three bytes stand for 64
// at most.
const maxSnappy = 22

var errSize = errors.New("a page is not as long as its header says")

// unpack undoes the compression of a page, which must have size bytes then; no
// more than these are made.
func unpack(codec int64, body []byte, size int64) ([]byte, error) {
	switch codec {
	case 0:
		if int64(len(body)) != size {
			return nil, errSize
		}
		return body, nil
	case 1:
		if size > maxSnappy*int64(len(body)+1) { // before room is made for it
			return nil, errSize
		}
		if n, err := snappy.DecodedLen(body); err != nil || int64(n) != size {
			return nil, errSize
		}
		return snappy.Decode(nil, body)
	case 2:
		r, err := gzip.NewReader(bytes.NewReader(body))
		if err != nil {
			return nil, err
		}
		return exactly(r, size)
	case 6:
		r, err := zstd.NewReader(bytes.NewReader(body), zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(maxPage))
		if err != nil {
			return nil, err
		}
		defer r.Close()
		return exactly(r, size)
	}
	name := fmt.Sprint(codec)
	if 0 <= codec && codec < int64(len(codecs)) {
		name = codecs[codec]
	}
	return nil, fmt.Errorf("it is compressed by %s; SNAPPY, GZIP and ZSTD are read", name)
}

// exactly reads size bytes, which must be all there is. Memory grows with what
// comes, not with what was promised.
func exactly(r io.Reader, size int64) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(size, 1<<20)))
	n, err := io.Copy(&b, io.LimitReader(r, size+1))
	if err != nil {
		return nil, err
	}
	if n != size {
		return nil, errSize
	}
	return b.Bytes(), nil
}
