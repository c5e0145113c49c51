package server

import (
	"context"

	"kindred/paper"
)

// Mapper is an [Engine] that lays its papers out in the plane by meaning. An
// engine without it serves all the same, without a map. Errors are as those of
// Engine's methods.
type Mapper interface {
	// Map tells what there is of a map. It costs next to nothing.
	Map(ctx context.Context) (paper.Map, error)
	// Tile returns what lies in a square of the map.
	Tile(ctx context.Context, t paper.Tile) (*paper.TileContent, error)
	// Places returns where papers lie, in order, both coordinates negative for
	// one that has no place.
	Places(ctx context.Context, ids []string) ([][2]float64, error)
}

// mapperOf is the engine, or the one behind the gate, where that is a Mapper.
func mapperOf(e Engine) (Mapper, error) {
	behind := e
	if g, ok := e.(*gate); ok {
		behind = g.engine
	}
	if _, ok := behind.(Mapper); !ok {
		return nil, refuse(paper.ErrUnavailable, "", "the engine behind this server draws no map")
	}
	return e.(Mapper), nil
}

// Map is not counted, as Stats is not.
func (g *gate) Map(ctx context.Context) (paper.Map, error) { return g.engine.(Mapper).Map(ctx) }

func (g *gate) Tile(ctx context.Context, t paper.Tile) (*paper.TileContent, error) {
	return read(ctx, g, func(ctx context.Context) (*paper.TileContent, error) { return g.engine.(Mapper).Tile(ctx, t) })
}

func (g *gate) Places(ctx context.Context, ids []string) ([][2]float64, error) {
	return read(ctx, g, func(ctx context.Context) ([][2]float64, error) { return g.engine.(Mapper).Places(ctx, ids) })
}

// hasMap reports whether there is a map to look at.
func (p *page) hasMap(ctx context.Context) bool {
	mapper, err := mapperOf(p.engine)
	if err != nil {
		return false
	}
	m, err := mapper.Map(ctx)
	return err == nil && m.Papers > 0
}
