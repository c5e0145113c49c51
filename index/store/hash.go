package store

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"kindred/paper"
)

// Hash is the first half of a SHA-256.
type Hash [16]byte

// ContentHash covers every field that p's source fills: the same hash, the same
// paper from there.
func ContentHash(p *paper.Paper) Hash {
	sum := sha256.Sum256(appendSaid(make([]byte, 0, recordRoom(p)), p))
	return Hash(sum[:16])
}

// TextHash covers what an embedder reads of p: the same hash, the same vector.
func TextHash(p *paper.Paper) Hash {
	h := sha256.New()
	var n [8]byte
	binary.BigEndian.PutUint64(n[:], uint64(len(p.Title)))
	h.Write(n[:])
	io.WriteString(h, p.Title)
	io.WriteString(h, p.Abstract)
	return Hash(h.Sum(n[:0:0])[:16])
}
