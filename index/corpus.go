package index

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// corpusName is where the store keeps what tells this corpus from all others.
const corpusName = "corpus"

// nameCorpus reads the folder's random number, or makes it where there is none
// yet. One that cannot be written is good until the folder is closed: a full disk
// keeps nobody from searching.
func (x *Index) nameCorpus() error {
	var kept string
	if _, err := x.store.Value(corpusName, &kept); err != nil {
		return err
	}
	if b, err := hex.DecodeString(kept); err == nil && len(b) == 8 {
		x.corpus = binary.BigEndian.Uint64(b)
		return nil
	}
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	x.corpus = binary.BigEndian.Uint64(b[:])
	if err := x.store.SetValue(corpusName, hex.EncodeToString(b[:])); err != nil {
		x.log.Warn("the folder's own number could not be written; cursors end with this process", "error", err)
	}
	return nil
}
