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

// position is where a page ended: after this paper, which had this score and
// stood at this place. It outlives changes of the corpus: the next page begins
// after the paper, wherever it stands now, or else where it would stand.
type position struct {
	id     string
	score  float64
	offset int
}

// A cursor is a position with what it belongs to, closed by a checksum:
// version (1), request (8), offset (4), score (8), id, CRC-32 (4), in base64
// without padding. Big-endian.
const (
	cursorVersion = 1
	cursorFixed   = 1 + 8 + 4 + 8 + 4
)

func (p position) encode(request uint64) string {
	b := make([]byte, 0, cursorFixed+len(p.id))
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, request)
	b = binary.BigEndian.AppendUint32(b, uint32(p.offset))
	b = binary.BigEndian.AppendUint64(b, math.Float64bits(p.score))
	b = append(b, p.id...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeCursor reads a cursor made for the same request; "" is the beginning.
func decodeCursor(s string, request uint64) (position, error) {
	if s == "" {
		return position{}, nil
	}
	b, err := base64.RawURLEncoding.DecodeString(s)
	if err != nil || len(b) < cursorFixed || b[0] != cursorVersion ||
		crc32.ChecksumIEEE(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		return position{}, paper.Invalid("cursor", "not a cursor of this server; leave it out to begin at the first page")
	}
	if binary.BigEndian.Uint64(b[1:]) != request {
		return position{}, paper.Invalid("cursor", "belongs to another request; a cursor goes with the question and filters it came from")
	}
	return position{
		offset: int(binary.BigEndian.Uint32(b[9:])),
		score:  math.Float64frombits(binary.BigEndian.Uint64(b[13:])),
		id:     string(b[21 : len(b)-4]),
	}, nil
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
