package client

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"kindred/paper"
)

// Collections returns the collections that have papers, the largest first, at
// most a thousand.
func (c *Client) Collections(ctx context.Context) ([]paper.Collection, error) {
	var answer struct{ Collections []paper.Collection }
	err := c.read(ctx, "/collections", nil, &answer)
	return answer.Collections, err
}

// DropCollection deletes the papers of that collection that are in no other, and
// takes the rest out of it; dry only counts them. The error wraps
// [paper.ErrNoCollection] where there is none. With [Options.Token], progress,
// unless nil, is told how many papers are done. When ctx ends, what is done
// stays.
func (c *Client) DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error) {
	if c.token == "" {
		var d paper.Dropped
		path := "/collections/" + url.PathEscape(name)
		if dry {
			path += "?dry_run=true"
		}
		err := c.send(ctx, http.MethodDelete, path, "", nil, &d)
		return d, err
	}
	last, err := c.recollect(ctx, map[string]any{"name": name, "dry_run": dry}, progress)
	if err != nil || last.Dropped == nil {
		return paper.Dropped{}, err
	}
	return *last.Dropped, nil
}

// RenameCollection gives a collection another name, which may be one that is
// there: then both are one. It needs [Options.Token]; the rest is as with
// [Client.DropCollection].
func (c *Client) RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error) {
	if err := paper.CheckCollection(now); err != nil {
		return paper.Renamed{}, err
	}
	last, err := c.recollect(ctx, map[string]any{"name": name, "rename": now}, progress)
	if err != nil || last.Renamed == nil {
		return paper.Renamed{}, err
	}
	return *last.Renamed, nil
}

// recollectLine is a line of the answer: how far it is, or what was done.
type recollectLine struct {
	Done, Total int
	Dropped     *paper.Dropped
	Renamed     *paper.Renamed
	Error       *Error
}

// recollect has the server change who is in a collection, and returns the last
// line.
func (c *Client) recollect(ctx context.Context, asked map[string]any, progress func(done, total int)) (recollectLine, error) {
	var none recollectLine
	body, err := json.Marshal(asked)
	if err != nil {
		return none, err
	}
	return watch(ctx, c, "/collections", bytes.NewReader(body), "what is done stays, and the same again does the rest",
		func(line recollectLine) (bool, *Error) {
			if progress != nil && line.Total > 0 {
				progress(line.Done, line.Total)
			}
			return line.Dropped != nil || line.Renamed != nil, line.Error
		})
}
