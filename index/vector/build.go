package vector

import "context"

// Occasion says when Build is called, and with it how much newer lists must be
// worth.
type Occasion int

const (
	// Passing is in the middle of many additions: lists are made when a
	// quarter of the documents came after those that there are.
	Passing Occasion = iota
	// Settled is when additions have come to an end, for now. Lists made in
	// passing, at whatever moment that was, are made anew, so that the answers
	// hang on the documents alone; others from a thirty-second of later
	// documents on, which every search goes through.
	Settled
)

// Behind reports whether Build has something to do: many documents came since
// the lists were made, or most are gone. Searches are right all the same, only
// slower.
func (x *Index) Behind(o Occasion) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.behind(o)
}

func (x *Index) behind(o Occasion) bool {
	l, n := x.lists.Load(), x.Len()
	switch {
	case n < l.trained/4:
		return true
	case n < x.listsFrom || l.later == 0 && !l.passing:
		return false
	case o == Settled:
		return l.trained == 0 || l.passing || l.later > l.trained/32
	}
	return l.later >= max(x.listsFrom, l.trained/4)
}

// Trim drops what a snapshot has beyond the documents that were added after
// ReadFrom, to be called once all of them are.
func (x *Index) Trim() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.lists.Load().retain(func(doc uint32) bool { return x.table.get(doc) != nil })
}

// Build brings the lists up to the size of the corpus, which takes seconds for
// half a million vectors on all cores, and returns at once when there is
// nothing to do. Searches, additions and deletions go on meanwhile. A second
// call waits for the first. When ctx ends, the lists stay as they were.
//
// The centres depend on the vectors that are there and their numbers alone, not
// on the number of cores or the order of additions.
func (x *Index) Build(ctx context.Context, o Occasion) error {
	x.building.Lock()
	defer x.building.Unlock()
	x.mu.Lock()
	behind := x.behind(o)
	if behind {
		x.changed = []uint32{}
	}
	x.mu.Unlock()
	if !behind {
		return ctx.Err()
	}
	err := x.rebuild(ctx, o)
	x.mu.Lock()
	x.changed = nil
	x.mu.Unlock()
	return err
}

// rebuild puts new lists in the place of the old ones.
func (x *Index) rebuild(ctx context.Context, o Occasion) error {
	next, err := x.train(ctx)
	if err != nil {
		return err
	}
	next.passing = o == Passing && next.trained > 0
	for {
		x.mu.Lock()
		docs, vectors := x.catchUp(next)
		if len(docs) <= lastAdded {
			defer x.mu.Unlock()
			codes, err := next.encode(ctx, vectors)
			if err != nil {
				return err
			}
			next.insert(docs, codes)
			x.lists.Store(next)
			x.builds.Add(1)
			return nil
		}
		x.mu.Unlock()
		codes, err := next.encode(ctx, vectors)
		if err != nil {
			return err
		}
		next.insert(docs, codes)
	}
}

// lastAdded is how many documents are encoded while additions wait.
const lastAdded = 512

// train returns new lists of all documents.
func (x *Index) train(ctx context.Context) (*lists, error) {
	docs, vectors := x.All()
	l := newLists(x.dimension, 0, nil)
	if len(docs) < x.listsFrom {
		codes, err := l.encode(ctx, vectors)
		l.insert(docs, codes)
		return l, err
	}
	centres, err := cluster(ctx, x.dimension, vectors, centresFor(len(docs)))
	if err != nil {
		return nil, err
	}
	l = newLists(x.dimension, len(docs), centres)
	cells := make([]uint32, len(docs))
	if err := newPartition(centres).assign(ctx, cells, vectors); err != nil {
		return nil, err
	}
	if err := l.fill(ctx, docs, vectors, cells); err != nil {
		return nil, err
	}
	return l, x.calibrate(ctx, l, docs, vectors)
}

// fill puts documents into empty lists by their nearest centres, on all cores.
func (l *lists) fill(ctx context.Context, docs []uint32, vectors [][]float32, nearest []uint32) error {
	members := make([][]uint32, len(l.cells)) // of each cell, places in docs
	for i, centre := range nearest {
		cell := centre + 1 // after the list of later documents
		members[cell] = append(members[cell], uint32(i))
		l.remember(docs[i], entry{checksum(vectors[i]), cell})
	}
	return each(ctx, len(l.cells), func() func(int) {
		turned := make([]float32, l.rotation.padded)
		c := code{nibbles: make([]byte, l.rotation.padded/4)}
		return func(cell int) {
			made := newBlocks(l.rotation.padded, blocksFor(len(members[cell])))
			for at, i := range members[cell] {
				l.rotation.apply(turned, vectors[i])
				c.encode(turned, l.rotated[cell])
				made[at/blockSize].add(docs[i], &c)
			}
			l.cells[cell].Store(&list{made})
		}
	})
}

// All returns the documents that have a vector, by number, and the vectors,
// which must not be written to.
func (x *Index) All() (docs []uint32, vectors [][]float32) {
	for number, p := range x.table.load() {
		if p == nil {
			continue
		}
		for i := range uint32(pageSize) {
			if v := x.table.vector(p, i); v != nil {
				docs, vectors = append(docs, uint32(number)*pageSize+i), append(vectors, v)
			}
		}
	}
	return docs, vectors
}

// catchUp removes from new lists what was deleted since Build began or the last
// call, and returns the documents added that they lack.
func (x *Index) catchUp(l *lists) (docs []uint32, vectors [][]float32) {
	var gone []uint32
	for _, doc := range x.changed {
		if v := x.table.get(doc); v == nil {
			gone = append(gone, doc)
		} else if l.sum(doc) == 0 {
			docs, vectors = append(docs, doc), append(vectors, v)
		}
	}
	l.remove(gone)
	x.changed = x.changed[:0]
	return docs, vectors
}
