package index

import (
	"encoding/base64"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"kindred/paper"
)

func TestCursorRoundTrip(t *testing.T) {
	here := belonging{corpus: 5, request: 77}
	for _, p := range []position{
		{}, {doc: 1, offset: 10, total: 264}, {doc: math.MaxUint32, offset: math.MaxInt32, total: math.MaxInt32},
		{place: &paper.Place{}}, {place: &paper.Place{Day: 20190305, ID: "hep-th/9901001"}}, {place: &paper.Place{ID: strings.Repeat("é", 200)}},
	} {
		byDate := p.place != nil
		got, err := decodeCursor(p.encode(here), here, byDate)
		if err != nil || !reflect.DeepEqual(got, p) {
			t.Errorf("%+v became %+v, %v", p, got, err)
		}
		for _, elsewhere := range []belonging{{5, 78}, {6, 77}} {
			if _, err := decodeCursor(p.encode(here), elsewhere, byDate); err == nil {
				t.Errorf("%+v is taken for %+v", p, elsewhere)
			}
		}
		if _, err := decodeCursor(p.encode(here), here, !byDate); err == nil {
			t.Errorf("%+v is taken for a list of the other kind", p)
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
	f.Add(position{doc: 5, offset: 20, total: 100}.encode(belonging{2, 1}), uint64(2), uint64(1), false)
	f.Add(position{place: &paper.Place{Day: 20190305, ID: "a"}}.encode(belonging{2, 1}), uint64(2), uint64(1), true)
	f.Add("", uint64(0), uint64(0), false)
	f.Add("AAAA", uint64(0), uint64(0), true)
	f.Add(base64.RawURLEncoding.EncodeToString(make([]byte, cursorSize)), uint64(0), uint64(0), false)
	f.Fuzz(func(t *testing.T, s string, corpus, request uint64, byDate bool) {
		to := belonging{corpus, request}
		p, err := decodeCursor(s, to, byDate)
		if err != nil {
			if bad, ok := errors.AsType[*paper.InvalidError](err); !ok || bad.Field != "cursor" {
				t.Fatalf("%v", err)
			}
			return
		}
		if p.offset < 0 || p.total < 0 || s != "" && byDate != (p.place != nil) {
			t.Fatalf("%+v", p)
		}
		// A cursor that is taken says what one of ours says.
		if s == "" {
			return
		}
		if again, err := decodeCursor(p.encode(to), to, byDate); err != nil || !reflect.DeepEqual(again, p) {
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
