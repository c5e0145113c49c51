package vector

import "context"

// Behind reports whether Build has something to do: many documents came since
// the lists were made, or most are gone. Searches are right all the same, only
// slower.
func (x *Index) Behind() bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.behind()
}

func (x *Index) behind() bool {
	l := x.lists.Load()
	return l.later >= max(x.listsFrom, l.trained/4) || x.Len() < l.trained/4
}

// Build brings the lists up to the size of the corpus, which takes seconds for
// half a million vectors on all cores, and returns at once when there is
// nothing to do. Searches, additions and deletions go on meanwhile. A second
// call waits for the first. When ctx ends, the lists stay as they were.
//
// Call it once all documents of a snapshot are added again, too: what the
// snapshot has beyond them is dropped then.
//
// The centres depend on the vectors that are there and their numbers alone, not
// on the number of cores or the order of additions.
func (x *Index) Build(ctx context.Context) error {
	x.building.Lock()
	defer x.building.Unlock()
	x.mu.Lock()
	x.lists.Load().retain(func(doc uint32) bool { return x.table.get(doc) != nil })
	behind := x.behind()
	if behind {
		x.changed = []uint32{}
	}
	x.mu.Unlock()
	if !behind {
		return ctx.Err()
	}
	err := x.rebuild(ctx)
	x.mu.Lock()
	x.changed = nil
	x.mu.Unlock()
	return err
}

// rebuild puts new lists in the place of the old ones.
func (x *Index) rebuild(ctx context.Context) error {
	next, err := x.train(ctx)
	if err != nil {
		return err
	}
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
	docs, vectors := x.all()
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
			made := new(list)
			for _, i := range members[cell] {
				l.rotation.apply(turned, vectors[i])
				c.encode(turned, l.rotated[cell])
				made.add(docs[i], &c)
			}
			l.cells[cell].Store(made)
		}
	})
}

// all returns the documents that have a vector, by number.
func (x *Index) all() (docs []uint32, vectors [][]float32) {
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
