package lexical

import (
	"bytes"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"testing"
	"testing/iotest"

	diff "github.com/google/go-cmp/cmp"
)

// example is a small index with gaps, several segments and deletions.
func example(t testing.TB) *Index {
	c := newCorpus(29, 60)
	c.gaps = true
	first := c.docs(150)
	ix := newIndex(t, Options{}, first, c.docs(3))
	ix.Delete(first[3:9])
	return ix
}

func snapshot(t testing.TB, ix *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := ix.WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo = %d, %v; wrote %d", n, err, b.Len())
	}
	return b.Bytes()
}

func TestSnapshot(t *testing.T) {
	ix := example(t)
	data := snapshot(t, ix)
	r := bytes.NewReader(append(data[:len(data):len(data)], "what follows"...))
	read, err := Read(iotest.HalfReader(r), 0, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if r.Len() != len("what follows") {
		t.Errorf("%d bytes left to read", r.Len())
	}
	if d := diff.Diff(data, snapshot(t, read)); d != "" {
		t.Error("written again, it differs")
	}
	if read.Len() != ix.Len() || read.Terms() != ix.Terms() || read.DocFreq("w1") != ix.DocFreq("w1") {
		t.Errorf("%d documents, %d terms, %d with w1; want %d, %d, %d", read.Len(), read.Terms(), read.DocFreq("w1"), ix.Len(), ix.Terms(), ix.DocFreq("w1"))
	}
	if err := read.Add([]Doc{{Number: uint32(ix.last)}}); !errors.Is(err, ErrOrder) {
		t.Errorf("an old number: %v", err)
	}
	if err := read.Add([]Doc{{Number: uint32(ix.last) + 1, Title: []string{"unheard"}}}); err != nil || read.DocFreq("unheard") != 1 {
		t.Errorf("a new document: %v", err)
	}
}

func TestSnapshotOfNothing(t *testing.T) {
	ix, err := Read(bytes.NewReader(snapshot(t, newIndex(t, Options{}))), 1<<20, Options{})
	if err != nil || ix.Len() != 0 {
		t.Fatal(err)
	}
	if err := ix.Add([]Doc{{Number: 0}}); err != nil {
		t.Error(err)
	}
}

func TestSnapshotRefused(t *testing.T) {
	data := snapshot(t, example(t))
	refused := func(name string, b []byte, o Options) {
		t.Helper()
		if _, err := Read(bytes.NewReader(b), int64(len(b)), o); !errors.Is(err, ErrSnapshot) {
			t.Errorf("%s: %v", name, err)
		}
	}
	refused("nothing", nil, Options{})
	refused("other options", data, Options{K1: 2})
	refused("other title weight", data, Options{TitleWeight: 2})
	for i := 0; i < len(data); i += 1 + i/200 {
		bad := bytes.Clone(data)
		bad[i] ^= 1 << (i & 7)
		refused("a bit turned", bad, Options{})
		refused("cut off", data[:i], Options{})
	}
	if _, err := Read(iotest.ErrReader(errors.ErrUnsupported), 0, Options{}); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrSnapshot) {
		t.Errorf("a reader's own error became %v", err)
	}
	if _, err := Read(bytes.NewReader(data), 0, Options{B: 2}); err == nil || errors.Is(err, ErrSnapshot) {
		t.Errorf("wrong options: %v", err)
	}
}

func TestSnapshotWriteFails(t *testing.T) {
	ix := example(t)
	whole := len(snapshot(t, ix))
	for _, room := range []int{0, 10, whole / 2, whole - 1} {
		if _, err := ix.WriteTo(&shortWriter{room}); !errors.Is(err, io.ErrShortWrite) {
			t.Errorf("room for %d bytes: %v", room, err)
		}
	}
}

type shortWriter struct{ room int }

func (w *shortWriter) Write(b []byte) (int, error) {
	if len(b) > w.room {
		return w.room, io.ErrShortWrite
	}
	w.room -= len(b)
	return len(b), nil
}

// FuzzRead feeds Read with snapshots whose checksums are right and whose
// contents are not. What it accepts must be safe to use.
func FuzzRead(f *testing.F) {
	data := snapshot(f, example(f))
	f.Add(data, uint32(0), byte(0))
	for i := range 40 {
		f.Add(data, uint32(i*len(data)/40), byte(1<<(i&7)))
	}
	f.Add(snapshot(f, newIndex(f, Options{})), uint32(70), byte(1))
	f.Fuzz(func(t *testing.T, data []byte, at uint32, flip byte) {
		data = bytes.Clone(data)
		if len(data) > 0 {
			data[int(at)%len(data)] ^= flip
		}
		mend(data)
		ix, err := Read(bytes.NewReader(data), 0, Options{})
		if err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		q := []WeightedTerm{{"w0", 1}, {"w1", 2}, {"w7", 1}, {"", 1}}
		if _, err := ix.Search(t.Context(), nil, q, 10, nil); err != nil {
			t.Fatal(err)
		}
		ix.Scores(nil, q, []uint32{0, 1, 70, 200})
		ix.Delete([]Doc{{Number: 1, Title: []string{"w0"}}})
		compact(t, ix)
		snapshot(t, ix)
	})
}

// mend sets the checksums of all sections.
func mend(data []byte) {
	for at := 0; len(data)-at >= 12; {
		n := binary.LittleEndian.Uint64(data[at:])
		if n > uint64(len(data)-at-12) {
			return
		}
		end := at + 8 + int(n)
		binary.LittleEndian.PutUint32(data[end:], crc32.Checksum(data[at:end], crc32.MakeTable(crc32.Castagnoli)))
		at = end + 4
	}
}
