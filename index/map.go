package index

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/RoaringBitmap/roaring/v2"

	"kindred/index/plane"
	"kindred/internal/section"
	"kindred/paper"
)

// atlas is the map of the papers: the layout learned from the vectors of one
// generation, the papers' places, the names of regions. It does not change.
type atlas struct {
	layout     *plane.Layout
	generation uint32
	trained    int // papers that the layout and the names are of
	names      []paper.MapName

	papers *plane.Papers
	next   uint32 // the store's State that the places are of
	count  int
}

// stale reports whether a layout is to be learned again: it is of another
// model's vectors, a fifth of n papers came later, of which later have no place,
// or most are gone.
func (a *atlas) stale(generation uint32, n, later int) bool {
	return a == nil || a.generation != generation || n < a.trained/2 || n-a.trained > n/5 || later > n/5
}

// draw brings the map up to the papers: those that came get their places, those
// that are gone lose theirs, and where much has changed the layout is made anew.
// It works beside searches and writes. The former map is there meanwhile.
func (x *Index) draw(ctx context.Context) error {
	before := x.atlas.Load()
	x.writing.Lock()
	next, count := x.store.State()
	gen := x.generation.Load()
	if before != nil && before.generation == gen.Number && before.next == next && before.count == count {
		x.writing.Unlock()
		return nil
	}
	if gen.vectors.Len() == 0 {
		x.writing.Unlock()
		x.atlas.Store(nil)
		return nil
	}
	docs, vectors := gen.vectors.All()
	x.writing.Unlock()
	now := &atlas{generation: gen.Number, next: next, count: count}
	later := 0
	if before != nil {
		for _, doc := range docs {
			if _, there := before.papers.At(doc); !there {
				later++
			}
		}
	}
	if before.stale(gen.Number, len(docs), later) {
		x.drawing.Store(true)
		defer x.drawing.Store(false)
		start := time.Now()
		var err error
		if now.layout, err = plane.Learn(ctx, vectors); err != nil {
			return err
		}
		now.trained = len(docs)
		at, err := now.layout.Place(ctx, vectors)
		if err != nil {
			return err
		}
		now.papers = plane.NewPapers(docs, at)
		if now.names, err = x.nameRegions(ctx, now); err != nil {
			return err
		}
		x.log.Info("the map is drawn", "papers", len(docs), "seconds", time.Since(start).Seconds())
	} else {
		now.layout, now.trained, now.names = before.layout, before.trained, before.names
		var fresh []uint32
		var rows [][]float32
		there := roaring.BitmapOf(docs...)
		for i, doc := range docs {
			if _, placed := before.papers.At(doc); !placed {
				fresh, rows = append(fresh, doc), append(rows, vectors[i])
			}
		}
		at, err := now.layout.Place(ctx, rows)
		if err != nil {
			return err
		}
		now.papers = before.papers.Change(there.Contains, fresh, at)
	}
	x.atlas.Store(now)
	return nil
}

// mapName is the map's file in the folder of a cache.
const mapName = "map"

// mapVersion changes with what the file means.
const mapVersion = 1

// keepMap writes the map into the folder of the cache that is there, unless it
// is there already.
func (x *Index) keepMap() error {
	x.caching.Lock()
	defer x.caching.Unlock()
	a := x.atlas.Load()
	if a == nil || a == x.keptMap || x.token == "" {
		return nil
	}
	dir := filepath.Join(x.store.Dir(), cacheName, x.token)
	unfinished := filepath.Join(dir, "new-"+mapName)
	err := writeCacheFile(unfinished, mapName, x.token, a.write)
	if err == nil {
		err = os.Rename(unfinished, filepath.Join(dir, mapName))
	}
	if err != nil {
		return errors.Join(err, os.Remove(unfinished))
	}
	x.keptMap = a
	return nil
}

// write writes what a map is of, its layout, places and names, as sections.
func (a *atlas) write(w io.Writer) error {
	sw := section.NewWriter(w)
	sw.Words([]uint32{mapVersion, a.generation, uint32(a.trained), a.next, uint32(a.count)})
	a.layout.Write(sw)
	a.papers.Write(sw)
	texts, numbers := make([]string, len(a.names)), make([]uint32, 0, 4*len(a.names))
	for i, n := range a.names {
		texts[i] = n.Text
		numbers = append(numbers, uint32(n.Level), uint32(n.X*fine), uint32(n.Y*fine), uint32(n.Size*fine))
	}
	sw.Strings(texts)
	sw.Words(numbers)
	return sw.Err
}

// fine is what a number from 0 to 1 is multiplied by to be written as a whole one.
const fine = 1 << 30

// readMap takes the map of a cache, if there is one that fits. Without it one
// is drawn.
func (x *Index) readMap(s stamp, generation uint32, dimension int) {
	f, err := x.cacheFile(s, mapName)
	if errors.Is(err, os.ErrNotExist) {
		return
	}
	if err == nil {
		defer f.Close()
		var a *atlas
		if a, err = readAtlas(f, x.filters.Live()); err == nil {
			if next, _ := x.store.State(); a.generation == generation && a.layout.Dimension() == dimension && a.next <= next {
				x.atlas.Store(a)
				x.keptMap = a
			}
			return
		}
	}
	x.log.Warn("the map in the data folder cannot be used; it is drawn anew", "error", err)
}

func readAtlas(f *os.File, live *roaring.Bitmap) (*atlas, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r := section.NewReader(bufio.NewReaderSize(f, 1<<16)).Expect(info.Size())
	head := r.Words()
	if r.Err != nil {
		return nil, r.Err
	}
	if len(head) != 5 || head[0] != mapVersion {
		return nil, fmt.Errorf("it begins with %v", head)
	}
	a := &atlas{generation: head[1], trained: int(head[2]), next: head[3], count: int(head[4])}
	if a.layout, err = plane.ReadLayout(r); err != nil {
		return nil, err
	}
	if a.papers, err = plane.ReadPapers(r, live.Contains); err != nil {
		return nil, err
	}
	texts, numbers := r.Strings(), r.Words()
	if r.Err != nil || len(numbers) != 4*len(texts) {
		return nil, errors.Join(errors.New("its names end early"), r.Err)
	}
	for i, text := range texts {
		n := numbers[4*i:]
		a.names = append(a.names, paper.MapName{
			Text: text, Level: int(n[0]), X: float64(n[1]) / fine, Y: float64(n[2]) / fine, Size: float64(n[3]) / fine,
		})
	}
	return a, nil
}

// errNoMap says that there is no map yet.
var errNoMap = fmt.Errorf("%w: the map is not drawn yet; it is made in the background", paper.ErrUnavailable)

// Map tells what there is of a map. It costs next to nothing.
func (x *Index) Map(context.Context) (paper.Map, error) {
	m := paper.Map{Drawing: x.drawing.Load()}
	if a := x.atlas.Load(); a != nil {
		m.Papers = a.papers.Len()
	}
	return m, nil
}

// Tile returns what lies in a square of the map. Its errors are
// [*paper.InvalidError], the context's, the store's, or wrap
// [paper.ErrUnavailable] while there is no map.
func (x *Index) Tile(ctx context.Context, t paper.Tile) (*paper.TileContent, error) {
	if err := t.Validate(); err != nil {
		return nil, err
	}
	a := x.atlas.Load()
	if a == nil {
		return nil, errNoMap
	}
	docs := a.papers.In(plane.Tile{Level: t.Level, X: t.X, Y: t.Y})
	share := 1.0
	if allow := x.allowed(&t.Filter, nil); allow != nil {
		passing := denseSet(allow)
		share = float64(allow.GetCardinality()) / float64(max(1, a.papers.Len()))
		docs = slices.DeleteFunc(slices.Clone(docs), func(doc uint32) bool { return !passing.has(doc) })
	}
	out := &paper.TileContent{Total: len(docs)}
	if t.Cells > 0 {
		level := t.Level
		for c := t.Cells; c > 1; c /= 2 {
			level++
		}
		out.Counts = make([]int, t.Cells*t.Cells)
		out.Crowd = max(1, a.papers.Crowd(level)*min(1, share*gathered))
		for _, doc := range docs {
			cx, cy := a.papers.Cell(doc, level)
			out.Counts[(cy-t.Y*t.Cells)*t.Cells+cx-t.X*t.Cells]++
		}
	}
	width := 1 / float64(int(1)<<t.Level)
	for _, n := range a.names {
		if int(n.X/width) == t.X && int(n.Y/width) == t.Y && n.Level <= t.Level+nameLevels {
			out.Labels = append(out.Labels, n)
		}
	}
	some := docs
	if len(docs) > t.Papers {
		some = make([]uint32, t.Papers)
		for i := range some {
			some[i] = docs[(2*i+1)*len(docs)/(2*t.Papers)]
		}
	}
	papers, err := x.store.Papers(ctx, some)
	if err != nil {
		return nil, err
	}
	for i, p := range papers {
		if at, ok := a.papers.At(some[i]); ok && p != nil {
			out.Papers = append(out.Papers, paper.Mapped{X: float64(at.X), Y: float64(at.Y), Paper: *p})
		}
	}
	return out, nil
}

// gathered is how much denser a few papers that pass a filter lie together than
// so many of all would.
const gathered = 6

// dense is a set of doc numbers that is asked often.
type dense []uint64

func denseSet(b *roaring.Bitmap) dense {
	if b.IsEmpty() {
		return nil
	}
	d := make(dense, b.Maximum()/64+1)
	b.WriteDenseTo(d)
	return d
}

func (d dense) has(doc uint32) bool { return int(doc/64) < len(d) && d[doc/64]>>(doc%64)&1 == 1 }

// Places returns where papers lie on the map, in order; both coordinates are
// negative for one that has no place. The error wraps [paper.ErrUnavailable]
// while there is no map, [paper.ErrNotFound] where a paper is unknown.
func (x *Index) Places(ctx context.Context, ids []string) ([][2]float64, error) {
	a := x.atlas.Load()
	if a == nil {
		return nil, errNoMap
	}
	numbers, err := x.numbers(ctx, ids)
	if err != nil {
		return nil, err
	}
	out := make([][2]float64, len(ids))
	for i, doc := range numbers {
		out[i] = [2]float64{-1, -1}
		if at, ok := a.papers.At(doc); ok {
			out[i] = [2]float64{float64(at.X), float64(at.Y)}
		}
	}
	return out, nil
}
