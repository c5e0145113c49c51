package harvest_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kindred/internal/harvest"
	"kindred/internal/harvest/fakearchive"
)

// TestHarvest takes a whole archive, nothing when nothing has changed, then what
// has.
func TestHarvest(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, c := t.TempDir(), newCorpus()
				a := archive(230, r) // of three days in January
				report := fine(t, dir, r, a, c, harvest.Options{})
				c.holds(t, a, r)
				if report.Read != 230 || report.Added != 230 || !report.Complete {
					t.Errorf("%+v", report)
				}
				asked := len(a.Requests())

				time.Sleep(30 * 24 * time.Hour)
				report = fine(t, dir, r, a, c, harvest.Options{})
				if n := len(a.Requests()) - asked; n != 1 || report.Added+report.Updated+report.Deleted != 0 || !report.Complete {
					t.Errorf("a second run asked %d times: %+v", n, report)
				}
				if r.Kind != harvest.ArXivSearch && report.Read != 0 {
					t.Errorf("a second run read %d records", report.Read)
				}

				a.Change(7, "2024-06-30", func(p *fakearchive.Paper) { p.Text = "Rewritten." })
				a.Change(1001, "2024-07-01", nil)
				if r.Kind == harvest.ArXiv {
					a.Change(9, "2024-07-01", func(p *fakearchive.Paper) { p.Deleted = true })
				}
				time.Sleep(24 * time.Hour)
				report = fine(t, dir, r, a, c, harvest.Options{})
				want := harvest.Counts{Added: 1, Updated: 1}
				switch r.Kind {
				case harvest.ArXiv:
					want.Deleted = 1
				case harvest.RSS:
					want.Unchanged = 229
				}
				if report.Counts != want {
					t.Errorf("after changes %+v, want %+v", report.Counts, want)
				}
				if r.Prefix == "oai_dc" {
					return // its ids are the archive's own
				}
				c.holds(t, a, r)
			})
		})
	}
}

// TestKilledAtEveryRequest ends a harvest at each of its requests, and in the
// middle of each of its pages, before and after they are written.
func TestKilledAtEveryRequest(t *testing.T) {
	kill := errors.New("killed")
	for name, r := range requests() {
		if r.Prefix == "oai_dc" {
			continue
		}
		for how, arm := range map[string]func(n int, c *corpus, stop context.CancelFunc, a *fakearchive.Archive){
			"asking": func(n int, _ *corpus, stop context.CancelFunc, a *fakearchive.Archive) {
				a.Break(onNth(n, func(_ http.ResponseWriter, r *http.Request) {
					stop()
					<-r.Context().Done()
				}))
			},
			"in a page": func(n int, c *corpus, _ context.CancelFunc, _ *fakearchive.Archive) {
				c.before = func(record int) error {
					if c.puts == n-1 && record == 4 {
						return kill
					}
					return nil
				}
			},
			"after a page": func(n int, c *corpus, _ context.CancelFunc, _ *fakearchive.Archive) {
				c.after = func() error {
					if c.puts == n {
						return kill
					}
					return nil
				}
			},
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				inJune(t, func(t *testing.T) {
					a := archive(47, r)
					if r.Kind == harvest.ArXiv {
						a.Change(12, "2024-01-01", func(p *fakearchive.Paper) { p.Deleted = true })
					}
					for n := 1; n <= 5; n++ {
						dir, c := t.TempDir(), newCorpus()
						c.papers[fmt.Sprintf("2401.%05d", 12)] = "to be deleted"
						if r.Kind != harvest.ArXiv {
							clear(c.papers)
						}
						b := archive(0, r)
						for _, p := range a.Papers() {
							b.Change(p.Number, p.Day, func(q *fakearchive.Paper) { *q = p })
						}
						ctx, stop := context.WithCancel(t.Context())
						arm(n, c, stop, b)
						_, err := harvest.Run(ctx, dir, r, harvest.Options{Transport: wire{b}}, c.put)
						stop()
						if pages := 5; err == nil && (r.Kind != harvest.RSS && n <= pages || n == 1) {
							t.Fatalf("%d: not killed", n)
						}
						b.Break(nil)
						c.before, c.after = nil, nil
						before := len(b.Requests())
						report := fine(t, dir, r, b, c, harvest.Options{})
						c.holds(t, b, r)
						if !report.Complete {
							t.Errorf("%d: %+v", n, report)
						}
						if again := len(b.Requests()) - before; r.Kind != harvest.RSS && again > 5-n+1 {
							t.Errorf("killed at page %d, and then asked %d times", n, again)
						}
					}
				})
			})
		}
	}
}

func TestLimit(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, c := t.TempDir(), newCorpus()
				a := archive(47, r)
				total := 0
				for range 20 {
					report := fine(t, dir, r, a, c, harvest.Options{Limit: 7})
					total += report.Added
					if report.Read > 7 || report.Unchanged > 0 {
						t.Fatalf("%+v", report)
					}
					if report.Complete {
						break
					}
					if report.Read != 7 {
						t.Fatalf("%+v", report)
					}
				}
				if total != 47 {
					t.Errorf("%d papers by sevens", total)
				}
			})
		})
	}
}

// TestLimitedWhileItChanges has papers come to the head of the list between two
// runs that take a few each.
func TestLimitedWhileItChanges(t *testing.T) {
	for name, r := range requests() {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				dir, c := t.TempDir(), newCorpus()
				a := archive(47, r)
				fine(t, dir, r, a, c, harvest.Options{Limit: 7})
				time.Sleep(72 * time.Hour)
				a.Change(900, "2024-06-03", nil)
				fine(t, dir, r, a, c, harvest.Options{})
				fine(t, dir, r, a, c, harvest.Options{})
				if r.Prefix != "oai_dc" {
					c.holds(t, a, r)
				}
			})
		})
	}
}

// TestMoved has an archive move to another address.
func TestMoved(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(47, r)
		fine(t, dir, r, a, c, harvest.Options{Name: "mine"})
		r.BaseURL = "https://moved.test/oai"
		report := fine(t, dir, r, a, c, harvest.Options{Name: "mine"})
		s, err := harvest.Load(dir, "mine")
		if err != nil || report.Read != 0 || s.Request.BaseURL != r.BaseURL {
			t.Errorf("%+v %+v %v", report, s, err)
		}
	})
}

func TestOnePlease(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(47, r)
		var total int
		report := fine(t, dir, r, a, c, harvest.Options{Dry: true, Progress: func(w harvest.Way, _ harvest.Report) { total = w.Total }})
		if report.Read != 10 || total != 47 || len(a.Requests()) != 1 {
			t.Errorf("%+v of %d", report, total)
		}
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("a dry run left %v %v", entries, err)
		}
	})
}

// TestEarlier begins anew when an earlier beginning is asked for, and goes on
// when a later one or none is.
func TestEarlier(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(230, r)
		for _, step := range []struct {
			from string
			want int
		}{{"2024-01-03", 30}, {"2024-01-02", 130}, {"2024-01-03", 0}, {"", 0}, {"2024-01-01", 230}} {
			r.From = step.from
			if report := fine(t, dir, r, a, c, harvest.Options{}); report.Read != step.want {
				t.Errorf("from %q: %d records, want %d", step.from, report.Read, step.want)
			}
		}
		if report := fine(t, dir, r, a, c, harvest.Options{Restart: true}); report.Read != 230 || report.Unchanged != 230 {
			t.Errorf("restart: %+v", report)
		}
	})
}

// TestClocks has the server's clock and ours go wrong between two harvests: none
// of the papers that come meanwhile is missed.
func TestClocks(t *testing.T) {
	for name, shift := range map[string]time.Duration{
		"a year ahead": 365 * 24 * time.Hour, "a year behind": -365 * 24 * time.Hour, "right": 0, "a day ahead": 24 * time.Hour,
	} {
		t.Run(name, func(t *testing.T) {
			inJune(t, func(t *testing.T) {
				r := requests()["oai"]
				dir, c := t.TempDir(), newCorpus()
				a := archive(30, r)
				fine(t, dir, r, a, c, harvest.Options{})
				a.Now = func() time.Time { return time.Now().Add(shift) }
				time.Sleep(48 * time.Hour)
				if _, err := run(t, dir, r, a, c, harvest.Options{}); shift < 0 {
					contains(t, err, "in the future") // as the server sees it
				} else if err != nil {
					t.Fatal(err)
				}
				through := load(t, dir, r).Through
				if today := time.Now().UTC().Format(time.DateOnly); through < "2024-06-01" || through > today {
					t.Errorf("through %s", through)
				}
				a.Change(501, time.Now().UTC().Format(time.DateOnly), nil)
				a.Now = time.Now
				time.Sleep(48 * time.Hour)
				if report := fine(t, dir, r, a, c, harvest.Options{}); report.Added != 1 {
					t.Errorf("%+v", report)
				}
				c.holds(t, a, r)
			})
		})
	}
}

// TestStateOfTheFuture has a state that a wrong clock wrote.
func TestStateOfTheFuture(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(30, r)
		fine(t, dir, r, a, c, harvest.Options{})
		path := filepath.Join(dir, "harvest", name(t, r)+".json")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(strings.Replace(string(text), `"through": "2024`, `"through": "2031`, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		a.Change(501, "2024-06-01", nil)
		if report := fine(t, dir, r, a, c, harvest.Options{}); report.Added != 1 {
			t.Errorf("%+v", report)
		}
	})
}

func name(t *testing.T, r harvest.Request) string {
	t.Helper()
	if err := r.Settle(); err != nil {
		t.Fatal(err)
	}
	return r.Name()
}

func load(t *testing.T, dir string, r harvest.Request) *harvest.State {
	t.Helper()
	s, err := harvest.Load(dir, name(t, r))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestStateFile(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["s2"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(12, r)
		fine(t, dir, r, a, c, harvest.Options{Key: "very-secret", Mailto: "ada@example.org"})
		if got := a.Requests()[0].Header.Get("X-Api-Key"); got != "very-secret" {
			t.Errorf("the key sent is %q", got)
		}
		path := filepath.Join(dir, "harvest", name(t, r)+".json")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 || strings.Contains(string(text), "secret") {
			t.Errorf("%v %s", info.Mode(), text)
		}
		for _, damage := range []string{"", "{", `{"version":9,"name":"x"}`, "null", `{"version":1,"name":"other"}`} {
			if err := os.WriteFile(path, []byte(damage), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := run(t, dir, r, a, c, harvest.Options{})
			contains(t, err, "kindred harvest forget "+name(t, r))
			if err := harvest.Forget(dir, name(t, r)); err != nil {
				t.Error(err)
			}
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		if report := fine(t, dir, r, a, c, harvest.Options{Restart: true}); report.Unchanged != 12 {
			t.Errorf("%+v", report)
		}
		list, err := harvest.List(dir)
		if err != nil || len(list) != 1 || list[0].Last == nil || list[0].Last.Unchanged != 12 {
			t.Errorf("%v %v", list, err)
		}
		if err := harvest.Forget(dir, name(t, r)); err != nil {
			t.Error(err)
		}
		if _, err := harvest.Load(dir, name(t, r)); !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
	})
}

func TestOneRunAtATime(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["oai"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(30, r)
		c.after = func() error {
			_, err := harvest.Run(t.Context(), dir, r, harvest.Options{Transport: wire{a}}, newCorpus().put)
			if !errors.Is(err, harvest.ErrRunning) {
				t.Errorf("a second run beside the first: %v", err)
			}
			return nil
		}
		fine(t, dir, r, a, c, harvest.Options{})
		c.holds(t, a, r)
	})
}

func TestNames(t *testing.T) {
	seen := map[string]string{}
	for kind, r := range requests() {
		n := name(t, r)
		if err := harvest.CheckName(n); err != nil {
			t.Error(err)
		}
		if other, ok := seen[n]; ok {
			t.Errorf("%s and %s are both %s", kind, other, n)
		}
		seen[n] = kind
	}
	for _, tt := range []struct {
		r    harvest.Request
		want string
	}{
		{harvest.Request{Kind: harvest.ArXiv}, "arxiv"},
		{harvest.Request{Kind: harvest.ArXiv, Set: "cs", From: "2024-01-01"}, "arxiv-cs"},
		{harvest.Request{Kind: harvest.ArXiv, Set: "math:math:AG"}, "arxiv-math-math-ag"},
		{harvest.Request{Kind: harvest.ArXivSearch, Query: "cat:cs.CL"}, "arxiv-search-371c9397"},
		{harvest.Request{Kind: harvest.RSS, BaseURL: "https://rss.arxiv.org/rss/cs.CL"}, "rss-rss.arxiv.org-50951f1f"},
	} {
		if got := name(t, tt.r); got != tt.want {
			t.Errorf("%+v is named %s, and was %s in data folders that there are", tt.r, got, tt.want)
		}
	}
	long := harvest.Request{Kind: harvest.ArXiv, Set: strings.Repeat("long", 30)}
	longer := harvest.Request{Kind: harvest.ArXiv, Set: strings.Repeat("long", 31)}
	if n := name(t, long); harvest.CheckName(n) != nil || n == name(t, longer) {
		t.Errorf("a long set is named %s", n)
	}
	for _, bad := range []string{"", "..", "a/b", "-x", "host-a", "x.lock", strings.Repeat("x", 65), "a\nb"} {
		if harvest.CheckName(bad) == nil {
			t.Errorf("%q is a name", bad)
		}
	}
}

func TestRefusedRequests(t *testing.T) {
	for _, tt := range []struct {
		r    harvest.Request
		want string
	}{
		{harvest.Request{Kind: "gopher"}, "there is no harvest"},
		{harvest.Request{Kind: harvest.ArXiv, BaseURL: "ftp://a.org"}, "no address"},
		{harvest.Request{Kind: harvest.ArXiv, BaseURL: "oaipmh.arxiv.org/oai"}, "no address"},
		{harvest.Request{Kind: harvest.ArXiv, BaseURL: "https://ada:pw@a.org/oai"}, "name and password"},
		{harvest.Request{Kind: harvest.ArXiv, Prefix: "marc21"}, "cannot be read"},
		{harvest.Request{Kind: harvest.ArXiv, From: "2024"}, "no day"},
		{harvest.Request{Kind: harvest.ArXiv, From: "2024-02-01", Until: "2024-01-01"}, "before --from"},
		{harvest.Request{Kind: harvest.ArXiv, Query: "x"}, "knows no query"},
		{harvest.Request{Kind: harvest.ArXivSearch}, "needs a query"},
		{harvest.Request{Kind: harvest.ArXivSearch, Query: "x", From: "2024-01-01"}, "knows no from"},
		{harvest.Request{Kind: harvest.OpenAlex}, "needs a filter"},
		{harvest.Request{Kind: harvest.OpenAlex, Filter: "x:y", NewBy: "luck"}, "known by"},
		{harvest.Request{Kind: harvest.SemanticScholar}, "needs a query"},
		{harvest.Request{Kind: harvest.RSS}, "needs the address"},
	} {
		_, err := harvest.Run(t.Context(), t.TempDir(), tt.r, harvest.Options{}, newCorpus().put)
		contains(t, err, tt.want)
	}
	a := harvest.Request{Kind: harvest.ArXiv}
	_, err := harvest.Run(t.Context(), t.TempDir(), a, harvest.Options{Pause: time.Second}, newCorpus().put)
	contains(t, err, "at least 3s")
}

// TestOtherRequest keeps one name for one request.
func TestOtherRequest(t *testing.T) {
	inJune(t, func(t *testing.T) {
		all := requests()
		dir, c := t.TempDir(), newCorpus()
		fine(t, dir, all["oai"], archive(5, all["oai"]), c, harvest.Options{Name: "mine"})
		_, err := run(t, dir, all["s2"], archive(5, all["s2"]), c, harvest.Options{Name: "mine"})
		contains(t, err, "something else")
	})
}

// TestChangesMeanwhile has a harvest that goes on while the papers of the archive
// change under it: in the end nothing is missing.
func TestChangesMeanwhile(t *testing.T) {
	inJune(t, func(t *testing.T) {
		r := requests()["arxiv-search"]
		dir, c := t.TempDir(), newCorpus()
		a := archive(47, r)
		next := 2000
		c.after = func() error { // a new paper moves all others on
			a.Change(next, time.Now().UTC().Format(time.DateOnly), nil)
			next++
			return nil
		}
		fine(t, dir, r, a, c, harvest.Options{})
		c.after = nil
		fine(t, dir, r, a, c, harvest.Options{})
		c.holds(t, a, r)
		if len(c.papers) <= 47 {
			t.Errorf("%d papers", len(c.papers))
		}
	})
}
