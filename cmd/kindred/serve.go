package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"syscall"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/server"
)

const usualAddr = "127.0.0.1:8080"

func newServe(p *program) *cobra.Command {
	var (
		addr string
		open bool
		o    server.Options
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP",
		Long: `Serve answers over HTTP, in the browser and as a JSON API described at
/openapi.json. While it holds the data folder, the other commands on that folder
go through it. SIGINT (Ctrl-C) and SIGTERM stop it once the requests under way
are answered.`,
		Example: `  kindred serve
  kindred serve --addr 127.0.0.1:9000 --data ./papers
  kindred serve --addr 0.0.0.0:8080 --open --allowed-hosts papers.example.org`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			o.Logger = newLogger(slog.LevelInfo)
			if err := o.Validate(); err != nil {
				return &usageError{cmd, err}
			}
			at, err := resolve(addr, open)
			if err != nil {
				return &usageError{cmd, err}
			}
			ln, err := listen(at)
			if err != nil {
				return err
			}
			defer ln.Close()
			if !at.IP.IsLoopback() {
				fmt.Fprintln(os.Stderr, "kindred: warning: whoever can reach this address can read, add and delete papers")
			}
			open := func(ctx context.Context, loading func(done, total int)) (*index.Index, error) {
				x, err := p.openIndex(ctx, dir, index.Options{Logger: o.Logger, Loading: loading})
				if errors.Is(err, index.ErrLocked) {
					if f, fileErr := readServerFile(dir); fileErr == nil {
						if _, ok := reach(ctx, dir); ok {
							return nil, fmt.Errorf("%s is served already, at %s", dir, f.Address)
						}
					}
				}
				return x, err
			}
			return serve(ctx, open, ln, o, func(address string) { fmt.Println("Kindred answers at", address) })
		},
	}
	p.addExact(cmd)
	flags := cmd.Flags()
	flags.StringVar(&addr, "addr", usualAddr, "the `address` to listen at; port 0 is any free one")
	flags.BoolVar(&open, "open", false, "allow an address that other machines can reach")
	flags.StringArrayVar(&o.AllowedHosts, "allowed-hosts", nil, "a further `name` by which the server may be called; may be repeated")
	flags.StringArrayVar(&o.Origins, "cors", nil, "an `origin` whose pages may call the API from a browser, such as https://papers.example.org; may be repeated")
	return cmd
}

// resolve reads a listening address. One that other machines can reach is
// refused unless open.
func resolve(addr string, open bool) (*net.TCPAddr, error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--addr %q is not an address such as %s: %w", addr, usualAddr, err)
	}
	if !at.IP.IsLoopback() && !open {
		return nil, fmt.Errorf("--addr %s can be reached from other machines, and anybody there could change the papers; --open allows it", addr)
	}
	return at, nil
}

func listen(at *net.TCPAddr) (net.Listener, error) {
	ln, err := net.ListenTCP("tcp", at)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another program; name another with --addr, or any free one with --addr %s:0: %w", at, at.IP, syscall.EADDRINUSE)
	}
	return ln, err
}

// serve answers on ln until ctx ends, and closes the index that open opened.
// The probes answer from the beginning, searches once the index is there;
// ready is called then, and a file in the data folder tells the other commands
// how to reach the server.
func serve(ctx context.Context, open func(context.Context, func(done, total int)) (*index.Index, error),
	ln net.Listener, o server.Options, ready func(address string)) error {
	f := newServerFile(address(ln))
	o.Token = f.Token
	engine := new(opening)
	s, err := server.New(engine, o)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	served := make(chan error, 1)
	go func() {
		err := s.Serve(ctx, ln)
		stop() // without a server there is nothing to open an index for
		served <- err
	}()
	x, err := open(ctx, engine.loading)
	if err != nil {
		stop()
		if serveErr := <-served; errors.Is(err, context.Canceled) && serveErr != nil {
			return serveErr
		}
		return err
	}
	engine.index.Store(x)
	if err = f.write(x.Dir()); err != nil {
		stop()
	} else {
		ready(f.Address)
	}
	err = errors.Join(err, <-served)
	os.Remove(serverFilePath(x.Dir())) // while the folder is still ours
	return errors.Join(err, x.Close())
}

// address is where this machine reaches ln.
func address(ln net.Listener) string {
	at := *ln.Addr().(*net.TCPAddr)
	if at.IP.IsUnspecified() {
		at.IP = net.IPv4(127, 0, 0, 1)
	}
	return "http://" + at.String()
}
