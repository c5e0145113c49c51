package index_test

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"kindred/index"
	"kindred/paper"
)

// everything is the whole map.
func everything(t *testing.T, x *index.Index) *paper.TileContent {
	t.Helper()
	c, err := x.Tile(t.Context(), paper.Tile{Papers: paper.MaxTilePapers, Cells: 8})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func places(t *testing.T, x *index.Index) map[string][2]float64 {
	t.Helper()
	out := map[string][2]float64{}
	for _, p := range everything(t, x).Papers {
		out[p.ID] = [2]float64{p.X, p.Y}
	}
	return out
}

func TestMapComesAndStays(t *testing.T) {
	dir := t.TempDir()
	x := open(t, dir, index.Options{})
	if _, err := x.Tile(t.Context(), paper.Tile{}); !errors.Is(err, paper.ErrUnavailable) {
		t.Error("there is a map of nothing:", err)
	}
	if _, err := x.Places(t.Context(), nil); !errors.Is(err, paper.ErrUnavailable) {
		t.Error(err)
	}
	papers := brief(invented(300))
	put(t, x, papers...)
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	if m, err := x.Map(t.Context()); err != nil || m.Papers != 300 || m.Drawing {
		t.Fatal(m, err)
	}
	all := everything(t, x)
	sum := 0
	for _, n := range all.Counts {
		sum += n
	}
	if all.Total != 300 || len(all.Papers) != 300 || sum != 300 || len(all.Labels) == 0 {
		t.Fatal(all.Total, len(all.Papers), sum, all.Labels)
	}
	before := x.MapFile()
	reopen := func() {
		t.Helper()
		if err := x.Close(); err != nil {
			t.Fatal(err)
		}
		x = open(t, dir, index.Options{})
	}
	reopen()
	if !bytes.Equal(before, x.MapFile()) {
		t.Fatal("the map is another after a restart")
	}

	// The same papers give the same map, where it has to be drawn anew.
	file, err := filepath.Glob(filepath.Join(dir, "cache", "*", "map"))
	if err != nil || len(file) != 1 {
		t.Fatal(file, err)
	}
	if err := x.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file[0])
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)/2] ^= 1
	if err := os.WriteFile(file[0], data, 0o644); err != nil {
		t.Fatal(err)
	}
	x = open(t, dir, index.Options{})
	if !x.FromCache() {
		t.Error("a damaged map costs the whole cache")
	}
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(before, x.MapFile()) {
		t.Error("the same papers give another map")
	}

	// A few that come and go move no other.
	was := places(t, x)
	later := brief(invented(330))[300:]
	put(t, x, later...)
	gone := []string{papers[3].ID, papers[44].ID}
	if n, err := x.Delete(t.Context(), gone); n != 2 || err != nil {
		t.Fatal(n, err)
	}
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	now := places(t, x)
	if len(now) != 328 {
		t.Errorf("%d papers are on the map", len(now))
	}
	for id, at := range was {
		if there, ok := now[id]; slices.Contains(gone, id) == ok || ok && at != there {
			t.Fatalf("%s was at %v and is at %v (%v)", id, at, there, ok)
		}
	}
	at, err := x.Places(t.Context(), []string{later[0].ID})
	if err != nil || at[0] != now[later[0].ID] {
		t.Error(at, err)
	}
	if _, err := x.Places(t.Context(), gone); !errors.Is(err, paper.ErrNotFound) {
		t.Error(err)
	}
	kept := x.MapFile()
	reopen()
	if !bytes.Equal(kept, x.MapFile()) {
		t.Error("the changed map is another after a restart")
	}

	// Many make it another.
	put(t, x, brief(invented(450))[330:]...)
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	moved := 0
	for id, at := range places(t, x) {
		if there, ok := now[id]; ok && math.Hypot(at[0]-there[0], at[1]-there[1]) > 1e-3 {
			moved++
		}
	}
	if moved < 100 {
		t.Errorf("%d of 328 papers have moved", moved)
	}
	var ids []string
	for _, p := range brief(invented(450)) {
		ids = append(ids, p.ID)
	}
	if _, err := x.Delete(t.Context(), ids); err != nil {
		t.Fatal(err)
	}
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	if x.MapFile() != nil {
		t.Error("a map of nothing is kept")
	}
}

// TestMapOfTheSample holds that what is like a paper lies near it.
func TestMapOfTheSample(t *testing.T) {
	x := filled(t, index.Options{}, samplePapers()...)
	if err := x.Draw(); err != nil {
		t.Fatal(err)
	}
	at := places(t, x)
	near, any, pairs, asked := 0, 0, 0, 0
	const radius = 0.15
	for id, from := range at {
		for _, h := range similar(t, x, paper.Similar{Positive: []string{id}, Options: paper.Options{Mode: paper.Semantic}}).Hits {
			to := at[h.Paper.ID]
			asked++
			if math.Hypot(to[0]-from[0], to[1]-from[1]) < radius {
				near++
			}
		}
		for _, to := range at {
			pairs++
			if math.Hypot(to[0]-from[0], to[1]-from[1]) < radius {
				any++
			}
		}
	}
	share, chance := float64(near)/float64(asked), float64(any)/float64(pairs)
	t.Logf("within %v: %.2f of the ten most similar, %.3f of all", radius, share, chance)
	if share < 4*chance || share < 0.4 {
		t.Errorf("%.2f of the ten most similar lie near, by chance it would be %.3f", share, chance)
	}
	for _, f := range []paper.Filter{{Years: paper.Years{From: 2010, To: 2015}}, {Categories: []string{"q-bio.PE"}}, {Years: paper.Years{From: 1800, To: 1801}}} {
		sum := 0
		for i := range 4 {
			c, err := x.Tile(t.Context(), paper.Tile{Level: 1, X: i % 2, Y: i / 2, Filter: f, Papers: 3, Cells: 16})
			if err != nil {
				t.Fatal(err)
			}
			sum += c.Total
			if len(c.Papers) != min(3, c.Total) {
				t.Errorf("%d of %d papers, 3 wanted", len(c.Papers), c.Total)
			}
			for _, p := range c.Papers {
				if !f.Passes(&p.Paper) || int(p.X*2) != i%2 || int(p.Y*2) != i/2 {
					t.Errorf("%s at %v, %v in tile %d", p.ID, p.X, p.Y, i)
				}
			}
		}
		want := 0
		for _, p := range samplePapers() {
			if f.Passes(&p) {
				want++
			}
		}
		if sum != want {
			t.Errorf("%d papers pass %+v, not %d", sum, f, want)
		}
	}
	for _, bad := range []paper.Tile{{Level: -1}, {Level: 9}, {Level: 2, X: 4}, {Level: 2, Y: -1}, {Cells: 3}, {Cells: 512}, {Papers: 501}} {
		if _, err := x.Tile(t.Context(), bad); !errors.As(err, new(*paper.InvalidError)) {
			t.Errorf("%+v: %v", bad, err)
		}
	}
}
