package main

import (
	"context"

	"kindred/paper"
	"kindred/server"
)

var _ server.Mapper = (*opening)(nil)

func (o *opening) Map(ctx context.Context) (paper.Map, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Map{}, err
	}
	return x.Map(ctx)
}

func (o *opening) Tile(ctx context.Context, t paper.Tile) (*paper.TileContent, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Tile(ctx, t)
}

func (o *opening) Places(ctx context.Context, ids []string) ([][2]float64, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Places(ctx, ids)
}
