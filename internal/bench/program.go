package bench

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"kindred/paper"
	"kindred/server/client"
)

// program is the kindred that is measured, and its data folder.
type program struct{ path, data string }

func (p program) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, p.path, append(args, "--data", p.data)...)
	cmd.Stderr = os.Stderr
	return cmd
}

// ingest takes the files in and reports how fast, and what the folder takes.
func (r *Report) ingest(ctx context.Context, p program, files []string) error {
	start := time.Now()
	cmd := p.command(ctx, append([]string{"ingest", "--no-learn", "--json"}, files...)...)
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("kindred ingest: %w", err)
	}
	all := time.Since(start).Seconds()
	var sum struct {
		Added   int     `json:"added"`
		Seconds float64 `json:"seconds"`
	}
	if err := json.Unmarshal(bytes.TrimSpace(out), &sum); err != nil || sum.Added == 0 {
		return fmt.Errorf("kindred ingest printed %q: %w", out, err)
	}
	r.row("8,000 papers/s", "ingest, end to end, apart from learning", "%.0f papers/s", float64(sum.Added)/sum.Seconds)
	r.row("", "afterwards: lists, cache, closing", "%.1f s", all-sum.Seconds)
	cpu := cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()
	r.row("250 µs: two cores, 8,000 papers/s", "CPU time of both", "%d µs a paper", cpu.Microseconds()/int64(sum.Added))
	return nil
}

// served is a running server.
type served struct {
	cmd  *exec.Cmd
	base string
}

// start runs the server until it answers a first question, and tells how long
// that took.
func (p program) start(ctx context.Context, question string) (*served, time.Duration, error) {
	cmd := p.command(ctx, "serve", "--addr", "127.0.0.1:0")
	cmd.Stderr = nil // the log of every request
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, 0, err
	}
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return nil, 0, err
	}
	s := &served{cmd: cmd}
	for lines := bufio.NewScanner(out); s.base == "" && lines.Scan(); {
		if _, at, ok := strings.Cut(lines.Text(), "answers at "); ok {
			s.base = strings.TrimSpace(at)
		}
	}
	if s.base == "" {
		return nil, 0, fmt.Errorf("kindred serve said nothing: %w", cmd.Wait())
	}
	if _, err := s.get(ctx, "/v1/search?q="+url.QueryEscape(question)); err != nil {
		return nil, 0, s.end(os.Kill, err)
	}
	return s, time.Since(start), nil
}

// end stops the server and returns before, or else why it did not stop well.
func (s *served) end(signal os.Signal, before error) error {
	if s.cmd.Process.Signal(signal) != nil { // Windows knows no other
		_ = s.cmd.Process.Kill()
		signal = os.Kill
	}
	if err := s.cmd.Wait(); before == nil && signal != os.Kill {
		return err
	}
	return before
}

var keepAlive = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}

// get asks and reads the answer to its end.
func (s *served) get(ctx context.Context, path string) (time.Duration, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path, nil)
	if err != nil {
		return 0, err
	}
	start := time.Now()
	resp, err := keepAlive.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return 0, err
	}
	took := time.Since(start)
	if resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", path, resp.Status)
	}
	return took, err
}

// warmUps is how many requests come before those that count.
const warmUps = 10

// all asks one after the other, a few of them twice so that the first time is
// not counted.
func (s *served) all(ctx context.Context, paths []string) (times Times, err error) {
	for _, path := range paths[:min(len(paths), warmUps)] {
		if _, err := s.get(ctx, path); err != nil {
			return nil, err
		}
	}
	for _, path := range paths {
		took, err := s.get(ctx, path)
		if err != nil {
			return nil, err
		}
		times = append(times, took)
	}
	return times, nil
}

// together asks with several clients at once, each path four times over all.
func (s *served) together(ctx context.Context, clients int, paths []string) (perSecond float64, times Times, err error) {
	var next atomic.Int64
	var mu sync.Mutex
	var group sync.WaitGroup
	total := int64(4 * len(paths))
	start := time.Now()
	for range clients {
		group.Go(func() {
			for i := next.Add(1) - 1; i < total; i = next.Add(1) - 1 {
				took, e := s.get(ctx, paths[i%int64(len(paths))])
				mu.Lock()
				times = append(times, took)
				if e != nil {
					err = e
				}
				mu.Unlock()
			}
		})
	}
	group.Wait()
	return float64(total) / time.Since(start).Seconds(), times, err
}

// serve measures what a client of the server meets, a clean start, and a start
// after a kill.
func (r *Report) serve(ctx context.Context, p program, questions []string, o Options) error {
	o.Tell("opening and closing, so that the cache is there")
	s, _, err := p.start(ctx, questions[0])
	if err == nil {
		err = s.end(os.Interrupt, nil)
	}
	if err != nil {
		return err
	}
	size, err := folderBytes(p.data)
	if err != nil {
		return err
	}
	o.Tell("opening")
	s, opened, err := p.start(ctx, questions[0])
	if err != nil {
		return err
	}
	cpu := ""
	if t := cpuTime(s.cmd.Process.Pid); t > 0 {
		cpu = fmt.Sprintf(", %.1f s of CPU", t.Seconds())
	}
	r.row("5 s", "from start to the first answer, after a clean stop", "%.1f s%s", opened.Seconds(), cpu)
	if err := r.ask(ctx, s, questions, o); err != nil {
		return s.end(os.Kill, err)
	}
	r.row("under 2,500 bytes", "data folder, after a clean stop", "%d bytes a paper", size/int64(max(1, r.Papers)))
	o.Tell("opening after a kill")
	_ = s.end(os.Kill, nil)
	if s, opened, err = p.start(ctx, questions[0]); err != nil {
		return err
	}
	r.row("20 s", "the same after kill -9", "%.1f s", opened.Seconds())
	return s.end(os.Interrupt, nil)
}

func (r *Report) ask(ctx context.Context, s *served, questions []string, o Options) error {
	o.Tell("asking")
	var searches, filtered, byID, byTitle []string
	c, err := client.New(s.base, client.Options{})
	if err != nil {
		return err
	}
	st, err := c.Stats(ctx)
	if err != nil {
		return err
	}
	r.Papers = st.Papers
	for i, q := range questions {
		path := "/v1/search?q=" + url.QueryEscape(q)
		searches = append(searches, path)
		filtered = append(filtered, path+[]string{"&year=2010-2015", "&category=math", "&year=2018-&category=cs"}[i%3])
		found, err := c.Search(ctx, paper.Query{Text: q})
		if err != nil {
			return err
		}
		if len(found.Hits) > 0 {
			hit := found.Hits[i%len(found.Hits)].Paper
			byID = append(byID, "/v1/similar?id="+url.QueryEscape(hit.ID))
			byTitle = append(byTitle, "/v1/similar?title="+url.QueryEscape(hit.Title))
		}
	}
	for _, row := range []struct {
		what, reach string
		paths       []string
	}{
		{"search through HTTP, natural-language questions", "p50 8 ms, p99 30 ms", searches},
		{"the same under a filter", "", filtered},
		{"similar by id through HTTP", "p50 5 ms", byID},
		{"similar by title through HTTP", "", byTitle},
	} {
		before := cpuTime(s.cmd.Process.Pid)
		times, err := s.all(ctx, row.paths)
		if err != nil {
			return err
		}
		cpu := ""
		if t := cpuTime(s.cmd.Process.Pid) - before; t > 0 {
			cpu = fmt.Sprintf("; %s of CPU", ms(t/time.Duration(len(row.paths)+warmUps)))
		}
		r.row(row.reach, row.what, "%s%s", times, cpu)
	}
	perSecond, times, err := s.together(ctx, 8, searches)
	if err != nil {
		return err
	}
	r.row("300, p99 under 100 ms", "searches a second, 8 clients", "%.0f, p99 %s", perSecond, ms(times.At(.99)))
	if rss := resident(s.cmd.Process.Pid); rss > 0 {
		r.row("3 GB", "resident memory while serving", "%.2f GB", float64(rss)/1e9)
	}
	return nil
}
