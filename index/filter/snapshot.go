package filter

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/internal/section"
	"kindred/paper"
)

// A snapshot is a row of sections, see package section; numbers are 32 bits
// unless told otherwise:
//
//	head      "kindred filter\n", version as 32 bits
//	live      a bit a doc number, in 64-bit words
//	years     by doc number, 16 bits
//	dates     by doc number, first and last
//
// and for categories, venues, authors and collections each:
//
//	values    texts
//	counts    by doc number, 16 bits
//	flat      the values of all papers, one after the other
//
// and for venues and authors:
//
//	words     texts
//	ends      by value, where its words end in flat
//	flat      the words of all values, one after the other
//
// Papers that are gone have no values. History: 1, the first; 2, collections.
const (
	snapshotMagic   = "kindred filter\n"
	snapshotVersion = 2
)

// ErrSnapshot is wrapped by [Read] when a snapshot is damaged or of another
// version. The index is then to be built anew.
var ErrSnapshot = errors.New("unusable snapshot of the filters")

// Snapshot is the state of an index at one moment, to be written out while the
// index goes on.
type Snapshot struct {
	live   set
	years  []uint16
	dates  []paper.Date
	fields [fieldCount]values
	words  [fieldCount]words
}

// Snapshot takes the state of the index as it is. All but the live papers is
// only ever added to, so it is a matter of a millisecond.
func (x *Index) Snapshot() *Snapshot {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return &Snapshot{live: x.live.clone(), years: x.years, dates: x.dates, fields: x.fields, words: x.words}
}

// Len is the number of papers.
func (s *Snapshot) Len() (n int) {
	s.live.each(func(uint32) { n++ })
	return n
}

// WriteTo writes the snapshot for [Read].
func (s *Snapshot) WriteTo(w io.Writer) (int64, error) {
	sw := section.NewWriter(w)
	sw.Bytes(binary.LittleEndian.AppendUint32([]byte(snapshotMagic), snapshotVersion))
	live := make([]uint32, 0, 2*len(s.live))
	for _, w := range s.live {
		live = append(live, uint32(w), uint32(w>>32))
	}
	sw.Words(live)
	sw.Halves(s.years)
	dates := make([]uint32, 0, 2*len(s.dates))
	for _, d := range s.dates {
		dates = append(dates, uint32(d.First), uint32(d.Last))
	}
	sw.Words(dates)
	for field := range s.fields {
		f := &s.fields[field]
		counts := make([]uint16, len(f.count))
		var flat []uint32
		s.live.each(func(doc uint32) {
			if int(doc) < len(counts) { // later papers have no value in this field
				counts[doc] = f.count[doc]
				flat = append(flat, f.flat[f.at[doc]:][:counts[doc]]...)
			}
		})
		sw.Strings(f.text)
		sw.Halves(counts)
		sw.Words(flat)
		if named(field) {
			sw.Strings(s.words[field].texts)
			sw.Words(s.words[field].ends)
			sw.Words(s.words[field].flat)
		}
	}
	if sw.Err != nil {
		return sw.N, fmt.Errorf("filter: write snapshot: %w", sw.Err)
	}
	return sw.N, nil
}

// Read makes an index of a snapshot, and reads no further than its end. size
// is what r holds at least, as far as that is known. Its errors wrap
// [ErrSnapshot] unless they are r's own.
func Read(r io.Reader, size int64) (*Index, error) {
	sr := section.NewReader(r).Expect(size)
	x := New()
	head := sr.Bytes()
	if sr.Err == nil && string(head) != string(binary.LittleEndian.AppendUint32([]byte(snapshotMagic), snapshotVersion)) {
		return nil, fmt.Errorf("filter: %w: not one of version %d", ErrSnapshot, snapshotVersion)
	}
	live := sr.Words()
	x.years = sr.Halves()
	dates := sr.Words()
	if sr.Err == nil && (len(live)%2 != 0 || len(dates) != 2*len(x.years) || len(x.years) > 32*len(live)) {
		sr.Err = section.ErrDamaged
	}
	if sr.Err == nil {
		x.live = make(set, len(live)/2)
		for i := range x.live {
			x.live[i] = uint64(live[2*i]) | uint64(live[2*i+1])<<32
		}
		x.live.each(func(doc uint32) {
			if x.count++; int(doc) >= len(x.years) {
				sr.Err = section.ErrDamaged
			}
		})
		x.dates = make([]paper.Date, len(x.years))
		for i := range x.dates {
			x.dates[i] = paper.Date{First: int32(dates[2*i]), Last: int32(dates[2*i+1])}
		}
	}
	for field := range x.fields {
		text, counts, flat := sr.Strings(), sr.Halves(), sr.Words()
		var w words
		if named(field) {
			w.texts, w.ends, w.flat = sr.Strings(), sr.Words(), sr.Words()
		}
		if sr.Err != nil {
			break
		}
		if !x.fields[field].rebuild(text, counts, flat, x.live) || named(field) && !w.rebuild(len(text)) {
			sr.Err = section.ErrDamaged
			break
		}
		x.words[field] = w
	}
	switch {
	case sr.Err == nil:
		return x, nil
	case sr.Damaged():
		return nil, fmt.Errorf("filter: %w: %w", ErrSnapshot, sr.Err)
	}
	return nil, fmt.Errorf("filter: read snapshot: %w", sr.Err)
}

// rebuild makes v of what a snapshot holds, and reports whether that fits.
func (v *values) rebuild(text []string, counts []uint16, flat []uint32, live set) bool {
	v.text, v.count, v.flat = text, counts, flat
	v.ids = make(map[string]uint32, len(text))
	for id, t := range text {
		v.ids[t] = uint32(id)
	}
	v.at = make([]uint32, len(counts))
	at, sizes := 0, make([]uint32, len(text))
	for doc, n := range counts {
		v.at[doc] = uint32(at)
		if at += int(n); at > len(flat) || n > 0 && !live.has(uint32(doc)) {
			return false
		}
	}
	few := 0
	for _, id := range flat {
		if int(id) >= len(text) {
			return false
		}
		sizes[id]++
	}
	for _, n := range sizes {
		if n <= maxFew {
			few += int(n)
		}
	}
	if at != len(flat) || len(v.ids) != len(text) {
		return false
	}
	// The short lists share one memory; the long ones become bitmaps.
	slab := make([]uint32, few)
	v.docs = make([]posting, len(text))
	for id, n := range sizes {
		if n > maxFew {
			v.docs[id].few = make([]uint32, 0, n)
			continue
		}
		v.docs[id].few, slab = slab[:0:n], slab[n:]
	}
	for doc, n := range counts {
		for _, id := range flat[v.at[doc]:][:n] {
			p := &v.docs[id]
			if k := len(p.few); k > 0 && p.few[k-1] == uint32(doc) {
				return false
			}
			p.few = append(p.few, uint32(doc))
		}
	}
	for id := range v.docs {
		if p := &v.docs[id]; len(p.few) > maxFew {
			p.many, p.few = roaring.BitmapOf(p.few...), nil
		}
	}
	return true
}

// rebuild makes the look-ups of words whose texts, ends and flat were read,
// for so many names, and reports whether they fit.
func (x *words) rebuild(names int) bool {
	x.ids = make(map[string]uint32, len(x.texts))
	for id, w := range x.texts {
		if w == "" || strings.ContainsAny(w, " \t\n") {
			return false
		}
		x.ids[w] = uint32(id)
		x.lead = append(x.lead, w[0])
		x.short = append(x.short, len(w) == 1)
	}
	if len(x.ids) != len(x.texts) || len(x.ends) != names {
		return false
	}
	sizes := make([]uint32, len(x.texts))
	for _, id := range x.flat {
		if int(id) >= len(x.texts) {
			return false
		}
		sizes[id]++
	}
	slab := make([]uint32, len(x.flat))
	x.names = make([][]uint32, len(x.texts))
	for id, n := range sizes {
		x.names[id], slab = slab[:0:n], slab[n:]
	}
	from := uint32(0)
	for name, end := range x.ends {
		if end < from || int(end) > len(x.flat) {
			return false
		}
		for _, id := range x.flat[from:end] {
			if list := x.names[id]; len(list) == 0 || list[len(list)-1] != uint32(name) {
				x.names[id] = append(list, uint32(name))
			}
		}
		from = end
	}
	return int(from) == len(x.flat)
}
