package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"github.com/spf13/cobra"

	"kindred/index"
	"kindred/server"
	"kindred/server/key"
)

const usualAddr = "127.0.0.1:8080"

// defaultRate is the limit of a server that others can reach: ten requests a
// second, which no person's typing comes near.
const defaultRate = 600

// doorFlags say who may call a server.
type doorFlags struct {
	addr string
	open bool
	keys bool
	rate int // below 0: defaultRate where keys are asked for, none elsewhere
}

func newServe(p *program) *cobra.Command {
	var (
		door     doorFlags
		chat     chatFlags
		o        server.Options
		schedule string
	)
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Answer over HTTP",
		Long: `Serve answers over HTTP, in the browser and as a JSON API described at /docs and
/openapi.json. While it holds the data folder, the other commands on that folder
go through it. SIGINT (Ctrl-C) and SIGTERM stop it once the requests under way
are answered. With --chat-url and --chat-model, POST /v1/ask and "kindred ask"
answer in the words of that model; see "kindred ask --help".

On this machine alone (the default) it asks for no key. At an address that other
machines can reach it asks for one of those that kindred key makes, or is told
with --open to let everybody read; with --open and no key ever made, everybody
can write too. Behind a proxy on this machine, say --keys, or --trust-proxy if the
proxy sets X-Forwarded-For; both ask for keys.

With --harvest it fetches papers by itself, as kindred harvest does, on the
schedule in a file: a list of what and when, with the settings of the command.
Times are the machine's; a run that was missed is made up once after the start.

  - harvest: arxiv
    cron: "30 5 * * *"
    set: cs
    from: 2024-01-01
  - harvest: arxiv-search
    cron: "@daily"
    query: cat:cs.CL AND abs:retrieval
  - harvest: rss
    cron: "0 */6 * * *"
    url: https://rss.arxiv.org/rss/cs.IR`,
		Example: `  kindred serve
  kindred serve --addr 127.0.0.1:9000 --data ./papers
  kindred key add zotero && kindred serve --addr 0.0.0.0:8080
  kindred serve --addr 0.0.0.0:8080 --open --allowed-hosts papers.example.org
  kindred serve --trust-proxy --open --allowed-hosts papers.example.org
  kindred serve --cors https://lab.example.org
  kindred serve --harvest schedule.yaml`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			dir, err := p.dataDir()
			if err != nil {
				return err
			}
			o.Logger, o.Version = newLogger(), version()
			if o.Writer, err = chat.writer(o.Logger); err != nil {
				return &usageError{cmd, err}
			}
			at, err := door.settle(&o, key.New(filepath.Join(dir, key.FileName)))
			if err == nil {
				err = o.Validate()
			}
			if err != nil {
				return &usageError{cmd, err}
			}
			var harvests *scheduler
			if schedule != "" {
				jobs, err := readSchedule(schedule)
				if err != nil {
					return &usageError{cmd, err}
				}
				harvests = newScheduler(dir, jobs, o.Logger)
			}
			ln, err := listen(at)
			if err != nil {
				return err
			}
			defer ln.Close()
			if err := warnOfOpenDoor(o); err != nil {
				return err
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
			return serve(ctx, open, ln, o, harvests, func(address string) { fmt.Println("Kindred answers at", address) })
		},
	}
	p.addExact(cmd)
	flags := cmd.Flags()
	chat.add(flags)
	flags.StringVar(&schedule, "harvest", "", "a `file` that says what papers to fetch, and when")
	flags.StringVar(&door.addr, "addr", usualAddr, "the `address` to listen at; port 0 is any free one")
	flags.BoolVar(&door.open, "open", false, "let callers without a key read, at an address that other machines can reach too")
	flags.BoolVar(&door.keys, "keys", false, "ask for keys on this machine too, as behind a proxy")
	flags.IntVar(&door.rate, "rate", -1, "the `number` of requests a minute for each key, and each address without one; 0 is no limit")
	flags.Lookup("rate").DefValue = fmt.Sprintf("%d, or no limit where no keys are asked for", defaultRate)
	flags.BoolVar(&o.TrustProxy, "trust-proxy", false, "take callers' addresses from X-Forwarded-For, as the proxy before this server sets it, and ask for keys")
	flags.BoolVar(&o.Profiles, "pprof", false, "answer Go's profiles at /debug/pprof/, on this machine alone")
	flags.StringArrayVar(&o.AllowedHosts, "allowed-hosts", nil, "a further `name` by which the server may be called; may be repeated")
	flags.StringArrayVar(&o.Origins, "cors", nil, "an `origin` whose pages may call the API from a browser, such as https://papers.example.org; may be repeated")
	return cmd
}

// settle reads the address and says in o who may call. An address that other
// machines can reach is refused while nobody has a key and the door is not
// open.
func (d doorFlags) settle(o *server.Options, keys *key.File) (*net.TCPAddr, error) {
	at, err := resolve(d.addr)
	if err != nil {
		return nil, err
	}
	if o.Profiles && !at.IP.IsLoopback() {
		return nil, fmt.Errorf("--pprof is for this machine alone, and --addr %s can be reached from others", d.addr)
	}
	if at.IP.IsLoopback() && !d.keys && !o.TrustProxy {
		o.Rate = max(0, d.rate)
		return at, nil
	}
	o.Keys, o.Open, o.Rate = keys, d.open, d.rate
	if d.rate < 0 {
		o.Rate = defaultRate
	}
	if d.open {
		return at, nil
	}
	list, err := keys.List()
	switch {
	case err != nil:
		return nil, err
	case len(list) == 0 && at.IP.IsLoopback():
		return nil, errors.New("nobody has a key yet; make one with: kindred key add NAME")
	case len(list) == 0:
		return nil, fmt.Errorf("--addr %s can be reached from other machines, and nobody has a key yet; make one with kindred key add NAME, or let everybody in with --open", d.addr)
	}
	return at, nil
}

// warnOfOpenDoor says what --open means here.
func warnOfOpenDoor(o server.Options) error {
	if o.Keys == nil || !o.Open {
		return nil
	}
	locked, err := o.Keys.Exists()
	if err == nil && !locked {
		fmt.Fprintln(os.Stderr, "kindred: warning: whoever can reach this server can read, add and delete papers; once kindred key add has made a key, writing needs one")
	}
	return err
}

func resolve(addr string) (*net.TCPAddr, error) {
	at, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("--addr %q is not an address such as %s: %w", addr, usualAddr, err)
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
// how to reach the server. harvests, unless nil, run meanwhile.
func serve(ctx context.Context, open func(context.Context, func(done, total int)) (*index.Index, error),
	ln net.Listener, o server.Options, harvests *scheduler, ready func(address string)) error {
	f := newServerFile(address(ln))
	o.Token = f.Token
	engine := &opening{harvests: harvests}
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
	var harvesting sync.WaitGroup
	if err = f.write(x.Dir()); err != nil {
		stop()
	} else {
		ready(f.Address)
		harvesting.Go(func() { harvests.run(ctx, x) })
	}
	err = errors.Join(err, <-served)
	harvesting.Wait()
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
