package main

import (
	"context"

	"kindred/paper"
	"kindred/server"
)

var _ server.Curator = (*opening)(nil)

func (o *opening) Collections(ctx context.Context) ([]paper.Collection, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Collections(ctx)
}

func (o *opening) DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Dropped{}, err
	}
	return x.DropCollection(ctx, name, dry, progress)
}

func (o *opening) RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Renamed{}, err
	}
	return x.RenameCollection(ctx, name, now, progress)
}
