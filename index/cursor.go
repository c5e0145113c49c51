package index

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"hash/fnv"
	"math"

	"kindred/paper"
)

// position is where a page ended: behind this paper, with so many before and
// so many in all. It outlives changes of the corpus: the next page begins
// behind the paper wherever it stands now. A paper that is replaced gets
// another doc number and counts as gone.
type position struct {
	doc    uint32
	offset int // of the next paper; 0 is the beginning
	total  int
}

// A cursor is a position with what it belongs to, closed by a checksum:
// version (1), request (8), doc (4), offset (4), total (4), CRC-32 (4), in
// base64 without padding. Big-endian.
const (
	cursorVersion = 1
	cursorSize    = 1 + 8 + 4 + 4 + 4 + 4
)

func (p position) encode(request uint64) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, request)
	b = binary.BigEndian.AppendUint32(b, p.doc)
	b = binary.BigEndian.AppendUint32(b, uint32(p.offset))
	b = binary.BigEndian.AppendUint32(b, uint32(p.total))
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor made for the same request; "" is the beginning.
func decodeCursor(s string, request uint64) (position, error) {
	if s == "" {
		return position{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) != cursorSize || b[0] != cursorVersion ||
		crc32.ChecksumIEEE(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		return position{}, paper.Invalid("cursor", "not a cursor of this server; leave it out to begin at the first page")
	}
	if binary.BigEndian.Uint64(b[1:]) != request {
		return position{}, paper.Invalid("cursor", "belongs to another request; a cursor goes with the question and filters it came from")
	}
	p := position{
		doc:    binary.BigEndian.Uint32(b[9:]),
		offset: int(binary.BigEndian.Uint32(b[13:]) & math.MaxInt32),
		total:  int(binary.BigEndian.Uint32(b[17:]) & math.MaxInt32),
	}
	return p, nil
}

// requestKey names what a cursor belongs to: everything of a request that
// decides the order of its answers.
func requestKey(kind string, parts ...any) uint64 {
	h := fnv.New64a()
	h.Write([]byte(kind))
	// Options and strings always encode; JSON keeps their borders apart.
	b, err := json.Marshal(parts)
	if err != nil {
		panic("index: a request that does not encode: " + err.Error())
	}
	h.Write(b)
	return h.Sum64()
}
