package index

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/RoaringBitmap/roaring/v2"
	"golang.org/x/sync/errgroup"

	"kindred/index/store"
	"kindred/internal/section"
)

// The vectors lie in the cache once more, since the database has them in the
// order of its own blocks: reading them there takes ten times as long. After
// the head and a section with dimension and number come blocks of up to
// vectorBlock of them:
//
//	4 bytes each       doc numbers, ascending, little-endian
//	                   the vectors as the store writes them, see store.AppendVector
//	4 bytes            CRC-32C
const vectorBlock = 1024

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func writeVectors(ctx context.Context, w io.Writer, dimension int, docs []uint32, vectors [][]float32) error {
	sw := section.NewWriter(w)
	if sw.Words([]uint32{uint32(dimension), uint32(len(docs))}); sw.Err != nil {
		return sw.Err
	}
	var block []byte
	for from := 0; from < len(docs); from += vectorBlock {
		if err := ctx.Err(); err != nil {
			return err
		}
		to := min(from+vectorBlock, len(docs))
		block = block[:0]
		for _, doc := range docs[from:to] {
			block = binary.LittleEndian.AppendUint32(block, doc)
		}
		for _, v := range vectors[from:to] {
			var err error
			if block, err = store.AppendVector(block, v); err != nil {
				return err
			}
		}
		block = binary.LittleEndian.AppendUint32(block, crc32.Checksum(block, castagnoli))
		if _, err := w.Write(block); err != nil {
			return err
		}
	}
	return nil
}

// readVectors fills the generation from the cache: lists first, then the
// vectors of the papers in live, all of them where it is nil.
func (x *Index) readVectors(ctx context.Context, s stamp, gen *generation, live *roaring.Bitmap) error {
	lists, err := x.cacheFile(s, "lists")
	if err != nil {
		return err
	}
	defer lists.Close()
	if _, err := gen.vectors.ReadFrom(interrupted{ctx, lists}); err != nil {
		return err
	}
	f, err := x.cacheFile(s, "vectors")
	if err != nil {
		return err
	}
	defer f.Close()
	sr := section.NewReader(f)
	head := sr.Words()
	if sr.Err != nil {
		return sr.Err
	}
	dimension := gen.vectors.Dimension()
	if len(head) != 2 || int(head[0]) != dimension || int(head[1]) != s.Vectors {
		return fmt.Errorf("vectors %v, not %d of dimension %d", head, s.Vectors, dimension)
	}
	start, err := f.Seek(0, io.SeekCurrent)
	if err != nil {
		return err
	}
	blocks := int64(s.Vectors+vectorBlock-1) / vectorBlock
	var next atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	for range runtime.GOMAXPROCS(0) {
		g.Go(func() error {
			in := newVectorReader(f, start, dimension)
			for i := next.Add(1) - 1; i < blocks; i = next.Add(1) - 1 {
				n := min(vectorBlock, s.Vectors-int(i)*vectorBlock)
				docs, vectors, err := in.read(i, n, live)
				if err == nil {
					err = gen.vectors.Add(ctx, docs, vectors)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
	}
	return g.Wait()
}

// vectorReader reads blocks into memory of its own.
type vectorReader struct {
	file    *os.File
	start   int64 // where the first block begins
	size    int   // of a vector, in bytes
	block   []byte
	docs    []uint32
	vectors [][]float32
	slab    []float32
}

func newVectorReader(f *os.File, start int64, dimension int) *vectorReader {
	size := 1 + 2*dimension
	return &vectorReader{
		file: f, start: start, size: size,
		block: make([]byte, vectorBlock*(4+size)+4), slab: make([]float32, vectorBlock*dimension),
	}
}

// read returns the n vectors of a block that live holds; they are good until
// the next call.
func (in *vectorReader) read(i int64, n int, live *roaring.Bitmap) ([]uint32, [][]float32, error) {
	block := in.block[:n*(4+in.size)+4]
	if _, err := in.file.ReadAt(block, in.start+i*int64(len(in.block))); err != nil {
		return nil, nil, err
	}
	body := block[:len(block)-4]
	if crc32.Checksum(body, castagnoli) != binary.LittleEndian.Uint32(block[len(body):]) {
		return nil, nil, errors.New("a block of vectors is damaged")
	}
	in.docs, in.vectors = in.docs[:0], in.vectors[:0]
	dimension := (in.size - 1) / 2
	for j := range n {
		doc := binary.LittleEndian.Uint32(body[4*j:])
		if live != nil && !live.Contains(doc) {
			continue
		}
		v := in.slab[j*dimension : (j+1)*dimension]
		ok, err := store.DecodeVector(v, body[4*n+j*in.size:][:in.size])
		if err == nil && !ok {
			err = errors.New("a block of vectors has none for a paper")
		}
		if err != nil {
			return nil, nil, err
		}
		in.docs, in.vectors = append(in.docs, doc), append(in.vectors, v)
	}
	return in.docs, in.vectors, nil
}
