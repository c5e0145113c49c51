package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"sync"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/paper"
	"kindred/server"
	"kindred/server/client"
	"kindred/server/mcp"
)

func newMCP(p *program) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "mcp",
		Short: "Lend the papers to an assistant, by the Model Context Protocol",
		Long: `Mcp speaks the Model Context Protocol on standard input and output, for an
assistant that starts it: tools to search, read, compare, recommend and cite
papers. It ends when its input does.

It goes through the server that holds the data folder if there is one. Else it
holds the folder itself and answers the other commands on it meanwhile, as
"kindred serve" does, at a free port of this machine.`,
		Example: `  kindred mcp --data ./papers

  {"mcpServers": {"kindred": {"command": "kindred", "args": ["mcp", "--data", "/home/me/papers"]}}}`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			l := &lender{program: p, log: newWarner()}
			if _, err := l.open(ctx, nil); err != nil {
				return err
			}
			if onTerminal(os.Stdin) {
				fmt.Fprintln(os.Stderr, "kindred: this waits for an assistant, which starts it by itself; Ctrl-C ends it, kindred mcp --help says more")
			}
			o := mcp.Options{Page: l.page, Collections: l.Collections, Logger: l.log, Version: version()}
			return errors.Join(mcp.New(l, o).Run(ctx, os.Stdin, os.Stdout), l.close())
		},
	}
	p.addExact(cmd)
	return cmd
}

// lender is the engine of an assistant, which may outlive the server that it
// goes through: then the folder is opened anew.
type lender struct {
	program *program
	log     *slog.Logger

	mu      sync.Mutex
	current engine // an index, or a server's
	address string // where its pages are; "" for none
	stop    func() error
}

// open returns the engine in use, which is another one than gone.
func (l *lender) open(ctx context.Context, gone engine) (engine, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.current != nil && l.current != gone {
		return l.current, nil
	}
	e, err := l.program.open(ctx, index.Options{MustExist: true, Logger: l.log})
	if err != nil {
		return nil, err
	}
	l.current, l.address, l.stop = e, "", e.Close
	switch e := e.(type) {
	case remote:
		l.address = e.address
	case *index.Index:
		if err := l.share(ctx, e); err != nil {
			l.current, l.stop = nil, nil // the index is closed
			return nil, err
		}
	}
	return e, nil
}

// share serves the folder to the other commands, which could not use it until
// the assistant ends. Where that fails, the assistant has it to itself.
func (l *lender) share(ctx context.Context, x *index.Index) error {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		l.log.Warn("other commands cannot use the data folder meanwhile", "error", err)
		return nil
	}
	// It ends with stop, and not with the call that began it.
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	ready, served := make(chan string, 1), make(chan error, 1)
	go func() {
		served <- serve(ctx, func(context.Context, func(done, total int)) (*index.Index, error) { return x, nil }, ln,
			server.Options{Logger: l.log, Version: version()}, nil, func(address string) { ready <- address })
	}()
	l.stop = func() error { // which closes the index
		stop()
		return <-served
	}
	select {
	case l.address = <-ready:
		return nil
	case err := <-served: // no file in the folder says where it is
		return err
	}
}

func (l *lender) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.stop == nil {
		return nil
	}
	return l.stop()
}

// page is the URL of a paper's page.
func (l *lender) page(_ *http.Request, id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.address == "" {
		return ""
	}
	return l.address + "/paper?id=" + url.QueryEscape(id)
}

// lent asks the engine in use, and if its server has gone another one.
func lent[T any](ctx context.Context, l *lender, ask func(engine) (T, error)) (T, error) {
	e, err := l.open(ctx, nil)
	if err != nil {
		var none T
		return none, err
	}
	answer, err := ask(e)
	if r, ok := e.(remote); ok && ctx.Err() == nil && hasGone(err) {
		if e, err = l.open(ctx, r); err == nil {
			return ask(e)
		}
	}
	return answer, err
}

// hasGone reports whether a server did not answer at all, or was another one
// than the one whose token we have.
func hasGone(err error) bool {
	if refused, ok := errors.AsType[*client.Error](err); ok {
		return refused.Status == http.StatusUnauthorized
	}
	_, ok := errors.AsType[*url.Error](err)
	return ok
}

func (l *lender) Search(ctx context.Context, q paper.Query) (*paper.Result, error) {
	return lent(ctx, l, func(e engine) (*paper.Result, error) { return e.Search(ctx, q) })
}

func (l *lender) Similar(ctx context.Context, s paper.Similar) (*paper.Result, error) {
	return lent(ctx, l, func(e engine) (*paper.Result, error) { return e.Similar(ctx, s) })
}

func (l *lender) Paper(ctx context.Context, id string) (paper.Paper, error) {
	return lent(ctx, l, func(e engine) (paper.Paper, error) { return e.Paper(ctx, id) })
}

func (l *lender) Collections(ctx context.Context) ([]paper.Collection, error) {
	return lent(ctx, l, func(e engine) ([]paper.Collection, error) { return e.Collections(ctx) })
}

func (l *lender) Find(ctx context.Context, ids []string) ([]*paper.Paper, error) {
	return lent(ctx, l, func(e engine) ([]*paper.Paper, error) { return e.Find(ctx, ids) })
}
