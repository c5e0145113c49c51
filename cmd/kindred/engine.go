package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kindred/embed"
	"kindred/index"
	"kindred/paper"
	"kindred/paper/source"
	"kindred/server"
	"kindred/server/client"
	"kindred/server/mcp"
)

// engine is what the commands ask: the index in the data folder, or the
// server that holds the folder.
type engine interface {
	server.Engine
	server.Learner
	server.Curator
	io.Closer
	server.Joiner
	// Ingest puts papers; errors among them are counted as rejected, or take
	// papers out, see [index.Index.Ingest].
	Ingest(ctx context.Context, papers iter.Seq2[paper.Paper, error], o index.IngestOptions) (index.Counts, error)
	mcp.Finder
	lister
}

var (
	_ engine = (*index.Index)(nil)
	_ engine = remote{}
)

// ask opens the data folder, which must be there, and hands it to fn.
func (p *program) ask(ctx context.Context, fn func(engine) error) error {
	return p.use(ctx, index.Options{MustExist: true}, fn)
}

// use opens the data folder, hands it to fn, and closes it.
func (p *program) use(ctx context.Context, o index.Options, fn func(engine) error) error {
	e, err := p.open(ctx, o)
	if err != nil {
		return err
	}
	err = fn(e)
	if r, ok := e.(remote); ok && ctx.Err() == nil && hasGone(err) {
		err = fmt.Errorf("the server at %s, which held the data folder, is gone (%w); what is done stays, and the same command again goes on without it", r.address, cause(err))
	}
	return errors.Join(err, e.Close())
}

// cause is what is wrong with a request, without its address.
func cause(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		return u.Err
	}
	return err
}

// open opens the data folder, or finds the server that holds it.
func (p *program) open(ctx context.Context, o index.Options) (engine, error) {
	dir, err := p.dataDir()
	if err != nil {
		return nil, err
	}
	// A server that is just starting holds the folder a moment before it can
	// be reached, one that is stopping a moment after.
	const patience, pause = 2 * time.Second, 50 * time.Millisecond
	for deadline := time.Now().Add(patience); ; {
		x, err := p.openIndex(ctx, dir, o)
		if err == nil {
			return x, nil
		}
		if !errors.Is(err, index.ErrLocked) {
			return nil, err
		}
		if r, ok := reach(ctx, dir); ok {
			return r, p.agree(ctx, r)
		}
		if time.Now().After(deadline) {
			return nil, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(pause):
		}
	}
}

// openIndex opens the data folder in this process.
func (p *program) openIndex(ctx context.Context, dir string, o index.Options) (*index.Index, error) {
	if o.Logger == nil {
		o.Logger = newWarner()
	}
	o.Exact = p.exact
	var err error
	o.Dial = p.embed.dial
	if !p.own {
		if o.Wanted, err = p.embed.wanted(); err != nil {
			return nil, err
		}
	}
	x, err := index.Open(ctx, dir, o)
	if errors.Is(err, index.ErrEmbedder) && o.Wanted != nil {
		return nil, fmt.Errorf("%w. To change it: %s", err, p.embed.learnCommand(dir, *o.Wanted))
	}
	if errors.Is(err, index.ErrNoIndex) {
		return nil, fmt.Errorf("there are no papers in %s yet; put some in with: kindred ingest FILE (or name another folder with --data)", dir)
	}
	return x, err
}

// agree refuses a server that has another embedder than the flags name.
func (p *program) agree(ctx context.Context, r remote) error {
	wanted, err := p.embed.wanted()
	if err != nil || wanted == nil || p.own {
		return err
	}
	st, err := r.Stats(ctx)
	if err != nil {
		return err
	}
	name := embed.Static + ":"
	if wanted.Provider != embed.Static {
		wanted.Length = st.Dimension // its server need not be asked
		e, err := p.embed.dial(ctx, *wanted)
		if err != nil {
			return err
		}
		name = string(e.Fingerprint())
	}
	if !strings.HasPrefix(st.Model, name) {
		return fmt.Errorf("%w: the server that holds the folder has %s, the flags name %s; leave the embedder flags out to go through it",
			index.ErrEmbedder, st.Model, name)
	}
	return nil
}

// addExact defines --exact for a command that searches. A server that holds
// the folder decides for itself.
func (p *program) addExact(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&p.exact, "exact", false, "compare the question with every vector, however many there are: slower, and misses nothing")
}

// remote is the server that holds the data folder.
type remote struct {
	*client.Client
	address string // http://127.0.0.1:8080
}

// reach finds the server whose address lies in the data folder. It is not ok
// when there is none, or when the file was left behind by one that is gone.
func reach(ctx context.Context, dir string) (remote, bool) {
	f, err := readServerFile(dir)
	if err != nil {
		return remote{}, false
	}
	c, err := client.New(f.Address, client.Options{Token: f.Token})
	if err != nil {
		return remote{}, false
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	// Another program may have the address now; it does not know the token.
	if _, err := c.Stats(ctx); err != nil {
		return remote{}, false
	}
	return remote{c, f.Address}, true
}

// Close leaves the server as it is.
func (remote) Close() error { return nil }

// Ingest sends the papers in batches.
func (r remote) Ingest(ctx context.Context, papers iter.Seq2[paper.Paper, error], o index.IngestOptions) (index.Counts, error) {
	const batch = 1000
	var n index.Counts
	var pending []paper.Arrival
	flush := func() error {
		if len(pending) == 0 {
			return nil
		}
		results, err := r.Take(ctx, paper.Arrivals{Papers: pending, NoMerge: o.NoMerge})
		if err != nil {
			return err
		}
		pending = pending[:0]
		n.Add(results)
		if o.Progress != nil {
			o.Progress(n)
		}
		return nil
	}
	for one, err := range papers {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		if line, ok := errors.AsType[*source.LineError](err); ok && line.Deleted != "" {
			pending = append(pending, paper.Arrival{Paper: paper.Paper{ID: line.Deleted, Source: line.Source}, Gone: true})
		} else if err != nil {
			n.Read++
			n.Rejected++
		} else {
			pending = append(pending, paper.Arrival{Paper: one, FromFile: one.Origin})
		}
		if len(pending) == batch {
			if err := flush(); err != nil {
				return n, err
			}
		}
	}
	return n, flush()
}
