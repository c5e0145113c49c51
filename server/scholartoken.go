package server

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"hash/crc32"
	"hash/fnv"
	"unicode/utf8"

	"kindred/paper"
)

// A token is the place where a bulk page ended and what it belongs to, closed by
// a checksum: version (1), selection (8), corpus (8), day (4), id, CRC-32 (4), in
// base64 without padding. Big-endian.
const tokenVersion = 2

func encodeToken(at paper.Place, belongs uint64) string {
	b := []byte{tokenVersion}
	b = binary.BigEndian.AppendUint64(b, belongs)
	b = binary.BigEndian.AppendUint64(b, at.Corpus)
	b = binary.BigEndian.AppendUint32(b, uint32(at.Day))
	b = append(b, at.ID...)
	b = binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b))
	return base64.RawURLEncoding.EncodeToString(b)
}

// decodeToken reads a token made for the same selection.
func decodeToken(s string, belongs uint64) (*paper.Place, error) {
	const head, tail = 1 + 8 + 8 + 4, 4
	b, err := base64.RawURLEncoding.Strict().DecodeString(s)
	if err != nil || len(b) <= head+tail || b[0] != tokenVersion ||
		crc32.ChecksumIEEE(b[:len(b)-tail]) != binary.BigEndian.Uint32(b[len(b)-tail:]) {
		return nil, paper.Invalid("token", "not a token of this server; leave it out to begin at the first page")
	}
	if binary.BigEndian.Uint64(b[1:]) != belongs {
		return nil, paper.Invalid("token", "belongs to another request; a token goes with the query, filters and order it came from")
	}
	at := &paper.Place{
		Corpus: binary.BigEndian.Uint64(b[9:]), Day: int32(binary.BigEndian.Uint32(b[17:])), ID: string(b[head : len(b)-tail]),
	}
	if !utf8.ValidString(at.ID) {
		return nil, paper.Invalid("token", "not a token of this server; leave it out to begin at the first page")
	}
	return at, nil
}

// tokenKey names what a token belongs to: all of a selection that decides
// which papers are in it, and their order.
func tokenKey(s *paper.Selection) uint64 {
	h := fnv.New64a()
	// A filter and strings always encode; JSON keeps their borders apart.
	b, err := json.Marshal([]any{s.Match.String(), s.Filter, s.Order, s.Descending})
	if err != nil {
		panic("server: a selection that does not encode: " + err.Error())
	}
	h.Write(b)
	return h.Sum64()
}
