package mcp

import (
	"context"

	"kindred/paper"
)

// collectionsShown keeps an answer short.
const collectionsShown = 100

type collections struct {
	Collections []collection `json:"collections" jsonschema:"the largest first"`
	More        int          `json:"more,omitempty" jsonschema:"how many others there are"`
}

type collection struct {
	Name   string `json:"name"`
	Papers int    `json:"papers"`
}

func (t *tools) collections(ctx context.Context, _ struct{}) (*collections, error) {
	list, err := t.opts.Collections(ctx)
	if err != nil {
		return nil, err
	}
	out := &collections{Collections: []collection{}}
	size := overhead
	for i, c := range list {
		if paper.CheckCollection(c.Name) != nil {
			continue // a source that is no name, which the filters do not take
		}
		if size += 6*len(c.Name) + 40; len(out.Collections) == collectionsShown || size > MaxAnswer { // "<" is six bytes
			out.More = len(list) - i
			break
		}
		out.Collections = append(out.Collections, collection{c.Name, c.Papers})
	}
	return out, nil
}
