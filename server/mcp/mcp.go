// Package mcp lets assistants use an index by the Model Context Protocol, over
// standard input and output or as streamable HTTP, on the protocol's official
// Go SDK.
//
// The tools only read. Each answer is one JSON text of at most [MaxAnswer]
// characters; where there is more, it has a next_cursor. Every paper comes with
// a URL, since assistants cite nothing else.
package mcp

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"

	sdk "github.com/modelcontextprotocol/go-sdk/mcp"

	"kindred/paper"
)

// Engine is what the tools ask. Its methods are those of an index.
type Engine interface {
	Search(ctx context.Context, q paper.Query) (*paper.Result, error)
	Similar(ctx context.Context, s paper.Similar) (*paper.Result, error)
	Paper(ctx context.Context, id string) (paper.Paper, error)
}

// Finder is an Engine that also knows papers by the ids that others gave them:
// DOIs, arXiv ids, links. One without it knows their own ids only.
type Finder interface {
	// Find returns one paper an id, in order, nil where there is none.
	Find(ctx context.Context, ids []string) ([]*paper.Paper, error)
}

// Options of a server. The zero value is right for one without a web page.
type Options struct {
	// Page is the URL of the web page that shows the paper of an id; it is used
	// for papers that can be read nowhere else. nil, or one that returns "",
	// gives the paper's resource: kindred://paper/{id}.
	Page func(r *http.Request, id string) string
	// Explain gives the words for an error of the engine that a caller may
	// read, and logs it where they hide its cause; nil is the error's own words.
	Explain func(ctx context.Context, err error) string
	// Collections returns the collections of the library, the largest first; nil
	// where there is no telling.
	Collections func(ctx context.Context) ([]paper.Collection, error)
	Logger      *slog.Logger // nil drops warnings
	Version     string       // of the program
}

// Server offers the tools and resources on an engine.
type Server struct {
	engine  Engine
	opts    Options
	schemas *sdk.SchemaCache
}

// New makes a server on engine, which stays the caller's.
func New(engine Engine, o Options) *Server {
	if o.Page == nil {
		o.Page = func(*http.Request, string) string { return "" }
	}
	if o.Explain == nil {
		o.Explain = func(_ context.Context, err error) string { return err.Error() }
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	o.Logger = slog.New(warnings{o.Logger.Handler()})
	return &Server{engine, o, sdk.NewSchemaCache()}
}

// warnings passes on what matters: the SDK tells of every request.
type warnings struct{ slog.Handler }

func (w warnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && w.Handler.Enabled(ctx, level)
}

const instructions = `Kindred searches a private library of scientific papers (titles and abstracts) by meaning and by words.
Use search for a question or topic, similar for papers like a known one or like a pasted text, recommend when some papers are liked and others are not.
Then fetch a paper's abstract by the id from a result before you rely on what it says, and cite for BibTeX, RIS or CSL-JSON.
The library holds what its owner put in: a paper that is not found may still exist elsewhere.
Long answers end with next_cursor; call the same tool with the same arguments and cursor set to it for more.`

// maxMessage bounds one message of a client: the longest text to find similar
// papers for, with its escapes.
const maxMessage = 1 << 20

// Run serves one client that writes to in and reads from out, until in ends or
// ctx does; neither is an error.
func (s *Server) Run(ctx context.Context, in io.ReadCloser, out io.WriteCloser) error {
	session, err := s.on(nil).Connect(ctx, bounded{&sdk.IOTransport{Reader: in, Writer: out, MaxLineLength: maxMessage}}, nil)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- session.Wait() }()
	select {
	case err = <-ended:
	case <-ctx.Done():
		_ = session.Close() // whatever it says, this is the end
		<-ended
	}
	if ctx.Err() != nil || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// Handler serves streamable HTTP without sessions: a request is answered by one
// JSON body, and nothing is kept between two. Checking Host and Origin is left
// to whoever mounts it.
func (s *Server) Handler() http.Handler {
	return sdk.NewStreamableHTTPHandler(s.on, &sdk.StreamableHTTPOptions{
		Stateless: true, JSONResponse: true, DisableLocalhostProtection: true, MaxRequestBodyBytes: maxMessage, Logger: s.opts.Logger,
	})
}

// on is the SDK's server for one request, or for standard input when r is nil.
func (s *Server) on(r *http.Request) *sdk.Server {
	server := sdk.NewServer(
		&sdk.Implementation{Name: "kindred", Title: "Kindred", Version: s.opts.Version},
		&sdk.ServerOptions{Instructions: instructions, Logger: s.opts.Logger, SchemaCache: s.schemas, Capabilities: &sdk.ServerCapabilities{}},
	)
	t := &tools{Server: s, page: func(id string) string { return s.opts.Page(r, id) }}
	t.register(server)
	return server
}

// tools are the tools for one request.
type tools struct {
	*Server
	page func(id string) string
}

// maxLink bounds a link in an answer, in bytes; longer ones are no use.
const maxLink = 500

const resourcePrefix = "kindred://paper/"

// link is where p can be read; it is never empty.
func (t *tools) link(p *paper.Paper) string {
	for _, l := range p.Links() {
		if len(l.URL) <= maxLink {
			return l.URL
		}
	}
	if page := t.page(p.ID); page != "" {
		return page
	}
	return resourcePrefix + url.PathEscape(p.ID)
}

// find returns the papers of ids, all of which must be there.
func (t *tools) find(ctx context.Context, ids ...string) ([]*paper.Paper, error) {
	out := make([]*paper.Paper, len(ids))
	if f, ok := t.engine.(Finder); ok && len(ids) > 0 {
		found, err := f.Find(ctx, ids)
		if err != nil {
			return nil, err
		}
		copy(out, found)
	} else {
		for i, id := range ids {
			p, err := t.engine.Paper(ctx, id)
			switch {
			case err == nil:
				out[i] = &p
			case !errors.Is(err, paper.ErrNotFound):
				return nil, err
			}
		}
	}
	for i, p := range out {
		if p == nil {
			return nil, paper.Invalid("id", "no paper has the id %.100q; take ids from the results of search", ids[i])
		}
	}
	return out, nil
}

// own are the papers' own ids.
func own(papers []*paper.Paper) []string {
	var ids []string
	for _, p := range papers {
		ids = append(ids, p.ID)
	}
	return ids
}

// explained gives a tool's error the words that a caller may read.
func explained[In, Out any](t *tools, h func(ctx context.Context, in In) (Out, error)) sdk.ToolHandlerFor[In, Out] {
	return func(ctx context.Context, _ *sdk.CallToolRequest, in In) (*sdk.CallToolResult, Out, error) {
		out, err := h(ctx, in)
		if err != nil {
			err = fmt.Errorf("%s", t.explain(ctx, err))
		}
		return nil, out, err
	}
}

// explain tells what the caller got wrong in words of its own, all else in
// those of the options.
func (t *tools) explain(ctx context.Context, err error) string {
	if inv, ok := errors.AsType[*paper.InvalidError](err); ok {
		return shorten(inv.Error(), 400)
	}
	return t.opts.Explain(ctx, err)
}
