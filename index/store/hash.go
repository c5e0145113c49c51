package store

import (
	"crypto/sha256"
	"encoding/binary"
	"io"

	"kindred/paper"
)

// Hash is the first half of a SHA-256.
type Hash [16]byte

// ContentHash covers every field of p: the same hash, the same paper.
func ContentHash(p *paper.Paper) Hash { return hashRecord(appendRecord(nil, p)) }

func hashRecord(rec []byte) Hash {
	sum := sha256.Sum256(rec[1:]) // without the version, which says nothing of the paper
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
