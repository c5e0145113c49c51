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
	paper  uint32 // a hash of its id: doc numbers are each folder's own
	offset int    // of the next paper; 0 is the beginning
	total  int
}

// A cursor is a position with what it belongs to, closed by a checksum:
// version (1), request (8), doc (4), paper (4), offset (4), total (4), CRC-32
// (4), in base64 without padding. Big-endian.
const (
	cursorVersion = 2
	cursorSize    = 1 + 8 + 4 + 4 + 4 + 4 + 4
)

func (p position) encode(request uint64) string {
	b := make([]byte, 0, cursorSize)
	b = append(b, cursorVersion)
	b = binary.BigEndian.AppendUint64(b, request)
	b = binary.BigEndian.AppendUint32(b, p.doc)
	b = binary.BigEndian.AppendUint32(b, p.paper)
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
		paper:  binary.BigEndian.Uint32(b[13:]),
		offset: int(binary.BigEndian.Uint32(b[17:]) & math.MaxInt32),
		total:  int(binary.BigEndian.Uint32(b[21:]) & math.MaxInt32),
	}
	return p, nil
}

// position makes a position behind a paper.
func (x *Index) position(doc uint32, offset, total int) position {
	return position{doc: doc, paper: crc32.ChecksumIEEE([]byte(x.docs.id(doc))), offset: offset, total: total}
}

// resumes reports an error for a position in another folder: doc numbers never
// come back, so behind one there is the same paper or none.
func (x *Index) resumes(p position) error {
	id := x.docs.id(p.doc)
	if p.offset > 0 && (p.doc >= x.store.NextDoc() || id != "" && crc32.ChecksumIEEE([]byte(id)) != p.paper) {
		return paper.Invalid("cursor", "belongs to another corpus; leave it out to begin at the first page")
	}
	return nil
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
