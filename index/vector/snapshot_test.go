package vector

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// saved is the snapshot of a small corpus with lists, later documents and
// deleted ones.
func saved(t testing.TB) (*corpus, []byte) {
	t.Helper()
	source := newTopics(1, 24)
	c := newCorpus(t, 24, Options{Stamp: "model:24"})
	c.listsFrom = 300
	c.add(t, source.draw(600))
	c.build(t)
	c.add(t, source.draw(50))
	for doc := uint32(0); doc < 650; doc += 7 {
		c.delete(doc)
	}
	var b bytes.Buffer
	if n, err := c.WriteTo(&b); err != nil || n != int64(b.Len()) {
		t.Fatalf("WriteTo: %d of %d bytes, %v", n, b.Len(), err)
	}
	return c, b.Bytes()
}

// reopened is a corpus of the same vectors that begins with a snapshot.
func (c *corpus) reopened(t testing.TB, snapshot []byte) *corpus {
	t.Helper()
	again := newCorpus(t, c.dimension, c.options)
	again.listsFrom = c.listsFrom
	if n, err := again.ReadFrom(bytes.NewReader(snapshot)); err != nil || n != int64(len(snapshot)) {
		t.Fatalf("ReadFrom: %d of %d bytes, %v", n, len(snapshot), err)
	}
	for doc := range c.next {
		if v := c.vectors[doc]; v != nil {
			if err := again.Add(t.Context(), []uint32{doc}, [][]float32{v}); err != nil {
				t.Fatal(err)
			}
			again.vectors[doc] = v
		}
	}
	again.next = c.next
	again.Trim()
	if err := again.Build(t.Context(), Passing); err != nil {
		t.Fatal(err)
	}
	if n := codes(again.lists.Load()); n != c.Len() || again.Len() != c.Len() {
		t.Fatalf("%d vectors came back as %d with %d codes", c.Len(), again.Len(), n)
	}
	return again
}

func TestReopenedFromASnapshotAnswersTheSame(t *testing.T) {
	c, snapshot := saved(t)
	queries := newTopics(1, 24).draw(30)
	c.small, c.listsFrom = 0, 300
	want := c.answers(t, queries)
	again := c.reopened(t, snapshot)
	again.small = 0
	if diff := cmp.Diff(want, again.answers(t, queries)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if again.lists.Load().trained != 600 {
		t.Error("the lists were made anew")
	}
	var b bytes.Buffer
	if _, err := again.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(snapshot, b.Bytes()) {
		t.Error("the snapshot of the reopened index differs")
	}
}

func TestSnapshotOfAnEarlierState(t *testing.T) {
	c, snapshot := saved(t)
	source := newTopics(1, 24)
	queries := source.draw(30)
	c.small = 0
	c.add(t, source.draw(40))
	c.delete(1, 2, 3, 4, 645, 660)
	want := c.answers(t, queries)
	again := c.reopened(t, snapshot)
	again.small = 0
	if diff := cmp.Diff(want, again.answers(t, queries)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// While the vectors of a snapshot come in, searches find what is there.
func TestSearchBeforeAllVectorsAreAddedAgain(t *testing.T) {
	source := newTopics(1, 16)
	c := newCorpus(t, 16, Options{})
	c.add(t, source.draw(5000))
	c.build(t)
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	again := newCorpus(t, 16, Options{})
	if _, err := again.ReadFrom(&b); err != nil {
		t.Fatal(err)
	}
	for doc := uint32(0); doc < 5000; doc += 2 {
		again.vectors[doc] = c.vectors[doc]
		if err := again.Add(t.Context(), []uint32{doc}, [][]float32{c.vectors[doc]}); err != nil {
			t.Fatal(err)
		}
	}
	if n := codes(again.lists.Load()); n != 5000 {
		t.Fatalf("%d codes", n)
	}
	again.recall(t, source.draw(20), 10, nil)
	again.recall(t, source.draw(20), 200, nil)
}

// Numbers given to other vectors since, as when a machine lost its last
// writes: the snapshot must not speak for them.
func TestSnapshotOfOtherVectors(t *testing.T) {
	c, snapshot := saved(t)
	r := rand.New(rand.NewPCG(8, 8))
	for doc := uint32(600); doc < 650; doc++ {
		if c.vectors[doc] != nil {
			c.delete(doc)
			c.vectors[doc] = randomUnit(r, 24)
			if err := c.Add(t.Context(), []uint32{doc}, [][]float32{c.vectors[doc]}); err != nil {
				t.Fatal(err)
			}
		}
	}
	again := c.reopened(t, snapshot)
	again.small = 0
	for doc := uint32(600); doc < 650; doc++ {
		if v := c.vectors[doc]; v != nil {
			got, err := again.Search(t.Context(), nil, v, 1, nil)
			if err != nil || len(got) != 1 || got[0].Doc != doc {
				t.Fatalf("document %d: %v, %v", doc, got, err)
			}
		}
	}
}

func TestSnapshotIsRefused(t *testing.T) {
	c, snapshot := saved(t)
	read := func(options Options, dimension int, b []byte) error {
		x, err := New(dimension, options)
		if err != nil {
			t.Fatal(err)
		}
		before := x.lists.Load()
		_, err = x.ReadFrom(bytes.NewReader(b))
		if err != nil && x.lists.Load() != before {
			t.Error("a refused snapshot left something behind")
		}
		return err
	}
	if err := read(c.options, 24, snapshot); err != nil {
		t.Fatal(err)
	}
	refused := map[string]error{
		"other stamp":     read(Options{Stamp: "model:25"}, 24, snapshot),
		"no stamp":        read(Options{}, 24, snapshot),
		"other dimension": read(c.options, 25, snapshot),
		"empty":           read(c.options, 24, nil),
		"longer":          read(c.options, 24, append(slices.Clone(snapshot), 0)),
		"newer version":   read(c.options, 24, signed(withByte(snapshot, len(snapshotMagic), 3))),
	}
	for n := 0; n < len(snapshot); n += 1 + n/50 {
		refused["cut"] = read(c.options, 24, snapshot[:n])
		refused["changed"] = read(c.options, 24, withByte(snapshot, n, snapshot[n]^16))
		for what, err := range refused {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatalf("%s (%d): %v", what, n, err)
			}
		}
	}
	failing := iotest.TimeoutReader(iotest.OneByteReader(bytes.NewReader(snapshot)))
	x, _ := New(24, c.options)
	if _, err := x.ReadFrom(failing); !errors.Is(err, iotest.ErrTimeout) || errors.Is(err, ErrSnapshot) {
		t.Errorf("a failing reader: %v", err)
	}
	if _, err := c.ReadFrom(bytes.NewReader(snapshot)); err == nil {
		t.Error("an index that is not empty took a snapshot")
	}
	if _, err := c.WriteTo(&limited{1000}); !errors.Is(err, io.ErrShortWrite) {
		t.Errorf("a full disk: %v", err)
	}
}

func withByte(b []byte, at int, value byte) []byte {
	b = slices.Clone(b)
	b[at] = value
	return b
}

// signed puts a checksum that fits at the end.
func signed(b []byte) []byte {
	b = slices.Clone(b)
	binary.LittleEndian.PutUint32(b[len(b)-4:], crc32.Checksum(b[:len(b)-4], castagnoli))
	return b
}

// limited is a disk with some bytes left.
type limited struct{ left int }

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func FuzzReadFrom(f *testing.F) {
	source := newTopics(1, 24)
	c := newCorpus(f, 24, Options{Stamp: "model:24"})
	c.listsFrom = 40
	c.add(f, source.draw(40))
	if err := c.Build(context.Background(), Passing); err != nil {
		f.Fatal(err)
	}
	c.add(f, source.draw(3))
	var small bytes.Buffer
	if _, err := c.WriteTo(&small); err != nil {
		f.Fatal(err)
	}
	f.Add(small.Bytes())
	x, _ := New(24, Options{Stamp: "model:24"})
	var empty bytes.Buffer
	if _, err := x.WriteTo(&empty); err != nil {
		f.Fatal(err)
	}
	f.Add(empty.Bytes())
	f.Add([]byte(snapshotMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) >= 4 {
			b = signed(b)
		}
		x, err := New(24, Options{Stamp: "model:24"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := x.ReadFrom(bytes.NewReader(b)); err != nil {
			if !errors.Is(err, ErrSnapshot) {
				t.Fatal(err)
			}
			return
		}
		// What was taken can be searched, added to, written and taken again.
		x.small, x.listsFrom = 0, 0
		if n := codes(x.lists.Load()); n != x.lists.Load().size {
			t.Fatalf("%d codes, said to be %d", n, x.lists.Load().size)
		}
		r := rand.New(rand.NewPCG(1, 1))
		v := randomUnit(r, 24)
		if err := x.Add(t.Context(), []uint32{0}, [][]float32{v}); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Search(t.Context(), nil, v, 10, nil); err != nil {
			t.Fatal(err)
		}
		var w bytes.Buffer
		if _, err := x.WriteTo(&w); err != nil {
			t.Fatal(err)
		}
		again, _ := New(24, Options{Stamp: "model:24"})
		if _, err := again.ReadFrom(&w); err != nil {
			t.Fatal(err)
		}
	})
}
