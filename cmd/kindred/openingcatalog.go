package main

import (
	"context"

	"kindred/paper"
	"kindred/server"
)

var _ server.Catalog = (*opening)(nil)

func (o *opening) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Find(ctx, ids)
}

func (o *opening) Select(ctx context.Context, s paper.Selection) (*paper.Selected, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Select(ctx, s)
}

func (o *opening) Complete(ctx context.Context, typed string, limit int) ([]paper.Paper, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Complete(ctx, typed, limit)
}

func (o *opening) Vectors(ctx context.Context, ids []string) (paper.Embeddings, error) {
	x, err := o.engine()
	if err != nil {
		return paper.Embeddings{}, err
	}
	return x.Vectors(ctx, ids)
}
