package index

import (
	"errors"
	"math"
	"slices"
	"strings"
	"sync"

	"github.com/RoaringBitmap/roaring/v2"
	"github.com/cespare/xxhash/v2"

	"kindred/internal/section"
	"kindred/paper"
)

// docs remembers, per doc number, the paper's id, and which doc numbers have
// a title or one of the ids that others gave (see names); all are derived from
// the records.
//
// Titles are found by a hash table of doc numbers, open addressing: 12 bytes a
// paper, where a map of lists takes a hundred. A paper that goes leaves its
// place behind; it is dropped when the table grows.
type docs struct {
	mu     sync.RWMutex
	ids    []string // by doc number; "" where there is none
	hashes []uint64 // by doc number: of the folded title; 0 when it has none
	slots  []uint32 // a power of two; doc number + 1, 0 when free
	used   int      // slots that are not free
	names  names
	bands  names // of abstracts, see package kin; and the titles of parts
}

func newDocs() *docs { return &docs{slots: make([]uint32, 1<<10)} }

// titleHash stands for a folded title, 0 for an empty one; papers found by it
// are compared by their own titles.
func titleHash(title string) uint64 {
	key := paper.TitleKey(title)
	if key == "" {
		return 0
	}
	return max(1, xxhash.Sum64String(key))
}

// add notes a paper. Those that are going, which it may replace, are still there
// and take no place from it.
func (d *docs) add(doc uint32, id string, k *keys, going map[uint32]bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if n := int(doc) + 1 - len(d.ids); n > 0 {
		d.ids = append(d.ids, make([]string, n)...)
		d.hashes = append(d.hashes, make([]uint64, n)...)
	}
	d.ids[doc] = strings.Clone(id) // a paper's strings share one large text
	d.hashes[doc] = k.title
	stays := func(doc uint32) bool { return d.live(doc) && !going[doc] }
	if k.title != 0 {
		d.place(doc, stays)
	}
	d.names.add(doc, k.names, stays)
	d.bands.add(doc, slices.Concat(k.bands, k.titles), stays)
}

// place puts a doc number into the table; there is a title. Called with the
// lock held, or before anybody else knows d.
func (d *docs) place(doc uint32, stays func(doc uint32) bool) {
	if 4*(d.used+1) > 3*len(d.slots) {
		d.rehash()
	}
	mask, same := uint64(len(d.slots)-1), 0
	i := d.hashes[doc] & mask
	for d.slots[i] != 0 {
		if at := d.slots[i] - 1; d.hashes[at] == d.hashes[doc] {
			if !stays(at) {
				d.slots[i] = doc + 1 // its place is free
				return
			}
			if same++; same == maxTitled {
				return
			}
		}
		i = (i + 1) & mask
	}
	d.slots[i] = doc + 1
	d.used++
}

// maxTitled is how many papers of one title are found by it: what thousands are
// called ("Editorial") is no name.
const maxTitled = 1000

// rehash makes a table that is at most half full.
func (d *docs) rehash() {
	old := d.slots
	live := 0
	for _, s := range old {
		if s != 0 && d.ids[s-1] != "" {
			live++
		}
	}
	size := 1 << 10
	for size < 2*(live+1) {
		size *= 2
	}
	d.slots, d.used = make([]uint32, size), 0
	for _, s := range old {
		if s != 0 && d.ids[s-1] != "" {
			d.place(s-1, d.live)
		}
	}
}

func (d *docs) remove(doc uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if int(doc) < len(d.ids) {
		d.ids[doc] = ""
	}
}

func (d *docs) id(doc uint32) string {
	d.mu.RLock()
	defer d.mu.RUnlock()
	if int(doc) >= len(d.ids) {
		return ""
	}
	return d.ids[doc]
}

// live reports whether a doc number has a paper. Called with the lock held, or
// before anybody else knows d.
func (d *docs) live(doc uint32) bool { return int(doc) < len(d.ids) && d.ids[doc] != "" }

// each calls fn with those of some doc numbers that have a paper, ascending.
func (d *docs) each(some *roaring.Bitmap, fn func(doc uint32, id string)) {
	numbers, ids := make([]uint32, 4096), make([]string, 4096)
	for it := some.ManyIterator(); ; {
		n := it.NextMany(numbers)
		if n == 0 {
			return
		}
		d.mu.RLock()
		for i, doc := range numbers[:n] {
			ids[i] = ""
			if d.live(doc) {
				ids[i] = d.ids[doc]
			}
		}
		d.mu.RUnlock()
		for i, id := range ids[:n] {
			if id != "" {
				fn(numbers[i], id)
			}
		}
	}
}

// named returns the doc numbers of papers that may have this name; the papers
// themselves say whether they do.
func (d *docs) named(r paper.Ref) []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return slices.DeleteFunc(d.names.find(hashName(r)), func(doc uint32) bool { return !d.live(doc) })
}

// maxKin bounds how many papers are looked at that may be the same as one, by
// each id, by titles and by abstracts.
const maxKin = 8

// mayBe returns the doc numbers of papers that may be the one with these keys,
// by its ids, its title and its abstract, the surest first.
func (d *docs) mayBe(k *keys) []uint32 {
	d.mu.RLock()
	defer d.mu.RUnlock()
	var out []uint32
	take := func(docs []uint32, upTo int) {
		for _, doc := range docs {
			if len(out) < upTo && d.live(doc) && !slices.Contains(out, doc) {
				out = append(out, doc)
			}
		}
	}
	for _, h := range k.names {
		take(d.names.find(h), min(len(out)+maxKin, 8*maxKin))
	}
	upTo := len(out) + maxKin
	for _, h := range append([]uint64{k.title}, k.titles...) {
		if h != 0 {
			take(d.withTitle(h, 4*maxKin), upTo)
			take(d.bands.find(h), upTo)
		}
	}
	upTo = len(out) + maxKin
	for _, h := range k.bands {
		take(d.bands.find(h), upTo)
	}
	return out
}

// titled returns the doc numbers of papers whose title may be this one,
// ascending.
func (d *docs) titled(title string) []uint32 {
	hash := titleHash(title)
	if hash == 0 {
		return nil
	}
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.withTitle(hash, math.MaxInt)
}

// withTitle returns the doc numbers of papers whose title has this hash,
// ascending, and of more than so many the first. Called with the lock held.
func (d *docs) withTitle(hash uint64, most int) []uint32 {
	var out []uint32
	mask := uint64(len(d.slots) - 1)
	for i := hash & mask; d.slots[i] != 0; i = (i + 1) & mask {
		if doc := d.slots[i] - 1; d.hashes[doc] == hash && d.ids[doc] != "" {
			out = append(out, doc)
		}
	}
	slices.Sort(out)
	return out[:min(len(out), most)]
}

// snapshot copies what there is, to be written out later.
func (d *docs) snapshot() *docs {
	d.mu.RLock()
	defer d.mu.RUnlock()
	// Entries of names are only ever added, so a snapshot can share them.
	return &docs{
		ids: slices.Clone(d.ids), hashes: slices.Clone(d.hashes),
		names: names{hashes: d.names.hashes, docs: d.names.docs},
		bands: names{hashes: d.bands.hashes, docs: d.bands.docs},
	}
}

// write writes a snapshot: the ids as texts and the hashes, by doc number,
// the names and the bands, as sections.
func (d *docs) write(w *section.Writer) {
	w.Strings(d.ids)
	words := make([]uint32, 0, 2*len(d.hashes))
	for _, h := range d.hashes {
		words = append(words, uint32(h), uint32(h>>32))
	}
	w.Words(words)
	d.names.write(w)
	d.bands.write(w)
}

// readDocs reads what write has written.
func readDocs(r *section.Reader) (*docs, error) {
	d := newDocs()
	d.ids = r.Strings()
	words := r.Words()
	if r.Err != nil {
		return nil, r.Err
	}
	if len(words) != 2*len(d.ids) {
		return nil, errors.New("ids and titles do not fit each other")
	}
	d.hashes = make([]uint64, len(d.ids))
	size := 1 << 10
	for size < 2*len(d.ids) {
		size *= 2
	}
	d.slots = make([]uint32, size)
	for doc := range d.hashes {
		d.hashes[doc] = uint64(words[2*doc]) | uint64(words[2*doc+1])<<32
		if d.ids[doc] != "" && d.hashes[doc] != 0 {
			d.place(uint32(doc), d.live)
		}
	}
	var err error
	if d.names, err = readNames(r, d.live); err == nil {
		d.bands, err = readNames(r, d.live)
	}
	return d, err
}
