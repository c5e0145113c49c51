package main

import (
	"context"

	"kindred/paper"
	"kindred/server"
)

var _ server.Joiner = (*opening)(nil)

func (o *opening) Take(ctx context.Context, a paper.Arrivals) ([]paper.PutResult, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Take(ctx, a)
}

func (o *opening) Duplicates(ctx context.Context, q paper.DuplicateQuery) (*paper.DuplicateAnswer, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Duplicates(ctx, q)
}

func (o *opening) Split(ctx context.Context, id string) ([]string, error) {
	x, err := o.engine()
	if err != nil {
		return nil, err
	}
	return x.Split(ctx, id)
}
