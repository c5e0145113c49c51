package index

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"

	"kindred/index/kin"
	"kindred/internal/section"
	"kindred/paper"
)

// names finds papers by hashes, of the ids that others gave them or of their
// abstracts' bands: a hash table of doc numbers, open addressing, as the one of
// titles; some 25 bytes a name. A paper that goes leaves its names behind: who
// looks one up finds it gone.
type names struct {
	hashes []uint64 // by entry
	docs   []uint32 // by entry
	slots  []uint32 // a power of two; entry + 1, 0 when free
}

func hashName(r paper.Ref) uint64 { return xxhash.Sum64String(r.Kind + "\x00" + r.Value) }

// keys are the hashes by which a paper, and the same paper from another source,
// is found.
type keys struct {
	names  []uint64 // ids
	title  uint64   // 0 for none
	titles []uint64 // other ones, of parts
	bands  []uint64 // of abstracts
}

func keysOf(p *paper.Paper) *keys {
	k := &keys{names: namesOf(p), title: titleHash(p.Title), bands: bandsOf(p)}
	for i := range p.Parts {
		if h := titleHash(p.Parts[i].Title); h != 0 && h != k.title && !slices.Contains(k.titles, h) {
			k.titles = append(k.titles, h)
		}
	}
	return k
}

// namesOf are the hashes of p's names, those of its parts among them.
func namesOf(p *paper.Paper) []uint64 {
	out := make([]uint64, 0, 4)
	add := func(p *paper.Paper) {
		for _, r := range append(kin.Refs(p), p.Refs()...) {
			out = append(out, hashName(r))
		}
	}
	add(p)
	for i := range p.Parts {
		add(&p.Parts[i])
	}
	slices.Sort(out) // ids come from a map, and which are looked at first must not hang on it
	return slices.Compact(out)
}

// bandsOf are the bands of p's abstract and of those of its parts.
func bandsOf(p *paper.Paper) []uint64 {
	out := kin.Bands(p.Abstract)
	for i := range p.Parts {
		for _, h := range kin.Bands(p.Parts[i].Abstract) {
			if !slices.Contains(out, h) {
				out = append(out, h)
			}
		}
	}
	return out
}

// add notes the names of a paper. live tells which papers are there and stay.
func (n *names) add(doc uint32, hashes []uint64, live func(doc uint32) bool) {
	for _, h := range hashes {
		n.hashes, n.docs = append(n.hashes, h), append(n.docs, doc)
		if 2*len(n.hashes) > len(n.slots) {
			n.rehash(live)
		} else {
			n.put(len(n.hashes)-1, live)
		}
	}
}

// rehash drops the names of papers that have gone and makes a table that is at
// most a quarter full. Snapshots may hold the former entries.
func (n *names) rehash(live func(doc uint32) bool) {
	hashes, docs := n.hashes, n.docs
	n.hashes, n.docs = nil, nil
	for i, doc := range docs {
		if live(doc) {
			n.hashes, n.docs = append(n.hashes, hashes[i]), append(n.docs, doc)
		}
	}
	size := 1 << 10
	for size < 4*len(n.hashes) {
		size *= 2
	}
	n.slots = make([]uint32, size)
	for i := range n.hashes {
		n.put(i, live)
	}
}

// maxNamed is of how many papers one name is remembered: what more of them
// have names nobody.
const maxNamed = 64

func (n *names) put(entry int, live func(doc uint32) bool) {
	mask, same := uint64(len(n.slots)-1), 0
	i := n.hashes[entry] & mask
	for n.slots[i] != 0 {
		if at := n.slots[i] - 1; n.hashes[at] == n.hashes[entry] {
			if !live(n.docs[at]) {
				break // its place is free
			}
			if same++; same == maxNamed {
				return
			}
		}
		i = (i + 1) & mask
	}
	n.slots[i] = uint32(entry) + 1
}

// find returns the doc numbers of papers that may have the name with this hash,
// ascending: which come first must not hang on how the table came about.
func (n *names) find(hash uint64) []uint32 {
	if len(n.slots) == 0 {
		return nil
	}
	var out []uint32
	mask := uint64(len(n.slots) - 1)
	for i := hash & mask; n.slots[i] != 0; i = (i + 1) & mask {
		if entry := n.slots[i] - 1; n.hashes[entry] == hash {
			out = append(out, n.docs[entry])
		}
	}
	slices.Sort(out)
	return out
}

// write writes the entries as a section of words, three an entry.
func (n *names) write(w *section.Writer) {
	words := make([]uint32, 0, 3*len(n.hashes))
	for i, h := range n.hashes {
		words = append(words, uint32(h), uint32(h>>32), n.docs[i])
	}
	w.Words(words)
}

// readNames reads what write has written, without the names of papers for which
// live is false.
func readNames(r *section.Reader, live func(doc uint32) bool) (names, error) {
	var n names
	words := r.Words()
	if r.Err != nil {
		return n, r.Err
	}
	if len(words)%3 != 0 {
		return n, errors.New("the papers' names end early")
	}
	for i := 0; i < len(words); i += 3 {
		n.hashes, n.docs = append(n.hashes, uint64(words[i])|uint64(words[i+1])<<32), append(n.docs, words[i+2])
	}
	n.rehash(live)
	return n, nil
}

// Find returns one paper an id, in order; nil where there is none. An id is a
// paper's own or one that [paper.ParseRef] reads; of several papers with one
// name it is that of the least id.
func (x *Index) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	// An id may stand for itself or, behind its kind, for another's: in the form
	// that refs have or, as papers' own ids do, as it is written.
	const forms = 3
	refs := make([]paper.Ref, len(ids))
	asked := make([]string, forms*len(ids))
	for i, id := range ids {
		asked[forms*i] = id
		if r, ok := paper.ParseRef(id); ok {
			refs[i], asked[forms*i+1] = r, r.Value
			_, asked[forms*i+2], _ = strings.Cut(id, ":")
		}
	}
	entries, err := x.store.Lookup(ctx, asked)
	if err != nil {
		return nil, err
	}
	var numbers []uint32
	var of []int // which of ids each number may be
	for i := range ids {
		may := x.docs.named(refs[i])
		for form, e := range entries[forms*i : forms*(i+1)] {
			if e.Found && form == 0 {
				may = []uint32{e.Doc}
				break
			}
			if e.Found {
				may = append(may, e.Doc)
			}
		}
		for _, doc := range may {
			numbers, of = append(numbers, doc), append(of, i)
		}
	}
	papers, err := x.store.Papers(ctx, numbers)
	if err != nil {
		return nil, err
	}
	out := make([]*paper.Paper, len(ids))
	for k, p := range papers {
		i := of[k]
		if p != nil && answersTo(p, ids[i], refs[i]) && (out[i] == nil || p.ID < out[i].ID) {
			out[i] = p
		}
	}
	return out, nil
}

// answersTo reports whether p has this id, or this name.
func answersTo(p *paper.Paper, id string, r paper.Ref) bool {
	if p.ID == id || r.Speaks() && strings.EqualFold(p.ID, r.Value) || slices.Contains(p.Refs(), r) {
		return true
	}
	return slices.ContainsFunc(p.Parts, func(part paper.Paper) bool { return answersTo(&part, id, r) })
}

// Vectors returns the vectors of papers in the model in use, in order; nil for
// a paper that has none. The error wraps [paper.ErrNotFound] where one is
// unknown.
func (x *Index) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	g := x.generation.Load()
	out := paper.Embeddings{Model: g.Fingerprint, Vectors: make([][]float32, len(ids))}
	numbers, err := x.numbers(ctx, ids)
	for i, doc := range numbers {
		out.Vectors[i] = g.vectors.Vector(doc)
	}
	return out, err
}
