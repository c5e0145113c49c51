package server

import (
	"context"
	"hash/fnv"

	"kindred/paper"
)

// fakePlace is where a fake's paper lies.
func fakePlace(id string) (x, y float64) {
	h := fnv.New32a()
	h.Write([]byte(id))
	return float64(h.Sum32()%1000) / 1000, float64(h.Sum32()/1000%1000) / 1000
}

func (f *fakeEngine) Map(ctx context.Context) (paper.Map, error) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	if f.unmapped {
		return paper.Map{}, f.hook(ctx)
	}
	return paper.Map{Papers: len(f.papers)}, f.hook(ctx)
}

func (f *fakeEngine) Tile(ctx context.Context, t paper.Tile) (*paper.TileContent, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	if err := t.Validate(); err != nil {
		return nil, err
	}
	out := &paper.TileContent{Crowd: 1, Counts: make([]int, t.Cells*t.Cells)}
	n := float64(int(1) << t.Level)
	if t.X == 0 && t.Y == 0 {
		out.Labels = []paper.MapName{{X: 0.01, Y: 0.01, Text: "<b>flows</b>", Size: 0.5}}
	}
	for _, p := range f.sorted() {
		x, y := fakePlace(p.ID)
		if int(x*n) != t.X || int(y*n) != t.Y || !t.Filter.Passes(&p) {
			continue
		}
		out.Total++
		if t.Cells > 0 {
			out.Counts[int((y*n-float64(t.Y))*float64(t.Cells))*t.Cells+int((x*n-float64(t.X))*float64(t.Cells))]++
		}
		if len(out.Papers) < t.Papers {
			out.Papers = append(out.Papers, paper.Mapped{X: x, Y: y, Paper: p})
		}
	}
	return out, nil
}

func (f *fakeEngine) Places(ctx context.Context, ids []string) ([][2]float64, error) {
	if err := f.hook(ctx); err != nil {
		return nil, err
	}
	out := make([][2]float64, len(ids))
	for i, id := range ids {
		out[i][0], out[i][1] = fakePlace(id)
	}
	return out, nil
}
