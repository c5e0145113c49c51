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
//
// The page of a list by date ends at a place instead, which no change moves.
type position struct {
	doc    uint32
	paper  uint32 // a hash of its id: copies of a folder go on with the same numbers
	offset int    // of the next paper; 0 is the beginning
	total  int
	place  *paper.Place // nil: of a list by relevance
}

// belonging is what a cursor goes with.
type belonging struct{ corpus, request uint64 }

// A cursor is a position with what it belongs to, closed by a checksum:
// version (1), corpus (8), request (8), then doc (4), paper (4), offset (4) and
// total (4), or for a list by date day (4) and id, then CRC-32 (4), in base64
// without padding. Big-endian.
const (
	cursorVersion = 3
	placeVersion  = 4
	cursorHead    = 1 + 8 + 8
	cursorSize    = cursorHead + 4 + 4 + 4 + 4 + 4
)

func (p position) encode(to belonging) string {
	b := make([]byte, 0, cursorSize)
	if p.place == nil {
		b = append(b, cursorVersion)
	} else {
		b = append(b, placeVersion)
	}
	b = binary.BigEndian.AppendUint64(b, to.corpus)
	b = binary.BigEndian.AppendUint64(b, to.request)
	if p.place == nil {
		b = binary.BigEndian.AppendUint32(b, p.doc)
		b = binary.BigEndian.AppendUint32(b, p.paper)
		b = binary.BigEndian.AppendUint32(b, uint32(p.offset))
		b = binary.BigEndian.AppendUint32(b, uint32(p.total))
	} else {
		b = binary.BigEndian.AppendUint32(b, uint32(p.place.Day))
		b = append(b, p.place.ID...)
	}
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

var (
	errNoCursor    = paper.Invalid("cursor", "not a cursor of this server; leave it out to begin at the first page")
	errOtherCorpus = paper.Invalid("cursor", "belongs to another corpus; leave it out to begin at the first page")
)

// decodeCursor reads a cursor made for the same request to the same corpus; ""
// is the beginning. byDate says of which kind the list is.
func decodeCursor(s string, to belonging, byDate bool) (position, error) {
	if s == "" {
		return position{}, nil
	}
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) < cursorHead+8 || b[0] != cursorVersion && b[0] != placeVersion ||
		crc32.ChecksumIEEE(b[:len(b)-4]) != binary.BigEndian.Uint32(b[len(b)-4:]) {
		return position{}, errNoCursor
	}
	switch {
	case binary.BigEndian.Uint64(b[1:]) != to.corpus:
		return position{}, errOtherCorpus
	case binary.BigEndian.Uint64(b[9:]) != to.request:
		return position{}, paper.Invalid("cursor", "belongs to another request; a cursor goes with the question and filters it came from")
	case byDate != (b[0] == placeVersion), !byDate && len(b) != cursorSize:
		return position{}, errNoCursor
	}
	b = b[cursorHead : len(b)-4]
	if byDate {
		return position{place: &paper.Place{Day: int32(binary.BigEndian.Uint32(b)), ID: string(b[4:])}}, nil
	}
	return position{
		doc:    binary.BigEndian.Uint32(b),
		paper:  binary.BigEndian.Uint32(b[4:]),
		offset: int(binary.BigEndian.Uint32(b[8:]) & math.MaxInt32),
		total:  int(binary.BigEndian.Uint32(b[12:]) & math.MaxInt32),
	}, nil
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
		return errOtherCorpus
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
