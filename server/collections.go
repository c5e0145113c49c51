package server

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/gin-gonic/gin"

	"kindred/paper"
)

// Curator is an [Engine] whose papers are in named collections that can be told
// apart, dropped and renamed. An engine without it serves all the same. The
// errors wrap [paper.ErrNoCollection] where there is none of that name. progress,
// unless nil, is told how many papers are done, by one goroutine; what is done
// stays when ctx ends, and a second call does the rest.
type Curator interface {
	// Collections returns the collections that have papers, the largest first.
	Collections(ctx context.Context) ([]paper.Collection, error)
	// DropCollection deletes the papers of that collection that are in no
	// other, and takes the rest out of it; dry only counts them.
	DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error)
	// RenameCollection gives a collection another name, which may be one that
	// is there: then both are one.
	RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error)
}

// curatorOf is the engine, or the one behind the gate, where that is a Curator.
func curatorOf(e Engine) (Curator, error) {
	behind := e
	if g, ok := e.(*gate); ok {
		behind = g.engine
	}
	if _, ok := behind.(Curator); !ok {
		return nil, refuse(paper.ErrUnavailable, "", "the engine behind this server has no collections")
	}
	return e.(Curator), nil
}

func (g *gate) Collections(ctx context.Context) ([]paper.Collection, error) {
	return read(ctx, g, func(ctx context.Context) ([]paper.Collection, error) { return g.engine.(Curator).Collections(ctx) })
}

func (g *gate) DropCollection(ctx context.Context, name string, dry bool, progress func(done, total int)) (paper.Dropped, error) {
	if err := g.writes.enter(ctx); err != nil {
		return paper.Dropped{}, err
	}
	defer g.writes.leave()
	return g.engine.(Curator).DropCollection(ctx, name, dry, progress)
}

func (g *gate) RenameCollection(ctx context.Context, name, now string, progress func(done, total int)) (paper.Renamed, error) {
	if err := g.writes.enter(ctx); err != nil {
		return paper.Renamed{}, err
	}
	defer g.writes.leave()
	return g.engine.(Curator).RenameCollection(ctx, name, now, progress)
}

// maxCollections is how many collections one call tells of.
const maxCollections = 1000

type collectionsAnswer struct {
	Collections []paper.Collection `json:"collections"`
	Total       int                `json:"total"`
}

func (a *api) collections(c *gin.Context) (any, error) {
	if _, err := a.urlParams(c, nil); err != nil {
		return nil, err
	}
	curator, err := curatorOf(a.engine)
	if err != nil {
		return nil, err
	}
	list, err := curator.Collections(c.Request.Context())
	if err != nil {
		return nil, err
	}
	return collectionsAnswer{append([]paper.Collection{}, list[:min(len(list), maxCollections)]...), len(list)}, nil
}

func (a *api) dropCollection(c *gin.Context) (any, error) {
	name := strings.TrimPrefix(c.Param("name"), "/")
	if name == "" {
		return nil, errNoRoute
	}
	if err := paper.CheckCollection(name); err != nil {
		return nil, err
	}
	r, err := a.urlParams(c, dropParams)
	if err != nil {
		return nil, err
	}
	curator, err := curatorOf(a.engine)
	if err != nil {
		return nil, err
	}
	withoutTimeouts(c) // half a million papers take minutes
	d, err := curator.DropCollection(c.Request.Context(), name, r.dryRun, nil)
	if err != nil {
		return nil, noCollection(err, name)
	}
	return d, nil
}

// noCollection names the collection in an error that says it is unknown.
func noCollection(err error, name string) error {
	if errors.Is(err, paper.ErrNoCollection) {
		return refuse(err, "name", "there is no collection %q", shorten(name))
	}
	return err
}

// recollecting is what the private road is asked to do with a collection, and
// what it answers, a line each.
type recollecting struct {
	Name   string `json:"name"`
	Rename string `json:"rename"` // empty: drop it
	DryRun bool   `json:"dry_run"`
}

type recollectLine struct {
	Done    int            `json:"done,omitempty"`
	Total   int            `json:"total,omitempty"`
	Dropped *paper.Dropped `json:"dropped,omitempty"`
	Renamed *paper.Renamed `json:"renamed,omitempty"`
	Error   *problem       `json:"error,omitempty"`
}

// recollect drops or renames a collection for the command line, and answers with
// JSON lines: how far it is, at the end what was done or an error. It ends with
// the request.
func (a *api) recollect(c *gin.Context) {
	var asked recollecting
	_, err := mediaType(c.Request, mediaJSON)
	if err == nil {
		// The body is read to its end, or net/http would not see the client go.
		err = a.withBody(c, maxQueryBody, func(body []byte) error {
			if json.Unmarshal(body, &asked) != nil || asked.Name == "" {
				return paper.Invalid("name", "the name of a collection is needed")
			}
			return nil
		})
	}
	curator, none := curatorOf(a.engine)
	if err == nil {
		err = none
	}
	if err != nil {
		a.fail(c, err)
		return
	}
	out := &learnStream{c: c}
	progress := func(done, total int) {
		if time.Since(out.last) >= learnPause {
			out.last = time.Now()
			out.send(recollectLine{Done: done, Total: total})
		}
	}
	var last recollectLine
	if asked.Rename != "" {
		last.Renamed = new(paper.Renamed)
		*last.Renamed, err = curator.RenameCollection(c.Request.Context(), asked.Name, asked.Rename, progress)
	} else {
		last.Dropped = new(paper.Dropped)
		*last.Dropped, err = curator.DropCollection(c.Request.Context(), asked.Name, asked.DryRun, progress)
	}
	switch {
	case err == nil:
		out.send(last)
	case !out.begun:
		a.fail(c, noCollection(err, asked.Name))
	default:
		out.send(recollectLine{Error: a.problemOf(c, noCollection(err, asked.Name))})
	}
}
