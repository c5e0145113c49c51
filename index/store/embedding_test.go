package store

import (
	"context"
	"encoding/binary"
	"fmt"
	"testing"
)

func textNumber(n int) (h Hash) {
	binary.BigEndian.PutUint64(h[:], uint64(n)*0x9e3779b97f4a7c15)
	binary.BigEndian.PutUint64(h[8:], uint64(n))
	return h
}

// someVectors are n vectors of four numbers for the texts from a number on.
func someVectors(t *testing.T, from, n int) (texts []Hash, vectors [][]float32) {
	t.Helper()
	for i := from; i < from+n; i++ {
		v, err := Round([]float32{1, float32(i), 0.5, -2})
		if err != nil {
			t.Fatal(err)
		}
		texts, vectors = append(texts, textNumber(i)), append(vectors, v)
	}
	return texts, vectors
}

func keepSome(t *testing.T, s *Store, fingerprint string, from, n int) {
	t.Helper()
	texts, vectors := someVectors(t, from, n)
	if err := s.KeepEmbeddings(context.Background(), fingerprint, 4, texts, vectors); err != nil {
		t.Fatal(err)
	}
}

// held counts how many of the texts have the vector that was kept.
func heldOf(t *testing.T, s *Store, fingerprint string, from, n int) (found int) {
	t.Helper()
	texts, want := someVectors(t, from, n)
	got, err := s.Embeddings(context.Background(), fingerprint, 4, texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if v == nil {
			continue
		}
		found++
		if fmt.Sprint(v) != fmt.Sprint(want[i]) {
			t.Errorf("text %d: %v, want %v", from+i, v, want[i])
		}
	}
	return found
}

func TestEmbeddingsAreKept(t *testing.T) {
	dir := t.TempDir()
	s, err := Open(dir, Options{})
	if err != nil {
		t.Fatal(err)
	}
	keepSome(t, s, "openai:a:4", 0, 100)
	keepSome(t, s, "openai:a:4", 50, 100) // half of them again
	keepSome(t, s, "openai:b:4", 0, 10)
	if err := s.KeepEmbeddings(t.Context(), "openai:b:4", 4, []Hash{textNumber(77)}, [][]float32{nil}); err != nil {
		t.Fatal(err)
	}
	if err := s.KeepEmbeddings(t.Context(), "openai:b:4", 4, []Hash{textNumber(78)}, [][]float32{{1, 2}}); err == nil {
		t.Error("a vector of another length was taken")
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(dir, Options{}); err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, c := range []struct {
		fingerprint   string
		from, n, want int
	}{
		{"openai:a:4", 0, 200, 150}, {"openai:b:4", 0, 200, 10}, {"openai:c:4", 0, 200, 0},
	} {
		if got := heldOf(t, s, c.fingerprint, c.from, c.n); got != c.want {
			t.Errorf("%s: %d are kept, want %d", c.fingerprint, got, c.want)
		}
	}
	// Of another dimension than was kept: none, not an error.
	if v, err := s.Embeddings(t.Context(), "openai:a:4", 3, []Hash{textNumber(1)}); err != nil || v[0] != nil {
		t.Errorf("%v, %v", v, err)
	}
	kept, err := s.EmbeddingsKept()
	if err != nil || len(kept) != 2 || kept[0].Entries != 150 || kept[1].Entries != 10 {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if err := s.ForgetEmbeddings(t.Context(), "openai:a:4"); err != nil {
		t.Fatal(err)
	}
	if heldOf(t, s, "openai:a:4", 0, 200) != 0 || heldOf(t, s, "openai:b:4", 0, 10) != 10 {
		t.Error("forgetting one embedder left some of it, or took another")
	}
	if kept, err := s.EmbeddingsKept(); err != nil || len(kept) != 1 {
		t.Errorf("kept %+v, %v", kept, err)
	}
	if err := s.Verify(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestEmbeddingsAreBounded(t *testing.T) {
	const room = 500
	s, err := Open(t.TempDir(), Options{EmbeddingBytes: room * entryBytes(4)})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	keepSome(t, s, "openai:old:4", 0, 300)
	keepSome(t, s, "openai:new:4", 0, 300)
	if heldOf(t, s, "openai:old:4", 0, 300) != 0 || heldOf(t, s, "openai:new:4", 0, 300) != 300 {
		t.Error("the embedder that is not in use was not the one to go")
	}
	for i := 300; i < 3000; i += 100 {
		keepSome(t, s, "openai:new:4", i, 100)
		kept, err := s.EmbeddingsKept()
		if err != nil || kept[0].Entries > room {
			t.Fatalf("kept %+v, %v", kept, err)
		}
	}
	kept, err := s.EmbeddingsKept()
	if err != nil || kept[0].Entries != room || heldOf(t, s, "openai:new:4", 0, 3000) != room {
		t.Errorf("%d are kept, %+v, %v", heldOf(t, s, "openai:new:4", 0, 3000), kept, err)
	}
}
