package main

import (
	"context"
	"errors"
	"iter"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"kindred/index"
	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
	"kindred/paper"
	"kindred/paper/source"
)

func TestParseSchedule(t *testing.T) {
	jobs, err := parseSchedule([]byte(`# what, and when
- harvest: arxiv
  cron: "30 5 * * *"
  set: cs
  from: 2024-01-01
  pause: 5s
- harvest: arxiv-search
  cron: "@daily"
  query: cat:cs.CL AND abs:retrieval
  name: mine
- {harvest: rss, cron: 0 */6 * * MON, url: "https://rss.arxiv.org/rss/cs.IR"}
- harvest: s2
  cron: 0 4 1 * *
  query: gravel
  limit: 500
- harvest: openalex
  cron: 0 4 * * 0
  filter: primary_topic.id:T1
  query: gravel
  mailto: ada@example.org
`))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, j := range jobs {
		got = append(got, strings.Join([]string{j.options.Name, j.cron, j.request.Query, j.request.From}, "|"))
	}
	want := []string{"arxiv-cs|30 5 * * *||2024-01-01", "mine|@daily|cat:cs.CL AND abs:retrieval|",
		jobs[2].options.Name + "|0 */6 * * MON||", jobs[3].options.Name + "|0 4 1 * *|gravel|", jobs[4].options.Name + "|0 4 * * 0|gravel|"}
	if !slices.Equal(got, want) {
		t.Errorf("%q\nwant %q", got, want)
	}
	if jobs[0].options.Pause != 5*time.Second || jobs[3].options.Limit != 500 || jobs[4].options.Mailto != "ada@example.org" {
		t.Error("settings are lost")
	}
}

func TestRefusedSchedules(t *testing.T) {
	const good = "- harvest: arxiv\n  cron: 30 5 * * *\n"
	for name, tt := range map[string]struct{ text, want string }{
		"empty":             {"", "not a schedule"},
		"comments":          {"# nothing\n", "not a schedule"},
		"a map":             {"harvest: arxiv\n", "not a schedule"},
		"broken":            {"- harvest: [\n", "not a schedule: yaml"},
		"a word":            {good + "- arxiv\n", "line 3: not a harvest"},
		"unknown setting":   {good + "- harvest: arxiv\n  cron: '@daily'\n  colour: red\n", `line 5: unknown setting "colour"; harvest arxiv knows harvest, cron, `},
		"another's setting": {"- harvest: rss\n  url: https://x.org/f\n  cron: '@daily'\n  filter: x\n", `line 4: unknown setting "filter"`},
		"unknown kind":      {"- harvest: gopher\n  cron: '@daily'\n", `line 1: harvest: "gopher" is none of arxiv,`},
		"no kind":           {good + "- cron: '@daily'\n", `line 3: harvest: "" is none of`},
		"no cron":           {"- harvest: arxiv\n", "line 1: no cron"},
		"twice":             {good + "- harvest: arxiv\n  cron: '@daily'\n", "line 3: the same harvest as in line 1"},
		"a key twice":       {"- harvest: arxiv\n  set: cs\n  set: math\n  cron: '@daily'\n", "line 3: set stands here a second time"},
		"a list":            {"- harvest: arxiv\n  set: [cs, math]\n  cron: '@daily'\n", "line 2: set is not one value"},
		"four fields":       {"- harvest: arxiv\n  cron: 5 * * *\n", "line 2: cron:"},
		"seconds":           {"- harvest: arxiv\n  cron: '* * * * * *'\n", "line 2: cron:"},
		"minute 60":         {"- harvest: arxiv\n  cron: '60 * * * *'\n", "line 2: cron:"},
		"no such word":      {"- harvest: arxiv\n  cron: '@often'\n", "line 2: cron:"},
		"never":             {"- harvest: arxiv\n  cron: 0 0 30 2 *\n", "line 2: cron: \"0 0 30 2 *\" never comes"},
		"a date":            {"- harvest: arxiv\n  cron: '@daily'\n  from: soon\n", "no day"},
		"a number":          {"- harvest: arxiv\n  cron: '@daily'\n  limit: many\n", "line 3: "},
		"no query":          {"- harvest: arxiv-search\n  cron: '@daily'\n", "line 1: arxiv-search needs a query"},
		"too quick":         {"- harvest: arxiv\n  cron: '@daily'\n  pause: 1s\n", "at least 3s"},
		"restart":           {"- harvest: arxiv\n  cron: '@daily'\n  restart: true\n", `unknown setting "restart"`},
		"an alias":          {"- &a {harvest: arxiv, cron: '@daily'}\n- *a\n", "line 2: not a harvest"},
		"too many":          {strings.Repeat(good, maxJobs+1), "more than 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := parseSchedule([]byte(tt.text)); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func FuzzParseSchedule(f *testing.F) {
	f.Add("- harvest: arxiv\n  cron: 30 5 * * *\n  set: cs\n")
	f.Add("- {harvest: rss, cron: 0 */6 * * MON, url: \"https://x.org/f\"}")
	f.Fuzz(func(t *testing.T, text string) {
		jobs, err := parseSchedule([]byte(text))
		if err == nil && len(jobs) == 0 {
			t.Error("neither harvests nor an error")
		}
		for _, j := range jobs {
			if now := time.Now(); !j.after(now).After(now) {
				t.Errorf("%q comes at %v", j.cron, j.after(now))
			}
		}
	})
}

// shelf is an engine that keeps papers and nothing else.
type shelf struct {
	engine
	mu      sync.Mutex
	papers  map[string]string
	writing int
	learned int
}

func newShelf() *shelf { return &shelf{papers: map[string]string{}} }

func (s *shelf) Ingest(ctx context.Context, papers iter.Seq2[paper.Paper, error], _ index.IngestOptions) (n index.Counts, err error) {
	s.mu.Lock()
	s.writing++
	if s.writing > 1 {
		panic("two harvests at a time")
	}
	s.mu.Unlock()
	defer func() { s.mu.Lock(); s.writing--; s.mu.Unlock() }()
	for p, err := range papers {
		if ctx.Err() != nil {
			return n, ctx.Err()
		}
		time.Sleep(time.Millisecond)
		s.mu.Lock()
		line, isLine := errors.AsType[*source.LineError](err)
		switch old, ok := s.papers[p.ID]; {
		case isLine && line.Deleted != "":
			if _, ok := s.papers[line.Deleted]; ok {
				n.Deleted++
				delete(s.papers, line.Deleted)
			}
		case err != nil:
			n.Rejected++
		case !ok:
			n.Added++
			s.papers[p.ID] = p.Abstract
		case old != p.Abstract:
			n.Updated++
			s.papers[p.ID] = p.Abstract
		default:
			n.Unchanged++
		}
		s.mu.Unlock()
	}
	return n, nil
}

func (s *shelf) Stats(context.Context) (paper.Stats, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := paper.Stats{Papers: len(s.papers), Learned: s.learned > 0, Learning: &paper.Learning{}}
	if s.learned == 0 && len(s.papers) > 30 {
		st.Learning.Advice = "learn"
	}
	return st, nil
}

func (s *shelf) Learn(context.Context, paper.LearnOptions, func(string, int, int)) error {
	time.Sleep(time.Minute)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.learned++
	return nil
}

// handled is a transport without a network.
type handled struct{ http.Handler }

func (h handled) RoundTrip(r *http.Request) (*http.Response, error) {
	rec := httptest.NewRecorder()
	done := make(chan struct{})
	go func() { defer close(done); h.ServeHTTP(rec, r) }()
	select {
	case <-done:
		return rec.Result(), nil
	case <-r.Context().Done():
		return nil, r.Context().Err()
	}
}

const twoJobs = `
- {harvest: arxiv, base-url: "https://a.test/oai", metadata-prefix: arXiv, cron: 30 5 * * *, name: all}
- {harvest: rss, url: "https://b.test/feed.rss", cron: 0 */6 * * *, name: feed}
`

// inTheMorning runs a test in fake time, from 04:00 on a Saturday on.
func inTheMorning(t *testing.T, test func(t *testing.T)) {
	synctest.Test(t, func(t *testing.T) {
		time.Sleep(time.Until(time.Date(2024, 6, 1, 4, 0, 0, 0, time.Local)))
		test(t)
	})
}

// scheduled is a scheduler of twoJobs that asks h; stop ends it.
func scheduled(t *testing.T, dir string, e engine, h http.Handler) (s *scheduler, stop func()) {
	t.Helper()
	jobs, err := parseSchedule([]byte(twoJobs))
	if err != nil {
		t.Fatal(err)
	}
	s = newScheduler(dir, jobs, slog.New(slog.DiscardHandler))
	s.transport = handled{h}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); s.run(ctx, e) }()
	return s, func() { cancel(); <-done }
}

func TestScheduler(t *testing.T) {
	inTheMorning(t, func(t *testing.T) {
		dir, e, a := t.TempDir(), newShelf(), fakearchive.New(47)
		a.Now = time.Now
		s, stop := scheduled(t, dir, e, a)
		time.Sleep(30 * time.Second)
		if h := s.Harvests()[0]; h.Running || h.Added != 47 || h.Next.Before(time.Now()) {
			t.Errorf("while its papers are learned %+v", h)
		}
		time.Sleep(10 * time.Minute) // both run at once, one after the other
		all, feed := s.Harvests()[0], s.Harvests()[1]
		if all.Runs != 1 || all.Added != 47 || feed.Runs != 1 || feed.Added != 0 || e.learned != 1 {
			t.Errorf("%+v\n%+v", all, feed)
		}
		if all.Next.Format("02 15:04") != "01 05:30" || feed.Next.Format("02 15:04") != "01 06:00" {
			t.Errorf("next %v and %v", all.Next, feed.Next)
		}
		time.Sleep(24 * time.Hour)
		all, feed = s.Harvests()[0], s.Harvests()[1]
		if all.Runs != 2 || feed.Runs != 5 || all.Failures+feed.Failures != 0 || e.learned != 1 {
			t.Errorf("a day later %+v\n%+v", all, feed)
		}
		stop()

		// Nobody is there for three days: one run of each makes up for it.
		time.Sleep(72 * time.Hour)
		a.Change(100, "2024-06-04", nil)
		s, stop = scheduled(t, dir, e, a)
		time.Sleep(10 * time.Minute)
		all, feed = s.Harvests()[0], s.Harvests()[1]
		if all.Runs != 1 || all.Added != 1 || feed.Runs != 1 || all.Next.Format("02 15:04") != "05 05:30" {
			t.Errorf("after a pause %+v\n%+v", all, feed)
		}
		stop()

		// Started again at once, nothing is to be made up.
		asked := len(a.Requests())
		s, stop = scheduled(t, dir, e, a)
		time.Sleep(10 * time.Minute)
		if n := len(a.Requests()) - asked; n != 0 || s.Harvests()[0].Added != 1 || s.Harvests()[0].Last.IsZero() {
			t.Errorf("asked %d times, %+v", n, s.Harvests()[0])
		}
		stop()
	})
}

// TestSchedulerFails has one service down for a day.
func TestSchedulerFails(t *testing.T) {
	inTheMorning(t, func(t *testing.T) {
		e, a := newShelf(), fakearchive.New(47)
		a.Break(func(_ int, w http.ResponseWriter, r *http.Request) bool {
			if r.URL.Host == "a.test" {
				http.Error(w, "closed", http.StatusForbidden)
			}
			return r.URL.Host == "a.test"
		})
		dir := t.TempDir()
		s, stop := scheduled(t, dir, e, a)
		time.Sleep(10 * time.Minute)
		all, feed := s.Harvests()[0], s.Harvests()[1]
		if all.Failures != 1 || !strings.Contains(all.Error, "403 Forbidden") || feed.Failures != 0 || feed.Added != 10 {
			t.Errorf("%+v\n%+v", all, feed)
		}
		stop()
		// Nothing is kept of what brought nothing: the next start tries at once.
		s, stop = scheduled(t, dir, e, a)
		defer stop()
		time.Sleep(10 * time.Minute)
		if all, feed = s.Harvests()[0], s.Harvests()[1]; all.Runs != 1 || all.Failures != 1 || feed.Runs != 0 {
			t.Errorf("started again %+v\n%+v", all, feed)
		}
		a.Break(nil)
		time.Sleep(2 * time.Hour)
		if all = s.Harvests()[0]; all.Runs != 2 || all.Error != "" || all.Added != 37 {
			t.Errorf("at its next time %+v", all)
		}
	})
}

// TestSchedulerStops ends in the middle of a harvest, which the next start
// carries on.
func TestSchedulerStops(t *testing.T) {
	inTheMorning(t, func(t *testing.T) {
		dir, e, a := t.TempDir(), newShelf(), fakearchive.New(200)
		s, stop := scheduled(t, dir, e, a)
		time.Sleep(20 * time.Second)
		if h := s.Harvests()[0]; !h.Running || h.Read == 0 {
			t.Errorf("%+v", h)
		}
		began := time.Now()
		stop()
		if took := time.Since(began); took > time.Second {
			t.Errorf("stopping took %v", took)
		}
		asked := len(a.Requests())
		s, stop = scheduled(t, dir, e, a)
		time.Sleep(5 * time.Minute)
		if h := s.Harvests()[0]; h.Runs != 1 || h.Error != "" || len(e.papers) != 200 {
			t.Errorf("%+v, %d papers", h, len(e.papers))
		}
		if n := len(a.Requests()) - asked; n > 16 {
			t.Errorf("began anew: %d requests", n)
		}
		stop()
	})
}

// TestSchedulerBesideTheCommand has somebody run the same harvest by hand.
func TestSchedulerBesideTheCommand(t *testing.T) {
	inTheMorning(t, func(t *testing.T) {
		dir, e, a := t.TempDir(), newShelf(), fakearchive.New(47)
		jobs, err := parseSchedule([]byte(twoJobs))
		if err != nil {
			t.Fatal(err)
		}
		other := newShelf()
		var s *scheduler
		stop := func() {}
		_, err = harvest.Run(t.Context(), dir, jobs[0].request, harvest.Options{Name: "all", Transport: handled{a}, Progress: func(harvest.Way, harvest.Report) {
			if s == nil {
				s, stop = scheduled(t, dir, e, a)
				time.Sleep(time.Second)
			}
		}}, takeIn(other, nil))
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute)
		if h := s.Harvests()[0]; h.Failures != 1 || !strings.Contains(h.Error, "running already") {
			t.Errorf("%+v", h)
		}
		if feed := s.Harvests()[1]; feed.Runs != 1 || feed.Error != "" {
			t.Errorf("%+v", feed)
		}
		stop()
	})
}

// TestTakeIn takes out what is gone, and in again what comes back in the same page.
func TestTakeIn(t *testing.T) {
	record := func(id, status, title string) string {
		meta := ""
		if title != "" {
			meta = "<metadata><dc><title>" + title + "</title></dc></metadata>"
		}
		return "<record><header " + status + "><identifier>" + id + "</identifier></header>" + meta + "</record>"
	}
	const gone = `status="deleted"`
	body := `<OAI-PMH><responseDate>2024-06-01T00:00:00Z</responseDate><ListRecords>` +
		record("x:1", "", "One") + record("x:1", gone, "") + record("x:2", gone, "") + record("x:2", "", "Two, again") +
		record("x:3", gone, "") + record("x:4", "", "") + `</ListRecords></OAI-PMH>`
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(body)) }))
	defer s.Close()
	e := newShelf()
	e.papers["x:2"], e.papers["x:3"] = "old", "old"
	rejected := 0
	r := harvest.Request{Kind: harvest.ArXiv, BaseURL: s.URL}
	report, err := harvest.Run(t.Context(), t.TempDir(), r, harvest.Options{}, takeIn(e, func(*source.LineError) { rejected++ }))
	if err != nil {
		t.Fatal(err)
	}
	if got := slices.Sorted(maps.Keys(e.papers)); !slices.Equal(got, []string{"x:2"}) || rejected != 1 || report.Deleted != 3 {
		t.Errorf("%v, %d rejected, %+v", got, rejected, report)
	}
}

func TestScheduleFile(t *testing.T) {
	dir := t.TempDir()
	big := filepath.Join(dir, "big.yaml")
	if err := os.WriteFile(big, make([]byte, maxSchedule+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{filepath.Join(dir, "none"): "no such file", dir: "schedule: ", big: "longer than"} {
		if _, err := readSchedule(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", path, err)
		}
	}
}
