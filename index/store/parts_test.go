package store

import (
	"encoding/hex"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"kindred/paper"
)

// joined is a paper of which two sources tell.
func joined(id, title string, parts ...string) *paper.Paper {
	p := short(id, title)
	for _, part := range parts {
		p.Parts = append(p.Parts, paper.Paper{ID: part, Title: title + " of " + part, Collections: []string{"c-" + part}, Origin: 7})
	}
	return p
}

func TestPartsLeadToTheirPaper(t *testing.T) {
	s := open(t, t.TempDir())
	gen := []uint32{newGeneration(t, s, testDim)}
	vector := func(seed int) [][]float32 { return [][]float32{inventedVector(seed, testDim)} }
	write(t, s, Batch{Generations: gen, Puts: []Put{
		{Paper: short("a", "one"), Vectors: vector(1)},
		{Paper: short("b", "two"), Vectors: vector(2)},
		{Paper: short("c", "three"), Vectors: vector(3)},
	}})

	// Two papers become one, which keeps the vector of the one whose text it has.
	ab := joined("a", "two", "a", "b")
	w := write(t, s, Batch{Generations: gen, Puts: []Put{{Paper: ab, KeepVectors: true}}})
	if d := cmp.Diff([]Placed{{Doc: 3, Old: []uint32{0, 1}, Moved: true, Kept: 1}}, w.Placed); d != "" {
		t.Fatal(d)
	}
	s = reopen(t, s)
	verify(t, s)
	entries, err := s.Lookup(t.Context(), []string{"a", "b", "c"})
	if err != nil || entries[0].Doc != 3 || entries[1].Doc != 3 || entries[2].Doc != 2 || s.Len() != 2 {
		t.Fatal(entries, err, s.Len())
	}
	if entries[0].Content != ContentHash(&ab.Parts[0]) || entries[1].Content != ContentHash(&ab.Parts[1]) {
		t.Error("an id's content hash is not that of its part")
	}
	if d := cmp.Diff(ab, contents(t, s)[3]); d != "" {
		t.Error(d)
	}
	vectors, err := s.Vectors(t.Context(), gen[0], []uint32{3})
	if err != nil {
		t.Fatal(err)
	}
	if want, _ := Round(inventedVector(2, testDim)); !cmp.Equal(want, vectors[0]) {
		t.Error("the vector of the same text was not kept")
	}

	// One part goes away with its id, another joins.
	write(t, s, Batch{Generations: gen, Puts: []Put{{Paper: joined("b", "two", "b", "c"), KeepVectors: true}}})
	verify(t, s)
	if entries, _ = s.Lookup(t.Context(), []string{"a", "b", "c"}); entries[0].Found || entries[1] == entries[2] || entries[1].Doc != 4 || entries[2].Doc != 4 || s.Len() != 1 {
		t.Fatal(entries, s.Len())
	}

	// Taken apart again: the first put lets go of what the second takes.
	write(t, s, Batch{Generations: gen, Puts: []Put{{Paper: short("c", "three"), Vectors: vector(3)}, {Paper: short("b", "two"), Vectors: vector(2)}}})
	verify(t, s)
	if s.Len() != 2 {
		t.Fatal(s.Len())
	}

	write(t, s, Batch{Generations: gen, Puts: []Put{{Paper: joined("b", "two", "b", "c", "d"), Vectors: vector(2)}}})
	if w := write(t, s, Batch{Deletes: []string{"d", "b"}}); len(w.Deleted) != 1 {
		t.Error("a paper was not deleted by its part's id", w)
	}
	verify(t, s)
	if entries, _ := s.Lookup(t.Context(), []string{"b", "c", "d"}); entries[0].Found || entries[1].Found || entries[2].Found || s.Len() != 0 {
		t.Error(entries, s.Len())
	}
}

func TestPartsThatCannotBe(t *testing.T) {
	s := open(t, t.TempDir())
	for name, p := range map[string]*paper.Paper{
		"an id of no part": joined("x", "t", "a", "b"),
		"one id twice":     joined("a", "t", "a", "a"),
		"no id":            joined("a", "t", "a", ""),
	} {
		if _, err := s.Write(t.Context(), &Batch{Puts: []Put{{Paper: p}}}); err == nil {
			t.Error(name, "was written")
		}
	}
	if s.Len() != 0 {
		t.Error(s.Len())
	}
}

// How a paper is kept says nothing of what its source says.
func TestContentHashIsOfTheSource(t *testing.T) {
	p := *everyField
	p.Collections, p.Origin, p.Parts = []string{"c"}, 9, joined("a", "t", "b").Parts
	if ContentHash(&p) != ContentHash(everyField) {
		t.Error("collections, origin or parts change the content hash")
	}
}

func TestRecordBytesOfParts(t *testing.T) {
	const want = "02" + "0a0161" + "120174" + "7a19" + "0a0161" + "120674206f662061" + "6a03632d61" + "71" + "0700000000000000"
	p := joined("a", "t", "a")
	if got := hex.EncodeToString(appendRecord(nil, p)); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	within := protowire.AppendBytes(protowire.AppendTag(nil, fieldParts, protowire.BytesType), []byte{0x0a, 1, 'b'})
	rec := protowire.AppendBytes(protowire.AppendTag([]byte{joinedRecord}, fieldParts, protowire.BytesType), within)
	if p, err := decodeRecord(rec); err != nil || len(p.Parts) != 1 || p.Parts[0].Parts != nil {
		t.Errorf("a part of a part was read: %+v, %v", p, err)
	}
	if _, err := decodeRecord([]byte{joinedRecord, 0x7a, 2, 0x0a, 9}); !errors.Is(err, ErrDamaged) {
		t.Errorf("a part that is cut short: %v", err)
	}
}

// What one paper takes from another, and what is left of that, are written
// together, and the vectors stay with the text, whichever comes first.
func TestPartThatGoesOver(t *testing.T) {
	for _, restFirst := range []bool{false, true} {
		s := open(t, t.TempDir())
		gen := []uint32{newGeneration(t, s, testDim)}
		write(t, s, Batch{Generations: gen, Puts: []Put{
			{Paper: joined("a", "one", "a", "b"), Vectors: [][]float32{inventedVector(1, testDim)}},
			{Paper: short("c", "two"), Vectors: [][]float32{inventedVector(2, testDim)}},
		}})
		puts := []Put{{Paper: joined("c", "two", "c", "b"), KeepVectors: true, WithNext: true}, {Paper: short("a", "one"), KeepVectors: true}}
		if restFirst {
			puts[0], puts[1] = puts[1], puts[0]
			puts[0].WithNext, puts[1].WithNext = true, false
		}
		write(t, s, Batch{Generations: gen, Puts: puts})
		s = reopen(t, s)
		verify(t, s)
		for id, seed := range map[string]int{"a": 1, "b": 2, "c": 2} {
			e, err := s.Lookup(t.Context(), []string{id})
			if err != nil {
				t.Fatal(err)
			}
			v, err := s.Vectors(t.Context(), gen[0], []uint32{e[0].Doc})
			if err != nil {
				t.Fatal(err)
			}
			if want, _ := Round(inventedVector(seed, testDim)); !cmp.Equal(want, v[0]) {
				t.Errorf("rest first %v: another vector of %s", restFirst, id)
			}
		}
		if s.Len() != 2 {
			t.Errorf("rest first %v: %d papers", restFirst, s.Len())
		}
	}
}
