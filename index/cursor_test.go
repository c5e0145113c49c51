package index

import (
	"encoding/base64"
	"errors"
	"math"
	"testing"

	"kindred/paper"
)

func TestCursorRoundTrip(t *testing.T) {
	for _, p := range []position{
		{}, {doc: 1, offset: 10, total: 264}, {doc: math.MaxUint32, offset: math.MaxInt32, total: math.MaxInt32},
	} {
		got, err := decodeCursor(p.encode(77), 77)
		if err != nil || got != p {
			t.Errorf("%+v became %+v, %v", p, got, err)
		}
		if _, err := decodeCursor(p.encode(77), 78); err == nil {
			t.Errorf("%+v is taken for another request", p)
		}
	}
}

func TestRequestKeyKeepsPartsApart(t *testing.T) {
	seen := map[uint64][]any{}
	for _, parts := range [][]any{
		{}, {""}, {"", ""}, {"a", "b"}, {"ab", ""}, {"a\x00b"}, {[]string{"a", "b"}}, {[]string{"a"}, "b"},
		{paper.Options{}}, {paper.Options{Mode: paper.Lexical}}, {paper.Options{Filter: paper.Filter{From: "2001"}}},
	} {
		k := requestKey("search", parts...)
		if other, ok := seen[k]; ok {
			t.Errorf("%q and %q have one key", parts, other)
		}
		seen[k] = parts
		if k == requestKey("similar", parts...) {
			t.Errorf("%q: one key for search and similar", parts)
		}
	}
}

func FuzzDecodeCursor(f *testing.F) {
	f.Add(position{doc: 5, offset: 20, total: 100}.encode(1), uint64(1))
	f.Add("", uint64(0))
	f.Add("AAAA", uint64(0))
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, cursorSize)), uint64(0))
	f.Fuzz(func(t *testing.T, s string, request uint64) {
		p, err := decodeCursor(s, request)
		if err != nil {
			if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "cursor" {
				t.Fatalf("%v", err)
			}
			return
		}
		if p.offset < 0 || p.total < 0 {
			t.Fatalf("%+v", p)
		}
		// A cursor that is taken says what one of ours says.
		if again, err := decodeCursor(p.encode(request), request); err != nil || again != p {
			t.Fatalf("%+v became %+v, %v", p, again, err)
		}
	})
}

func FuzzResume(f *testing.F) {
	f.Add(uint32(3), 5, 10, 8)
	f.Fuzz(func(t *testing.T, doc uint32, offset, total, now int) {
		if offset < 0 || total < 0 || now < 0 {
			return // decodeCursor and the index give none
		}
		r := &ranking{total: now}
		for i := range min(now, 50) {
			r.list = append(r.list, candidate(uint32(i*3)))
		}
		at := r.resume(position{doc: doc, offset: offset, total: total})
		if at < 0 || at > len(r.list) {
			t.Fatalf("resumes at %d of %d", at, len(r.list))
		}
	})
}
