package filter

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"
	"testing/iotest"

	"kindred/paper"
)

func snapshotOf(t testing.TB, x *Index) []byte {
	t.Helper()
	var b bytes.Buffer
	n, err := x.Snapshot().WriteTo(&b)
	if err != nil || n != int64(b.Len()) {
		t.Fatal(n, b.Len(), err)
	}
	return b.Bytes()
}

// example has papers of every kind, some of them gone.
func example(rng *rand.Rand, n int) (*Index, map[uint32]*paper.Paper) {
	x, papers := New(), map[uint32]*paper.Paper{}
	for doc := range uint32(n) {
		if doc%7 == 3 {
			continue
		}
		papers[doc] = somePaper(rng)
		x.Add([]uint32{doc}, []*paper.Paper{papers[doc]})
	}
	for doc := uint32(0); doc < uint32(n); doc += 5 {
		x.Remove(doc)
		delete(papers, doc)
	}
	return x, papers
}

func TestReadBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	x, papers := example(rng, 900) // some values have more papers than fit a short list
	data := snapshotOf(t, x)
	r := bytes.NewReader(append(data[:len(data):len(data)], "what follows"...))
	y, err := Read(iotest.HalfReader(r), 0)
	if err != nil || r.Len() != len("what follows") {
		t.Fatal(err, r.Len())
	}
	if !bytes.Equal(snapshotOf(t, y), data) {
		t.Error("written again, it differs")
	}
	// What comes and goes afterwards is found like what was there.
	for doc := uint32(900); doc < 950; doc++ {
		papers[doc] = somePaper(rng)
		y.Add([]uint32{doc}, []*paper.Paper{papers[doc]})
	}
	for doc := uint32(1); doc < 900; doc += 11 {
		y.Remove(doc)
		delete(papers, doc)
	}
	for range 300 {
		f := someFilter(rng)
		got, want := y.Bitmap(f), 0
		for doc, p := range papers {
			if ok := f.Passes(p); ok != got.Contains(doc) {
				t.Fatalf("%+v: %+v passes: %v", f, p, ok)
			} else if ok {
				want++
			}
		}
		if int(got.GetCardinality()) != want {
			t.Fatalf("%+v: %d pass, not %d", f, got.GetCardinality(), want)
		}
		checkFacets(t, y, papers, got, 5)
	}
}

func TestReadNothing(t *testing.T) {
	x, err := Read(bytes.NewReader(snapshotOf(t, New())), 100)
	if err != nil || x.Count(nil) != 0 {
		t.Fatal(err)
	}
}

func TestDamagedSnapshot(t *testing.T) {
	x, _ := example(rand.New(rand.NewPCG(5, 6)), 60)
	data := snapshotOf(t, x)
	for i := 0; i < len(data); i += 1 + i/300 {
		bad := bytes.Clone(data)
		bad[i] ^= 1 << (i & 7)
		for _, b := range [][]byte{bad, data[:i]} {
			if _, err := Read(bytes.NewReader(b), int64(len(b))); !errors.Is(err, ErrSnapshot) {
				t.Fatalf("byte %d of %d: %v", i, len(b), err)
			}
		}
	}
	if _, err := Read(iotest.ErrReader(errors.ErrUnsupported), 0); !errors.Is(err, errors.ErrUnsupported) || errors.Is(err, ErrSnapshot) {
		t.Errorf("a reader's own error became %v", err)
	}
}
